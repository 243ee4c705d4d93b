"""What can be asked of people's context."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import ApiKeyId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import InstitutionExists
from homeroom.people.model import ApiKey, Institution, KeySecret
from homeroom.people.ports import PeopleQueries, StartPeopleUnit


@attrs.frozen
class IssuedKey:
    """A new key and its secret, which cannot be shown again."""

    key: ApiKey
    secret: KeySecret


@attrs.frozen
class IssueKey:
    """An administrator makes an API key for their own institution."""

    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        *,
        name: str,
        roles: frozenset[Role],
        expires_at: datetime | None = None,
    ) -> IssuedKey:
        actor.require(Role.SUPER_ADMIN if Role.SUPER_ADMIN in roles else Role.ADMIN)
        secret = KeySecret.fresh()
        key = ApiKey.issue(
            actor.institution_id,
            secret,
            name=name,
            roles=roles,
            at=self.clock.now(),
            expires_at=expires_at,
        )
        async with self.start() as unit:
            await unit.api_keys.save(key)
            await unit.commit()
        return IssuedKey(key, secret)


@attrs.frozen
class ListKeys:
    """An administrator looks through their institution's keys, newest first."""

    queries: PeopleQueries

    async def __call__(self, actor: Actor, page: CursorRequest) -> CursorPage[ApiKey]:
        actor.require(Role.ADMIN)
        return await self.queries.keys(page, reach=actor.reach)


@attrs.frozen
class RevokeKey:
    """An administrator makes a key useless, at once and for good; a super admin's, only they."""

    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, key_id: ApiKeyId) -> None:
        actor.require(Role.ADMIN)
        async with self.start() as unit:
            key = await unit.api_keys.get(key_id, reach=actor.reach)
            if Role.SUPER_ADMIN in key.roles:
                actor.require(Role.SUPER_ADMIN)
            key.revoke(at=self.clock.now())
            await unit.api_keys.save(key)
            await unit.commit()


@attrs.frozen
class Authenticate:
    """Whoever shows a key's secret becomes the actor it proves."""

    queries: PeopleQueries
    clock: Clock

    async def __call__(self, secret: str) -> Actor:
        key = await self.queries.key_by_digest(KeySecret(secret).digest)
        if key is None:
            raise Unauthenticated
        return key.act(at=self.clock.now())


@attrs.frozen
class OpenHouse:
    """The operator opens an empty house: a first institution and its first key.

    Answers the secret only when this call made the key. An inhabited house gets no key but
    the one the operator chose, which is also how one gets back in whose keys are all lost.
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
            await unit.api_keys.save(_first_key(house.id, secret, now))
            await unit.commit()


@attrs.frozen
class ListInstitutions:
    """A super admin sees every institution, anyone else their own."""

    queries: PeopleQueries

    async def __call__(self, actor: Actor) -> Sequence[Institution]:
        every = await self.queries.institutions()
        return [one for one in every if actor.reach in (None, one.id)]


def _first_key(house: InstitutionId, secret: KeySecret, at: datetime) -> ApiKey:
    roles = frozenset({Role.SUPER_ADMIN})
    return ApiKey.issue(house, secret, name="first administrator", roles=roles, at=at)
