"""`homeroom districts`: what several institutions stand under."""

import uuid
from typing import Any

import click

from homeroom.kernel.ids import DistrictId, InstitutionId
from homeroom.kernel.page import PageRequest
from homeroom.people.model.districts import District
from homeroom.people.model.institutions import Institution, Plan
from homeroom.people.ports.districts import DistrictFilter
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.cli.task_options import paged
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.district_wire import (
    AssembledAnswer,
    DistrictAnswer,
    DistrictChange,
    DistrictsAnswer,
    NewDistrict,
)
from homeroom_entrypoints.web.institution_wire import InstitutionAnswer
from homeroom_entrypoints.web.task_answers import MetaAnswer

_district = click.argument("district_id", type=click.UUID)
_institution = click.argument("institution_id", type=click.UUID)
_DESCRIBED = (
    click.option("--state"),
    click.option("--region"),
    click.option("--superintendent-name"),
    click.option("--contact-email"),
    click.option("--contact-phone"),
    click.option("--website", help="Such as https://district.edu."),
    click.option("--plan", "subscription_tier", type=click.Choice([plan.value for plan in Plan])),
)


def _described(command: Any) -> Any:
    for option in reversed(_DESCRIBED):
        command = option(command)
    return command


@click.group(help="Make districts, list and change them, and put institutions under them.")
def districts() -> None: ...


@districts.command("list", help="List districts, newest first.")
@click.option("--search", default="", help="Somewhere in a name, a state or a region.")
@click.option("--open/--closed", "is_active", default=None, help="Only these.")
@paged
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    search: str,
    is_active: bool | None,
    page: PageRequest,
    as_json: bool,
) -> None:
    wanted, find = DistrictFilter(text=search, is_active=is_active), homeroom.people.find_districts
    found = await find(await operator(homeroom), wanted, page)
    answer = DistrictsAnswer(
        data=[DistrictAnswer.of(one) for one in found.items], meta=MetaAnswer.of(found)
    )
    rows = [_row(one) for one in found.items]
    show_answer(answer, rows, as_json=as_json, empty="There are no districts.")


@districts.command(help="Make a district.")
@click.argument("name")
@_described
@as_json
@with_homeroom
async def create(homeroom: Homeroom, /, name: str, as_json: bool, **said: Any) -> None:
    body = NewDistrict(name=name, **_said(said))
    made = await homeroom.people.open_district(await operator(homeroom), body.details())
    show_answer(DistrictAnswer.of(made), [_whole(made)], as_json=as_json)


@districts.command(help="Show a district, and the institutions under it.")
@_district
@as_json
@with_homeroom
async def show(homeroom: Homeroom, district_id: uuid.UUID, as_json: bool) -> None:
    found = await homeroom.people.get_district(await operator(homeroom), DistrictId(district_id))
    rows = [_whole(found.district)]
    show_answer(AssembledAnswer.of(found), rows, as_json=as_json)
    if not as_json:
        for house in found.institutions:
            click.echo(f"{house.id}  {house.name}")


@districts.command(help="Change a district. What is left out stays as it is.")
@_district
@click.option("--name")
@_described
@as_json
@with_homeroom
async def change(homeroom: Homeroom, /, district_id: uuid.UUID, as_json: bool, **said: Any) -> None:
    await _change(homeroom, district_id, DistrictChange(**_said(said)), as_json=as_json)


@districts.command(help="Close a district: it takes no further institutions, and keeps its own.")
@_district
@as_json
@with_homeroom
async def close(homeroom: Homeroom, district_id: uuid.UUID, as_json: bool) -> None:
    await _change(homeroom, district_id, DistrictChange(is_active=False), as_json=as_json)


@districts.command(help="Open a district again that was closed.")
@_district
@as_json
@with_homeroom
async def reopen(homeroom: Homeroom, district_id: uuid.UUID, as_json: bool) -> None:
    await _change(homeroom, district_id, DistrictChange(is_active=True), as_json=as_json)


@districts.command(help="Put an institution under a district.")
@_district
@_institution
@as_json
@with_homeroom
async def add(
    homeroom: Homeroom, district_id: uuid.UUID, institution_id: uuid.UUID, as_json: bool
) -> None:
    await _place(homeroom, institution_id, DistrictId(district_id), as_json=as_json)


@districts.command(help="Have an institution stand under no district.")
@_institution
@as_json
@with_homeroom
async def remove(homeroom: Homeroom, institution_id: uuid.UUID, as_json: bool) -> None:
    await _place(homeroom, institution_id, None, as_json=as_json)


async def _change(
    homeroom: Homeroom, district_id: uuid.UUID, said: DistrictChange, *, as_json: bool
) -> None:
    wanted, change = DistrictId(district_id), homeroom.people.change_district
    changed = await change(await operator(homeroom), wanted, said.over, is_active=said.is_active)
    show_answer(DistrictAnswer.of(changed), [_whole(changed)], as_json=as_json)


async def _place(
    homeroom: Homeroom, institution_id: uuid.UUID, district: DistrictId | None, *, as_json: bool
) -> None:
    place = homeroom.people.place_institution
    house = await place(await operator(homeroom), InstitutionId(institution_id), district)
    show_answer(InstitutionAnswer.of(house), [_placed(house)], as_json=as_json)


def _said(options: dict[str, Any]) -> dict[str, Any]:
    """What was said at all, in the words of the wire."""
    given = {name: value for name, value in options.items() if value is not None}
    if "subscription_tier" in given:
        given["subscription_tier"] = Plan(given["subscription_tier"])
    return given


def _row(district: District) -> dict[str, object]:
    details = district.details
    return {
        "id": district.id,
        "name": details.name,
        "state": details.state,
        "region": details.region,
        "plan": details.plan.value,
        "open": "yes" if district.is_active else "no",
    }


def _whole(district: District) -> dict[str, object]:
    office = district.details.office
    return {
        **_row(district),
        "superintendent": office.superintendent,
        "email": office.email,
        "phone": office.phone,
        "website": office.website,
    }


def _placed(house: Institution) -> dict[str, object]:
    return {"id": house.id, "name": house.name, "district": house.district_id or "none"}
