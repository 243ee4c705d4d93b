"""The door of a learning platform: who knocks there with a password, and what they do there."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol, runtime_checkable

import attrs
from attrs.validators import gt

from homeroom.kernel.errors import Invalid
from homeroom.kernel.outbound_addresses import read_address
from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.kernel.outbound_targets import read_target
from homeroom.kernel.privacy import Contact, Personal


def _address(_: object, field: "attrs.Attribute[Any]", value: str) -> None:
    try:
        target = read_target(value)
    except UrlRefused as error:
        raise Invalid(f"lms.{field.name}: {error.message}") from None
    if "?" in target.path:
        raise Invalid(f"lms.{field.name}: the address of a learning platform has no query")


@attrs.frozen(kw_only=True)
class LmsSettings:
    """What the door of a learning platform is opened with."""

    url: str = attrs.field(validator=_address)
    """Where it is, such as `https://moodle.school.edu`."""

    service: str = "moodle_mobile_app"
    """Which of its web services lets people in; platforms without such a thing ignore it."""

    timeout: float = attrs.field(default=10.0, validator=gt(0))
    """Seconds that it may take to let somebody in, and again to tell their courses."""

    allow_http: bool = False
    """Whether passwords may go there without TLS. On this machine they may."""

    trust_email: bool = True
    """Whether an address that it calls confirmed is its owner's. Not if its administrator lets
    people write there what they like."""

    def __attrs_post_init__(self) -> None:
        target = read_target(self.url)
        address = read_address(target.host)
        near = target.host == "localhost" or (address is not None and address.is_loopback)
        if target.scheme == "http" and not near and not self.allow_http:
            raise Invalid(
                "lms.url: passwords do not go anywhere without TLS: write https://, or allow it"
            )


@attrs.frozen(kw_only=True)
class LmsAccount:
    """Who somebody is there, as the platform itself says."""

    subject: Annotated[str, Personal]
    """What never changes of the account, and is nobody else's on any platform."""

    token: str = attrs.field(repr=False)
    """What may be asked in their name."""

    site: str
    """What the platform calls itself."""

    user_name: Annotated[str, Personal]
    first_name: Annotated[str, Personal]
    last_name: Annotated[str, Personal]
    email: Annotated[str | None, Contact] = None
    """Only as far as the platform says that it was confirmed."""


@attrs.frozen
class Enrolment:
    """A course that somebody is in."""

    course: int
    """The platform's number for it; it never changes."""

    teaches: bool


@runtime_checkable
class LmsDoor(Protocol):
    """A learning platform, as somebody meets it who signs in there.

    Conformance: `homeroom_testing.conformance.lms.LmsDoorConformance`.
    """

    async def prove(self, name: str, password: str) -> LmsAccount:
        """Raises `WrongCredentials`, whatever was wrong, and `ElsewhereFirst` for a right password
        whose owner has to do something there first; `LmsUnavailable` if nobody can tell.

        No refusal, nor its cause, quotes the name, the password or a token.
        """
        ...

    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        """What they are in, as far as it can be read. Raises `LmsUnavailable` if nothing can."""
        ...

    async def ping(self) -> None:
        """Raises `LmsUnavailable` with a sentence for operators that says what to do."""
        ...
