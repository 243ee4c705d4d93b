"""The promises of the reads of the bank."""

import attrs
import pytest

from homeroom.exams.errors import QuestionNotFound
from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.bank import Candidate, QuestionFilter
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.exams_ground import (
    ExamsGround,
    a_content,
    a_kept_exam,
    a_kept_vendor,
    a_question,
    keep_questions,
    objectives_of,
)
from homeroom_testing.conformance.storage import settle_in

_ALL = CursorRequest(None, 200)


@attrs.frozen
class Bank:
    """Three questions of an exam, two of them active, and one of another exam."""

    house: Institution
    exam: Exam
    ports: Question
    halves: Question
    draft: Question
    elsewhere: Question


class BankQueriesConformance(ExamsGround):
    """What `BankQueries` promises."""

    @pytest.fixture
    async def bank(self, storage: Storage, house: Institution, vendor: Vendor, exam: Exam) -> Bank:
        other = await a_kept_exam(storage, vendor, "Other")
        tags = frozenset({"Net", 'a "quoted" tag'})
        ports = a_question(exam, a_content("Which Ports?", difficulty=1, tags=tags), active=True)
        second, other_tags = objectives_of(exam)[1], frozenset({"Networks"})
        content = a_content("What is 50% of\nuser_ÑAME?", difficulty=5, tags=other_tags)
        halves = a_question(exam, content, objective=second, reference="moodle:7", active=True)
        draft = a_question(exam, a_content("Which drafts?"))
        elsewhere = a_question(other, a_content("Which others?"), active=True)
        await keep_questions(storage, ports, halves, draft, elsewhere)
        return Bank(house, exam, ports, halves, draft, elsewhere)

    async def test_questions_come_newest_first_and_only_within_reach(
        self, storage: Storage, bank: Bank
    ) -> None:
        school = await settle_in(storage, "Elsewhere")
        exam = await a_kept_exam(storage, await a_kept_vendor(storage, school))
        theirs = a_question(exam)
        await keep_questions(storage, theirs)
        ours = [bank.elsewhere, bank.draft, bank.halves, bank.ports]
        assert await _questions(storage, QuestionFilter(reach=bank.house.id)) == ours
        assert await _questions(storage, QuestionFilter(reach=None)) == [theirs, *ours]

    async def test_questions_go_on_after_a_page(self, storage: Storage, bank: Bank) -> None:
        wanted = QuestionFilter(reach=bank.house.id, exam=bank.exam.id)
        first = await storage.bank.questions(wanted, CursorRequest(None, 2))
        assert (list(first.items), first.next) == ([bank.draft, bank.halves], bank.halves.id)
        second = await storage.bank.questions(wanted, CursorRequest(first.next, 2))
        assert (list(second.items), second.next) == ([bank.ports], None)

    async def test_questions_are_found_by_what_they_are_and_where(
        self, storage: Storage, bank: Bank
    ) -> None:
        reach, (_, second) = bank.house.id, objectives_of(bank.exam)
        for wanted, found in (
            (QuestionFilter(reach=reach, exam=bank.elsewhere.exam_id), [bank.elsewhere]),
            (QuestionFilter(reach=reach, objective=second), [bank.halves]),
            (QuestionFilter(reach=reach, status=QuestionStatus.DRAFT), [bank.draft]),
            (QuestionFilter(reach=reach, difficulty=5), [bank.halves]),
            (QuestionFilter(reach=reach, difficulty=5, exam=bank.elsewhere.exam_id), []),
        ):
            assert await _questions(storage, wanted) == found

    async def test_a_tag_is_found_whole_and_to_the_letter(
        self, storage: Storage, bank: Bank
    ) -> None:
        for tag, found in (
            ("Net", [bank.ports]),
            ('a "quoted" tag', [bank.ports]),
            ("Networks", [bank.halves]),
            *((tag, []) for tag in ("net", "Netw", "quoted", "%", "", "\n", "\x00", '"', ",")),
        ):
            assert await _questions(storage, QuestionFilter(reach=None, tag=tag)) == found

    @pytest.mark.parametrize("text", ["50%", "R_ñ", "USER_ÑAME", "Moodle:7"])
    async def test_questions_are_found_by_words_in_any_case_to_the_letter(
        self, storage: Storage, bank: Bank, text: str
    ) -> None:
        found = await _questions(storage, QuestionFilter(reach=bank.house.id, text=text))
        assert found == [bank.halves]

    @pytest.mark.parametrize("text", ["%%", "5_%", "a\x00", "\ud800", "of\nuser"])
    async def test_words_that_stand_nowhere_find_nothing(
        self, storage: Storage, bank: Bank, text: str
    ) -> None:
        assert await _questions(storage, QuestionFilter(reach=bank.house.id, text=text)) == []

    async def test_a_question_out_of_reach_is_not_found(self, storage: Storage, bank: Bank) -> None:
        school, wanted = await settle_in(storage, "Elsewhere"), bank.ports
        for reach in (bank.house.id, None):
            assert await storage.bank.question(wanted.id, reach=reach) == wanted
        for question_id, reach in ((wanted.id, school.id), (QuestionId(new_id()), None)):
            with pytest.raises(QuestionNotFound):
                await storage.bank.question(question_id, reach=reach)

    async def test_a_pool_holds_what_may_be_served_of_each_objective(
        self, storage: Storage, bank: Bank
    ) -> None:
        newer = a_question(bank.exam, a_content("Newer?", difficulty=1), active=True)
        await keep_questions(storage, newer)
        first, second = objectives_of(bank.exam)
        assert await _pools(storage, bank.exam.id) == {
            first: [_candidate(bank.ports), _candidate(newer)],
            second: [_candidate(bank.halves)],
        }
        assert await _pools(storage, ExamId(new_id())) == {}

    async def test_a_pool_follows_what_becomes_of_a_question(
        self, storage: Storage, bank: Bank
    ) -> None:
        second = objectives_of(bank.exam)[1]
        bank.ports.revise(a_content("Anew?", difficulty=4), at=NOON)
        bank.ports.move(second)
        bank.halves.retire(at=NOON)
        await keep_questions(storage, bank.ports, bank.halves)
        moved = Candidate(id=bank.ports.id, edition=2, difficulty=4)
        assert await _pools(storage, bank.exam.id) == {second: [moved]}

    async def test_editions_say_what_they_said_and_others_are_left_out(
        self, storage: Storage, bank: Bank
    ) -> None:
        said = bank.ports.content
        bank.ports.revise(a_content("Anew?"), at=NOON)
        await keep_questions(storage, bank.ports)
        old, new = (bank.ports.id, 1), (bank.ports.id, 2)
        never = [(bank.ports.id, 3), (bank.halves.id, 2), (QuestionId(new_id()), 1)]
        assert await storage.bank.editions([new, old, *never]) == {
            old: said,
            new: a_content("Anew?"),
        }
        assert await storage.bank.editions([]) == {}


def _candidate(question: Question) -> Candidate:
    return Candidate(
        id=question.id, edition=question.edition, difficulty=question.content.difficulty
    )


async def _pools(storage: Storage, exam_id: ExamId) -> dict[ObjectiveId, list[Candidate]]:
    pools = await storage.bank.pools(exam_id)
    return {objective: list(pool) for objective, pool in pools.items()}


async def _questions(storage: Storage, wanted: QuestionFilter) -> list[Question]:
    return list((await storage.bank.questions(wanted, _ALL)).items)
