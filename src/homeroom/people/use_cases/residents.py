"""Administrators see where persons belong, and say so of whoever teaches."""

from collections.abc import Mapping
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right, Role
from homeroom.people.errors import StalePerson
from homeroom.people.model import rights
from homeroom.people.model.homes import Home, assigned_to
from homeroom.people.model.persons import Person
from homeroom.people.model.places import Place, PlaceNotFound, PostRefused
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import StartPeopleUnit
from homeroom.people.use_cases.homes import Homes
from homeroom.people.use_cases.persons import FindPersons, GetPerson, about_person, require_for

Wanted = Mapping[str, NodeId | None]
"""For each kind of node the one that somebody is assigned to; None for what is found out."""


@attrs.frozen(kw_only=True)
class Resident:
    """Somebody, and where they belong."""

    person: Person
    home: Home


@attrs.frozen
class FindResidents:
    """An administrator looks through persons, and where each belongs."""

    right: ClassVar[Right] = rights.SEE_PERSONS
    find: FindPersons
    homes: Homes

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        text: str = "",
        role: Role | None = None,
        is_active: bool | None = None,
        within: tuple[NodeId, ...] = (),
    ) -> CursorPage[Resident]:
        actor.require(self.right)
        found = await self.find(
            actor, page, text=text, role=role, is_active=is_active, within=within
        )
        at = await self.homes.of(found.items)
        seen = [Resident(person=one, home=at[one.id]) for one in found.items]
        return CursorPage(seen, found.next)


@attrs.frozen
class GetResident:
    """An administrator looks at one person, and where they belong."""

    right: ClassVar[Right] = rights.SEE_PERSONS
    get: GetPerson
    homes: Homes

    async def __call__(self, actor: Actor, person_id: PersonId) -> Resident:
        """Raises `PersonNotFound`."""
        actor.require(self.right)
        person = await self.get(actor, person_id)
        return Resident(person=person, home=(await self.homes.of([person]))[person.id])


@attrs.frozen
class AssignScope:
    """An administrator says in which department, or program, a teacher belongs.

    It is a post of theirs there, given by hand; whoever attends courses belongs where those are.
    """

    right: ClassVar[Right] = rights.GIVE_POST
    start: StartPeopleUnit
    queries: PersonQueries
    homes: Homes
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId, wanted: Wanted) -> Resident:
        """Raises `PersonNotFound`, `PlaceNotFound`, and `PostRefused` where it does not fit."""
        actor.require(self.right)
        seen = await self.queries.person(person_id, reach=actor.reach)
        places = self.homes.places
        before = await places.among(assigned_to(seen), reach=seen.institution_id)
        named = {one for one in wanted.values() if one is not None}
        after = await places.among(named, reach=seen.institution_id)
        if named - after.keys():
            raise PlaceNotFound
        person = await self._assigned(actor, seen, wanted, {**before, **after})
        return Resident(person=person, home=(await self.homes.of([person]))[person.id])

    async def _assigned(
        self, actor: Actor, seen: Person, wanted: Wanted, known: Mapping[NodeId, Place]
    ) -> Person:
        now = self.clock.now()
        async with self.start() as unit:
            person = await unit.persons.get(seen.id, reach=actor.reach)
            require_for(actor, person.held)
            if person.version != seen.version:
                raise StalePerson
            was = attrs.evolve(person)
            for node in assigned_to(person):
                if node in known and known[node].kind in wanted:
                    person.dismiss(Role.TEACHER, node, at=now)
            for kind, chosen in wanted.items():
                if chosen is not None:
                    _expect_to_fit(person, kind, known[chosen])
                    person.appoint(Role.TEACHER, known[chosen], at=now)
            if person != was:
                await unit.persons.save(person)
                about = about_person(person)
                done = entry_of(actor, self.right, about, at=now, before=was, after=person)
                await unit.audit.note(done)
                await unit.commit()
        return person


def _expect_to_fit(person: Person, kind: str, place: Place) -> None:
    """Raises `PostRefused`."""
    field = f"{kind.lower()}Id"
    if place.kind != kind:
        why = f"must be a {kind}, and this is a {place.kind}: name another node"
        raise PostRefused(problems=[Problem(field, why)])
    if Role.TEACHER not in person.held:
        why = "is for teachers: whoever attends courses belongs where they are enrolled"
        raise PostRefused(problems=[Problem(field, why)])
