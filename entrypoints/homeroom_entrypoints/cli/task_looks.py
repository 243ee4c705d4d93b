"""What becomes of tasks, and what would: the commands of `homeroom tasks` that change nothing."""

import click

from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model.executions import ExecutionStatus
from homeroom.scheduling.model.log_lines import LogStatus
from homeroom.scheduling.queries import ExecutionFilter, LogFilter
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.cli.task_options import (
    NOTIFIER,
    PAYLOAD,
    among_runs,
    instant,
    paged,
    read_as,
    timing_options,
)
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.outlook_answers import DashboardAnswer, ForecastAnswer
from homeroom_entrypoints.web.run_answers import ExecutionAnswer, LogAnswer
from homeroom_entrypoints.web.task_answers import (
    BodyAnswer,
    ExecutionsAnswer,
    LogsAnswer,
    MetaAnswer,
    shown,
)
from homeroom_entrypoints.web.task_wire import MessageBody, PreviewBody


@click.command(help="What was tried, of one task or of all, newest first.")
@among_runs(LogFilter, LogStatus)
@paged
@as_json
@with_homeroom
async def logs(homeroom: Homeroom, wanted: LogFilter, page: PageRequest, as_json: bool) -> None:
    found = await homeroom.scheduling.read_log(await operator(homeroom), wanted, page)
    answer = LogsAnswer(data=shown(found, LogAnswer.of_entry), meta=MetaAnswer.of(found))
    rows = [_log_row(line) for line in answer.data]
    show_answer(answer, rows, as_json=as_json, empty="Nothing was tried yet.")


@click.command(help="Each time that tasks fired or should have, newest first.")
@among_runs(ExecutionFilter, ExecutionStatus)
@paged
@as_json
@with_homeroom
async def executions(
    homeroom: Homeroom, wanted: ExecutionFilter, page: PageRequest, as_json: bool
) -> None:
    found = await homeroom.scheduling.find_executions(await operator(homeroom), wanted, page)
    answer = ExecutionsAnswer(data=shown(found, ExecutionAnswer.of), meta=MetaAnswer.of(found))
    rows = [{"task": one.task_name, **execution_row(one)} for one in answer.data]
    show_answer(answer, rows, as_json=as_json, empty="No such executions.")


@click.command(help="When a schedule would fire, and what it means.")
@timing_options
@click.option("--after", type=instant, help="The firings after this instant; after now.")
@click.option("--count", type=int, help="How many; 5.")
@as_json
@with_homeroom
async def preview(homeroom: Homeroom, /, as_json: bool, **given: object) -> None:
    body, look = read_as(PreviewBody, given), homeroom.scheduling.preview_schedule
    actor, timing = await operator(homeroom), body.timing()
    forecast = await look(actor, timing, count=body.count, after=body.after)
    answer = ForecastAnswer.of(forecast)
    if not as_json:
        click.echo(answer.description)
    rows = [{"utc": one.utc, "local": one.local, "note": one.note} for one in answer.firings]
    show_answer(answer, rows, as_json=as_json, empty="It never fires.")


@click.command("preview-message", help="The very body that would be sent.")
@NOTIFIER
@PAYLOAD
@click.option("--name", help="The task's, for templates that speak of it.")
@as_json
@with_homeroom
async def preview_message(homeroom: Homeroom, /, as_json: bool, **given: object) -> None:
    body, look = read_as(MessageBody, given), homeroom.scheduling.preview_message
    actor = await operator(homeroom)
    answer = BodyAnswer.of(await look(actor, body.notifier, body.payload, task_name=body.name))
    show_answer(answer, [], as_json=as_json, empty=answer.text)


@click.command(help="How tasks do: counts, the last 48 hours, and what fires next.")
@as_json
@with_homeroom
async def stats(homeroom: Homeroom, as_json: bool) -> None:
    seen = await homeroom.scheduling.see_dashboard(await operator(homeroom))
    answer = DashboardAnswer.of(seen)
    rate, following = answer.success_rate, answer.upcoming[:1]
    row = {
        "tasks": answer.total,
        "active": answer.active,
        "inactive": answer.inactive,
        "failed": answer.failed,
        "runs in 48 h": sum(hour.runs for hour in answer.hours),
        "success": None if rate is None else f"{rate:.1%}",
        "late p95": _milliseconds(answer.lateness_ms.p95),
        "latency p95": _milliseconds(answer.latency_ms.p95),
        "next": next((one.next_run_at for one in following), None),
    }
    show_answer(answer, [row], as_json=as_json)


def execution_row(run: ExecutionAnswer) -> dict[str, object]:
    return {
        "execution": run.id,
        "for": run.scheduled_for,
        "by": run.trigger,
        "status": run.status,
        "late": _milliseconds(run.lateness_ms),
        "retries": run.retry_count,
        "message": run.message or run.result,
    }


def _log_row(line: LogAnswer) -> dict[str, object]:
    return {
        "at": line.execution_time,
        "task": line.task_name,
        "status": line.status,
        "retry": line.retry_count,
        "code": line.response_code,
        "took": _milliseconds(line.latency_ms),
        "message": line.message or line.reason,
    }


def _milliseconds(number: float | None) -> str | None:
    return None if number is None else f"{number:.0f} ms"
