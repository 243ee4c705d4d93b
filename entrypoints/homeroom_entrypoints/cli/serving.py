"""Commands that go on until they are told to stop."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import click

from homeroom.kernel.errors import Invalid
from homeroom_entrypoints.cli.running import (
    HOUSE_NAME,
    Context,
    make_data_dir,
    pass_context,
    told_plainly,
)
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.worker.measured import WorkerMeter
from homeroom_entrypoints.worker.service import run_worker, stop_on_signals, worker_settings
from homeroom_entrypoints.worker.settings import Part
from homeroom_entrypoints.worker.watched import Watched

_HOST = click.option("--host", help="The address to listen on.")
_PORT = click.option("--port", type=int, help="The port to listen on.")

Serve = Callable[[Homeroom, Settings, asyncio.Event, Numbers | None], Awaitable[None]]


class LibraryMissing(Invalid):
    """A library that this command runs on is not installed."""

    code = "library_missing"


@click.command(help="Run everything in one process: web, worker, relay and chores.")
@click.option("--data", type=click.Path(file_okay=False), help="Where files are kept.")
@_HOST
@_PORT
@pass_context
@told_plainly
def up(context: Context, data: str | None, host: str | None, port: int | None) -> None:
    _override(context, data_dir=data, web__host=host, web__port=port)
    _run(_up(_front(), context.settings()))


@click.command(help="Run the web service alone.")
@_HOST
@_PORT
@pass_context
@told_plainly
def web(context: Context, host: str | None, port: int | None) -> None:
    _override(context, web__host=host, web__port=port)
    _run(_web(_front(), context.settings()))


@click.command(help="Run a worker: jobs, the relay of events, and chores.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice([part.value for part in Part]),
    help="Only this part; may be repeated.",
)
@pass_context
@told_plainly
def worker(context: Context, parts: tuple[str, ...]) -> None:
    _run(_worker(context.settings(), frozenset(map(Part, parts)) or frozenset(Part)))


def _override(context: Context, **given: object) -> None:
    for name, value in given.items():
        if value is not None:
            context.overrides[f"HOMEROOM_{name.upper()}"] = str(value)


def _run(main: Any) -> None:
    with asyncio.Runner(loop_factory=_fast_loop) as runner:
        runner.run(main)


def _fast_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows, where the plain loop will do
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _front() -> Serve:
    """What answers requests. Workers start sooner, and need less, without reading it."""
    with _said_what_is_missing():
        from homeroom_entrypoints.cli.front import serve  # noqa: PLC0415 - as it is said above
    return serve


@contextlib.contextmanager
def _said_what_is_missing() -> Iterator[None]:
    """Turns a missing library into `LibraryMissing`."""
    try:
        yield
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        if library.startswith("homeroom"):
            raise
        raise LibraryMissing(f"needs {library}. Run: pip install 'homeroom[all]'") from missing


async def _up(serve: Serve, settings: Settings) -> None:
    stop = _prepared(settings)
    async with open_homeroom(settings) as homeroom:
        await _open_house(homeroom, settings)
        numbers = Numbers(homeroom.plant, settings)
        meter = WorkerMeter(numbers, homeroom.plant.handlers)
        working = asyncio.create_task(run_worker(homeroom, worker_settings(settings), stop, meter))
        try:
            await serve(homeroom, settings, stop, numbers)
        finally:
            stop.set()
            await working


async def _web(serve: Serve, settings: Settings) -> None:
    stop = _prepared(settings)
    async with open_homeroom(settings) as homeroom:
        await _open_house(homeroom, settings)
        await serve(homeroom, settings, stop, None)


async def _worker(settings: Settings, parts: frozenset[Part]) -> None:
    stop = _prepared(settings)
    async with open_homeroom(settings) as homeroom, contextlib.AsyncExitStack() as stack:
        numbers = Numbers(homeroom.plant, settings)
        meter = WorkerMeter(numbers, homeroom.plant.handlers)
        watch = settings.worker
        if watch.metrics_port:
            with _said_what_is_missing():
                from homeroom_entrypoints.cli.listening import watched  # noqa: PLC0415 - only here
            app = Watched(numbers, homeroom.plant.storage.ping)
            await stack.enter_async_context(watched(app, watch.metrics_host, watch.metrics_port))
        await run_worker(homeroom, worker_settings(settings, parts), stop, meter)


def _prepared(settings: Settings) -> asyncio.Event:
    configure_logs(settings.log)
    make_data_dir(settings)
    stop = asyncio.Event()
    stop_on_signals(stop)
    return stop


async def _open_house(homeroom: Homeroom, settings: Settings) -> None:
    chosen = settings.people.bootstrap_key
    secret = await homeroom.people.open_house(HOUSE_NAME, chosen.reveal() if chosen else None)
    if secret is not None and chosen is None:
        click.echo(f"Your administrator key, shown this once: {secret.text}")
