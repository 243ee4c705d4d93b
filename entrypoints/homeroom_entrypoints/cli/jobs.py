"""`homeroom jobs`: what was asked for, what failed, and what to do about it."""

import asyncio
import time
import uuid
from collections.abc import Callable

import click

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobState
from homeroom.kernel.page import CursorRequest
from homeroom.operations.use_cases import Asked, Wanted
from homeroom_entrypoints.cli.running import (
    as_json,
    cursor,
    long_work,
    operator,
    show_answer,
    with_homeroom,
)
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.wire import JobAnswer, JobsAnswer, QueueAnswer, QueuesAnswer

_STATES = click.Choice([state.value for state in JobState])
_QUEUE = click.option("--queue", help="Only this queue.")
_NAME = click.option("--name", help="Only work of this name.")


@click.group(help="See and steer jobs.")
def jobs() -> None: ...


@jobs.command("list", help="List jobs, newest first.")
@_QUEUE
@_NAME
@click.option("--state", type=_STATES)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    queue: str | None,
    name: str | None,
    state: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    wanted = Wanted(queue=queue, name=name, state=JobState(state) if state else None)
    request = CursorRequest(read_cursor(cursor), limit)
    page = await homeroom.operations.find_jobs(await operator(homeroom), wanted, request)
    found = [JobAnswer.of(job) for job in page.items]
    answer = JobsAnswer(data=found, next_cursor=write_cursor(page.next))
    show_answer(answer, [_row(job) for job in page.items], as_json=as_json, empty="No such jobs.")


@jobs.command("show", help="Show one job.")
@click.argument("job_id", type=click.UUID)
@as_json
@with_homeroom
async def show_(homeroom: Homeroom, job_id: uuid.UUID, as_json: bool) -> None:
    job = await homeroom.operations.get_job(await operator(homeroom), JobId(job_id))
    show_answer(JobAnswer.of(job), [{**_row(job), "error": job.last_error}], as_json=as_json)


@jobs.command(help="Ask for work by its name, with its payload as JSON.")
@click.argument("name")
@click.argument("payload", default="{}")
@click.option("--priority", type=click.IntRange(-100, 100))
@click.option("--key", "dedupe_key", help="While a job with this key waits or runs, ask no more.")
@with_homeroom
async def ask(
    homeroom: Homeroom, name: str, payload: str, priority: int | None, dedupe_key: str | None
) -> None:
    asked = Asked(name=name, payload=payload, priority=priority, dedupe_key=dedupe_key)
    click.echo(await homeroom.operations.ask_for_job(await operator(homeroom), asked))


@jobs.command(help="Prove that jobs flow: send one through and wait for it.")
@click.option("--at-most", type=float, default=30.0, show_default=True, help="Seconds to wait.")
@with_homeroom
async def check(homeroom: Homeroom, at_most: float) -> None:
    with long_work("A job is on its way", at_most=at_most) as waited:
        took = await _went_through(homeroom, at_most, waited)
    if took is None:
        raise click.ClickException("No worker took the job. Is `homeroom up` or a worker running?")
    click.echo(f"A job went through in {took * 1000:.0f} ms.")


async def _went_through(
    homeroom: Homeroom, at_most: float, waited: Callable[[float], None]
) -> float | None:
    """Send a job through and say how many seconds it took; None if that is more than *at_most*."""
    actor = await operator(homeroom)
    started = time.monotonic()
    asked = Asked(name="operations.checkup.v1", payload="{}")
    job_id = await homeroom.operations.ask_for_job(actor, asked)
    while (elapsed := time.monotonic() - started) < at_most:
        job = await homeroom.operations.get_job(actor, job_id)
        if job.state is JobState.SUCCEEDED and job.finished_at is not None:
            return (job.finished_at - job.created_at).total_seconds()
        waited(elapsed)
        await asyncio.sleep(0.05)
    return None


@jobs.command(help="Try a dead or cancelled job again.")
@click.argument("job_id", type=click.UUID)
@with_homeroom
async def retry(homeroom: Homeroom, job_id: uuid.UUID) -> None:
    await homeroom.operations.retry_job(await operator(homeroom), JobId(job_id))
    click.echo("It will be tried again.")


@jobs.command(help="Call a job off.")
@click.argument("job_id", type=click.UUID)
@with_homeroom
async def cancel(homeroom: Homeroom, job_id: uuid.UUID) -> None:
    await homeroom.operations.cancel_job(await operator(homeroom), JobId(job_id))
    click.echo("Called off.")


@jobs.command(help="Try dead letters again, all or those that fit.")
@_QUEUE
@_NAME
@with_homeroom
async def replay(homeroom: Homeroom, queue: str | None, name: str | None) -> None:
    wanted = Wanted(queue=queue, name=name)
    with long_work("Dead letters are made ready again"):
        count = await homeroom.operations.replay_dead_letters(await operator(homeroom), wanted)
    click.echo(f"{count} will be tried again.")


@jobs.command(help="Forget dead letters, all or those that fit.")
@_QUEUE
@_NAME
@click.confirmation_option(prompt="Forget them for good?")
@with_homeroom
async def purge(homeroom: Homeroom, queue: str | None, name: str | None) -> None:
    wanted = Wanted(queue=queue, name=name)
    with long_work("Dead letters are forgotten"):
        count = await homeroom.operations.purge_dead_letters(await operator(homeroom), wanted)
    click.echo(f"{count} forgotten.")


@jobs.command(help="How queues do.")
@as_json
@with_homeroom
async def queues(homeroom: Homeroom, as_json: bool) -> None:
    reports = await homeroom.operations.list_queues(await operator(homeroom))
    rows: list[dict[str, object]] = [
        {
            "queue": report.name,
            "scheduled": report.scheduled,
            "ready": report.ready,
            "running": report.running,
            "dead": report.dead,
            "oldest": report.oldest_ready_at,
            "last minute": report.finished_last_minute,
            "workers": report.workers,
            "paused": report.paused,
        }
        for report in reports
    ]
    answer = QueuesAnswer(data=[QueueAnswer.of(report) for report in reports])
    show_answer(answer, rows, as_json=as_json, empty="No queue has jobs.")


def _row(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "name": job.name,
        "queue": job.policy.queue,
        "state": job.state.value,
        "attempts": f"{job.attempts}/{job.policy.max_attempts}",
        "run at": job.run_at,
        "finished": job.finished_at,
    }
