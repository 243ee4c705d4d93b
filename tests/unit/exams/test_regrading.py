"""A key was wrong: who changes is told, then they are judged again, and what was stays known."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import BadRegrade, QuestionNotFound
from homeroom.exams.model.choices import Single
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.model.regrading import Correction, Regrade
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.ports.bank import BankQueries, Edition
from homeroom.exams.use_cases.regrading import JudgeAgain
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Forbidden
from homeroom.kernel.ids import InstitutionId, JobId, QuestionId, new_id
from homeroom.kernel.queue import Run

pytestmark = pytest.mark.anyio

A, B = ("a",), ("b",)
WHY = Correction(reason="The book says b.")


@attrs.define
class Counted:
    """A bank that counts how often editions are read."""

    bank: BankQueries
    asked: int = 0

    async def question(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        return await self.bank.question(question_id, reach=reach)

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        self.asked += 1
        return await self.bank.editions(wanted)


async def b_is_right(room: Room, question: Question) -> Question:
    """*question*, revised: b is right, and a is not."""
    body = question.content.body
    assert isinstance(body, Single)
    options = (attrs.evolve(one, worth=Fraction(one.id == "b")) for one in body.options)
    content = attrs.evolve(question.content, body=Single(options=tuple(options)))
    return await room.exams.revise_question(room.author, question.id, content)


async def judge(room: Room, regrade: Regrade) -> Regrade:
    """The worker does its part; what came of it."""
    _, handle = room.homeroom.plant.handlers.find("exams.regrade_sittings.v1")
    run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
    await handle(JudgeAgain(regrade_id=regrade.id), run)
    (newest, *_) = await room.exams.find_regrades(room.author, regrade.question_id)
    return newest


async def done(room: Room, who: Actor, *answers: tuple[str, ...]) -> Sheet:
    sheet = await room.begin(who=who)
    await room.say(sheet, *answers, who=who)
    return await room.exams.submit_sitting(who, sheet.summary.id)


def percents(sheets: Sequence[Sheet]) -> list[str]:
    return [str(one.summary.outcome.percent) for one in sheets]


async def test_a_dry_run_tells_who_would_change_and_changes_nothing(room: Room) -> None:
    ben, question = await room.somebody("ben"), room.bank.questions[0]
    hers, his = await done(room, room.ana, A), await done(room, ben, B)
    await b_is_right(room, question)
    before = await room.actions()

    plan = await room.exams.plan_regrade(room.author, question.id, WHY)

    told = {one.sitting_id: (one.before.percent, one.after.percent) for one in plan.changes}
    assert told == {
        hers.summary.id: (Decimal("16.7"), Decimal("0.0")),
        his.summary.id: (Decimal("0.0"), Decimal("16.7")),
    }
    assert (plan.outcome.examined, plan.outcome.changed, plan.is_whole) == (2, 2, True)
    assert await room.exams.find_regrades(room.author, question.id) == []
    assert (await room.exams.see_result(ben, his.summary.id)).summary == his.summary
    assert set(await room.actions()) - set(before) <= {"exams.see_sittings"}


async def test_a_dry_run_goes_through_so_many_at_once_and_tells_where_to_go_on(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeroom.exams.use_cases.regrading.MOST_EXAMINED", 2)
    question, plan = room.bank.questions[0], room.exams.plan_regrade
    sheets = [await done(room, await room.somebody(f"s{one}"), A) for one in range(5)]
    await b_is_right(room, question)
    reading = Counted(room.homeroom.plant.storage.bank)
    some = await attrs.evolve(plan, bank=reading)(room.author, question.id, WHY)
    assert (some.outcome.examined, some.is_whole, reading.asked) == (2, False, 2)
    told, after = [one.sitting_id for one in some.changes], some.next
    while after is not None:
        some = await plan(room.author, question.id, WHY, after=after)
        told, after = [*told, *(one.sitting_id for one in some.changes)], some.next
    assert told == sorted(one.summary.id for one in sheets)


async def test_who_was_judged_by_a_wrong_key_is_judged_again_and_the_first_score_is_kept(
    room: Room,
) -> None:
    ben, question = await room.somebody("ben"), room.bank.questions[0]
    hers, his = await done(room, room.ana, A), await done(room, ben, B)
    await b_is_right(room, question)

    regrade = await room.exams.regrade_question(room.author, question.id, WHY)
    finished = await judge(room, regrade)

    assert finished.is_done
    assert (finished.outcome.examined, finished.outcome.changed) == (2, 2)
    seen = [
        await room.exams.see_result(room.ana, hers.summary.id),
        await room.exams.see_result(ben, his.summary.id),
    ]
    assert percents(seen) == ["0.0", "16.7"]
    assert [str(one.before.percent) for sheet in seen for one in sheet.regrades] == ["16.7", "0.0"]
    feedback = {one.question_id: one.feedback for one in seen[1].questions}[question.id]
    assert feedback is not None
    assert (feedback.key, feedback.credit) == (B, 1)
    noted = await room.actions()
    assert noted.count("exams.regrade") == 1
    assert noted.count("exams.sitting_regraded") == 2


async def test_passing_and_failing_by_it_is_counted(room: Room) -> None:
    ben, every = await room.somebody("ben"), room.bank.questions
    passing = [A, A, A, B]
    failing = [A, A, B, B]
    await done(room, room.ana, *passing)
    await done(room, ben, *failing)
    await b_is_right(room, every[2])
    plan = await room.exams.plan_regrade(room.author, every[2].id, WHY)
    assert (plan.outcome.passed, plan.outcome.failed) == (1, 1)


async def test_what_goes_on_yet_is_judged_by_the_right_key_at_its_end(room: Room) -> None:
    question = room.bank.questions[0]
    sheet = await room.begin()
    await room.say(sheet, B)
    await b_is_right(room, question)
    finished = await judge(room, await room.exams.regrade_question(room.author, question.id, WHY))
    assert (finished.outcome.examined, finished.outcome.changed) == (1, 0)
    over = await room.exams.submit_sitting(room.ana, sheet.summary.id)
    assert (percents([over]), over.regrades) == (["16.7"], ())


async def test_in_a_study_the_next_answer_is_told_by_the_right_key(room: Room) -> None:
    question = room.bank.questions[0]
    sheet = await room.begin(STUDY)
    await b_is_right(room, question)
    await room.exams.regrade_question(room.author, question.id, WHY)
    await room.say(sheet, B)
    (asked, *_) = [one for one in (await room.look(sheet)).questions if one.answer]
    assert asked.feedback is not None
    assert asked.feedback.credit == 1


async def test_done_twice_it_changes_nothing_more_and_it_can_be_taken_back(room: Room) -> None:
    question = room.bank.questions[0]
    sheet = await done(room, room.ana, B)
    await b_is_right(room, question)
    decide = room.exams.regrade_question
    for _ in range(2):
        await judge(room, await decide(room.author, question.id, WHY))
    seen = await room.exams.see_result(room.ana, sheet.summary.id)
    assert (percents([seen]), len(seen.regrades)) == (["16.7"], 1)

    back = Correction(reason="The book was wrong.", key=1, editions=frozenset({1}))
    await judge(room, await decide(room.author, question.id, back))
    seen = await room.exams.see_result(room.ana, sheet.summary.id)
    assert (percents([seen]), len(seen.regrades)) == (["0.0"], 2)


BAD = {
    "no reason": Correction(reason=" "),
    "an edition that never was": Correction(reason="So.", key=3),
    "answers that never were": Correction(reason="So.", editions=frozenset({9})),
}


@pytest.mark.parametrize("wanted", BAD.values(), ids=BAD)
async def test_what_makes_no_sense_is_refused(room: Room, wanted: Correction) -> None:
    question = room.bank.questions[0]
    await b_is_right(room, question)
    with pytest.raises(BadRegrade):
        await room.exams.regrade_question(room.author, question.id, wanted)


async def test_without_another_edition_there_is_nothing_to_judge(room: Room) -> None:
    with pytest.raises(BadRegrade, match="Revise the question first"):
        await room.exams.plan_regrade(room.author, room.bank.questions[0].id, WHY)


async def test_only_those_who_write_exams_may_and_only_in_their_institution(room: Room) -> None:
    question = room.bank.questions[0].id
    for ask in (room.exams.plan_regrade, room.exams.regrade_question):
        with pytest.raises(Forbidden):
            await ask(room.ana, question, WHY)
        with pytest.raises(QuestionNotFound):
            await ask(room.author, QuestionId(new_id()), WHY)
