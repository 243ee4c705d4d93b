"""`homeroom audit`: who did what, and the proof that nobody touched the record."""

import sys
import uuid

import click

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import PersonId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.record_files import Shape, in_file
from homeroom_entrypoints.web.record_wire import (
    DeadEntriesAnswer,
    DeadEntryAnswer,
    EntriesAnswer,
    EntryAnswer,
    VerdictAnswer,
)

_TOUCHED = 1

_action = click.option("--action", default="", help="Only this action, such as people.sign_in.")
_person = click.option("--person", type=click.UUID, help="Only what this person did.")


@click.group(help="Read, export and verify the record of who did what.")
def audit() -> None: ...


@audit.command("list", help="List entries, newest first.")
@_action
@_person
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    action: str,
    person: uuid.UUID | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    page = await homeroom.compliance.read_record(
        await operator(homeroom),
        _wanted(action, person),
        CursorRequest(read_cursor(cursor), limit),
    )
    found = [EntryAnswer.of(entry) for entry in page.items]
    answer = EntriesAnswer(data=found, next_cursor=write_cursor(page.next))
    rows = [_row(entry) for entry in page.items]
    show_answer(answer, rows, as_json=as_json, empty="Nothing was done yet.")


@audit.command(help="Write entries, newest first, one a line.")
@_action
@_person
@click.option("--format", "shape", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@with_homeroom
async def export(homeroom: Homeroom, action: str, person: uuid.UUID | None, shape: Shape) -> None:
    wanted = _wanted(action, person)
    taken = await homeroom.compliance.export_record(await operator(homeroom), wanted)
    async for piece in in_file(taken, shape):
        click.echo(piece, nl=False)


@audit.command(help="Prove that nothing in the record was changed or taken away.")
@as_json
@with_homeroom
async def verify(homeroom: Homeroom, as_json: bool) -> None:
    verdict = await homeroom.compliance.verify_record(await operator(homeroom))
    whole = verdict.broken_at is None
    told = "nothing was touched" if whole else f"touched from entry {verdict.broken_at} on"
    rows = [{"entries": verdict.sealed, "not sealed yet": verdict.unsealed, "verdict": told}]
    show_answer(VerdictAnswer.of(verdict), rows, as_json=as_json)
    if not whole:
        sys.exit(_TOUCHED)


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


def _wanted(action: str, person: uuid.UUID | None) -> EntryFilter:
    person_id = None if person is None else PersonId(person)
    return EntryFilter(reach=None, action=action, person_id=person_id)


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
