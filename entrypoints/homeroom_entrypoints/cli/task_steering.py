"""Tasks steered by hand: the commands of `homeroom tasks` that run, rest and remove them."""

from datetime import datetime
from uuid import UUID

import click

from homeroom.kernel.ids import TaskId
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.cli.task_options import (
    TASK,
    all_of,
    instant,
    read_as,
    timing_options,
)
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.outlook_answers import NewWatchAnswer
from homeroom_entrypoints.web.task_answers import (
    BackfillAnswer,
    MessageAnswer,
    StartedAnswer,
    TaskAnswer,
)
from homeroom_entrypoints.web.task_wire import BackfillBody, PauseBody, WatchBody
from homeroom_entrypoints.web.wire import CountAnswer

_WHICH = all_of(
    click.argument("task_id", type=click.UUID, required=False),
    click.option("--tag", help="All tasks with this tag: all of them, or none."),
)


@click.command(help="Run a task now, whatever its schedule says.")
@TASK
@as_json
@with_homeroom
async def run(homeroom: Homeroom, task_id: UUID, as_json: bool) -> None:
    started = await homeroom.scheduling.run_now(await operator(homeroom), TaskId(task_id))
    answer = StartedAnswer.of(started)
    show_answer(answer, [_started_row(answer)], as_json=as_json)


@click.command(help="Let a task rest, or all with a tag, and say why.")
@_WHICH
@click.option("--note", help="Why.")
@click.option("--until", type=instant, help="Until when; without it, until it is resumed.")
@as_json
@with_homeroom
async def pause(
    homeroom: Homeroom, /, task_id: UUID | None, tag: str | None, as_json: bool, **given: object
) -> None:
    which, meant = _one_or_tagged(task_id, tag), read_as(PauseBody, given).meant()
    actor, scheduling = await operator(homeroom), homeroom.scheduling
    if isinstance(which, str):
        count = await scheduling.change_tagged.pause(actor, which, meant)
        _show_count(count, "rest now", as_json=as_json)
    else:
        resting = await scheduling.pause_task(actor, which, meant)
        show_task(TaskAnswer.of(resting), as_json=as_json)


@click.command(help="End the rest of a task, or of all with a tag.")
@_WHICH
@as_json
@with_homeroom
async def resume(homeroom: Homeroom, task_id: UUID | None, tag: str | None, as_json: bool) -> None:
    which, actor = _one_or_tagged(task_id, tag), await operator(homeroom)
    if isinstance(which, str):
        count = await homeroom.scheduling.change_tagged.resume(actor, which)
        _show_count(count, "rest no more", as_json=as_json)
    else:
        resumed = await homeroom.scheduling.resume_task(actor, which)
        show_task(TaskAnswer.of(resumed), as_json=as_json)


@click.command(help="Switch a task off, or on again with a clean slate.")
@TASK
@as_json
@with_homeroom
async def toggle(homeroom: Homeroom, task_id: UUID, as_json: bool) -> None:
    switched = await homeroom.scheduling.toggle_task(await operator(homeroom), TaskId(task_id))
    show_task(TaskAnswer.of(switched), as_json=as_json)


@click.command(help="Remove a task, or all with a tag, with their history.")
@_WHICH
@click.option("--yes", is_flag=True, help="Do not ask first.")
@as_json
@with_homeroom
async def delete(
    homeroom: Homeroom, task_id: UUID | None, tag: str | None, yes: bool, as_json: bool
) -> None:
    which, actor = _one_or_tagged(task_id, tag), await operator(homeroom)
    if isinstance(which, str):
        _confirm(f"Remove all tasks with the tag {which!r}, with their history?", yes=yes)
        count = await homeroom.scheduling.change_tagged.delete(actor, which)
        _show_count(count, "removed", as_json=as_json)
    else:
        _confirm("Remove it with its history?", yes=yes)
        await homeroom.scheduling.delete_task(actor, which)
        answer = MessageAnswer(message="Task deleted successfully")
        show_answer(answer, [], as_json=as_json, empty="Removed.")


@click.command(help="Run a task for instants of the past; says for which, and does it with --yes.")
@TASK
@click.option("--from", "first", type=instant, required=True, help="The first instant.")
@click.option("--to", "last", type=instant, required=True, help="The last one, itself too.")
@click.option("--yes", is_flag=True, help="Send, and do not only say for which instants.")
@as_json
@with_homeroom
async def backfill(
    homeroom: Homeroom, task_id: UUID, first: datetime, last: datetime, yes: bool, as_json: bool
) -> None:
    wanted = BackfillBody(first=first, last=last).meant()
    actor, use = await operator(homeroom), homeroom.scheduling.backfill
    if yes:
        answer = BackfillAnswer.of(await use.run(actor, TaskId(task_id), wanted))
        rows = [_started_row(one) for one in answer.executions]
    else:
        named = await use.plan(actor, TaskId(task_id), wanted)
        answer = BackfillAnswer(firings=list(named), executions=[])
        rows = [{"would run for": one} for one in named]
    show_answer(answer, rows, as_json=as_json, empty="The schedule names no instant in there.")


@click.command("expect-ping", help="Alert somebody when a task's pings stay away.")
@TASK
@timing_options
@click.option("--grace", "graceSeconds", type=float, help="How late a ping may be: 300 seconds.")
@as_json
@with_homeroom
async def expect_ping(homeroom: Homeroom, /, task_id: UUID, as_json: bool, **given: object) -> None:
    body, expect = read_as(WatchBody, given), homeroom.scheduling.expect_pings
    timing, actor = body.timing(), await operator(homeroom)
    made = await expect(actor, TaskId(task_id), timing, grace=body.grace_seconds)
    answer = NewWatchAnswer.of(*made)
    row = {
        "expected": answer.watch.schedule_description,
        "grace": f"{answer.watch.grace_seconds:g} s",
        "ping with POST, shown this once": answer.path,
    }
    show_answer(answer, [row], as_json=as_json)


STEERING = (run, pause, resume, toggle, delete, backfill, expect_ping)


def _one_or_tagged(task_id: UUID | None, tag: str | None) -> TaskId | str:
    """The one task, or the tag, that is meant. Raises `click.UsageError` for both, and neither."""
    if task_id is not None and tag is None:
        return TaskId(task_id)
    if tag is not None and task_id is None:
        return tag
    raise click.UsageError("Name one task by its id, or all that have a tag by --tag.")


def _confirm(question: str, *, yes: bool) -> None:
    """Raises `click.Abort` unless somebody says yes. What scripts read stays free of it."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def _show_count(count: int, what: str, *, as_json: bool) -> None:
    show_answer(CountAnswer(count=count), [], as_json=as_json, empty=f"{count} {what}.")


def show_task(answer: TaskAnswer, *, as_json: bool) -> None:
    show_answer(answer, [task_row(answer)], as_json=as_json)


def task_row(task: TaskAnswer) -> dict[str, object]:
    return {
        "id": task.id,
        "name": task.name,
        "when": task.schedule_description,
        "by": task.notifier,
        "to": task.target,
        "status": f"{task.status}, rests" if task.pause else task.status,
        "next": task.next_run_at,
    }


def _started_row(started: StartedAnswer) -> dict[str, object]:
    return {"id": started.id, "status": started.status, "for": started.scheduled_for}
