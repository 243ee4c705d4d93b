"""Letters before they are sent: what is read, how it is written, and which settings can work."""

import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Invalid
from homeroom.scheduling.model.deliveries import Message, Outcome
from homeroom.scheduling.model.email import Reply, judge_recipients, read_letter
from homeroom.scheduling.model.payloads import payload_text
from homeroom.scheduling.model.targets import EmailTarget, target_text
from homeroom.scheduling.ports.notifiers import EmailSettings, MailSecurity
from homeroom_adapters.email.letters import compose
from homeroom_adapters.email.notifier import trusted_certificates
from homeroom_testing.clock import NOON

OURS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
TARGET = target_text(EmailTarget(to=("ada@school.example",), subject="Hello"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


def written(delivery_id: str, **payload: str) -> EmailMessage:
    """What a reader gets of a message that says this."""
    message = Message(target=TARGET, body=payload_text(payload), delivery_id=delivery_id, at=NOON)
    raw = compose(read_letter(message), message, "bell@homeroom.example")
    assert raw.isascii()
    read = email.message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


class TestWriting:
    @given(subject=TEXTS, delivery_id=TEXTS)
    def test_whatever_is_said_makes_no_headers_but_ours(
        self, subject: str, delivery_id: str
    ) -> None:
        letter = written(delivery_id, subject=f"x{subject}", text="t")
        assert set(letter.keys()) - {"Content-Type", "Content-Transfer-Encoding"} == OURS
        assert len(letter.keys()) == len(set(letter.keys()))
        assert letter["To"] == "ada@school.example"

    @given(text=TEXTS, html=TEXTS)
    def test_whatever_is_said_is_read_again(self, text: str, html: str) -> None:
        letter = written("x", text=f"x{text}", html=f"<p>{html}")
        plain, marked = letter.get_body(["plain"]), letter.get_body(["html"])
        assert plain is not None
        assert marked is not None
        assert _lines(plain.get_content()) == _lines(f"x{text}")
        assert _lines(marked.get_content()) == _lines(f"<p>{html}")


def _lines(text: str) -> list[str]:
    """Mail has its own ends of lines, and always one at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


class TestJudging:
    @given(codes=st.lists(st.sampled_from([421, 450, 452, 530, 550, 551, 554]), min_size=1))
    def test_nobody_is_given_up_while_one_of_the_recipients_may_still_be_there(
        self, codes: list[int]
    ) -> None:
        outcome = judge_recipients([Reply(code, "words") for code in codes]).outcome
        assert (outcome is Outcome.GONE) is (set(codes) <= {550, 551})
        assert (outcome is Outcome.FAILED) is any(code < 500 for code in codes)


class TestSettings:
    def test_keep_the_password_to_themselves(self) -> None:
        settings = EmailSettings(
            host="mail.example", sender="a@b.example", username="u", password="right-horse"
        )
        assert "right-horse" not in repr(settings)

    @pytest.mark.parametrize(
        ("wrong", "about"),
        [
            ({"host": "mail.example"}, "sender"),
            ({"host": "mail.example", "sender": "Ada <a@b.example>"}, "sender"),
            ({"host": "mail.example", "sender": "a@b.example\r\nX: y"}, "sender"),
            ({"username": "u"}, "username"),
            ({"username": "u", "password": "p", "security": MailSecurity.NONE}, "security"),
            ({"port": 0}, "port"),
            ({"timeout": 0}, "timeout"),
        ],
    )
    def test_that_cannot_work_are_refused(self, wrong: dict[str, object], about: str) -> None:
        with pytest.raises(ValueError, match=about):
            EmailSettings(**wrong)  # type: ignore[arg-type]  # that is what the test is about

    def test_certificates_that_cannot_be_read_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "none.pem").write_text("nothing")
        for name in ("none.pem", "missing.pem"):
            with pytest.raises(Invalid, match="HOMEROOM_EMAIL__CA_FILE"):
                trusted_certificates(tmp_path / name)
