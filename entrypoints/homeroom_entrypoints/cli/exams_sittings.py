"""`homeroom exams sittings`, `extend`: what others' sittings came to, and more time for them."""

import uuid

import click

from homeroom.exams.model.sittings import MOST_EXTRA, SittingStatus, Summary
from homeroom.exams.model.summaries import Attempt
from homeroom.kernel.ids import PersonId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_here import exam_called
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.others_sittings_wire import OthersSittingAnswer, OthersSittingsAnswer

_STATUSES = click.Choice([status.value for status in SittingStatus])
_sitting = click.argument("sitting_id", metavar="SITTING", type=click.UUID)


@click.command(help="List others' sittings for an exam, newest first.")
@click.argument("exam", metavar="EXAM")
@click.option("--person", type=click.UUID, help="Only this person's.")
@click.option("--status", type=_STATUSES)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def sittings(
    homeroom: Homeroom,
    exam: str,
    person: uuid.UUID | None,
    status: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    actor = await operator(homeroom)
    found = await homeroom.exams.find_sittings(
        actor,
        CursorRequest(read_cursor(cursor), limit),
        exam_id=(await exam_called(homeroom, actor, exam)).id,
        person_id=None if person is None else PersonId(person),
        status=None if status is None else SittingStatus(status),
    )
    rows = [OthersSittingAnswer.of(one) for one in found.items]
    answer = OthersSittingsAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_row(one) for one in found.items]
    show_answer(answer, shown, as_json=as_json, empty="Nobody has sat for it so.")


@click.command(help="Give more time for a timed sitting that goes on.")
@_sitting
@click.option(
    "--percent",
    type=click.IntRange(0, MOST_EXTRA),
    required=True,
    help="How much longer than the exam says, counted from the beginning.",
)
@as_json
@with_homeroom
async def extend(homeroom: Homeroom, sitting_id: uuid.UUID, percent: int, as_json: bool) -> None:
    extend, actor = homeroom.exams.extend_sitting, await operator(homeroom)
    extended = await extend(actor, SittingId(sitting_id), percent)
    show_answer(OthersSittingAnswer.of(extended), [_row(extended)], as_json=as_json)


@click.command(help="Decide that a sitting does not count; its person is told why.")
@_sitting
@click.option("--reason", required=True, help="Why; its person is told.")
@click.option("--give-back", is_flag=True, help="Let them take the exam once more.")
@as_json
@with_homeroom
async def invalidate(
    homeroom: Homeroom, sitting_id: uuid.UUID, reason: str, give_back: bool, as_json: bool
) -> None:
    invalidate, actor = homeroom.exams.invalidate_sitting, await operator(homeroom)
    attempt = Attempt.GIVEN_BACK if give_back else Attempt.SPENT
    done = await invalidate(actor, SittingId(sitting_id), reason, attempt)
    show_answer(OthersSittingAnswer.of(done), [_row(done)], as_json=as_json)


@click.command(help="Let a sitting count again that did not.")
@_sitting
@as_json
@with_homeroom
async def restore(homeroom: Homeroom, sitting_id: uuid.UUID, as_json: bool) -> None:
    restore, actor = homeroom.exams.restore_sitting, await operator(homeroom)
    done = await restore(actor, SittingId(sitting_id))
    show_answer(OthersSittingAnswer.of(done), [_row(done)], as_json=as_json)


def _row(summary: Summary) -> dict[str, object]:
    return {
        "id": summary.id,
        "person": summary.person_id,
        "mode": summary.mode.value,
        "status": summary.status.value,
        "started": summary.began_at,
        "time is up": summary.ends_at,
        "answered": f"{summary.answered} of {summary.questions}",
        "score": None if summary.score is None else f"{summary.score.percent:.1f} %",
        "passed": None if summary.score is None else ("yes" if summary.score.passed else "no"),
        "counts": "yes" if summary.invalidation is None else "no",
    }
