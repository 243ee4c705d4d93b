"""What can be asked of people's context."""

from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import ApiKeyId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right
from homeroom.people.model import rights
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom.people.ports.repositories import PeopleQueries, StartPeopleUnit


@attrs.frozen
class IssuedKey:
    """A new key and its secret, which cannot be shown again."""

    key: ApiKey
    secret: KeySecret


@attrs.frozen
class IssueKey:
    """An administrator makes an API key for their own institution."""

    right: ClassVar[Right] = rights.ISSUE_KEY
    right_to_super_admins: ClassVar[Right] = rights.ISSUE_SUPER_ADMIN_KEY
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
        actor.require(self.right)
        if Role.SUPER_ADMIN in roles:
            actor.require(self.right_to_super_admins)
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
            await unit.audit.note(
                entry_of(actor, self.right, about_key(key), at=key.created_at, after=key)
            )
            await unit.commit()
        return IssuedKey(key, secret)


@attrs.frozen
class ListKeys:
    """An administrator looks through their institution's keys, newest first."""

    right: ClassVar[Right] = rights.SEE_KEYS
    queries: PeopleQueries

    async def __call__(self, actor: Actor, page: CursorRequest) -> CursorPage[ApiKey]:
        actor.require(self.right)
        return await self.queries.keys(page, reach=actor.reach)


@attrs.frozen
class RevokeKey:
    """An administrator makes a key useless, at once and for good; a super admin's, only they."""

    right: ClassVar[Right] = rights.REVOKE_KEY
    right_to_super_admins: ClassVar[Right] = rights.REVOKE_SUPER_ADMIN_KEY
    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, key_id: ApiKeyId) -> None:
        actor.require(self.right)
        async with self.start() as unit:
            key = await unit.api_keys.get(key_id, reach=actor.reach)
            if Role.SUPER_ADMIN in key.roles:
                actor.require(self.right_to_super_admins)
            before, now = attrs.evolve(key), self.clock.now()
            key.revoke(at=now)
            await unit.api_keys.save(key)
            await unit.audit.note(
                entry_of(actor, self.right, about_key(key), at=now, before=before, after=key)
            )
            await unit.commit()


def about_key(key: ApiKey) -> Subject:
    return Subject(kind="api_key", id=key.id, institution_id=key.institution_id)


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
