"""What is known of people's ages: commands of `homeroom people`."""

import uuid
from datetime import date, datetime

import click

from homeroom.kernel.ids import PersonId
from homeroom.people.use_cases.ages import AgeInFull
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.ages_wire import AgeAnswer, AttestationAnswer

_person = click.argument("person_id", type=click.UUID)
_DAY = click.DateTime(["%Y-%m-%d"])
born_option = click.option("--born", type=_DAY, help="Such as 2012-05-17; kept under seal.")


def day_of(moment: datetime | None) -> date | None:
    """The day that somebody typed, if they did."""
    return None if moment is None else moment.date()


@click.command(help="Show what is known of somebody's age.")
@_person
@as_json
@with_homeroom
async def age(homeroom: Homeroom, person_id: uuid.UUID, as_json: bool) -> None:
    found = await homeroom.people.get_age(await operator(homeroom), PersonId(person_id))
    show_answer(AgeAnswer.of(found), [_row(found)], as_json=as_json)


@click.command(help="Say when somebody was born; without a day, have the house forget it.")
@_person
@click.argument("day", type=_DAY, required=False)
@as_json
@with_homeroom
async def born(
    homeroom: Homeroom, person_id: uuid.UUID, day: datetime | None, as_json: bool
) -> None:
    say, who = homeroom.people.set_birth_date, PersonId(person_id)
    known = await say(await operator(homeroom), who, day_of(day))
    show_answer(AgeAnswer.of(known), [_row(known)], as_json=as_json)


@click.command(help="Note that somebody is 13 or older, and how one knows.")
@_person
@click.option("--evidence", required=True)
@as_json
@with_homeroom
async def attest(homeroom: Homeroom, person_id: uuid.UUID, evidence: str, as_json: bool) -> None:
    stand_up, who = homeroom.people.attest_age, PersonId(person_id)
    word = await stand_up(await operator(homeroom), who, evidence)
    row: dict[str, object] = {"13 or older": "yes", "since": word.at, "evidence": word.evidence}
    show_answer(AttestationAnswer.of(word), [row], as_json=as_json)


def _row(known: AgeInFull) -> dict[str, object]:
    word = known.attestation
    return {
        "born": known.born or "unknown",
        "13 or older": "attested" if word else "",
        "evidence": word.evidence if word else "",
    }
