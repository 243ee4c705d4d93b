"""How a house is opened, and which institutions it has."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rights import Right
from homeroom.people.errors import InstitutionExists
from homeroom.people.model import rights
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom.people.ports.repositories import PeopleQueries, StartPeopleUnit


@attrs.frozen
class OpenHouse:
    """The operator opens an empty house: a first institution and its first key.

    Answers the secret only when this call made the key. An inhabited house gets no key but
    the one the operator chose, which is also how one gets back in whose keys are all lost; that
    stands in its record.
    """

    start: StartPeopleUnit
    queries: PeopleQueries
    clock: Clock

    async def __call__(self, institution: str, chosen: str | None = None) -> KeySecret | None:
        secret = KeySecret.fresh() if chosen is None else KeySecret.chosen(chosen)
        if await self._needs_no(secret, chosen is not None):
            return None
        try:
            await self._furnish(institution, secret)
        except InstitutionExists:
            return None  # another process opened the house in the same moment
        return secret

    async def _needs_no(self, secret: KeySecret, was_chosen: bool) -> bool:
        if was_chosen:
            return await self.queries.key_by_digest(secret.digest) is not None
        return bool(await self.queries.institutions())

    async def _furnish(self, name: str, secret: KeySecret) -> None:
        now = self.clock.now()
        async with self.start() as unit:
            house = await unit.institutions.first()
            if house is None:
                house = Institution.found(name, at=now)
                await unit.institutions.add(house)
                key = _first_key(house.id, secret, now)
            else:
                key = _first_key(house.id, secret, now)
                await unit.audit.note(_gone_round(key, now))
            await unit.api_keys.save(key)
            await unit.commit()


@attrs.frozen
class ListInstitutions:
    """A super admin sees every institution, anyone else their own."""

    right: ClassVar[Right] = rights.SEE_INSTITUTIONS
    queries: PeopleQueries

    async def __call__(self, actor: Actor) -> Sequence[Institution]:
        actor.require(self.right)
        every = await self.queries.institutions()
        return [one for one in every if actor.reach in (None, one.id)]


def _gone_round(key: ApiKey, at: datetime) -> Entry:
    """Nobody of the house made this key, but whoever starts its processes."""
    return Entry(
        at=at,
        institution_id=key.institution_id,
        action="people.open_house",
        resource="api_key",
        resource_id=key.id,
    )


def _first_key(house: InstitutionId, secret: KeySecret, at: datetime) -> ApiKey:
    roles = frozenset({Role.SUPER_ADMIN})
    return ApiKey.issue(house, secret, name="first administrator", roles=roles, at=at)
