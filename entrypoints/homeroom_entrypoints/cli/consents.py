"""`homeroom consents`: what people agreed to, and what proves it."""

import sys
import uuid
from datetime import UTC, datetime

import click

from homeroom.compliance.model.consents import Agreement, Consent, ConsentKind
from homeroom.kernel.ids import ConsentId, PersonId
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.consents_wire import ClearedAnswer, ConsentAnswer, ConsentsAnswer

_KINDS = click.Choice([kind.value for kind in ConsentKind], case_sensitive=False)
_MISSING = 1
_person = click.argument("person_id", type=click.UUID)


@click.group(help="Note, list and withdraw what people agreed to.")
def consents() -> None: ...


@consents.command(help="Note that somebody agreed to something.")
@_person
@click.option("--kind", type=_KINDS, required=True)
@click.option("--by", "given_by", required=True, help="Who agreed: they, or who speaks for them.")
@click.option("--evidence", required=True, help="Its words, or where the paper lies.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="A day, in UTC; then it ends.")
@as_json
@with_homeroom
async def give(
    homeroom: Homeroom,
    person_id: uuid.UUID,
    kind: str,
    given_by: str,
    evidence: str,
    until: datetime | None,
    as_json: bool,
) -> None:
    ends = None if until is None else until.replace(tzinfo=UTC)
    agreed = Agreement.given(ConsentKind(kind), given_by, evidence, ends)
    give = homeroom.compliance.give_consent
    _show(homeroom, await give(await operator(homeroom), PersonId(person_id), agreed), as_json)


@consents.command("list", help="List what somebody agreed to, newest first.")
@_person
@as_json
@with_homeroom
async def list_(homeroom: Homeroom, person_id: uuid.UUID, as_json: bool) -> None:
    look, now = homeroom.compliance.list_consents, homeroom.plant.ambient.clock.now()
    found = await look(await operator(homeroom), PersonId(person_id))
    answer = ConsentsAnswer(data=[ConsentAnswer.of(one, at=now) for one in found])
    rows = [_row(one, now) for one in found]
    show_answer(answer, rows, as_json=as_json, empty="They agreed to nothing yet.")


@consents.command(help="Say whether something may be done with somebody's data.")
@_person
@click.option("--kind", type=_KINDS, required=True)
@click.option("--born", type=click.DateTime(["%Y-%m-%d"]), help="Where none is kept.")
@as_json
@with_homeroom
async def check(
    homeroom: Homeroom, person_id: uuid.UUID, kind: str, born: datetime | None, as_json: bool
) -> None:
    check, who = homeroom.compliance.check_consents, PersonId(person_id)
    day = None if born is None else born.date()
    cleared = await check(await operator(homeroom), who, ConsentKind(kind), born=day)
    missing = sorted(one.value for one in cleared.missing)
    row = {
        "allowed": "yes" if cleared.allowed else "no",
        "counts as": cleared.band.value,
        "missing": ", ".join(missing),
    }
    show_answer(ClearedAnswer.of(cleared), [row], as_json=as_json)
    if not cleared.allowed:
        sys.exit(_MISSING)


@consents.command(help="Note that somebody agrees no more.")
@click.argument("consent_id", type=click.UUID)
@as_json
@with_homeroom
async def withdraw(homeroom: Homeroom, consent_id: uuid.UUID, as_json: bool) -> None:
    withdraw = homeroom.compliance.withdraw_consent
    _show(homeroom, await withdraw(await operator(homeroom), ConsentId(consent_id)), as_json)


def _show(homeroom: Homeroom, consent: Consent, as_json: bool) -> None:
    now = homeroom.plant.ambient.clock.now()
    show_answer(ConsentAnswer.of(consent, at=now), [_row(consent, now)], as_json=as_json)


def _row(consent: Consent, now: datetime) -> dict[str, object]:
    return {
        "id": consent.id,
        "to": consent.kind.value,
        "given by": consent.given_by,
        "given at": consent.given_at,
        "expires at": consent.expires_at,
        "withdrawn at": consent.withdrawn_at,
        "counts": "yes" if consent.counts(at=now) else "no",
    }
