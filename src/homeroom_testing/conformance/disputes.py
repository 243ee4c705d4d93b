"""The promises of the places for notes on questions, and for disputes about them."""

import asyncio

import attrs
import pytest

from homeroom.exams.dispute_errors import (
    DisputeNotFound,
    DisputeUnderWay,
    StaleDispute,
    TooManyDisputes,
)
from homeroom.exams.model.disputes import Dispute
from homeroom.exams.model.notes import Note
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.disputes import A_DAY
from homeroom.house import Storage
from homeroom.kernel.ids import DisputeId, NoteId, PersonId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import (
    MINUTE,
    Bank,
    SittingsGround,
    a_sitting,
    add,
)
from homeroom_testing.conformance.storage import settle_in, told_by

ALL = CursorRequest(None, 50)


class RemarksGround(SittingsGround):
    """Somebody who sat for an exam, and somebody else who did."""

    @pytest.fixture
    async def hers(self, storage: Storage, person: Person, bank: Bank) -> Sitting:
        kept = a_sitting(bank, person)
        await add(storage, kept)
        return kept

    @pytest.fixture
    async def his(self, storage: Storage, house: Institution, bank: Bank) -> Sitting:
        kept = a_sitting(bank, await a_kept_person(storage, house, "ben"))
        await add(storage, kept)
        return kept


class NotesConformance(RemarksGround):
    """What `Notes` promises."""

    async def test_a_note_comes_back_as_it_went(self, storage: Storage, hers: Sitting) -> None:
        note = a_note(hers, text="Läs om detta: 再读")
        assert await keep(storage, note) == note
        assert await notes_of(storage, hers.person_id) == [note]

    async def test_a_later_note_takes_the_place_of_the_one_before(
        self, storage: Storage, hers: Sitting
    ) -> None:
        first = await keep(storage, a_note(hers, text="once"))
        again = attrs.evolve(a_note(hers, bookmarked=True), at=NOON + MINUTE, edition=2)
        kept = await keep(storage, again)
        assert kept == attrs.evolve(again, id=first.id)
        assert await notes_of(storage, hers.person_id) == [kept]

    async def test_of_two_who_note_at_once_one_note_is_left(
        self, storage: Storage, hers: Sitting
    ) -> None:
        self.require("isolated")
        every = [keep(storage, a_note(hers, text=f"word {number}")) for number in range(4)]
        await asyncio.gather(*every)
        assert len(await notes_of(storage, hers.person_id)) == 1

    async def test_a_note_is_dropped_once_and_nobody_elses_is(
        self, storage: Storage, hers: Sitting, his: Sitting
    ) -> None:
        await keep(storage, a_note(hers))
        await keep(storage, a_note(his))
        question, dropped = hers.form.items[0].question_id, list[bool]()
        for _ in range(2):
            async with storage.start() as unit:
                dropped.append(await unit.notes.drop(hers.person_id, question))
                await unit.commit()
        assert dropped == [True, False]
        assert len(await notes_of(storage, his.person_id)) == 1

    async def test_all_of_somebodys_are_told_newest_first_and_taken_away(
        self, storage: Storage, hers: Sitting, his: Sitting
    ) -> None:
        kept = [await keep(storage, a_note(hers, number)) for number in range(3)]
        await keep(storage, a_note(his))
        assert await notes_of(storage, hers.person_id) == kept[::-1]
        async with storage.start() as unit:
            assert await unit.notes.remove(hers.person_id) == 3
            await unit.commit()
        assert await notes_of(storage, hers.person_id) == []
        assert len(await notes_of(storage, his.person_id)) == 1

    async def test_leaving_without_commit_keeps_nothing(
        self, storage: Storage, hers: Sitting
    ) -> None:
        async with storage.start() as unit:
            await unit.notes.keep(a_note(hers))
        assert await notes_of(storage, hers.person_id) == []


class DisputesConformance(RemarksGround):
    """What `Disputes` promises."""

    async def test_a_dispute_comes_back_as_it_went(self, storage: Storage, hers: Sitting) -> None:
        dispute = a_dispute(hers)
        await raise_(storage, dispute)
        assert await got(storage, dispute) == dispute
        dispute.answer("You are right.", upheld=True, by=hers.person_id, at=NOON + MINUTE)
        await save(storage, dispute)
        assert await got(storage, dispute) == dispute
        dispute.close(at=NOON + 2 * MINUTE)
        await save(storage, dispute)
        assert await got(storage, dispute) == dispute

    async def test_a_dispute_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, hers: Sitting
    ) -> None:
        elsewhere, dispute = await settle_in(storage, "Elsewhere"), a_dispute(hers)
        await raise_(storage, dispute)
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert await unit.disputes.get(dispute.id, reach=reach) == dispute
            unknown = DisputeId(new_id())
            for wanted, reach in ((dispute.id, elsewhere.id), (unknown, None)):
                with pytest.raises(DisputeNotFound):
                    await unit.disputes.get(wanted, reach=reach)

    async def test_a_person_disputes_a_question_once_at_a_time(
        self, storage: Storage, hers: Sitting, his: Sitting
    ) -> None:
        first = a_dispute(hers)
        await raise_(storage, first, a_dispute(hers, 1), a_dispute(his))
        with pytest.raises(DisputeUnderWay):
            await raise_(storage, a_dispute(hers))
        first.answer("No.", upheld=False, by=None, at=NOON)
        await save(storage, first)
        with pytest.raises(DisputeUnderWay):
            await raise_(storage, a_dispute(hers))
        first.close(at=NOON)
        await save(storage, first)
        await raise_(storage, a_dispute(hers))

    async def test_of_many_who_dispute_at_once_one_does(
        self, storage: Storage, hers: Sitting
    ) -> None:
        self.require("isolated")
        every = [raise_(storage, a_dispute(hers)) for _ in range(5)]
        came = await asyncio.gather(*every, return_exceptions=True)
        names = sorted(type(one).__name__ for one in came)
        assert names == ["DisputeUnderWay"] * 4 + ["NoneType"]

    async def test_so_many_are_raised_within_a_day_and_no_more(
        self, storage: Storage, hers: Sitting, his: Sitting
    ) -> None:
        self.require("isolated")
        several = [a_dispute(hers, number) for number in range(4)]
        raised = await asyncio.gather(*(raise_at_most(storage, one, 2) for one in several))
        assert sorted(raised) == [False, False, True, True]
        kept = [one for one, there in zip(several, raised, strict=True) if there]
        withdrawn = attrs.evolve(kept[0])
        withdrawn.withdraw(at=NOON)
        await save(storage, withdrawn)
        (left, *_) = (one for one in several if one not in kept)
        late = NOON + A_DAY - MINUTE
        assert not await raise_at_most(storage, attrs.evolve(left, raised_at=late), 2)
        assert await raise_at_most(storage, a_dispute(his, 0), 1)
        assert await raise_at_most(storage, attrs.evolve(left, raised_at=NOON + A_DAY), 2)

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, hers: Sitting
    ) -> None:
        dispute = a_dispute(hers)
        await raise_(storage, dispute)
        mine = attrs.evolve(dispute)
        dispute.answer("No.", upheld=False, by=None, at=NOON)
        await save(storage, dispute)
        with pytest.raises(StaleDispute):
            await save(storage, mine)

    async def test_each_step_is_told_once_it_is_committed(
        self, storage: Storage, hers: Sitting
    ) -> None:
        dispute = a_dispute(hers)
        await told_by(storage)
        async with storage.start() as unit:
            await unit.disputes.add(a_dispute(hers))
        await raise_(storage, dispute)
        assert [one.name for one in await told_by(storage)] == ["exams.question_disputed.v1"]
        dispute.answer("No.", upheld=False, by=None, at=NOON)
        dispute.close(at=NOON)
        await save(storage, dispute)
        told = [one.name for one in await told_by(storage)]
        assert told == ["exams.dispute_answered.v1", "exams.dispute_closed.v1"]

    async def test_all_of_somebodys_are_told_newest_first_and_taken_away(
        self, storage: Storage, hers: Sitting, his: Sitting
    ) -> None:
        raised = [a_dispute(hers, number) for number in range(3)]
        await raise_(storage, *raised, a_dispute(his))
        async with storage.start() as unit:
            assert await unit.disputes.of(hers.person_id) == raised[::-1]
            assert await unit.disputes.remove(hers.person_id) == 3
            await unit.commit()
        async with storage.start() as unit:
            assert await unit.disputes.of(hers.person_id) == []
            assert len(await unit.disputes.of(his.person_id)) == 1

    async def test_what_is_read_is_a_copy(self, storage: Storage, hers: Sitting) -> None:
        dispute = a_dispute(hers)
        await raise_(storage, dispute)
        async with storage.start() as unit:
            read = await unit.disputes.get(dispute.id, reach=None)
            read.withdraw(at=NOON)
            assert (await unit.disputes.get(dispute.id, reach=None)).goes_on


def a_note(
    sitting: Sitting, number: int = 0, *, bookmarked: bool = False, text: str = "look again"
) -> Note:
    """On one of the questions of *sitting*."""
    item = sitting.form.items[number]
    return Note(
        id=NoteId(new_id()),
        person_id=sitting.person_id,
        institution_id=sitting.institution_id,
        exam_id=sitting.exam_id,
        question_id=item.question_id,
        edition=item.edition,
        bookmarked=bookmarked,
        text=text,
        at=NOON,
    )


def a_dispute(sitting: Sitting, number: int = 0) -> Dispute:
    """About one of the questions of *sitting*; adding it tells one event."""
    question_id = sitting.form.items[number].question_id
    return Dispute.begin(sitting, question_id, "Two of these are right.", at=NOON)


async def keep(storage: Storage, note: Note) -> Note:
    """In a unit of its own."""
    async with storage.start() as unit:
        kept = await unit.notes.keep(note)
        await unit.commit()
    return kept


async def notes_of(storage: Storage, person_id: PersonId) -> list[Note]:
    async with storage.start() as unit:
        return list(await unit.notes.of(person_id))


async def raise_(storage: Storage, *disputes: Dispute) -> None:
    """Add *disputes* in a unit of their own."""
    async with storage.start() as unit:
        for dispute in disputes:
            await unit.disputes.add(dispute)
        await unit.commit()


async def raise_at_most(storage: Storage, dispute: Dispute, most: int) -> bool:
    """Add *dispute*, unless its person raised so many within a day; whether it was added."""
    try:
        async with storage.start() as unit:
            await unit.disputes.add(dispute, most=most)
            await unit.commit()
    except TooManyDisputes:
        return False
    return True


async def save(storage: Storage, dispute: Dispute) -> None:
    async with storage.start() as unit:
        await unit.disputes.save(dispute)
        await unit.commit()


async def got(storage: Storage, dispute: Dispute) -> Dispute:
    """*dispute* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.disputes.get(dispute.id, reach=None)
