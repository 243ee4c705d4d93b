"""`homeroom exams disputes`: what learners hold to be wrong with questions, raised and answered."""

import uuid

import click

from homeroom.exams.model.disputes import Dispute, DisputeStatus
from homeroom.kernel.ids import DisputeId, QuestionId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_here import as_somebody, exam_called, somebody
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.remarks_wire import (
    DisputeAnswer,
    DisputesAnswer,
    NotesAnswer,
    RaisedDisputeAnswer,
    StemmedNoteAnswer,
)

_dispute = click.argument("dispute_id", type=click.UUID)
_limit = click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
_STATUSES = click.Choice([status.value for status in DisputeStatus])


@click.group(help="See what learners hold to be wrong with questions, answer it and close it.")
def disputes() -> None: ...


@disputes.command("list", help="List the disputes of an exam, newest first.")
@click.argument("exam", metavar="EXAM")
@click.option("--status", type=_STATUSES)
@_limit
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    exam: str,
    status: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    actor = await operator(homeroom)
    of_exam = await exam_called(homeroom, actor, exam)
    page = CursorRequest(read_cursor(cursor), limit)
    standing = None if status is None else DisputeStatus(status)
    find = homeroom.exams.find_disputes
    found = await find(actor, page, exam_id=of_exam.id, status=standing)
    rows = [RaisedDisputeAnswer.of(one) for one in found.items]
    answer = DisputesAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_row(one) for one in found.items]
    show_answer(answer, shown, as_json=as_json, empty="Nothing is disputed.")


@disputes.command("raise", help="Say what is wrong with a question of a sitting of one's own.")
@click.argument("sitting_id", type=click.UUID)
@click.argument("question_id", type=click.UUID)
@click.option("--reason", required=True)
@as_somebody
@as_json
@with_homeroom
async def raise_(
    homeroom: Homeroom,
    sitting_id: uuid.UUID,
    question_id: uuid.UUID,
    reason: str,
    user_name: str | None,
    as_json: bool,
) -> None:
    actor, dispute = await somebody(homeroom, user_name), homeroom.exams.dispute_question
    raised = await dispute(actor, SittingId(sitting_id), QuestionId(question_id), reason)
    show_answer(DisputeAnswer.of(raised), [_row(raised)], as_json=as_json)


@disputes.command(help="Say whether a question is wrong.")
@_dispute
@click.option("--text", required=True, help="What is so.")
@click.option("--upheld/--not-upheld", required=True, help="Whether they are right.")
@as_json
@with_homeroom
async def answer(
    homeroom: Homeroom, dispute_id: uuid.UUID, text: str, upheld: bool, as_json: bool
) -> None:
    say, actor = homeroom.exams.answer_dispute, await operator(homeroom)
    said = await say(actor, DisputeId(dispute_id), text, upheld=upheld)
    show_answer(RaisedDisputeAnswer.of(said), [_row(said)], as_json=as_json)


@disputes.command(help="Close what was answered.")
@_dispute
@as_json
@with_homeroom
async def close(homeroom: Homeroom, dispute_id: uuid.UUID, as_json: bool) -> None:
    end, actor = homeroom.exams.close_dispute, await operator(homeroom)
    closed = await end(actor, DisputeId(dispute_id))
    show_answer(RaisedDisputeAnswer.of(closed), [_row(closed)], as_json=as_json)


@click.command(help="List one's own bookmarks and notes on questions, newest first.")
@click.option("--bookmarked", is_flag=True, help="Only questions with a bookmark.")
@as_somebody
@_limit
@cursor
@as_json
@with_homeroom
async def notes(
    homeroom: Homeroom,
    bookmarked: bool,
    user_name: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    actor = await somebody(homeroom, user_name)
    page = CursorRequest(read_cursor(cursor), limit)
    found = await homeroom.exams.my_notes(actor, page, bookmarked=bookmarked or None)
    rows = [StemmedNoteAnswer.told(one) for one in found.items]
    shown: list[dict[str, object]] = [
        {"question": one.stem, "bookmark": "yes" if one.bookmarked else "", "note": one.note}
        for one in rows
    ]
    listed = NotesAnswer(data=rows, next_cursor=write_cursor(found.next))
    show_answer(listed, shown, as_json=as_json, empty="Nothing is noted.")


def _row(dispute: Dispute) -> dict[str, object]:
    verdict = dispute.verdict
    return {
        "id": dispute.id,
        "status": dispute.status.value,
        "question": dispute.question_id,
        "reason": dispute.reason,
        "answer": "" if verdict is None else verdict.text,
    }
