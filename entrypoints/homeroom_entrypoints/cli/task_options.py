"""Tasks as somebody at a command line says them, read as the API reads its own bodies."""

import functools
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click
import msgspec

from homeroom.kernel.errors import Invalid
from homeroom.kernel.ids import TaskId
from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model.policies import Missed, Overlap
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.queries import RunFilter
from homeroom_entrypoints.web.misfits import misfits
from homeroom_entrypoints.web.task_wire import TaskBody

S = TypeVar("S", bound=Enum)
T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., object])

_LARGEST = 64 * 1024
_LONGEST_LINE = 4_096
_TARGET = ("url", "to", "subject")


def instant(said: str) -> datetime:
    """A point in time as ISO 8601 writes it; in UTC unless it says otherwise."""
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        wanted = "is no date or time such as 2026-12-01T09:00:00Z"
        raise click.BadParameter(f"{said!r} {wanted}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _payload(_: click.Context, __: click.Parameter, said: str | None) -> object:
    """The JSON that was said, or that the file behind an @ holds."""
    if said is None:
        return None
    try:
        text = _held_by(Path(said[1:])) if said.startswith("@") else said.encode()
        return msgspec.json.decode(text)
    except OSError as error:
        raise click.BadParameter(f"{said[1:]} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise click.BadParameter("is no JSON; say it, or @FILE that holds it") from None


def _held_by(file: Path) -> bytes:
    with file.open("rb") as opened:
        text = opened.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise click.BadParameter(f"{file} holds more than {_LARGEST} bytes")
    return text


def _url(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    """What was said; for a hyphen what is typed unseen, so that no shell remembers a secret."""
    if said != "-":
        return said
    if sys.stdin.isatty():
        typed: str = click.prompt("URL", hide_input=True, err=True)
        return typed
    return sys.stdin.readline(_LONGEST_LINE).strip()


def all_of(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """One decorator for *options* that several commands take."""

    def take(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return take


def _names(kind: type[Enum]) -> click.Choice[str]:
    return click.Choice([str(one.value) for one in kind])


TASK = click.argument("task_id", type=click.UUID)
PAYLOAD = click.option("--payload", callback=_payload, help="What is sent: JSON, or @FILE.")
NOTIFIER = click.option("--notifier", type=_names(NotifierKind), help="By which way it is sent.")

# Options carry the names of the API's fields, so that one shape reads both.
timing_options = all_of(
    click.option("--cron", "schedule", metavar="EXPRESSION", help="When: five or six fields."),
    click.option("--every", type=int, metavar="SECONDS", help="When: again after so long."),
    click.option("--at", type=instant, help="When: once."),
    click.option("--timezone", help="Whose clocks the schedule is read on; UTC."),
    click.option("--start-at", "startAt", type=instant, help="Nothing fires before."),
    click.option("--end-at", "endAt", type=instant, help="Nothing fires after."),
    click.option("--max-runs", "maxRuns", type=int, help="It ends after so many firings."),
    click.option("--jitter", type=int, metavar="SECONDS", help="Up to so late, to share load."),
)
task_options = all_of(
    click.option("--name", help="What people call it."),
    click.option("--description"),
    click.option("--tag", "tags", multiple=True, help="May be repeated."),
    timing_options,
    NOTIFIER,
    click.option("--url", callback=_url, help="Where it is sent: a secret; - reads it unseen."),
    click.option("--to", multiple=True, help="Who gets the e-mail; may be repeated."),
    click.option("--subject", help="What stands over the e-mail."),
    PAYLOAD,
    click.option("--max-retry", "maxRetry", type=int, help="Retries after a failure, 0 to 10."),
    click.option("--overlap", type=_names(Overlap), help="If it is due while it still runs."),
    click.option("--missed", type=_names(Missed), help="If nobody was there to fire it."),
    click.option("--on-success", "onSuccess", type=click.UUID, multiple=True, help="Then run."),
    click.option("--on-failure", "onFailure", type=click.UUID, multiple=True, help="Then run."),
    click.option("--status", type=click.Choice(["ACTIVE", "INACTIVE"])),
)
_paging = all_of(
    click.option("--page", type=click.IntRange(1, 1_000_000), default=1, show_default=True),
    click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True),
)
_ranging = all_of(
    click.option("--since", type=instant, help="From this instant on."),
    click.option("--until", type=instant, help="Up to this instant, itself too."),
)


def paged(command: Callable[..., None]) -> Callable[..., None]:
    """Give *command* the page that was asked for."""

    @_paging
    @functools.wraps(command)
    def turn(*, page: int, limit: int, **said: object) -> None:
        command(page=PageRequest(page, limit), **said)

    return turn


def among_runs(
    shape: type[RunFilter[S]], statuses: type[S]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command what is looked for among all that ran, as *shape* has it."""

    def take(command: Callable[..., None]) -> Callable[..., None]:
        @click.argument("task_id", type=click.UUID, required=False)
        @click.option("--status", type=_names(statuses))
        @_ranging
        @functools.wraps(command)
        def narrow(
            *,
            task_id: UUID | None,
            status: str | None,
            since: datetime | None,
            until: datetime | None,
            **said: object,
        ) -> None:
            wanted = shape(
                task_id=TaskId(task_id) if task_id else None,
                status=statuses(status) if status else None,
                since=since,
                until=until,
            )
            command(wanted=wanted, **said)

        return narrow

    return take


def task_body(given: Mapping[str, object]) -> TaskBody:
    """The task that *given* options say. Raises `Invalid`."""
    said = _said(given)
    if target := {name: said.pop(name) for name in _TARGET if name in said}:
        said["target"] = target
    return read_as(TaskBody, said)


def read_as(shape: type[T], given: Mapping[str, object]) -> T:
    """The body of the API's that *given* options say. Raises `Invalid`."""
    said = _said(given)
    try:
        return msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        raise Invalid(problems=misfits(said, shape)) from error


def _said(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None and value != ()}
