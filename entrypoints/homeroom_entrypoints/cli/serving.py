"""Commands that go on until they are told to stop."""

import asyncio
import contextlib
from typing import Any

import click
import uvicorn

from homeroom_entrypoints.cli.listening import Server, bound, watched
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
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.worker.measured import WorkerMeter
from homeroom_entrypoints.worker.service import run_worker, stop_on_signals, worker_settings
from homeroom_entrypoints.worker.settings import Part
from homeroom_entrypoints.worker.watched import Watched

_HOST = click.option("--host", help="The address to listen on.")
_PORT = click.option("--port", type=int, help="The port to listen on.")


@click.command(help="Run everything in one process: web, worker, relay and chores.")
@click.option("--data", type=click.Path(file_okay=False), help="Where files are kept.")
@_HOST
@_PORT
@pass_context
@told_plainly
def up(context: Context, data: str | None, host: str | None, port: int | None) -> None:
    _override(context, data_dir=data, web__host=host, web__port=port)
    _run(_up(context.settings()))


@click.command(help="Run the web service alone.")
@_HOST
@_PORT
@pass_context
@told_plainly
def web(context: Context, host: str | None, port: int | None) -> None:
    _override(context, web__host=host, web__port=port)
    _run(_web(context.settings()))


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


async def _up(settings: Settings) -> None:
    stop = _prepared(settings)
    async with open_homeroom(settings) as homeroom:
        await _open_house(homeroom, settings)
        numbers = Numbers(homeroom.plant, settings)
        meter = WorkerMeter(numbers, homeroom.plant.handlers)
        working = asyncio.create_task(run_worker(homeroom, worker_settings(settings), stop, meter))
        try:
            await _serve(homeroom, settings, stop, numbers)
        finally:
            stop.set()
            await working


async def _web(settings: Settings) -> None:
    stop = _prepared(settings)
    async with open_homeroom(settings) as homeroom:
        await _open_house(homeroom, settings)
        await _serve(homeroom, settings, stop)


async def _worker(settings: Settings, parts: frozenset[Part]) -> None:
    stop = _prepared(settings)
    async with open_homeroom(settings) as homeroom, contextlib.AsyncExitStack() as stack:
        numbers = Numbers(homeroom.plant, settings)
        meter = WorkerMeter(numbers, homeroom.plant.handlers)
        watch = settings.worker
        if watch.metrics_port:
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


async def _serve(
    homeroom: Homeroom, settings: Settings, stop: asyncio.Event, numbers: Numbers | None = None
) -> None:
    """Answer requests until *stop*; then finish those under way."""
    config = uvicorn.Config(
        create_app(homeroom, settings, numbers),
        root_path=settings.web.root_path,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # `web.trusted_proxies` says whose headers are believed
        timeout_graceful_shutdown=int(settings.jobs.grace_seconds),
    )
    server = Server(config)
    host, port = settings.web.host, settings.web.port
    with bound(host, port, advice="Set HOMEROOM_WEB__PORT to a free port.") as listener:
        stopping = asyncio.create_task(_stop_with(server, stop))
        click.echo(f"Homeroom answers at http://{host}:{port}")
        try:
            await server.serve([listener])
        finally:
            stopping.cancel()


async def _stop_with(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
