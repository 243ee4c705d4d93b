"""`homeroom exams tier`: how much a learner may do in a day."""

import uuid

import click

from homeroom.exams.model.tiers import Tier
from homeroom.exams.tier_errors import LearnerNotFound
from homeroom.exams.use_cases.counting import Allowance
from homeroom.kernel.ids import PersonId
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.tiers_wire import AllowanceAnswer

_USUAL = "usual"
_TIERS = click.Choice([*(one.value for one in Tier), _USUAL])


@click.command(help="Say how much a learner may do in a day; without a tier, show it.")
@click.argument("person", metavar="PERSON")
@click.argument("tier", type=_TIERS, required=False)
@click.option(
    "--time-zone",
    help="Where they live, such as Asia/Manila; left out, it is their institution's.",
)
@as_json
@with_homeroom
async def tier(
    homeroom: Homeroom, person: str, tier: str | None, time_zone: str | None, as_json: bool
) -> None:
    if tier is None and time_zone is not None:
        raise click.UsageError("say a tier too, or `usual`")
    actor, who = await operator(homeroom), await _person_called(homeroom, person)
    if tier is None:
        found = await homeroom.exams.see_tier(actor, who)
    else:
        wanted = None if tier == _USUAL else Tier(tier)
        found = await homeroom.exams.set_tier(actor, who, wanted, time_zone)
    show_answer(AllowanceAnswer.of(found), [_row(found)], as_json=as_json)


async def _person_called(homeroom: Homeroom, said: str) -> PersonId:
    """Whose id, or whose user name, that is. Raises `LearnerNotFound`."""
    try:
        return PersonId(uuid.UUID(said))
    except ValueError:
        known = await homeroom.plant.storage.persons.by_name(said.lower())
        if known is None:
            raise LearnerNotFound from None
        return known.person.id


def _row(found: Allowance) -> dict[str, object]:
    learner, quota = found.learner, found.quota
    return {
        "tier": found.tier.value,
        "answers a day": quota.answers or "any number",
        "left today": "any number" if found.left is None else found.left,
        "at once": quota.questions or "any number",
        "day ends": found.day_ends,
        "time zone": learner.zone or learner.house_zone,
    }
