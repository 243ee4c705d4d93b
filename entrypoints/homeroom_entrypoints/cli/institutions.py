"""`homeroom institutions`: whose house this is, and how each wants its data treated."""

import uuid
from datetime import UTC, datetime
from typing import Any

import attrs
import click

from homeroom.kernel.ids import InstitutionId
from homeroom.people.model.institutions import (
    Institution,
    Plan,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.institution_wire import (
    FoundedAnswer,
    InstitutionAnswer,
    InstitutionBrief,
    InstitutionsAnswer,
)

_institution = click.argument("institution_id", type=click.UUID)
_PLAN = click.Choice([plan.value for plan in Plan])
_STATUS = click.Choice([status.value for status in SubscriptionStatus])


@click.group(help="Take institutions in, list and change them.")
def institutions() -> None: ...


@institutions.command("list", help="List institutions, oldest first.")
@as_json
@with_homeroom
async def list_(homeroom: Homeroom, as_json: bool) -> None:
    found = await homeroom.people.list_institutions(await operator(homeroom))
    answer = InstitutionsAnswer(data=[InstitutionBrief.of(one) for one in found])
    show_answer(answer, [_row(one) for one in found], as_json=as_json)


@institutions.command(help="Take an institution in; its first key is shown once.")
@click.argument("name")
@click.option("--plan", type=_PLAN, default=Plan.BASIC.value, show_default=True)
@click.option("--status", type=_STATUS, default=SubscriptionStatus.ACTIVE.value, show_default=True)
@click.option("--until", type=click.DateTime(), help="In UTC; a trial ends after 30 days.")
@as_json
@with_homeroom
async def create(
    homeroom: Homeroom, name: str, plan: str, status: str, until: datetime | None, as_json: bool
) -> None:
    wanted = Subscription(plan=Plan(plan), status=SubscriptionStatus(status), until=_utc(until))
    founded = await homeroom.people.create_institution(
        await operator(homeroom), name, subscription=wanted
    )
    row = {**_row(founded.institution), "first key": founded.issued.secret.text}
    show_answer(FoundedAnswer.of(founded), [row], as_json=as_json)


@institutions.command(help="Show one institution.")
@_institution
@as_json
@with_homeroom
async def show(homeroom: Homeroom, institution_id: uuid.UUID, as_json: bool) -> None:
    house = await _found(homeroom, institution_id)
    show_answer(InstitutionAnswer.of(house), [_whole(house)], as_json=as_json)


@institutions.command(help="Change an institution. What is left out stays as it is.")
@_institution
@click.option("--name")
@click.option("--plan", type=_PLAN)
@click.option("--status", type=_STATUS)
@click.option("--until", type=click.DateTime(), help="In UTC.")
@click.option("--until-further-notice", is_flag=True, help="In place of --until.")
@click.option("--retention-days", type=click.IntRange(1, 3_650))
@click.option("--recording/--no-recording", default=None, help="Lessons are recorded.")
@click.option("--ai/--no-ai", default=None, help="Models elsewhere read what was said.")
@click.option("--data-sharing/--no-data-sharing", default=None, help="Results leave it.")
@click.option("--time-zone", help="Such as Asia/Manila.")
@as_json
@with_homeroom
async def change(
    homeroom: Homeroom,
    /,
    institution_id: uuid.UUID,
    name: str | None,
    as_json: bool,
    **said: Any,
) -> None:
    house = await _found(homeroom, institution_id)
    changed = await homeroom.people.change_institution(
        await operator(homeroom),
        house.id,
        name=name,
        subscription=_subscription(house.subscription, said),
        terms=_terms(house.terms, said),
    )
    show_answer(InstitutionAnswer.of(changed), [_whole(changed)], as_json=as_json)


def _subscription(was: Subscription, said: dict[str, Any]) -> Subscription:
    until = None if said["until_further_notice"] else _utc(said["until"]) or was.until
    plan, status = said["plan"] or was.plan, said["status"] or was.status
    return Subscription(plan=Plan(plan), status=SubscriptionStatus(status), until=until)


def _terms(was: Terms, said: dict[str, Any]) -> Terms:
    flags = {name: said[name] for name in ("recording", "ai", "data_sharing")}
    chosen = {name: flag for name, flag in flags.items() if flag is not None}
    return Terms.given(
        said["retention_days"] or was.retention_days,
        attrs.evolve(was.agreed, **chosen),
        said["time_zone"] or was.time_zone,
    )


async def _found(homeroom: Homeroom, institution_id: uuid.UUID) -> Institution:
    wanted = InstitutionId(institution_id)
    return await homeroom.people.get_institution(await operator(homeroom), wanted)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)


def _row(house: Institution) -> dict[str, object]:
    subscribed = house.subscription
    return {
        "id": house.id,
        "name": house.name,
        "plan": subscribed.plan.value,
        "status": subscribed.status.value,
        "until": subscribed.until,
    }


def _whole(house: Institution) -> dict[str, object]:
    agreed = {name for name, flag in attrs.asdict(house.terms.agreed).items() if flag}
    return {
        **_row(house),
        "kept for days": house.terms.retention_days,
        "agreed to": ", ".join(sorted(agreed)) or "nothing",
        "time zone": house.terms.time_zone,
    }
