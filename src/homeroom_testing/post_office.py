"""A mail server on loopback that keeps every letter, and is as difficult as a test asks.

async with open_post_office(tls=context, login=("ada", "right")) as office:
    office.will("RCPT", "550 5.1.1 no such user", whom="nobody@school.example")
    ... send to office.port ...
    assert office.letters[0].message["Subject"] == "Hello"

It speaks through `aiosmtpd` (from the index of Python packages).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import attrs
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HERE = "127.0.0.1"


@attrs.frozen
class Posted:
    """A letter as the post office got it."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    encrypted: bool
    login: str
    """Who had logged in; empty if nobody."""

    @property
    def message(self) -> EmailMessage:
        read = message_from_bytes(self.raw, policy=default)
        assert isinstance(read, EmailMessage)
        return read

    def part(self, subtype: str) -> str:
        """The text of its part of this subtype, in lines of ours. Raises `LookupError`."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}":
                text: str = part.get_content()
                return text.replace("\r\n", "\n")
        raise LookupError(subtype)


@attrs.frozen
class Silence:
    """Nothing is said for so many seconds; then the usual."""

    seconds: float


@attrs.frozen
class HangUp:
    """The connection is ended without a word."""


Mood = str | Silence | HangUp
"""A reply, or worse; an empty one is the usual."""


@attrs.define
class PostOffice:
    """The server while it runs."""

    login: tuple[str, str] | None = None
    port: int = 0
    letters: list[Posted] = attrs.field(factory=list[Posted], init=False)
    """Those it took."""

    offered: list[Posted] = attrs.field(factory=list[Posted], init=False)
    """Those and the ones it refused, or said nothing about, after they had come whole."""

    hellos: list[str] = attrs.field(factory=list[str], init=False)
    """How callers named themselves."""

    most_at_once: int = attrs.field(default=0, init=False)
    """So many letters were on the way together."""

    attempts: int = attrs.field(default=0, init=False)
    """How often somebody tried to log in."""

    _busy: int = attrs.field(default=0, init=False, alias="busy")
    _moods: dict[tuple[str, str], list[Mood]] = attrs.field(
        factory=dict[tuple[str, str], list[Mood]], init=False, alias="moods"
    )

    def will(self, command: str, *moods: Mood, whom: str = "") -> None:
        """At `EHLO`, `MAIL`, `RCPT` (of *whom*), `DATA`, `QUIT` or `AUTH` do these in turn.

        The last one is for ever. At `DATA` the letter has arrived by then.
        """
        self._moods[command, whom] = list(moods)

    async def handle_EHLO(  # noqa: N802 - its name is the library's to choose
        self, server: SMTP, session: Session, _: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        self.hellos.append(hostname)
        session.host_name = hostname
        await self._moody(server, "EHLO")
        return replies

    async def handle_MAIL(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if self.login is not None and not session.authenticated:
            return "530 5.7.0 log in first"
        if reply := await self._moody(server, "MAIL"):
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        if reply := await self._moody(server, "RCPT", address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 - as above
        self, server: SMTP, _: Session, __: Envelope
    ) -> str:
        return await self._moody(server, "QUIT") or "221 Bye"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        login = vars(session)["auth_data"]  # what it declares is that it is always None
        posted = Posted(
            envelope.mail_from or "",
            tuple(envelope.rcpt_tos),
            envelope.content,
            _line(server).get_extra_info("sslcontext") is not None,
            login.decode() if login else "",
        )
        self.offered.append(posted)
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        reply = await self._moody(server, "DATA")
        self._busy -= 1
        if not reply:
            self.letters.append(posted)
        return reply or "250 2.0.0 taken"

    def authenticate(
        self, _: SMTP, session: Session, __: Envelope, ___: str, said: object
    ) -> AuthResult:
        """Whether the login is the one that was set."""
        self.attempts += 1
        if isinstance(reply := self._mood("AUTH"), str) and reply:
            return AuthResult(success=False, handled=False, message=reply)
        assert isinstance(said, LoginPassword)
        given = (said.login.decode(), said.password.decode())
        return AuthResult(success=given == self.login, handled=False, auth_data=said.login)

    async def _moody(self, server: SMTP, command: str, whom: str = "") -> str:
        """What is answered in place of the usual, if anything is."""
        mood = self._mood(command, whom) or self._mood(command)
        if isinstance(mood, Silence):
            await asyncio.sleep(mood.seconds)
            return ""
        if isinstance(mood, HangUp):
            _line(server).abort()
            return ""
        return mood

    def _mood(self, command: str, whom: str = "") -> Mood:
        left = self._moods.get((command, whom), [""])
        return left.pop(0) if len(left) > 1 else left[0]


def _line(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport


@asynccontextmanager
async def open_post_office(
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> AsyncIterator[PostOffice]:
    """A post office on a free port of loopback, until the block is left.

    With *tls* it offers STARTTLS, or speaks TLS from the first byte if that is *implicit*. With a
    *login* it takes letters from whoever has logged in, over TLS.
    """
    office = PostOffice(login)
    loop = asyncio.get_running_loop()

    def answer() -> SMTP:
        return SMTP(
            office,
            hostname="post.example",
            tls_context=None if implicit else tls,
            auth_require_tls=not implicit,
            authenticator=office.authenticate,
            loop=loop,
        )

    server = await loop.create_server(answer, HERE, 0, ssl=tls if implicit else None)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
