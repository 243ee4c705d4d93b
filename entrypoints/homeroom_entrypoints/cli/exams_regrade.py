"""`homeroom exams regrade`: a key was wrong, and answers are judged again."""

import uuid

import attrs
import click

from homeroom.exams.model.regrading import Correction
from homeroom.exams.use_cases.regrading import Plan
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import QuestionId
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.regrades_wire import ChangeAnswer, RegradeAnswer

_MOST_SHOWN = 1000


@click.command(help="Judge answers to a question again by another key; a worker does it.")
@click.argument("question_id", metavar="QUESTION", type=click.UUID)
@click.option("--reason", required=True, help="What was wrong with the key.")
@click.option(
    "--key", type=click.IntRange(1), help="The edition that is right; the newest if left."
)
@click.option("--edition", "editions", type=click.IntRange(1), multiple=True, help="One to judge.")
@click.option("--dry-run", is_flag=True, help="Only tell who would change.")
@as_json
@with_homeroom
async def regrade(
    homeroom: Homeroom,
    question_id: uuid.UUID,
    reason: str,
    key: int | None,
    editions: tuple[int, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    actor, question = await operator(homeroom), QuestionId(question_id)
    wanted = Correction(reason=reason, key=key, editions=frozenset(editions))
    if not dry_run:
        decided = await homeroom.exams.regrade_question(actor, question, wanted)
        answer = RegradeAnswer.of(decided)
        shown = [{"id": decided.id, "by edition": answer.key, "judged": answer.editions}]
        show_answer(answer, shown, as_json=as_json)
        return
    answer = RegradeAnswer.planned(await _planned(homeroom.exams, actor, question, wanted))
    rows = [_row(one) for one in answer.changes]
    show_answer(answer, rows, as_json=as_json, empty="Nobody would have another score.")


async def _planned(exams: Exams, actor: Actor, question: QuestionId, wanted: Correction) -> Plan:
    """Of all sittings, one portion after the other."""
    plan = await exams.plan_regrade(actor, question, wanted)
    while not plan.is_whole:
        more = await exams.plan_regrade(actor, question, wanted, after=plan.next)
        changes, outcome = [*plan.changes, *more.changes], plan.outcome + more.outcome
        plan = attrs.evolve(more, changes=changes[:_MOST_SHOWN], outcome=outcome)
    return plan


def _row(change: ChangeAnswer) -> dict[str, object]:
    return {
        "sitting": change.sitting_id,
        "person": change.person_id,
        "before": f"{change.score_before:.1f} %",
        "after": f"{change.score_after:.1f} %",
        "passed before": "yes" if change.passed_before else "no",
        "passed after": "yes" if change.passed_after else "no",
    }
