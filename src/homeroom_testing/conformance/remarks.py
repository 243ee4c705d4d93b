"""The promises of the reads of notes and disputes."""

import attrs

from homeroom.exams.model.disputes import DisputeStatus
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.disputes import DisputeFilter, NoteFilter
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, PersonId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.disputes import RemarksGround, a_dispute, a_note, keep, raise_
from homeroom_testing.conformance.sittings_ground import a_bank, a_sitting, add
from homeroom_testing.conformance.storage import settle_in

ALL = CursorRequest(None, 50)


class RemarkQueriesConformance(RemarksGround):
    """What `RemarkQueries` promises."""

    async def test_notes_are_ones_own_by_exam_and_by_bookmark(
        self, storage: Storage, house: Institution, person: Person, hers: Sitting, his: Sitting
    ) -> None:
        other = a_sitting(await a_bank(storage, house, "E-2"), person)
        await add(storage, other)
        wanted = (a_note(hers, bookmarked=True), a_note(hers, 1, text="x"), a_note(other))
        marked, noted, elsewhere = [await keep(storage, one) for one in wanted]
        await keep(storage, a_note(his))
        mine = NoteFilter(person=person.id)
        found = storage.remarks.notes
        assert [*(await found(mine, ALL)).items] == [elsewhere, noted, marked]
        of_exam = attrs.evolve(mine, exam=hers.exam_id)
        assert [*(await found(of_exam, ALL)).items] == [noted, marked]
        for bookmarked, left in ((True, marked), (False, noted)):
            chosen = attrs.evolve(of_exam, bookmarked=bookmarked)
            assert [*(await found(chosen, ALL)).items] == [left]

    async def test_disputes_are_found_by_whose_they_are_about_what_and_how_far(
        self, storage: Storage, house: Institution, hers: Sitting, his: Sitting
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        first, second, other = a_dispute(hers), a_dispute(hers, 1), a_dispute(his)
        second.withdraw(at=NOON)
        await raise_(storage, first, second, other)
        everything = DisputeFilter(reach=house.id)
        for changed, left in (
            ({}, [other, second, first]),
            ({"reach": None}, [other, second, first]),
            ({"reach": elsewhere.id}, []),
            ({"person": hers.person_id}, [second, first]),
            ({"person": PersonId(new_id())}, []),
            ({"exam": hers.exam_id}, [other, second, first]),
            ({"exam": ExamId(new_id())}, []),
            ({"question": first.question_id}, [other, first]),
            ({"status": DisputeStatus.WITHDRAWN}, [second]),
        ):
            wanted = attrs.evolve(everything, **changed)
            assert [*(await storage.remarks.disputes(wanted, ALL)).items] == left

    async def test_they_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution, hers: Sitting
    ) -> None:
        notes = [await keep(storage, a_note(hers, number)) for number in range(3)]
        raised = [a_dispute(hers, number) for number in range(3)]
        await raise_(storage, *raised)
        mine, ours = NoteFilter(person=hers.person_id), DisputeFilter(reach=house.id)
        queries = storage.remarks
        first = await queries.notes(mine, CursorRequest(None, 2))
        assert [*first.items] == [notes[2], notes[1]]
        rest = await queries.notes(mine, CursorRequest(first.next, 2))
        assert ([*rest.items], rest.next) == ([notes[0]], None)
        page = await queries.disputes(ours, CursorRequest(None, 2))
        assert [*page.items] == [raised[2], raised[1]]
        last = await queries.disputes(ours, CursorRequest(page.next, 2))
        assert ([*last.items], last.next) == ([raised[0]], None)
