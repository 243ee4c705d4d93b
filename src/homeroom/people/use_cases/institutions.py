"""Super admins take institutions into the house; administrators look after their own."""

from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rights import Right, Role
from homeroom.people.errors import InstitutionNotFound, SubscriptionEnded
from homeroom.people.model import rights
from homeroom.people.model.institutions import Institution, Subscription, Terms
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom.people.model.persons import Person
from homeroom.people.ports.repositories import PeopleQueries, StartPeopleUnit
from homeroom.people.use_cases.keys import IssuedKey


@attrs.frozen(kw_only=True)
class Founded:
    """A new institution, and the key by which its first administrator comes in."""

    institution: Institution
    issued: IssuedKey


@attrs.frozen
class CreateInstitution:
    """A super admin takes an institution in; its first administrator's key is shown once."""

    right: ClassVar[Right] = rights.CREATE_INSTITUTION
    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        name: str,
        *,
        subscription: Subscription | None = None,
        terms: Terms | None = None,
    ) -> Founded:
        """Raises `BadInstitution`, and `InstitutionExists` if the name is taken."""
        actor.require(self.right)
        now, secret = self.clock.now(), KeySecret.fresh()
        house = Institution.found(name, at=now, subscription=subscription, terms=terms)
        roles = frozenset({Role.ADMIN})
        key = ApiKey.issue(house.id, secret, name="first administrator", roles=roles, at=now)
        async with self.start() as unit:
            await unit.institutions.add(house)
            await unit.api_keys.save(key)
            await unit.audit.note(
                entry_of(actor, self.right, about_institution(house), at=now, after=house)
            )
            await unit.commit()
        return Founded(institution=house, issued=IssuedKey(key=key, secret=secret))


@attrs.frozen
class GetInstitution:
    """An administrator looks at their institution, and a super admin at any."""

    right: ClassVar[Right] = rights.SEE_INSTITUTION
    queries: PeopleQueries

    async def __call__(self, actor: Actor, institution_id: InstitutionId) -> Institution:
        """Raises `InstitutionNotFound`, also for one out of reach."""
        actor.require(self.right)
        _within_reach(actor, institution_id)
        return await self.queries.institution(institution_id)


@attrs.frozen
class ChangeInstitution:
    """An administrator changes their institution's terms; a super admin all of it."""

    right: ClassVar[Right] = rights.CHANGE_INSTITUTION
    right_to_subscribe: ClassVar[Right] = rights.CHANGE_SUBSCRIPTION
    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        institution_id: InstitutionId,
        *,
        name: str | None = None,
        subscription: Subscription | None = None,
        terms: Terms | None = None,
    ) -> Institution:
        """Raises `InstitutionNotFound`, `BadInstitution`, `InstitutionExists`."""
        actor.require(self.right)
        if name is not None or subscription is not None:
            actor.require(self.right_to_subscribe)
        _within_reach(actor, institution_id)
        now = self.clock.now()
        async with self.start() as unit:
            house = await unit.institutions.get(institution_id)
            before = attrs.evolve(house)
            house.change(at=now, name=name, subscription=subscription, terms=terms)
            if house == before:
                return house  # nothing was changed, and so there is nothing to note
            await unit.institutions.save(house)
            done = entry_of(
                actor, self.right, about_institution(house), at=now, before=before, after=house
            )
            await unit.audit.note(done)
            await unit.commit()
        return house


def require_subscription(house: Institution, person: Person, *, at: datetime) -> None:
    """Raises `SubscriptionEnded` unless *person* may come in by what *house* subscribed to.

    Super admins come in whatever it says: somebody has to be able to change it.
    """
    if Role.SUPER_ADMIN not in person.held and not house.subscription.counts(at):
        raise SubscriptionEnded


def about_institution(house: Institution) -> Subject:
    return Subject(kind="institution", id=house.id, institution_id=house.id)


def _within_reach(actor: Actor, institution_id: InstitutionId) -> None:
    if actor.reach not in {None, institution_id}:
        raise InstitutionNotFound
