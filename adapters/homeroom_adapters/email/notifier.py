"""The email notifier: one letter at a time, to the operator's mail server."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs
import certifi
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.outbound import Outbound
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.email import (
    Reply,
    judge_door,
    judge_recipients,
    judge_reply,
    judge_taken,
    lost,
    read_letter,
)
from homeroom.scheduling.ports.notifiers import (
    EmailSettings,
    MailSecurity,
    Notifier,
    NotifierSettings,
)
from homeroom_adapters.email.letters import compose, domain_of

_AT_ONCE = 4
"""Letters on the way at the same time: mail servers count connections, and turn away crowds."""

_FAREWELL = 2.0
_NOWHERE = (
    "no mail server is set, so no letter can leave: set HOMEROOM_EMAIL__HOST and "
    "HOMEROOM_EMAIL__SENDER"
)


@attrs.define
class EmailNotifier:
    """Sends letters. The wait for a turn is no part of a letter's time."""

    _settings: EmailSettings = attrs.field(alias="settings")
    _trusted: ssl.SSLContext = attrs.field(alias="trusted")
    _turns: asyncio.Semaphore = attrs.field(
        factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False, alias="turns"
    )

    async def send(self, message: Message) -> Answer:
        if not self._settings.host:
            return Answer(outcome=Outcome.DENIED, reason="mail_not_set", message=_NOWHERE)
        try:
            letter = read_letter(message)
            written = compose(letter, message, self._settings.sender)
        except Invalid as refusal:
            return _unsendable(refusal.code, refusal.message)
        except ValueError:
            return _unsendable("bad_message", "the letter has characters that cannot be sent")
        async with self._turns:
            return await Visit(self._settings, self._trusted, letter.to).bring(written)

    async def ping(self) -> None:
        if not self._settings.host:
            raise Unavailable(_NOWHERE)
        answer = await Visit(self._settings, self._trusted).knock()
        if answer.outcome is not Outcome.DELIVERED:
            wanted = "check HOMEROOM_EMAIL__HOST, __PORT, __SECURITY, __USERNAME and __PASSWORD"
            raise Unavailable(f"{answer.message}; {wanted}")


def _unsendable(reason: str, message: str) -> Answer:
    return Answer(outcome=Outcome.REFUSED, reason=reason, message=message)


@attrs.define
class Visit:
    """One connection to the mail server, from hello to farewell."""

    _settings: EmailSettings = attrs.field(alias="settings")
    _trusted: ssl.SSLContext = attrs.field(alias="trusted")
    _recipients: tuple[str, ...] = attrs.field(default=(), alias="recipients")
    _underway: bool = attrs.field(default=False, init=False, alias="underway")

    async def bring(self, written: bytes) -> Answer:
        """What came of one attempt to hand over a letter."""
        return await self._come(lambda client: self._hand_over(client, written))

    async def knock(self) -> Answer:
        """Whether we are let in; nothing is brought."""
        return await self._come(_look_around)

    async def _come(self, act: Callable[[SMTP], Awaitable[Answer]]) -> Answer:
        client = self._client()
        try:
            answer = await self._in_time(client, act)
            if answer.status is not None:  # somebody is there to hear it
                await _bid_farewell(client)
        finally:
            client.close()
        return answer

    async def _in_time(self, client: SMTP, act: Callable[[SMTP], Awaitable[Answer]]) -> Answer:
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.timeout):
                await client.connect()
                answer = await act(client)
        except (SMTPException, OSError, ValueError) as error:
            answer = self._judge(error)
        return attrs.evolve(answer, latency=time.perf_counter() - begun)

    def _client(self) -> SMTP:
        chosen = self._settings
        return SMTP(
            hostname=chosen.host,
            port=chosen.port,
            username=chosen.username or None,
            password=chosen.password or None,
            # Its own guess would ask the name service, and tell the name of this machine.
            local_hostname=domain_of(chosen.sender),
            timeout=chosen.timeout,
            use_tls=chosen.security is MailSecurity.TLS,
            start_tls=chosen.security is MailSecurity.STARTTLS,
            tls_context=None if chosen.security is MailSecurity.NONE else self._trusted,
        )

    @property
    def _hide(self) -> tuple[str, ...]:
        """What is not to be kept, should the server repeat it."""
        return (self._settings.username, self._settings.password, *self._recipients)

    async def _hand_over(self, client: SMTP, written: bytes) -> Answer:
        await client.mail(self._settings.sender)
        refused: list[tuple[int, Reply]] = []
        for place, address in enumerate(self._recipients, 1):
            try:
                await client.rcpt(address)
            except SMTPRecipientRefused as error:
                refused.append((place, Reply(error.code, error.message)))
        if len(refused) == len(self._recipients):
            return judge_recipients([reply for _, reply in refused], self._hide)
        self._underway = True
        taken = Reply(*await client.data(written))
        return judge_taken(taken, refused, len(self._recipients), self._hide)

    def _judge(self, error: Exception) -> Answer:
        match error:
            case SMTPAuthenticationError() | SMTPConnectResponseError() | SMTPHeloError():
                return judge_door(Reply(error.code, error.message), self._hide)
            case SMTPResponseException() if 400 <= error.code < 600:
                return judge_reply(Reply(error.code, error.message), self._hide)
            case SMTPResponseException():
                why = "said what nobody understands"
            case OSError() if _untrusted(error):
                return _kept_out("peer_untrusted", "its certificate is not one we trust")
            case OSError():
                late = isinstance(error, TimeoutError)
                why = "took too long" if late else "cannot be reached, or hung up"
            case SMTPException():  # no STARTTLS, no login
                return _kept_out("mail_denied", f"it lacks what is set: {error.message}")
            case _:
                return _unsendable("bad_message", "the letter cannot be sent as it is")
        return lost(f"the mail server {why}", underway=self._underway)


def _kept_out(reason: str, why: str) -> Answer:
    message = f"nothing is said to the mail server: {why}"
    return Answer(outcome=Outcome.DENIED, reason=reason, message=message)


def _untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def _look_around(client: SMTP) -> Answer:
    code, _ = await client.noop()
    return Answer(outcome=Outcome.DELIVERED, status=code)


async def _bid_farewell(client: SMTP) -> None:
    """Leave in order if that is quickly done; what was settled before stays so."""
    with suppress(SMTPException, OSError):
        async with asyncio.timeout(_FAREWELL):
            if client.is_connected:
                await client.quit()


def trusted_certificates(ca_file: Path | None) -> ssl.SSLContext:
    """The public ones and the operator's. Raises `Invalid` when those cannot be read."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # an SSLError is one, too
            raise Invalid(
                f"email.ca_file: no certificates can be read from {ca_file.name}. Name a file of "
                "PEM certificates (HOMEROOM_EMAIL__CA_FILE)."
            ) from error
    return context


@asynccontextmanager
async def open_notifier(
    settings: NotifierSettings, ambient: Ambient, outbound: Outbound
) -> AsyncIterator[Notifier]:
    """Letters behind entry point `homeroom.notifier`, name `email`.

    The way *outbound* is not taken: what it guards against is an address that a task names, and
    the mail server is the operator's. Raises `Invalid` when certificates cannot be read.
    """
    mail = settings.email
    if mail.host or mail.ca_file:
        trusted = trusted_certificates(mail.ca_file)
    else:
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nobody, and sooner, for nobody is met
    yield EmailNotifier(mail, trusted)
