"""The door of a Moodle: `/login/token.php` lets people in, its web services say who they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom.people.errors import ElsewhereFirst, LmsUnavailable, WrongCredentials
from homeroom.people.ports.lms import Enrolment, LmsAccount, LmsDoor, LmsSettings
from homeroom_adapters.moodle.calls import Calls, Refused

_WRONG = frozenset({"invalidlogin", "usernamenotconfirmed", "suspended", "loginfailed"})
_FIRST_THERE = frozenset(
    {
        "forcepasswordchangenotice",
        "passwordisexpired",
        "restoredaccountresetpassword",
        "sitepolicynotagreed",
        "usernotfullysetup",
    }
)
_TEACHING = frozenset({"editingteacher", "teacher"})
_OVERSEEING = frozenset({"manager", "coursecreator"})
"""Roles in which somebody neither teaches a course nor attends it."""

_NOBODYS = "0" * 32
"""A token that no Moodle ever made: whoever refuses it as such is a Moodle, and well."""

_AT_ONCE = 4


@attrs.frozen
class MoodleDoor:
    """Asks a Moodle in the name of whoever knocks, and never in anybody else's."""

    _calls: Calls
    _timeout: float
    _trust_email: bool

    async def prove(self, name: str, password: str) -> LmsAccount:
        """As the port promises."""
        try:
            async with asyncio.timeout(self._timeout):
                token = await self._calls.token(name, password)
                return await self._account(token)
        except Refused as refused:
            raise _meaning(refused) from None
        except TimeoutError:
            raise LmsUnavailable from None

    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        """A course whose roles cannot be read is left out, unless that is so for all of them."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._courses(account.token, account.subject.partition("@")[0])
        except Refused as refused:
            raise _meaning(refused) from None
        except TimeoutError:
            raise LmsUnavailable from None

    async def ping(self) -> None:
        """As the port promises; a token that is nobody's is shown, and rightly refused."""
        try:
            await self._calls.ask(_NOBODYS, "core_webservice_get_site_info", {})
        except Refused as refused:
            if refused.code != "invalidtoken":
                raise _switched_off(refused.code) from None
        except LmsUnavailable as unavailable:
            cause = unavailable.__cause__ or unavailable
            raise LmsUnavailable(f"the Moodle does not answer: {cause}") from None

    async def _account(self, token: str) -> LmsAccount:
        said = await self._calls.ask(token, "core_webservice_get_site_info", {})
        match said:
            case {"userid": int(number), "siteurl": str(site), "username": str(user_name)}:
                return LmsAccount(
                    subject=f"{number}@{site.partition('://')[2].rstrip('/').lower()}",
                    token=token,
                    site=_text(said, "sitename"),
                    user_name=user_name,
                    first_name=_text(said, "firstname"),
                    last_name=_text(said, "lastname"),
                    email=await self._email(token, number) if self._trust_email else None,
                )
        raise LmsUnavailable

    async def _email(self, token: str, number: int) -> str | None:
        """Their confirmed address; None if the Moodle does not tell."""
        asked = {"field": "id", "values[0]": number}
        try:
            said = await self._calls.ask(token, "core_user_get_users_by_field", asked)
        except (Refused, LmsUnavailable):
            return None
        match said:
            case [{"id": told, "email": str(email), "confirmed": True | 1}] if told == number:
                return email or None
        return None

    async def _courses(self, token: str, number: str) -> Sequence[Enrolment]:
        said = await self._calls.ask(token, "core_enrol_get_users_courses", {"userid": number})
        if not isinstance(said, list):
            raise LmsUnavailable
        numbers = [one.get("id") for one in said if isinstance(one, dict)]
        courses = [one for one in numbers if isinstance(one, int)]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def enrolment(course: int) -> Sequence[Enrolment] | None:
            async with gate:
                return await self._enrolment(token, number, course)

        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(enrolment(course)) for course in courses]
        told = [one for task in asked if (one := task.result()) is not None]
        if courses and not told:
            raise LmsUnavailable
        return [one for each in told for one in each]

    async def _enrolment(self, token: str, number: str, course: int) -> Sequence[Enrolment] | None:
        """None if it cannot be read; nothing of a course that somebody only oversees."""
        asked = {"userlist[0][userid]": number, "userlist[0][courseid]": course}
        try:
            said = await self._calls.ask(token, "core_user_get_course_user_profiles", asked)
        except (Refused, LmsUnavailable):
            return None
        match said:
            case [{"roles": list(roles)}]:
                names = {one.get("shortname") for one in roles if isinstance(one, dict)}
                if names and names <= _OVERSEEING:
                    return []
                return [Enrolment(course, teaches=bool(names & _TEACHING))]
        return None


def _text(said: object, field: str) -> str:
    value = said.get(field) if isinstance(said, dict) else None
    return value if isinstance(value, str) else ""


def _meaning(refused: Refused) -> WrongCredentials | LmsUnavailable:
    """What a Moodle's word means to whoever knocks."""
    if refused.code in _WRONG:
        return WrongCredentials()
    if refused.code in _FIRST_THERE:
        return ElsewhereFirst()
    return LmsUnavailable()


def _switched_off(code: str) -> LmsUnavailable:
    return LmsUnavailable(
        f"the Moodle answers {code!r}: switch on its web services, the REST protocol and the "
        "service that HOMEROOM_MOODLE__SERVICE names"
    )


@asynccontextmanager
async def open_door(
    settings: LmsSettings, _ambient: Ambient, outbound: Outbound
) -> AsyncIterator[LmsDoor]:
    """The door behind entry point `homeroom.lms`, name `moodle`."""
    yield MoodleDoor(Calls(outbound, settings), settings.timeout, settings.trust_email)
