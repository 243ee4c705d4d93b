"""A learning platform that lives in this process: a school that a test, or a demo, settles.

platform = MemoryLms(LmsSettings(url="https://moodle.example"))
platform.settle(Pupil(name="ana", password="plums on a warm roof"))
...
platform.silent = True  # and nobody answers any more
"""

import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom.people.errors import ElsewhereFirst, LmsUnavailable, WrongCredentials
from homeroom.people.ports.lms import Enrolment, LmsAccount, LmsDoor, LmsSettings


@attrs.define(kw_only=True)
class Pupil:
    """Somebody of the platform's."""

    name: str
    password: str = attrs.field(repr=False)
    first_name: str = "Ana"
    last_name: str = "Reyes"
    email: str | None = None
    is_confirmed: bool = True
    must_act: bool = False
    """The platform wants something of them before it lets them in."""

    courses: Sequence[Enrolment] = ()
    number: int = 0


@attrs.define
class MemoryLms:
    """A platform and its door."""

    settings: LmsSettings
    silent: bool = False
    """Nobody answers."""

    reserved: bool = False
    """Of courses nothing is told."""

    _pupils: dict[str, Pupil] = attrs.field(factory=dict, init=False, alias="pupils")
    _tokens: dict[str, Pupil] = attrs.field(factory=dict, init=False, alias="tokens")

    def settle(self, pupil: Pupil) -> None:
        """From now on they are there."""
        pupil.number = pupil.number or len(self._pupils) + 3
        self._pupils[pupil.name] = pupil

    async def prove(self, name: str, password: str) -> LmsAccount:
        """As the port promises."""
        self._expect_an_answer()
        pupil = self._pupils.get(name)
        kept = pupil.password if pupil else ""
        right = hmac.compare_digest(password.encode(errors="replace"), kept.encode())
        if pupil is None or not right:
            raise WrongCredentials
        if pupil.must_act:
            raise ElsewhereFirst
        token = secrets.token_hex(16)
        self._tokens[token] = pupil
        known = pupil.is_confirmed and self.settings.trust_email
        return LmsAccount(
            subject=f"{pupil.number}@{self.settings.url.partition('://')[2]}",
            token=token,
            site="EcoU",
            user_name=pupil.name,
            first_name=pupil.first_name,
            last_name=pupil.last_name,
            email=pupil.email if known else None,
        )

    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        """As the port promises."""
        self._expect_an_answer()
        pupil = self._tokens.get(account.token)
        if pupil is None or self.reserved:
            raise LmsUnavailable
        return list(pupil.courses)

    async def ping(self) -> None:
        self._expect_an_answer()

    def _expect_an_answer(self) -> None:
        if self.silent:
            raise LmsUnavailable


@asynccontextmanager
async def open_door(
    settings: LmsSettings, _ambient: Ambient, _outbound: Outbound
) -> AsyncIterator[LmsDoor]:
    """The door behind entry point `homeroom.lms`, name `memory`."""
    yield MemoryLms(settings)
