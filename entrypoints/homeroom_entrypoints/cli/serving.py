"""Commands that go on until they are told to stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import click

from homeroom.kernel.errors import Invalid
from homeroom_entrypoints.cli.running import (
    HOUSE_NAME,
    Context,
    make_data_dir,
    pass_context,
    told_plainly,
)
from homeroom_entrypoints.cli.starting import without_collecting
from homeroom_entrypoints.cli.stopping import stop_on_signals
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.coming_in import appoint_super_admin
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.scheduling import furnish
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.worker.settings import Part

if TYPE_CHECKING:  # a worker that nobody watches counts nothing
    from homeroom_entrypoints.composition.numbers import Numbers

_HOST = click.option("--host", help="The address to listen on.")
_PORT = click.option("--port", type=int, help="The port to listen on.")

Serve = Callable[[Homeroom, Settings, asyncio.Event, "Numbers | None"], Awaitable[None]]
Work = Callable[
    [Homeroom, Settings, asyncio.Event, "Numbers | None", frozenset[Part]],
    Coroutine[Any, Any, None],
]


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
    _run(_up(_front(), _back(), context.settings()))


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
    _run(_worker(_back(), context.settings(), frozenset(map(Part, parts)) or frozenset(Part)))


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
    with _said_what_is_missing(), without_collecting():
        from homeroom_entrypoints.cli.front import serve  # noqa: PLC0415 - as it is said above
    return serve


def _back() -> Work:
    """What works. The web service starts sooner without reading it."""
    with without_collecting():
        from homeroom_entrypoints.cli.working import work  # noqa: PLC0415 - as it is said above
    return work


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


async def _up(serve: Serve, work: Work, settings: Settings) -> None:
    stop = _prepared(settings)
    async with _opened(settings) as homeroom:
        await _open_house(homeroom, settings)
        numbers = _numbers(homeroom, settings)
        working = asyncio.create_task(work(homeroom, settings, stop, numbers, frozenset(Part)))
        try:
            await serve(homeroom, settings, stop, numbers)
        finally:
            stop.set()
            await working


async def _web(serve: Serve, settings: Settings) -> None:
    stop = _prepared(settings)
    async with _opened(settings) as homeroom:
        await _open_house(homeroom, settings)
        await serve(homeroom, settings, stop, None)


async def _worker(work: Work, settings: Settings, parts: frozenset[Part]) -> None:
    stop = _prepared(settings)
    async with _opened(settings) as homeroom, contextlib.AsyncExitStack() as stack:
        watch, numbers = settings.worker, None
        if watch.metrics_port:
            numbers = _numbers(homeroom, settings)
            with _said_what_is_missing():
                from homeroom_entrypoints.cli.listening import watched  # noqa: PLC0415 - only here
                from homeroom_entrypoints.worker.watched import Watched  # noqa: PLC0415
            app = Watched(numbers, homeroom.plant.storage.ping)
            await stack.enter_async_context(watched(app, watch.metrics_host, watch.metrics_port))
        await furnish(homeroom)
        await work(homeroom, settings, stop, numbers, parts)


def _numbers(homeroom: Homeroom, settings: Settings) -> "Numbers":
    with _said_what_is_missing():
        from homeroom_entrypoints.composition.numbers import Numbers  # noqa: PLC0415 - see above
    return Numbers(homeroom.plant, settings)


@contextlib.asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Homeroom]:
    async with contextlib.AsyncExitStack() as stack:
        with without_collecting():
            homeroom = await stack.enter_async_context(open_homeroom(settings))
        yield homeroom


def _prepared(settings: Settings) -> asyncio.Event:
    configure_logs(settings.log)
    make_data_dir(settings)
    stop = asyncio.Event()
    stop_on_signals(stop)
    return stop


async def _open_house(homeroom: Homeroom, settings: Settings) -> None:
    chosen = settings.people.bootstrap_key
    secret = await homeroom.people.open_house(HOUSE_NAME, chosen.reveal() if chosen else None)
    await furnish(homeroom)
    if secret is not None and chosen is None:
        click.echo(f"Your administrator key, shown this once: {secret.text}")
    await appoint_super_admin(homeroom, settings)
