"""Statistics are made in the background, of those who took an exam, and authors look at them."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

import attrs
import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import ExamNotFound, QuestionNotFound
from homeroom.exams.model.choices import Single
from homeroom.exams.model.questions import Content
from homeroom.exams.model.regrading import Correction
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import Flag, QuestionStatistics
from homeroom.exams.model.summaries import Attempt
from homeroom.exams.ports.bank import BankQueries, Edition
from homeroom.exams.ports.statistics import StatisticsQueries
from homeroom.exams.use_cases.regrading import JudgeAgain
from homeroom.exams.use_cases.statistics import (
    CountAnswers,
    CountExam,
    ExamMeasured,
    Measured,
    QuestionMeasured,
)
from homeroom.kernel.actor import Actor, NotAllowed
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import ExamId, JobId, QuestionId, SittingId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Lease, Run
from homeroom.kernel.rights import Role
from homeroom_testing.conformance.sittings_ground import a_bank
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.counting import make_statistics

pytestmark = pytest.mark.anyio

R, W = ("a",), ("b",)
SUSPECTED = "exams.question_suspected.v1"
RUN = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)


async def count(room: Room) -> None:
    """The house's own task does its work, and so do its workers."""
    plant = room.homeroom.plant
    await make_statistics(plant.storage, plant.handlers, plant.ambient.codec)


async def takes(room: Room, name: str, *answers: tuple[str, ...]) -> Actor:
    who = await room.somebody(name)
    sheet = await room.begin(who=who)
    await room.say(sheet, *answers, who=who)
    await room.exams.submit_sitting(who, sheet.summary.id)
    return who


async def a_class(room: Room, strong: int, weak: int) -> None:
    """Who knows all the rest says what is held to be wrong in the first, and the other way."""
    for number in range(strong):
        await takes(room, f"strong{number}", W, R, R, R)
    for number in range(weak):
        await takes(room, f"weak{number}", R, W, W, R)


async def seen(room: Room, limit: int = 50) -> ExamMeasured:
    page = CursorRequest(limit=limit)
    return await room.exams.see_exam_statistics(room.author, room.bank.exam.id, page)


async def of_first(room: Room) -> QuestionMeasured:
    return await room.exams.see_question_statistics(room.author, room.bank.questions[0].id)


def only(measured: Sequence[Measured]) -> QuestionStatistics:
    (one,) = measured
    return one.statistics


@attrs.frozen
class Counted:
    """Reads editions, and remembers how many at once."""

    bank: BankQueries
    asked: list[int]

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        self.asked.append(len(wanted))
        return await self.bank.editions(wanted)


@attrs.frozen
class Unable:
    """Reads all sittings but those of one exam."""

    queries: StatisticsQueries
    broken: ExamId

    async def ended(
        self, exam_id: ExamId, *, after: SittingId | None, limit: int
    ) -> Sequence[Sitting]:
        if exam_id == self.broken:
            raise Unavailable
        return await self.queries.ended(exam_id, after=after, limit=limit)


async def alarms(room: Room) -> int:
    told = await told_by(room.homeroom.plant.storage)
    return sum(one.name == SUSPECTED for one in told)


async def test_before_anybody_counted_nothing_is_known(room: Room) -> None:
    found = await seen(room)
    assert (found.whole, list(found.questions.items)) == (None, [])
    assert list((await of_first(room)).editions) == []


async def test_nine_tests_are_too_few_and_ten_are_not(room: Room) -> None:
    await a_class(room, 5, 4)
    await count(room)
    whole = (await seen(room)).whole
    assert whole is not None
    assert (whole.sittings, whole.figures) == (9, None)
    assert only((await of_first(room)).editions).figures is None
    await takes(room, "tenth", R, R, R, R)
    await count(room)
    found = await seen(room)
    assert found.whole is not None
    assert found.whole.figures is not None
    assert [one.statistics.responses for one in found.questions.items] == [10] * 4
    assert found.whole.figures.same_questions


async def test_studies_and_tests_that_go_on_do_not_count(room: Room) -> None:
    await a_class(room, 5, 5)
    study = await room.begin(STUDY)
    await room.say(study, W, W, W, W)
    await room.exams.submit_sitting(room.ana, study.summary.id)
    test = await room.begin()
    await room.say(test, W, W)
    await count(room)
    assert only((await of_first(room)).editions).responses == 10


async def test_a_key_that_is_likely_to_be_wrong_is_told_once_of_an_edition(room: Room) -> None:
    await a_class(room, 20, 12)
    await told_by(room.homeroom.plant.storage)
    await count(room)
    assert await alarms(room) == 1
    figures = only((await of_first(room)).editions).figures
    assert figures is not None
    assert {Flag.MIS_KEYED, Flag.NEGATIVE} <= figures.flags
    await takes(room, "later", W, R, R, R)
    await count(room)
    assert only((await of_first(room)).editions).responses == 33
    assert await alarms(room) == 0


async def test_each_edition_has_statistics_of_its_own(room: Room) -> None:
    await a_class(room, 2, 1)
    first = room.bank.questions[0]
    content = room.bank.questions[1].content
    await room.exams.revise_question(room.author, first.id, content)
    await takes(room, "later", R, R, R, R)
    await count(room)
    found = await of_first(room)
    told = [(one.statistics.edition, one.statistics.responses) for one in found.editions]
    assert told == [(1, 3), (2, 1)]
    assert [one.content for one in found.editions] == [first.content, content]
    assert found.question.edition == 2


async def test_what_was_judged_again_is_counted_again_by_the_key_that_counts_now(
    room: Room,
) -> None:
    await a_class(room, 6, 4)
    await count(room)
    question = room.bank.questions[0]
    body = question.content.body
    assert isinstance(body, Single)
    options = (attrs.evolve(one, worth=Fraction(one.id == "b")) for one in body.options)
    content = attrs.evolve(question.content, body=Single(options=tuple(options)))
    await room.exams.revise_question(room.author, question.id, content)
    why = Correction(reason="The book says b.")
    regrade = await room.exams.regrade_question(room.author, question.id, why)
    _, handle = room.homeroom.plant.handlers.find("exams.regrade_sittings.v1")
    await handle(JudgeAgain(regrade_id=regrade.id), RUN)
    await count(room)
    figures = only((await of_first(room)).editions).figures
    assert figures is not None
    assert [one.id for one in figures.options if one.is_right] == ["b"]
    assert figures.facility == pytest.approx(0.6)
    assert figures.discrimination == 1


async def test_what_did_not_change_is_not_made_again(room: Room) -> None:
    await a_class(room, 1, 1)
    await count(room)
    before = (await seen(room)).whole
    room.clock.step(seconds=60)
    await count(room)
    assert (await seen(room)).whole == before


async def test_what_was_invalidated_is_counted_no_more_and_again_once_it_is_restored(
    room: Room,
) -> None:
    await a_class(room, 2, 1)
    await count(room)
    (newest, *_) = (await room.exams.find_sittings(room.author, CursorRequest())).items
    await room.exams.invalidate_sitting(room.author, newest.id, "It was copied.", Attempt.SPENT)
    await count(room)
    assert only((await of_first(room)).editions).responses == 2
    await room.exams.restore_sitting(room.author, newest.id)
    await count(room)
    assert only((await of_first(room)).editions).responses == 3


async def test_who_is_erased_is_counted_no_more(room: Room) -> None:
    await a_class(room, 2, 1)
    gone = await takes(room, "gone", R, R, R, R)
    await count(room)
    assert only((await of_first(room)).editions).responses == 4
    assert gone.person_id is not None
    async with room.homeroom.start() as unit:
        await unit.sittings.remove(gone.person_id)
        await unit.commit()
    await count(room)
    assert only((await of_first(room)).editions).responses == 3


async def test_many_are_counted_a_few_at_a_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeroom.exams.use_cases.statistics._SITTINGS", 3)
    monkeypatch.setattr("homeroom.exams.use_cases.statistics._EXAMS", 1)
    await a_class(room, 6, 5)
    await count(room)
    assert only((await of_first(room)).editions).responses == 11


async def test_editions_are_read_in_portions(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeroom.exams.use_cases.statistics._EDITIONS", 3)
    await a_class(room, 1, 1)
    asked = list[int]()
    _, handle = room.homeroom.plant.handlers.find("exams.make_statistics_of_exam.v1")
    reading = Counted(room.homeroom.plant.storage.bank, asked)
    (due,) = await room.homeroom.plant.storage.statistics.due(after=None, limit=9)
    work = CountExam(exam_id=due.exam_id, institution_id=due.institution_id, seen=due.seen)
    await attrs.evolve(handle, bank=reading)(work, RUN)
    assert asked == [3, 1]
    assert [one.statistics.responses for one in (await seen(room)).questions.items] == [2] * 4


async def test_an_exam_that_cannot_be_counted_stops_no_other(room: Room) -> None:
    """It is tried again by itself, and once it can be counted, it is."""
    plant, first = room.homeroom.plant, room.bank
    await takes(room, "ben", R, W, W, R)
    room.bank = await a_bank(plant.storage, room.house, "E-2")
    await takes(room, "cleo", R, R, R, R)
    find, count_one = (
        plant.handlers.find(f"exams.make_statistics{name}.v1")[1] for name in ("", "_of_exam")
    )
    await find(CountAnswers(), RUN)
    await find(CountAnswers(), RUN)
    claims = await plant.storage.queue.claim(
        "default", limit=9, lease=Lease(worker="w", seconds=60)
    )
    asked = [
        plant.ambient.codec.decode(CountExam, one.payload)
        for one in claims
        if one.name == "exams.make_statistics_of_exam.v1"
    ]
    assert [one.exam_id for one in asked] == [first.exam.id, room.bank.exam.id]
    lame = attrs.evolve(count_one, queries=Unable(plant.storage.statistics, first.exam.id))
    with pytest.raises(Unavailable):
        await lame(asked[0], RUN)
    await lame(asked[1], RUN)
    made = plant.storage.statistics.exam
    assert await made(first.exam.id) is None
    assert await made(room.bank.exam.id) is not None
    await count_one(asked[0], RUN)
    assert await made(first.exam.id) is not None


async def test_questions_are_told_page_by_page(room: Room) -> None:
    await a_class(room, 1, 1)
    await count(room)
    first = await seen(room, limit=3)
    newest = [one.id for one in reversed(room.bank.questions)]
    assert [one.statistics.question_id for one in first.questions.items] == newest[:3]
    page = CursorRequest(first.questions.next, 3)
    last = await room.exams.see_exam_statistics(room.author, room.bank.exam.id, page)
    assert [one.statistics.question_id for one in last.questions.items] == newest[3:]


async def test_learners_and_strangers_see_nothing(room: Room) -> None:
    exam, question, page = room.bank.exam.id, room.bank.questions[0].id, CursorRequest()
    see_exam, see = room.exams.see_exam_statistics, room.exams.see_question_statistics
    with pytest.raises(NotAllowed):
        await see_exam(room.ana, exam, page)
    with pytest.raises(NotAllowed):
        await see(room.ana, question)
    elsewhere = await settle_in(room.homeroom.plant.storage, "Elsewhere")
    stranger = Actor(institution_id=elsewhere.id, roles=frozenset({Role.TEACHER}))
    for actor, wanted in ((stranger, exam), (room.author, ExamId(new_id()))):
        with pytest.raises(ExamNotFound):
            await see_exam(actor, wanted, page)
    for actor, asked in ((stranger, question), (room.author, QuestionId(new_id()))):
        with pytest.raises(QuestionNotFound):
            await see(actor, asked)
