"""What scheduling needs: places for tasks and executions, and ways to send."""

import enum
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import ge, gt, le

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom.scheduling.model.deliveries import Answer, Message
from homeroom.scheduling.model.target_parts import check_addresses


@runtime_checkable
class Notifier(Protocol):
    """Sends messages of one kind, one attempt at a time; who retries and when is not its affair.

    Conformance: `homeroom_testing.conformance.notifier.NotifierConformance`.
    """

    async def send(self, message: Message) -> Answer:
        """What came of one attempt. It refuses nothing by raising: every end is an `Answer`.

        What was sent and not answered is not sent again, and comes in time as an unknown result.
        """
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do; sends nothing."""
        ...


class MailSecurity(enum.Enum):
    """How the way to the mail server is kept from other ears."""

    STARTTLS = "starttls"
    """Begun in clear and encrypted before anything is said; a server that cannot is left."""

    TLS = "tls"
    """Encrypted from the first byte."""

    NONE = "none"
    """Not at all; for a server on this machine. No password is sent then."""


@attrs.frozen(kw_only=True)
class EmailSettings:
    """The operator's mail server, and what letters are sent as."""

    host: str = ""
    """Empty means that no letters are sent."""

    port: int = attrs.field(default=587, validator=[ge(1), le(65_535)])
    username: str = ""
    password: str = attrs.field(default="", repr=False)
    security: MailSecurity = MailSecurity.STARTTLS
    sender: str = ""
    """A bare address: where letters come from, and where answers and complaints go."""

    timeout: float = attrs.field(default=30.0, validator=gt(0))
    """Seconds for one letter, from the first byte to the server's word that it has it."""

    ca_file: Path | None = None
    """Certificates to trust beside the public ones, for a school's own authority."""

    def __attrs_post_init__(self) -> None:
        if self.host and (wrong := check_addresses([self.sender], field="sender")):
            raise ValueError(f"email.sender: {wrong[0].message}")
        if bool(self.username) is not bool(self.password):
            raise ValueError("email.username: a user and a password go together")
        if self.password and self.security is MailSecurity.NONE:
            raise ValueError("email.security: a password is sent over TLS only")


@attrs.frozen(kw_only=True)
class NotifierSettings:
    """What notifiers are opened with, in seconds; each reads what concerns it."""

    discord_base_url: str = ""
    """Who is called in place of https://discord.com: a stand-in, for tests."""

    discord_timeout: float = attrs.field(default=10.0, validator=gt(0))
    webhook_timeout: float = attrs.field(default=15.0, validator=gt(0))
    allow_http: bool = False
    """Whether webhooks may be called without TLS."""

    email: EmailSettings = EmailSettings()


OpenNotifier = Callable[
    [NotifierSettings, Ambient, Outbound], AbstractAsyncContextManager[Notifier]
]
"""`open(settings, ambient, outbound)` of group `homeroom.notifier`: the way out is the house's."""
