"""The promises of where events of sittings are kept, and of the reads of them."""

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest

from homeroom.exams.model.integrity import EventKind, IntegrityEvent, IntegrityPolicy, Told
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.wishes import Mode
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, QuestionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import Bank, SittingsGround, a_sitting, add
from homeroom_testing.conformance.storage import settle_in

POLICY = IntegrityPolicy(
    weights={EventKind.PASTED: 3, EventKind.BLURRED: 1}, warn_at=2, flag_at=4, most_events=5
)


def an_event(
    sitting: Sitting,
    kind: EventKind = EventKind.BLURRED,
    mark: str | None = None,
    question_id: QuestionId | None = None,
) -> IntegrityEvent:
    told = Told(
        mark=mark or new_id().hex,
        kind=kind,
        said_at=NOON - timedelta(seconds=3),
        question_id=question_id,
        seconds=7,
    )
    return IntegrityEvent(id=new_id(), sitting_id=sitting.id, told=told, at=NOON)


async def tell(storage: Storage, *events: IntegrityEvent) -> int:
    """Keep *events* in a unit of their own; how many were new."""
    async with storage.start() as unit:
        kept = await unit.integrity.add(events)
        await unit.commit()
    return kept


class IntegrityEventsConformance(SittingsGround):
    """What `IntegrityEvents` promises."""

    @pytest.fixture
    async def sitting(self, storage: Storage, person: Person, bank: Bank) -> Sitting:
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        return sitting

    async def test_events_come_back_as_they_went_newest_first(
        self, storage: Storage, person: Person, sitting: Sitting, bank: Bank
    ) -> None:
        every = [
            an_event(sitting, EventKind.PASTED, question_id=bank.questions[0].id),
            an_event(sitting),
        ]
        assert await tell(storage, *every) == 2
        assert await tell(storage) == 0
        async with storage.start() as unit:
            assert list(await unit.integrity.of(person.id)) == every[::-1]

    async def test_an_event_that_is_told_again_is_the_same_one(
        self, storage: Storage, person: Person, sitting: Sitting, bank: Bank
    ) -> None:
        first = an_event(sitting, mark="one")
        other = a_sitting(bank, person, Mode.RANDOM)
        await add(storage, other)
        assert await tell(storage, first, an_event(sitting, mark="two")) == 2
        again = [an_event(sitting, EventKind.PASTED, "one"), an_event(sitting, mark="three")]
        assert await tell(storage, *again) == 1
        assert await tell(storage, an_event(other, mark="one")) == 1
        async with storage.start() as unit:
            kept = {
                one.told.mark: one
                for one in await unit.integrity.of(person.id)
                if one.sitting_id == sitting.id
            }
        assert kept["one"] == first

    async def test_they_are_counted_by_kind(self, storage: Storage, sitting: Sitting) -> None:
        async with storage.start() as unit:
            assert await unit.integrity.counts(sitting.id) == {}
            await unit.integrity.add([an_event(sitting), an_event(sitting)])
            await unit.integrity.add([an_event(sitting, EventKind.PASTED)])
            counts = await unit.integrity.counts(sitting.id)
            await unit.commit()
        assert counts == {EventKind.BLURRED: 2, EventKind.PASTED: 1}

    async def test_leaving_without_commit_keeps_nothing(
        self, storage: Storage, sitting: Sitting
    ) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            await unit.integrity.add([an_event(sitting)])
        assert await storage.integrity.counts(sitting.id) == {}

    async def test_they_go_with_their_sitting_and_no_others_do(
        self, storage: Storage, house: Institution, person: Person, bank: Bank, sitting: Sitting
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        his = a_sitting(bank, ben)
        await add(storage, his)
        await tell(storage, an_event(sitting), an_event(his))
        async with storage.start() as unit:
            await unit.sittings.remove(person.id)
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.integrity.of(person.id)) == []
        assert await storage.integrity.counts(sitting.id) == {}
        assert await storage.integrity.counts(his.id) == {EventKind.BLURRED: 1}


class IntegrityQueriesConformance(SittingsGround):
    """What `IntegrityQueries` promises."""

    async def test_events_of_a_sitting_are_listed_newest_first_page_by_page(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting, other = (a_sitting(bank, person, Mode.RANDOM) for _ in range(2))
        await add(storage, sitting, other)
        every = [an_event(sitting) for _ in range(3)]
        await tell(storage, *every, an_event(other))
        look = storage.integrity.events
        first = await look(sitting.id, CursorRequest(limit=2))
        assert list(first.items) == [every[2], every[1]]
        last = await look(sitting.id, CursorRequest(first.next, 2))
        assert (list(last.items), last.next) == ([every[0]], None)
        assert await storage.integrity.counts(sitting.id) == {EventKind.BLURRED: 3}

    async def test_a_sitting_is_flagged_by_weight_and_by_number(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        heavy, light, many, calm = await self._sittings(storage, person, bank)
        await tell(storage, an_event(heavy, EventKind.PASTED), an_event(heavy))
        await tell(storage, an_event(light, EventKind.PASTED))
        await tell(storage, *(an_event(many, EventKind.OFFLINE) for _ in range(5)))
        wanted = FlagFilter(reach=None, policy=POLICY)
        first = await storage.integrity.flagged(wanted, CursorRequest(limit=1))
        assert [(one.sitting_id, one.points, one.events) for one in first.items] == [
            (many.id, 0, 5)
        ]
        last = await storage.integrity.flagged(wanted, CursorRequest(first.next, 1))
        (one,) = last.items
        assert (one.sitting_id, one.points, one.events) == (heavy.id, 4, 2)
        assert (one.exam_id, one.person_id, last.next) == (bank.exam.id, person.id, None)
        assert calm.id not in {one.sitting_id for one in (*first.items, *last.items)}

    async def test_where_one_or_two_events_are_never_enough_several_are(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        three, two, again, rich = await self._sittings(storage, person, bank)
        policy = attrs.evolve(POLICY, flag_at=7, most_events=9)
        for _ in range(3):
            await tell(storage, an_event(three, EventKind.PASTED))
        same = an_event(two, EventKind.PASTED, "same")
        await tell(storage, same, an_event(two, EventKind.PASTED))
        await tell(storage, an_event(two, EventKind.PASTED, "same"))
        await tell(storage, *(an_event(again, EventKind.PASTED) for _ in range(2)))
        await tell(storage, an_event(again), an_event(rich, EventKind.PASTED))
        wanted = FlagFilter(reach=None, policy=policy)
        found = await storage.integrity.flagged(wanted, CursorRequest(limit=9))
        told = [(one.sitting_id, one.points, one.events) for one in found.items]
        assert told == [(again.id, 7, 3), (three.id, 9, 3)]

    async def test_flagged_ones_are_found_within_reach_and_by_exam(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        heavy, *_ = await self._sittings(storage, person, bank)
        await tell(storage, *(an_event(heavy, EventKind.PASTED) for _ in range(2)))
        flagged, page = storage.integrity.flagged, CursorRequest(limit=9)
        for wanted, found in (
            (FlagFilter(reach=house.id, policy=POLICY, exam=bank.exam.id), [heavy.id]),
            (FlagFilter(reach=house.id, policy=POLICY, exam=ExamId(new_id())), []),
            (FlagFilter(reach=elsewhere.id, policy=POLICY), []),
        ):
            assert [one.sitting_id for one in (await flagged(wanted, page)).items] == found

    async def _sittings(self, storage: Storage, person: Person, bank: Bank) -> Sequence[Sitting]:
        every = [a_sitting(bank, person, Mode.RANDOM) for _ in range(4)]
        await add(storage, *every)
        return every
