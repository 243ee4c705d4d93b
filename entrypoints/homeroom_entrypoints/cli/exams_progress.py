"""`homeroom exams progress`, `due`, `exam-date`: how far somebody is, and what to see again."""

from datetime import datetime

import click

from homeroom.exams.use_cases.progress import MOST_DUE
from homeroom_entrypoints.cli.exams_here import as_somebody, exam_called, somebody
from homeroom_entrypoints.cli.running import as_json, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.progress_wire import (
    DuesAnswer,
    ExamDateAnswer,
    ObjectiveProgress,
    OverallAnswer,
    OverviewAnswer,
)

_exam = click.argument("exam", metavar="EXAM")


@click.command(help="How far I am with an exam, as a whole and by objective.")
@_exam
@as_somebody
@as_json
@with_homeroom
async def progress(homeroom: Homeroom, exam: str, user_name: str | None, as_json: bool) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    seen = OverviewAnswer.of(await homeroom.exams.my_progress(actor, found.id))
    show_answer(seen, [_row(one) for one in seen.objectives], as_json=as_json)
    if not as_json:
        for line in _sentences(seen.overall):
            click.echo(line)


@click.command(help="Questions of an exam that I should see again now.")
@_exam
@as_somebody
@click.option("--limit", type=click.IntRange(1, MOST_DUE), default=50, show_default=True)
@as_json
@with_homeroom
async def due(
    homeroom: Homeroom, exam: str, user_name: str | None, limit: int, as_json: bool
) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    waiting = await homeroom.exams.due_questions(actor, found.id, limit=limit)
    rows = [
        {
            "question": one.question_id,
            "due": one.due_at,
            "seen": one.reviews,
            "right in a row": one.streak,
        }
        for one in waiting
    ]
    answer = DuesAnswer.of(waiting)
    show_answer(answer, rows, as_json=as_json, empty="Nothing is to be seen again now.")


@click.command("exam-date", help="Say on which day I am examined, so that I see all again before.")
@_exam
@as_somebody
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day; left out, there is none.")
@as_json
@with_homeroom
async def exam_date(
    homeroom: Homeroom, exam: str, user_name: str | None, on: datetime | None, as_json: bool
) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    study = await homeroom.exams.set_exam_date(actor, found.id, None if on is None else on.date())
    row = {"examined": study.examined_at, "seen again by": study.deadline}
    show_answer(ExamDateAnswer.of(study), [row], as_json=as_json)


def _row(one: ObjectiveProgress) -> dict[str, object]:
    known = one.questions_needed == 0 or one.mastery > 0
    return {
        "objective": one.name,
        "weight": f"{one.weight:g} %",
        "answered": one.questions_answered,
        "mastery": f"{one.mastery:.1f} %" if known else None,
        "level": one.mastery_level,
        "due": one.review_due,
    }


def _sentences(overall: OverallAnswer) -> list[str]:
    ready = "ready" if overall.is_ready else "not ready yet"
    score, passing = f"{overall.readiness_score:.1f} %", f"{overall.pass_probability:.2f}"
    seen, waiting = f"{overall.progress:.1f} %", overall.due_count
    lines = [
        f"Readiness: {score} ({overall.confidence}), {ready}. Probability to pass: {passing}.",
        f"Answered: {overall.questions_answered}, which is {seen} of the questions.",
        f"To see again now: {waiting}.",
        f"Streak: {overall.streak_days} days; answered today: {overall.answered_today}.",
    ]
    if overall.predicted_score is not None and overall.confidence_interval is not None:
        between = overall.confidence_interval
        lines.append(
            f"Predicted score: {overall.predicted_score:.1f} % "
            f"({between.low:.1f} to {between.high:.1f})."
        )
    return lines
