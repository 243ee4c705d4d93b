"""Couriers sign their contract: in memory, and before a real mail server."""

from collections.abc import AsyncIterator, Sequence

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.people.ports.courier import Courier, Letter, LetterDelayed, LetterRefused
from homeroom.scheduling.ports.notifiers import EmailSettings, MailSecurity
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.email.courier import open_courier
from homeroom_adapters.memory.courier import MemoryCourier
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.courier import (
    READER,
    CourierCapabilities,
    CourierConformance,
    Mailbox,
    a_letter,
)
from homeroom_testing.post_office import PostOffice, open_post_office
from homeroom_testing.sabotage import broken_clauses


@attrs.frozen
class AtThePostOffice:
    """A mailbox behind a real mail server."""

    office: PostOffice

    @property
    def letters(self) -> Sequence[Letter]:
        return [
            Letter(
                id=posted.message["Message-ID"].strip("<>").partition("@")[0],
                to=posted.recipients[0],
                subject=posted.message["Subject"],
                text=posted.part("plain"),
            )
            for posted in self.office.letters
        ]

    def delay(self) -> None:
        self.office.will("DATA", f"451 4.3.0 not now, {READER}", "")

    def refuse(self) -> None:
        self.office.will("RCPT", f"550 5.1.1 <{READER}> is unknown here", "")


class TestEmail(CourierConformance):
    @pytest.fixture
    async def mailbox(self) -> AsyncIterator[Mailbox]:
        async with open_post_office() as office:
            yield AtThePostOffice(office)

    @pytest.fixture
    async def courier(self, mailbox: AtThePostOffice) -> AsyncIterator[Courier]:
        settings = EmailSettings(
            host="127.0.0.1",
            port=mailbox.office.port,
            security=MailSecurity.NONE,
            sender="bell@homeroom.example",
            timeout=5,
        )
        async with open_courier(settings, Ambient(SteppingClock(), JsonCodec())) as courier:
            yield courier


@attrs.define
class Doorstep:
    """A mailbox in memory. Only a saboteur can be made to refuse."""

    courier: MemoryCourier
    mood: type[LetterDelayed] | type[LetterRefused] | None = None

    @property
    def letters(self) -> Sequence[Letter]:
        return list(self.courier.letters)

    def delay(self) -> None:
        self.mood = LetterDelayed

    def refuse(self) -> None:
        self.mood = LetterRefused


@pytest.mark.adapter("memory courier")
class TestMemory(CourierConformance):
    capabilities = CourierCapabilities(refuses=False)

    @pytest.fixture
    def mailbox(self) -> Mailbox:
        return Doorstep(MemoryCourier())

    @pytest.fixture
    def courier(self, mailbox: Doorstep) -> Courier:
        return mailbox.courier


@attrs.frozen
class Carrying:
    """Carries to a doorstep as well as it is asked to; broken ones extend it."""

    doorstep: Doorstep

    async def send(self, letter: Letter) -> None:
        mood, self.doorstep.mood = self.doorstep.mood, None
        if mood is not None:
            raise mood
        await self.doorstep.courier.send(letter)


class Honest(CourierConformance):
    """The doorstep with a courier that can be made to refuse."""

    kind: type[Carrying] = Carrying

    @pytest.fixture
    def mailbox(self) -> Mailbox:
        return Doorstep(MemoryCourier())

    @pytest.fixture
    def courier(self, mailbox: Doorstep) -> Courier:
        return self.kind(mailbox)


class Drops(Carrying):
    async def send(self, letter: Letter) -> None: ...


class SendsAllToOne(Carrying):
    async def send(self, letter: Letter) -> None:
        await super().send(attrs.evolve(letter, to=READER))


class NumbersAnew(Carrying):
    async def send(self, letter: Letter) -> None:
        number = len(self.doorstep.letters)
        await super().send(attrs.evolve(letter, id=f"another-{number}"))


class KeepsOne(Carrying):
    async def send(self, letter: Letter) -> None:
        self.doorstep.courier.letters.clear()
        await super().send(letter)


class GivesUpAtOnce(Carrying):
    async def send(self, letter: Letter) -> None:
        try:
            await super().send(letter)
        except LetterDelayed:
            raise LetterRefused from None


class NeverGivesUp(Carrying):
    async def send(self, letter: Letter) -> None:
        try:
            await super().send(letter)
        except LetterRefused:
            raise LetterDelayed from None


class QuotesTheReader(Carrying):
    async def send(self, letter: Letter) -> None:
        try:
            await super().send(letter)
        except (LetterDelayed, LetterRefused) as refusal:
            raise type(refusal)(f"nothing for {letter.to}") from None


def carried_by(broken: type[Carrying]) -> type[CourierConformance]:
    return type(broken.__name__, (Honest,), {"kind": broken})


CAUGHT_BY = {
    carried_by(Drops): "test_a_letter_arrives_as_it_was_written",
    carried_by(SendsAllToOne): "test_each_letter_arrives_at_whom_it_is_to",
    carried_by(NumbersAnew): "test_a_letter_that_is_sent_again_is_known_by_its_id",
    carried_by(KeepsOne): "test_letters_that_are_sent_at_once_all_arrive",
    carried_by(GivesUpAtOnce): "test_what_cannot_go_now_is_delayed",
    carried_by(NeverGivesUp): "test_what_nobody_takes_is_refused_for_good",
    carried_by(QuotesTheReader): "test_a_refusal_quotes_neither_the_letter_nor_its_reader",
}


@pytest.mark.parametrize(("saboteur", "clause"), CAUGHT_BY.items(), ids=str)
def test_the_clause_named_for_it_catches(saboteur: type[CourierConformance], clause: str) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_courier_breaks_none_of_these() -> None:
    assert broken_clauses(Honest) == frozenset()


@pytest.mark.anyio
async def test_a_courier_keeps_only_the_newest_letters() -> None:
    courier = MemoryCourier()
    for number in range(1_001):
        await courier.send(a_letter(number))
    assert (len(courier.letters), courier.letters[0].id) == (1_000, "letter-1")
