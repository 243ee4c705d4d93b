"""How commands run: one event loop, one open Homeroom, one exit code per kind of refusal."""

import asyncio
import contextlib
import functools
import json
import os
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import attrs
import click
import msgspec

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Unauthenticated,
    Unavailable,
)
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.settings import Settings, load_settings

P = ParamSpec("P")
T = TypeVar("T")

EXIT_CODES: dict[type[Refusal], int] = {
    Invalid: 2,
    NotFound: 3,
    Forbidden: 4,
    Unauthenticated: 4,
    Conflict: 5,
    Unavailable: 6,
}

HOUSE_NAME = "Home"


@attrs.define
class Context:
    """What every command is given: where the settings are, and what the command line overrides."""

    config: Path | None = None
    overrides: dict[str, str] = attrs.field(factory=dict)

    def settings(self) -> Settings:
        return load_settings({**os.environ, **self.overrides}, self.config)


class DataDirUnusable(Unavailable):
    """Files cannot be kept in the data directory."""

    code = "data_dir_unusable"


def make_data_dir(settings: Settings) -> None:
    """Make sure that files have a place. Raises `DataDirUnusable`."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataDirUnusable(
            f"the data directory {settings.data_dir} cannot be made: {error.strerror}. Set "
            "HOMEROOM_DATA_DIR to a directory that we may write to."
        ) from error


pass_context = click.make_pass_decorator(Context, ensure=True)


def exit_code(refusal: Refusal) -> int:
    return next((EXIT_CODES[kind] for kind in type(refusal).__mro__ if kind in EXIT_CODES), 1)


def told_plainly(command: Callable[P, T]) -> Callable[P, T]:
    """A refusal becomes one sentence on stderr and the exit code of its kind."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            click.echo(f"homeroom: {refusal.message}", err=True)
            if "settings" not in refusal.code:
                for one in getattr(refusal, "problems", ()):
                    click.echo(f"  {_as_said(one.field)}: {one.message}", err=True)
            sys.exit(exit_code(refusal))

    return run


def _as_said(field: str) -> str:
    """The option by which *field* was said, if it was one: that is what has to be mended."""
    context = click.get_current_context(silent=True)
    bare = field.partition("[")[0].removeprefix("target.")
    options = [one for one in context.command.params if one.opts[0] != one.name] if context else []
    meant = (one.opts[0] for one in options if bare == one.name or f"--{bare}" in one.opts)
    return next(meant, field)


def with_homeroom(
    command: Callable[Concatenate[Homeroom, P], Awaitable[None]],
) -> Callable[P, None]:
    """Run *command* over an open Homeroom."""

    @pass_context
    @functools.wraps(command)
    def run(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(_over_homeroom(context.settings(), command, args, kwargs))

    return told_plainly(run)


async def _over_homeroom(
    settings: Settings, command: Callable[..., Awaitable[None]], args: Any, kwargs: Any
) -> None:
    configure_logs(settings.log)
    make_data_dir(settings)
    async with open_homeroom(settings) as homeroom:
        await command(homeroom, *args, **kwargs)


async def operator(homeroom: Homeroom) -> Actor:
    """Whoever may run commands on this machine may do everything in its house."""
    everyone = await homeroom.plant.storage.people.institutions()
    if not everyone:
        await homeroom.people.open_house(HOUSE_NAME)
        everyone = await homeroom.plant.storage.people.institutions()
    return Actor(institution_id=everyone[0].id, roles=frozenset({Role.SUPER_ADMIN}))


cursor = click.option("--cursor", help="Go on after a page: what it gave as `nextCursor`.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print *rows* as a table for people, or as JSON for scripts."""
    if as_json:
        click.echo(json.dumps(rows, default=str, indent=2))
        return
    if not rows:
        click.echo(empty)
        return
    from rich.console import Console  # noqa: PLC0415 - servers start without it
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None)
    for name, value in rows[0].items():
        table.add_column(name, no_wrap=isinstance(value, uuid.UUID))  # people copy ids whole
    for row in rows:
        table.add_row(*map(_written, row.values()))
    # Names are what people called something, and no orders to the terminal.
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, emoji=False)
    console.print(table)


def _written(value: object) -> str:
    """What stands in a cell: nobody reads the microseconds of a time, and no text that somebody
    wrote gives orders to a terminal."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    text = "" if value is None else str(value)
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


def show_answer(
    answer: msgspec.Struct, rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str = ""
) -> None:
    """Print *rows* as a table for people, or for scripts the *answer* that the API gives."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(answer)))
    else:
        show(rows, as_json=False, empty=empty)


@contextlib.contextmanager
def long_work(what: str, *, at_most: float | None = None) -> Iterator[Callable[[float], None]]:
    """Tell whoever sits at a terminal that *what* goes on; yields how to say how far it is.

    Standard output stays for results, and a standard error that nobody watches stays empty.
    """
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich import console, progress  # noqa: PLC0415 - servers start without it

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TimeElapsedColumn(),
    )
    watched = console.Console(stderr=True)
    with progress.Progress(*columns, console=watched, transient=True) as shown:
        bar = shown.add_task(what, total=at_most)
        yield lambda done: shown.update(bar, completed=done)
