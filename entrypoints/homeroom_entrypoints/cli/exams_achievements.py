"""`homeroom exams achievements`, `goals`, `board`, `plan`, `advice`: earned, and to do next."""

from datetime import datetime

import click

from homeroom.exams.model.achievers import Goals
from homeroom.exams.model.boards import MOST_LINES, Measure, Period
from homeroom.exams.model.plans import Aim
from homeroom.exams.use_cases.boards import BoardWanted
from homeroom_entrypoints.cli.exams_here import as_somebody, exam_called, somebody
from homeroom_entrypoints.cli.running import as_json, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.achievements_wire import (
    AchievementsAnswer,
    BoardAnswer,
    GoalsAnswer,
    ShownAnswer,
)
from homeroom_entrypoints.web.advice_wire import AdviceAnswer, PlanAnswer

_exam = click.argument("exam", metavar="EXAM")


@click.command(help="My level, badges, streak and goals.")
@as_somebody
@as_json
@with_homeroom
async def achievements(homeroom: Homeroom, user_name: str | None, as_json: bool) -> None:
    actor = await somebody(homeroom, user_name)
    seen = AchievementsAnswer.of(await homeroom.exams.achieving.my_achievements(actor))
    rows = [
        {"badge": one.name, "for": one.description, "points": one.points, "since": one.earned_at}
        for one in seen.badges
        if one.earned_at
    ]
    show_answer(seen, rows, as_json=as_json, empty="No badges yet.")
    if not as_json:
        level, daily, weekly = seen.level, seen.daily_goal, seen.weekly_goal
        click.echo(f"Level {level.level}: {level.points} points, {level.points_to_next} to go.")
        click.echo(f"Streak: {seen.streak_days} days; at best {seen.best_streak}.")
        click.echo(f"Today: {daily.answered} of {daily.wanted or 'any number'}.")
        click.echo(f"This week: {weekly.answered} of {weekly.wanted or 'any number'}.")


@click.command(help="Say how many questions I want to answer; left out, there is no such goal.")
@as_somebody
@click.option("--daily", type=int, help="In a day.")
@click.option("--weekly", type=int, help="In a week.")
@as_json
@with_homeroom
async def goals(
    homeroom: Homeroom, user_name: str | None, daily: int | None, weekly: int | None, as_json: bool
) -> None:
    actor = await somebody(homeroom, user_name)
    said = await homeroom.exams.achieving.set_goals(actor, Goals(daily=daily, weekly=weekly))
    row = {"daily": said.goals.daily, "weekly": said.goals.weekly}
    show_answer(GoalsAnswer.of(said), [row], as_json=as_json)


@click.command(help="Who did most; --join and --leave say whether boards show me.")
@as_somebody
@click.option("--exam", help="Only this exam, by its code or id.")
@click.option("--period", type=click.Choice([one.value for one in Period]), default="weekly")
@click.option("--by", type=click.Choice([one.value for one in Measure]), default="points")
@click.option("--limit", type=click.IntRange(1, MOST_LINES), default=20, show_default=True)
@click.option("--join/--leave", "listed", default=None, help="Whether boards show me.")
@as_json
@with_homeroom
async def board(
    homeroom: Homeroom,
    user_name: str | None,
    exam: str | None,
    period: str,
    by: str,
    limit: int,
    listed: bool | None,
    as_json: bool,
) -> None:
    actor = await somebody(homeroom, user_name)
    if listed is not None:
        shown = await homeroom.exams.achieving.show_on_boards(actor, listed=listed)
        row = {"shown": shown.listed, "as": shown.alias or None}
        show_answer(ShownAnswer.of(shown), [row], as_json=as_json)
        return
    exam_id = None if exam is None else (await exam_called(homeroom, actor, exam)).id
    wanted = BoardWanted(period=Period(period), measure=Measure(by), exam_id=exam_id)
    seen = BoardAnswer.of(await homeroom.exams.achieving.see_board(actor, wanted, limit=limit))
    rows = [
        {"rank": one.rank, "who": f"{one.alias} (me)" if one.is_me else one.alias, by: one.value}
        for one in seen.entries
    ]
    show_answer(seen, rows, as_json=as_json, empty="Nobody is shown here yet.")


@click.command(help="What to study for an exam, and how long it takes.")
@_exam
@as_somebody
@click.option("--target", type=int, default=80, show_default=True, help="In percent.")
@click.option("--hours", type=float, default=2.0, show_default=True, help="In a day.")
@click.option("--by", "until", type=click.DateTime(["%Y-%m-%d"]), help="The day to be done by.")
@as_json
@with_homeroom
async def plan(
    homeroom: Homeroom,
    exam: str,
    user_name: str | None,
    target: int,
    hours: float,
    until: datetime | None,
    as_json: bool,
) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    aim = Aim(target=target, hours=hours, until=None if until is None else until.date())
    seen = PlanAnswer.of(*await homeroom.exams.achieving.plan_study(actor, found.id, aim))
    rows = [
        {
            "objective": one.objective_title,
            "known": f"{one.current_accuracy:.1f} %",
            "questions": one.questions_to_review,
            "hours": one.estimated_hours,
            "priority": one.priority,
        }
        for one in seen.sections
    ]
    show_answer(seen, rows, as_json=as_json, empty="All of it is known that well already.")
    if not as_json and rows:
        late = "" if seen.is_in_time else f", which is after {seen.target_date}"
        click.echo(f"{seen.total_hours} hours in all: done on {seen.done_on}{late}.")


@click.command(help="What to do next for an exam.")
@_exam
@as_somebody
@as_json
@with_homeroom
async def advice(homeroom: Homeroom, exam: str, user_name: str | None, as_json: bool) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    seen = AdviceAnswer.of(await homeroom.exams.achieving.advise(actor, found.id))
    rows = [
        {"study": one.topic, "known": f"{one.mastery:.1f} %", "see": ", ".join(one.chapters)}
        for one in seen.next_objectives
    ]
    show_answer(seen, rows, as_json=as_json)
    if not as_json:
        for tip in seen.study_tips:
            click.echo(tip.text)
        click.echo(f"Answer {seen.daily_question_target} questions a day.")
