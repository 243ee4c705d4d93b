"""What every courier promises: a letter arrives as it was written, or it is said why not."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Protocol

import attrs
import pytest

from homeroom.people.ports.courier import Courier, Letter, LetterDelayed, LetterRefused
from homeroom_testing.conformance.contract import Capabilities, Conformance

READER, SECRET = "ana.reyes@school.example", "hr_ticket_hush-hush-and-hush"


@attrs.frozen(kw_only=True)
class CourierCapabilities(Capabilities):
    """What a courier's other end can be made to do."""

    refuses: bool = True
    """It can be made to take no letter, now or for good."""


class Mailbox(Protocol):
    """Where the letters of a courier arrive, seen from the other end."""

    @property
    def letters(self) -> Sequence[Letter]:
        """All that arrived, as it arrived."""
        ...

    def delay(self) -> None:
        """Take the next letter later."""
        ...

    def refuse(self) -> None:
        """Never take the next letter."""
        ...


def a_letter(number: int = 1, **changed: str) -> Letter:
    usual = {
        "id": f"letter-{number}",
        "to": READER,
        "subject": "Come in",
        "text": f"Good morning, Ñandú\n\n{SECRET}\n",
    }
    return Letter(**{**usual, **changed})


class CourierConformance(Conformance):
    """Subclass, provide `mailbox` and a `courier` that goes there, inherit the proof."""

    capabilities: ClassVar[Capabilities] = CourierCapabilities()

    @pytest.fixture
    def mailbox(self) -> Mailbox:
        raise NotImplementedError("return where letters arrive")

    @pytest.fixture
    def courier(self, mailbox: Mailbox) -> Courier:
        raise NotImplementedError("return a courier that brings letters to the mailbox")

    async def test_a_letter_arrives_as_it_was_written(
        self, mailbox: Mailbox, courier: Courier
    ) -> None:
        await courier.send(a_letter())
        assert list(mailbox.letters) == [a_letter()]

    async def test_each_letter_arrives_at_whom_it_is_to(
        self, mailbox: Mailbox, courier: Courier
    ) -> None:
        sent = [a_letter(number, to=f"reader{number}@school.example") for number in range(3)]
        for letter in sent:
            await courier.send(letter)
        assert list(mailbox.letters) == sent

    async def test_a_letter_that_is_sent_again_is_known_by_its_id(
        self, mailbox: Mailbox, courier: Courier
    ) -> None:
        for _ in range(2):
            await courier.send(a_letter())
        assert {one.id for one in mailbox.letters} == {a_letter().id}

    async def test_letters_that_are_sent_at_once_all_arrive(
        self, mailbox: Mailbox, courier: Courier
    ) -> None:
        sent = [a_letter(number) for number in range(6)]
        await asyncio.gather(*map(courier.send, sent))
        assert sorted(mailbox.letters, key=lambda one: one.id) == sent

    async def test_what_cannot_go_now_is_delayed(self, mailbox: Mailbox, courier: Courier) -> None:
        self.require("refuses")
        mailbox.delay()
        with pytest.raises(LetterDelayed):
            await courier.send(a_letter())
        await courier.send(a_letter())
        assert a_letter() in mailbox.letters

    async def test_what_nobody_takes_is_refused_for_good(
        self, mailbox: Mailbox, courier: Courier
    ) -> None:
        self.require("refuses")
        mailbox.refuse()
        with pytest.raises(LetterRefused):
            await courier.send(a_letter())

    async def test_a_refusal_quotes_neither_the_letter_nor_its_reader(
        self, mailbox: Mailbox, courier: Courier
    ) -> None:
        self.require("refuses")
        for unwilling, refusal in (
            (mailbox.delay, LetterDelayed),
            (mailbox.refuse, LetterRefused),
        ):
            unwilling()
            with pytest.raises(refusal) as refused:
                await courier.send(a_letter())
            for told in (str(refused.value), repr(refused.value), repr(refused.value.__cause__)):
                assert READER not in told
                assert SECRET not in told
