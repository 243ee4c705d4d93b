"""The email notifier before a real mail server: what arrives, and what its moods come to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import attrs
import pytest
import trustme

from homeroom.kernel.errors import Unavailable
from homeroom.scheduling.model.deliveries import Message, Outcome
from homeroom.scheduling.model.payloads import Payload, payload_text
from homeroom.scheduling.model.targets import EmailTarget, LogTarget, target_text
from homeroom.scheduling.ports.notifiers import EmailSettings, MailSecurity
from homeroom_adapters.email.notifier import EmailNotifier, trusted_certificates
from homeroom_testing.clock import NOON
from homeroom_testing.post_office import HangUp, PostOffice, Silence, open_post_office

ADA, BOB = "ada@school.example", "Bob@school.example"
LOGIN = ("homeroom", "right-horse")
LETTER: Payload = {
    "subject": "Hello",
    "text": "Good morning, Ada",
    "html": "<p>Good <b>morning</b></p>",
}


def message(payload: Payload = LETTER, *to: str, delivery_id: str = "0190-abc") -> Message:
    target = EmailTarget(to=to or (ADA,), subject="From the target")
    return Message(
        target=target_text(target), body=payload_text(payload), delivery_id=delivery_id, at=NOON
    )


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def serving(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA) -> Iterator[Path]:
    with authority.cert_pem.tempfile() as name:
        yield Path(name)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with open_post_office() as office:
        yield office


@pytest.fixture
async def guarded(serving: ssl.SSLContext) -> AsyncIterator[PostOffice]:
    """One that takes letters from those only who log in, after STARTTLS."""
    async with open_post_office(tls=serving, login=LOGIN) as office:
        yield office


def plainly(office: PostOffice, *, timeout: float = 5.0) -> EmailSettings:
    return EmailSettings(
        host="127.0.0.1",
        port=office.port,
        security=MailSecurity.NONE,
        sender="bell@homeroom.example",
        timeout=timeout,
    )


def safely(office: PostOffice, ca_file: Path | None, password: str = LOGIN[1]) -> EmailSettings:
    return attrs.evolve(
        plainly(office),
        security=MailSecurity.STARTTLS,
        username=LOGIN[0],
        password=password,
        ca_file=ca_file,
    )


def notifier(settings: EmailSettings) -> EmailNotifier:
    return EmailNotifier(settings, trusted_certificates(settings.ca_file))


@pytest.mark.anyio
class TestALetter:
    async def test_arrives_in_both_parts(self, office: PostOffice) -> None:
        answer = await notifier(plainly(office)).send(message(LETTER, ADA, BOB))
        assert (answer.outcome, answer.status, answer.message) == (Outcome.DELIVERED, 250, "")
        assert answer.latency > 0
        [letter] = office.letters
        assert (letter.sender, letter.recipients) == ("bell@homeroom.example", (ADA, BOB))
        assert letter.part("plain").strip() == LETTER["text"]
        assert letter.part("html").strip() == LETTER["html"]
        assert letter.message.get_content_type() == "multipart/alternative"
        assert letter.message["From"] == "bell@homeroom.example"
        assert letter.message["To"] == f"{ADA}, {BOB}"
        assert letter.message["Subject"] == "Hello"
        assert letter.message["Date"].datetime == NOON
        assert letter.message["Message-ID"] == "<0190-abc@homeroom.example>"
        assert letter.message["Auto-Submitted"] == "auto-generated"
        assert office.hellos == ["homeroom.example"]

    async def test_without_a_subject_has_the_targets(self, office: PostOffice) -> None:
        await notifier(plainly(office)).send(message({"text": "t"}))
        [letter] = office.letters
        assert letter.message["Subject"] == "From the target"
        assert letter.message.get_content_type() == "text/plain"

    async def test_carries_every_script_in_seven_bits(self, office: PostOffice) -> None:
        text = "Größe 🎓 学校\n.\n..dots\n" + "x" * 3_000 + "\nFrom here\n"
        payload: Payload = {"subject": "Ñandú 🎓" * 20, "text": text, "html": f"<p>{text}</p>"}
        assert (await notifier(plainly(office)).send(message(payload))).outcome is Outcome.DELIVERED
        [letter] = office.letters
        assert letter.raw.isascii()
        assert max(map(len, letter.raw.split(b"\r\n"))) <= 998
        assert letter.message["Subject"] == payload["subject"]
        assert letter.part("plain") == text
        assert letter.part("html").strip() == f"<p>{text}</p>".strip()

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\0"])
    async def test_has_no_headers_that_a_subject_smuggles(
        self, office: PostOffice, end: str
    ) -> None:
        payload: Payload = {"subject": f"Hi{end}Bcc: eve@evil.example{end}{end}body", "text": "t"}
        answer = await notifier(plainly(office)).send(message(payload))
        assert answer.outcome is Outcome.DELIVERED
        [letter] = office.letters
        assert letter.message["Bcc"] is None
        assert letter.recipients == (ADA,)
        assert letter.message["Subject"] == "Hi Bcc: eve@evil.example body"
        assert letter.part("plain").strip() == "t"

    async def test_has_an_id_of_its_delivery_whatever_that_is(self, office: PostOffice) -> None:
        post = notifier(plainly(office))
        for delivery_id in ("a>\r\nBcc: eve@evil.example", "ü", "x", "x"):
            assert (await post.send(message(delivery_id=delivery_id))).outcome is Outcome.DELIVERED
        ids = [letter.message["Message-ID"] for letter in office.letters]
        assert ids[2] == ids[3] == "<x@homeroom.example>"
        assert len(set(ids)) == 3
        assert all(letter.message["Bcc"] is None for letter in office.letters)

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[]",
            "{",
            '{"subject": "s"}',
            '{"text": 5}',
            '{"text": " "}',
            '{"text": "\\ud800"}',
            '{"text": "t", "html": []}',
            '{"text": "t", "subject": "\\n"}',
        ],
    )
    async def test_that_cannot_be_is_refused_and_never_raised(
        self, office: PostOffice, body: str
    ) -> None:
        answer = await notifier(plainly(office)).send(attrs.evolve(message(), body=body))
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "bad_message")
        assert office.hellos == []

    @pytest.mark.parametrize(
        "target",
        [
            "x",
            target_text(LogTarget()),
            target_text(EmailTarget(to=(), subject="s")),
            target_text(
                EmailTarget(to=("a@b.example\r\nRCPT TO:<eve@evil.example>",), subject="s")
            ),
        ],
    )
    async def test_to_nobody_is_refused_as_well(self, office: PostOffice, target: str) -> None:
        answer = await notifier(plainly(office)).send(attrs.evolve(message(), target=target))
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "unreadable_target")
        assert office.hellos == []


@pytest.mark.anyio
class TestTheWayThere:
    async def test_is_encrypted_before_the_password_is_said(
        self, guarded: PostOffice, ca_file: Path
    ) -> None:
        assert (
            await notifier(safely(guarded, ca_file)).send(message())
        ).outcome is Outcome.DELIVERED
        [letter] = guarded.letters
        assert (letter.encrypted, letter.login) == (True, LOGIN[0])

    async def test_may_be_encrypted_from_the_first_byte(
        self, serving: ssl.SSLContext, ca_file: Path
    ) -> None:
        async with open_post_office(tls=serving, implicit=True, login=LOGIN) as office:
            settings = attrs.evolve(safely(office, ca_file), security=MailSecurity.TLS)
            assert (await notifier(settings).send(message())).outcome is Outcome.DELIVERED
            assert office.letters[0].encrypted

    @pytest.mark.parametrize("implicit", [True, False])
    async def test_ends_before_a_stranger(self, serving: ssl.SSLContext, implicit: bool) -> None:
        async with open_post_office(tls=serving, implicit=implicit, login=LOGIN) as office:
            kind = MailSecurity.TLS if implicit else MailSecurity.STARTTLS
            settings = attrs.evolve(safely(office, None), security=kind)
            answer = await notifier(settings).send(message())
            assert (answer.outcome, answer.reason) == (Outcome.DENIED, "peer_untrusted")
            assert (office.attempts, office.letters) == (0, [])

    async def test_ends_before_a_server_that_cannot_encrypt(
        self, office: PostOffice, ca_file: Path
    ) -> None:
        answer = await notifier(safely(office, ca_file)).send(message())
        assert (answer.outcome, answer.reason) == (Outcome.DENIED, "mail_denied")
        assert "STARTTLS" in answer.message
        assert (office.attempts, office.letters) == (0, [])

    async def test_ends_at_a_wrong_password_which_nobody_is_told(
        self, guarded: PostOffice, ca_file: Path
    ) -> None:
        guarded.will("AUTH", "535 5.7.8 homeroom: wrong-horse is not it")
        answer = await notifier(safely(guarded, ca_file, "wrong-horse")).send(message())
        assert (answer.outcome, answer.reason) == (Outcome.DENIED, "mail_denied")
        assert answer.status == 535
        assert not {"wrong-horse", "homeroom"} & set(f"{answer.message} {answer.snippet}".split())
        assert guarded.letters == []

    async def test_may_be_closed_for_the_moment_only(
        self, guarded: PostOffice, ca_file: Path
    ) -> None:
        guarded.will("AUTH", "454 4.7.0 try again later")
        answer = await notifier(safely(guarded, ca_file)).send(message())
        assert (answer.outcome, answer.status) == (Outcome.FAILED, 454)

    async def test_needs_a_login_where_the_server_says_so(
        self, guarded: PostOffice, ca_file: Path
    ) -> None:
        settings = attrs.evolve(safely(guarded, ca_file), username="", password="")
        answer = await notifier(settings).send(message())
        assert (answer.outcome, answer.status) == (Outcome.DENIED, 530)

    async def test_may_lead_nowhere(self, office: PostOffice) -> None:
        async with open_post_office() as gone:
            settings = plainly(gone)
        answer = await notifier(settings).send(message())
        assert (answer.outcome, answer.reason) == (Outcome.FAILED, "unreachable")

    async def test_is_not_gone_without_a_server(self) -> None:
        post = notifier(EmailSettings())
        answer = await post.send(message())
        assert (answer.outcome, answer.reason) == (Outcome.DENIED, "mail_not_set")
        with pytest.raises(Unavailable, match="HOMEROOM_EMAIL__HOST"):
            await post.ping()


@pytest.mark.anyio
class TestWhatTheServerSays:
    @pytest.mark.parametrize(
        ("command", "reply", "outcome"),
        [
            ("RCPT", "550 5.1.1 no such user", Outcome.GONE),
            ("RCPT", "550 no such user here", Outcome.GONE),
            ("RCPT", "551 moved away", Outcome.GONE),
            ("RCPT", "556 5.1.10 takes no mail", Outcome.GONE),
            ("RCPT", "550 5.7.1 we do not relay", Outcome.REFUSED),
            ("RCPT", "554 5.7.1 blocked", Outcome.REFUSED),
            ("RCPT", "552 5.2.2 mailbox full", Outcome.REFUSED),
            ("RCPT", "450 4.2.0 greylisted", Outcome.FAILED),
            ("RCPT", "530 5.7.0 log in first", Outcome.DENIED),
            ("MAIL", "550 5.7.1 not your sender", Outcome.REFUSED),
            ("MAIL", "421 4.7.0 too many from you", Outcome.FAILED),
            ("DATA", "554 5.6.0 spam", Outcome.REFUSED),
            ("DATA", "550 5.7.26 spam", Outcome.REFUSED),
            ("DATA", "451 4.3.0 not now", Outcome.FAILED),
        ],
    )
    async def test_is_judged(
        self, office: PostOffice, command: str, reply: str, outcome: Outcome
    ) -> None:
        office.will(command, reply)
        answer = await notifier(plainly(office)).send(message())
        assert answer.outcome is outcome
        assert answer.status == int(reply[:3])
        assert reply[4:] in answer.message
        assert answer.reason
        assert office.letters == []

    async def test_of_some_recipients_is_told_and_not_tried_again(self, office: PostOffice) -> None:
        office.will("RCPT", f"550 5.1.1 <{BOB.lower()}> unknown", whom=BOB)
        answer = await notifier(plainly(office)).send(message(LETTER, ADA, BOB))
        assert answer.outcome is Outcome.DELIVERED
        assert answer.message.startswith("1 of 2 recipients were refused")
        assert "number 2" in answer.message
        assert "550" in answer.message
        assert BOB.lower() not in answer.message.lower()
        assert office.letters[0].recipients == (ADA,)

    async def test_of_all_recipients_is_worth_another_try_if_it_is_of_one(
        self, office: PostOffice
    ) -> None:
        office.will("RCPT", "550 5.1.1 unknown", whom=ADA)
        office.will("RCPT", "450 4.2.0 greylisted", whom=BOB)
        answer = await notifier(plainly(office)).send(message(LETTER, ADA, BOB))
        assert (answer.outcome, answer.status) == (Outcome.FAILED, 450)
        office.will("RCPT", "550 5.1.1 unknown", whom=ADA)
        office.will("RCPT", "550 5.7.1 blocked", whom=BOB)
        answer = await notifier(plainly(office)).send(message(LETTER, ADA, BOB))
        assert (answer.outcome, answer.status) == (Outcome.REFUSED, 550)

    async def test_names_nobody_in_what_is_kept(self, office: PostOffice) -> None:
        office.will("RCPT", f"550 5.1.1 <{ADA}>: {ADA.upper()} unknown")
        answer = await notifier(plainly(office)).send(message())
        assert ADA not in repr(answer).lower()

    @pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
    async def test_may_be_nothing_before_the_letter_was_sent(
        self, office: PostOffice, command: str
    ) -> None:
        office.will(command, HangUp())
        answer = await notifier(plainly(office)).send(message())
        assert (answer.outcome, answer.reason) == (Outcome.FAILED, "unreachable")
        assert office.letters == []

    async def test_may_be_nothing_after_it(self, office: PostOffice) -> None:
        office.will("DATA", HangUp())
        answer = await notifier(plainly(office)).send(message())
        assert (answer.outcome, answer.reason) == (Outcome.UNKNOWN, "unknown_result")
        assert "duplicate" in answer.message
        assert len(office.offered) == 1

    @pytest.mark.parametrize(
        ("command", "outcome"), [("MAIL", Outcome.FAILED), ("DATA", Outcome.UNKNOWN)]
    )
    async def test_may_be_what_nobody_understands(
        self, office: PostOffice, command: str, outcome: Outcome
    ) -> None:
        for words in ("SSH-2.0-OpenSSH_9.2", "354 go on"):
            office.will(command, words)
            answer = await notifier(plainly(office)).send(message())
            assert (answer.outcome, bool(answer.reason)) == (outcome, True)

    @pytest.mark.parametrize(
        ("command", "outcome"), [("MAIL", Outcome.FAILED), ("DATA", Outcome.UNKNOWN)]
    )
    async def test_may_take_too_long(
        self, office: PostOffice, command: str, outcome: Outcome
    ) -> None:
        office.will(command, Silence(3))
        answer = await notifier(plainly(office, timeout=0.3)).send(message())
        assert answer.outcome is outcome
        assert 0.3 <= answer.latency < 2.8

    async def test_after_the_letter_was_taken_is_nothing_to_us(self, office: PostOffice) -> None:
        office.will("QUIT", "500 stay", HangUp(), Silence(1))
        post = notifier(plainly(office, timeout=0.5))
        for _ in range(3):
            assert (await post.send(message())).outcome is Outcome.DELIVERED

    async def test_is_heard_by_four_at_a_time(self, office: PostOffice) -> None:
        office.will("DATA", Silence(0.1))
        post = notifier(plainly(office))
        answers = await asyncio.gather(*(post.send(message()) for _ in range(10)))
        assert {answer.outcome for answer in answers} == {Outcome.DELIVERED}
        assert len(office.letters) == 10
        assert office.most_at_once == 4


@pytest.mark.anyio
class TestPing:
    async def test_goes_as_far_as_the_login_and_sends_nothing(
        self, guarded: PostOffice, ca_file: Path
    ) -> None:
        await notifier(safely(guarded, ca_file)).ping()
        assert (guarded.attempts, guarded.letters) == (1, [])

    async def test_says_what_keeps_us_out_and_what_to_look_at(
        self, guarded: PostOffice, ca_file: Path
    ) -> None:
        with pytest.raises(Unavailable, match=r"535.*HOMEROOM_EMAIL__HOST") as caught:
            await notifier(safely(guarded, ca_file, "wrong-horse")).ping()
        assert "wrong-horse" not in caught.value.message
