"""What is held about somebody, at the command line: `people export` and `people erase`."""

import uuid

import click
import msgspec

from homeroom.kernel.ids import PersonId
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.personal_data_wire import DossierAnswer, ErasureAnswer

_person = click.argument("person_id", type=click.UUID)


@click.command(help="Write all that is held about somebody, as JSON.")
@_person
@with_homeroom
async def export(homeroom: Homeroom, person_id: uuid.UUID) -> None:
    dossier = await homeroom.compliance.export_person(await operator(homeroom), PersonId(person_id))
    click.echo(msgspec.json.format(msgspec.json.encode(DossierAnswer.of(dossier))))


@click.command(help="Erase somebody, for good; what they did stays on record, by an id alone.")
@_person
@click.option("--yes", is_flag=True, help="Do not ask first.")
@as_json
def erase(person_id: uuid.UUID, yes: bool, as_json: bool) -> None:
    if not yes:
        click.confirm("This cannot be undone. Erase them?", abort=True, err=True)
    _erase(person_id, as_json)


@with_homeroom
async def _erase(homeroom: Homeroom, person_id: uuid.UUID, as_json: bool) -> None:
    erased = await homeroom.compliance.erase_person(await operator(homeroom), PersonId(person_id))
    rows = [{"taken away": kind, "how many": count} for kind, count in erased.taken_away.items()]
    show_answer(ErasureAnswer.of(erased), rows, as_json=as_json, empty="Nothing was there.")
