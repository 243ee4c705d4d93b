"""`homeroom audit`: who did what, and the proof that nobody touched the record."""

import sys
import uuid
from collections.abc import Callable
from typing import IO, Any, TypedDict, TypeVar, Unpack

import click
import msgspec

from homeroom.compliance.model.chain import Mark, Verdict
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Entry, Outcome
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.ranges import read_since, read_until
from homeroom_entrypoints.web.record_files import Shape, in_file
from homeroom_entrypoints.web.record_wire import (
    DeadEntriesAnswer,
    DeadEntryAnswer,
    EntriesAnswer,
    EntryAnswer,
    VerdictAnswer,
    VerdictsAnswer,
)

F = TypeVar("F", bound=Callable[..., Any])

_TOUCHED = 1

_FILTERS = (
    click.option("--action", default="", help="Only this action, such as people.sign_in."),
    click.option("--person", type=click.UUID, help="Only what this person did."),
    click.option("--actor", default="", help="Only what was done by who is called somewhat so."),
    click.option("--resource", default="", help="Only about this, such as person."),
    click.option("--resource-id", type=click.UUID, help="Only about this one."),
    click.option("--outcome", type=click.Choice([one.value for one in Outcome])),
    click.option("--since", help="From this instant on, or this day, in UTC."),
    click.option("--until", help="Up to this instant, or to the end of this day, in UTC."),
    click.option(
        "--search", default="", help="Somewhere in the action, the resource or the trace."
    ),
)


class Said(TypedDict):
    """Which entries somebody asked for on the command line."""

    action: str
    person: uuid.UUID | None
    actor: str
    resource: str
    resource_id: uuid.UUID | None
    outcome: str | None
    since: str | None
    until: str | None
    search: str


def _filters(command: F) -> F:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.group(help="Read, export and verify the record of who did what.")
def audit() -> None: ...


@audit.command("list", help="List entries, newest first.")
@_filters
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom, limit: int, cursor: str | None, as_json: bool, **said: Unpack[Said]
) -> None:
    page = await homeroom.compliance.read_record(
        await operator(homeroom), _wanted(said), CursorRequest(read_cursor(cursor), limit)
    )
    found = [EntryAnswer.of(entry) for entry in page.items]
    answer = EntriesAnswer(data=found, next_cursor=write_cursor(page.next))
    rows = [_row(entry) for entry in page.items]
    show_answer(answer, rows, as_json=as_json, empty="Nothing was done yet.")


@audit.command(help="Write entries, newest first, one a line.")
@_filters
@click.option("--format", "shape", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@with_homeroom
async def export(homeroom: Homeroom, shape: Shape, **said: Unpack[Said]) -> None:
    taken = await homeroom.compliance.export_record(await operator(homeroom), _wanted(said))
    async for piece in in_file(taken, shape):
        click.echo(piece, nl=False)


@audit.command(
    help="Prove that nothing in the records was changed or taken away, of every institution's."
)
@click.option("--institution", type=click.UUID, help="Of this one alone.")
@click.option(
    "--expect",
    type=click.File(),
    help="What `--json` printed earlier, and was kept elsewhere: it has to stand there still.",
)
@as_json
@with_homeroom
async def verify(
    homeroom: Homeroom, institution: uuid.UUID | None, expect: IO[str] | None, as_json: bool
) -> None:
    kept = {} if expect is None else _kept_elsewhere(expect.read())
    actor, prove = await operator(homeroom), homeroom.compliance.verify_record
    houses = {one.id for one in await homeroom.plant.storage.people.institutions()} | set(kept)
    only = houses if institution is None else {InstitutionId(institution)}
    verdicts = [await prove(actor, of=one, kept=kept.get(one)) for one in sorted(only)]
    told = [VerdictAnswer.of(one) for one in verdicts]
    answer = VerdictsAnswer(whole=all(one.whole for one in told), data=told)
    show_answer(answer, [_judged(one) for one in verdicts], as_json=as_json)
    if not answer.whole:
        sys.exit(_TOUCHED)


def _kept_elsewhere(text: str) -> dict[InstitutionId, Mark]:
    """What an earlier verdict said of each record. Raises `click.UsageError`."""
    try:
        said = msgspec.json.decode(text, type=VerdictsAnswer)
    except msgspec.MsgspecError as error:
        wrong = "--expect needs a file that `homeroom audit verify --json` printed"
        raise click.UsageError(wrong) from error
    return {
        InstitutionId(one.institution_id): Mark(one.sealed, one.link)
        for one in said.data
        if one.sealed
    }


def _judged(verdict: Verdict) -> dict[str, Any]:
    whole = verdict.broken_at is None
    return {
        "institution": verdict.institution_id,
        "entries": verdict.sealed,
        "not sealed yet": verdict.unsealed,
        "verdict": "nothing was touched" if whole else f"touched from entry {verdict.broken_at} on",
    }


@audit.command("dead-letters", help="List entries that the record refused on their way.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@as_json
@with_homeroom
async def dead_letters(homeroom: Homeroom, limit: int, as_json: bool) -> None:
    found = await homeroom.compliance.list_dead_entries(await operator(homeroom), limit=limit)
    dead = [DeadEntryAnswer(reason=one.reason, entry=EntryAnswer.of(one.entry)) for one in found]
    rows = [{"why": one.reason, **_row(one.entry)} for one in found]
    answer = DeadEntriesAnswer(data=dead)
    show_answer(answer, rows, as_json=as_json, empty="The record refused none.")


@audit.command(help="Have the record take what it refused, once that is mended.")
@with_homeroom
async def replay(homeroom: Homeroom) -> None:
    taken = await homeroom.compliance.replay_dead_entries(await operator(homeroom))
    click.echo(f"Taken anew: {taken}.")


def _wanted(said: Said) -> EntryFilter:
    person, outcome = said["person"], said["outcome"]
    return EntryFilter(
        reach=None,
        person_id=None if person is None else PersonId(person),
        actor_name=said["actor"],
        action=said["action"],
        resource=said["resource"],
        resource_id=said["resource_id"],
        outcome=None if outcome is None else Outcome(outcome),
        since=read_since(said["since"], "since"),
        until=read_until(said["until"], "until"),
        text=said["search"],
    )


def _row(entry: Entry) -> dict[str, object]:
    return {
        "at": entry.at,
        "action": entry.action,
        "about": entry.resource,
        "which": entry.resource_id,
        "person": entry.person_id,
        "outcome": entry.outcome.value,
        "changed": ", ".join(entry.changes),
    }
