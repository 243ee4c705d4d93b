"""`homeroom exams`: what may be taken, and the questions that wait for a reviewer."""

import uuid

import click

from homeroom.exams.model.catalogue import Exam, ExamStatus
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.use_cases.looking import Wanted
from homeroom.exams.use_cases.reviewing import Approval
from homeroom.kernel.ids import QuestionId, VendorId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_achievements import achievements, advice, board, goals, plan
from homeroom_entrypoints.cli.exams_adaptive import adaptive, calibrate, pool
from homeroom_entrypoints.cli.exams_disputes import disputes, notes
from homeroom_entrypoints.cli.exams_files import export, import_
from homeroom_entrypoints.cli.exams_generate import generate, generations
from homeroom_entrypoints.cli.exams_here import exam_called
from homeroom_entrypoints.cli.exams_integrity import events, flagged
from homeroom_entrypoints.cli.exams_progress import due, exam_date, progress
from homeroom_entrypoints.cli.exams_regrade import regrade
from homeroom_entrypoints.cli.exams_sittings import extend, invalidate, restore, sittings
from homeroom_entrypoints.cli.exams_stats import stats
from homeroom_entrypoints.cli.exams_take import results, take
from homeroom_entrypoints.cli.exams_tiers import tier
from homeroom_entrypoints.cli.exams_vendors import vendors
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.bank_wire import ApprovalAnswer, QuestionAnswer, QuestionsAnswer
from homeroom_entrypoints.web.catalogue_wire import ExamAnswer, ExamsAnswer
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor

_exam = click.argument("exam", metavar="EXAM")
_question = click.argument("question_id", type=click.UUID)
_limit = click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
_STATUSES = click.Choice([status.value for status in ExamStatus])
_LONGEST_SHOWN = 60
_NONE_LEFT_OUT = "No question was left out."


@click.group(help="Look through exams, publish them, and review their questions.")
def exams() -> None: ...


exams.add_command(import_)
exams.add_command(export)
exams.add_command(generate)
exams.add_command(generations)
exams.add_command(take)
exams.add_command(results)
exams.add_command(progress)
exams.add_command(due)
exams.add_command(exam_date)
exams.add_command(achievements)
exams.add_command(goals)
exams.add_command(board)
exams.add_command(plan)
exams.add_command(advice)
exams.add_command(tier)
exams.add_command(adaptive)
exams.add_command(pool)
exams.add_command(calibrate)
exams.add_command(disputes)
exams.add_command(notes)
exams.add_command(sittings)
exams.add_command(extend)
exams.add_command(invalidate)
exams.add_command(restore)
exams.add_command(regrade)
exams.add_command(flagged)
exams.add_command(events)
exams.add_command(vendors)
exams.add_command(stats)


@exams.command("list", help="List exams, newest first.")
@click.option("--vendor", type=click.UUID, help="Only this vendor's.")
@click.option("--status", type=_STATUSES)
@click.option("--search", default="", help="Somewhere in a code or a name.")
@_limit
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    vendor: uuid.UUID | None,
    status: str | None,
    search: str,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    found = await homeroom.exams.find_exams(
        await operator(homeroom),
        CursorRequest(read_cursor(cursor), limit),
        vendor_id=None if vendor is None else VendorId(vendor),
        status=None if status is None else ExamStatus(status),
        text=search,
    )
    rows = [ExamAnswer.of(one) for one in found.items]
    answer = ExamsAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_row(one) for one in found.items]
    show_answer(answer, shown, as_json=as_json, empty="There are no such exams.")


@exams.command(help="Show an exam, by its code or id, and what it asks for.")
@_exam
@as_json
@with_homeroom
async def show(homeroom: Homeroom, exam: str, as_json: bool) -> None:
    found = await exam_called(homeroom, await operator(homeroom), exam)
    terms = found.outline.terms
    row = {
        **_row(found),
        "questions": terms.questions,
        "time limit": terms.time_limit,
        "passing": f"{terms.passing} %",
        "attempts": terms.attempts or "any number",
    }
    show_answer(ExamAnswer.of(found), [row], as_json=as_json)
    if not as_json:
        for one in found.outline.objectives:
            click.echo(f"{one.code}  {one.name}  {float(one.weight):g} %")


@exams.command(help="Say that an exam may be taken; its weights must sum to 100.")
@_exam
@as_json
@with_homeroom
async def publish(homeroom: Homeroom, exam: str, as_json: bool) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    published = await homeroom.exams.publish_exam(actor, found.id)
    show_answer(ExamAnswer.of(published), [_row(published)], as_json=as_json)


@exams.command(help="Say that an exam may not be begun any more.")
@_exam
@as_json
@with_homeroom
async def retire(homeroom: Homeroom, exam: str, as_json: bool) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    retired = await homeroom.exams.retire_exam(actor, found.id)
    show_answer(ExamAnswer.of(retired), [_row(retired)], as_json=as_json)


@exams.group(help="See what waits for a reviewer, and decide on it.")
def review() -> None: ...


@review.command("list", help="List the questions of an exam that wait, newest first.")
@_exam
@_limit
@cursor
@as_json
@with_homeroom
async def waiting(
    homeroom: Homeroom, exam: str, limit: int, cursor: str | None, as_json: bool
) -> None:
    actor = await operator(homeroom)
    found_exam = await exam_called(homeroom, actor, exam)
    wanted = Wanted(exam=found_exam.id, status=QuestionStatus.IN_REVIEW)
    page = CursorRequest(read_cursor(cursor), limit)
    found = await homeroom.exams.find_questions(actor, wanted, page)
    rows = [QuestionAnswer.of(one) for one in found.items]
    answer = QuestionsAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_question_row(one) for one in found.items]
    show_answer(answer, shown, as_json=as_json, empty="No question waits.")


@review.command(help="Say that a question may be served.")
@_question
@as_json
@with_homeroom
async def approve(homeroom: Homeroom, question_id: uuid.UUID, as_json: bool) -> None:
    approve, actor = homeroom.exams.approve_question, await operator(homeroom)
    _show_question(await approve(actor, QuestionId(question_id)), as_json)


@review.command("approve-all", help="Say that all questions of an exam that wait may be served.")
@_exam
@as_json
@with_homeroom
async def approve_all(homeroom: Homeroom, exam: str, as_json: bool) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    approval = await homeroom.exams.approve_all(actor, found.id)
    left_out = [{"id": one.question_id, "why": one.reason} for one in approval.left_out]
    show_answer(ApprovalAnswer.of(approval), left_out, as_json=as_json, empty=_NONE_LEFT_OUT)
    if not as_json:
        click.echo(_told(approval))


@review.command("send-back", help="Send a question back to whoever wrote it.")
@_question
@click.option("--note", required=True, help="What is wrong with it.")
@as_json
@with_homeroom
async def send_back(homeroom: Homeroom, question_id: uuid.UUID, note: str, as_json: bool) -> None:
    send_back, actor = homeroom.exams.send_back_question, await operator(homeroom)
    _show_question(await send_back(actor, QuestionId(question_id), note), as_json)


@review.command(help="Turn a question down for good.")
@_question
@click.option("--note", required=True, help="What is wrong with it.")
@as_json
@with_homeroom
async def reject(homeroom: Homeroom, question_id: uuid.UUID, note: str, as_json: bool) -> None:
    reject, actor = homeroom.exams.reject_question, await operator(homeroom)
    _show_question(await reject(actor, QuestionId(question_id), note), as_json)


def _told(approval: Approval) -> str:
    more = "" if approval.is_whole else " More of them wait: ask again."
    return f"Approved: {len(approval.approved)}.{more}"


def _show_question(question: Question, as_json: bool) -> None:
    show_answer(QuestionAnswer.of(question), [_question_row(question)], as_json=as_json)


def _row(exam: Exam) -> dict[str, object]:
    outline = exam.outline
    return {
        "id": exam.id,
        "code": outline.code,
        "name": outline.name,
        "status": exam.status.value,
        "objectives": len(outline.weights),
    }


def _question_row(question: Question) -> dict[str, object]:
    stem = " ".join(question.content.stem.split())
    return {
        "id": question.id,
        "status": question.status.value,
        "edition": question.edition,
        "kind": question.content.body.kind.value,
        "stem": stem if len(stem) <= _LONGEST_SHOWN else f"{stem[: _LONGEST_SHOWN - 1]}…",
    }
