"""Administrators give roles at nodes of the roster; who heads a node sees who is what below it."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor, may
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right, Role
from homeroom.people.model import rights
from homeroom.people.model.persons import RoleSource
from homeroom.people.model.places import PlaceNotFound
from homeroom.people.ports.persons import PersonFilter, PersonQueries
from homeroom.people.ports.places import Places
from homeroom.people.ports.repositories import StartPeopleUnit
from homeroom.people.use_cases.persons import HeldPost, about_person, posts_of, require_for


@attrs.frozen
class GivePost:
    """An administrator says that somebody is something at one node, and so below it."""

    right: ClassVar[Right] = rights.GIVE_POST
    start: StartPeopleUnit
    places: Places
    clock: Clock

    async def __call__(
        self, actor: Actor, person_id: PersonId, role: Role, node_id: NodeId
    ) -> HeldPost:
        """Raises `PersonNotFound`, `PlaceNotFound`, and `PostRefused` where the role fits not."""
        actor.require(self.right)
        place, now = await self.places.place(node_id, reach=actor.reach), self.clock.now()
        async with self.start() as unit:
            person = await unit.persons.get(person_id, reach=actor.reach)
            require_for(actor, person.held)
            if place.institution_id != person.institution_id:
                raise PlaceNotFound
            before = attrs.evolve(person)
            person.appoint(role, place, at=now)
            if person != before:
                await unit.persons.save(person)
                about = about_person(person)
                done = entry_of(actor, self.right, about, at=now, before=before, after=person)
                await unit.audit.note(done)
                await unit.commit()
        return HeldPost(
            person=person,
            role=role,
            source=RoleSource.MANUAL,
            node_id=place.id,
            place=place,
        )


@attrs.frozen
class TakePost:
    """An administrator takes from somebody what was given to them at a node."""

    right: ClassVar[Right] = rights.GIVE_POST
    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self, actor: Actor, person_id: PersonId, role: Role, node_id: NodeId
    ) -> None:
        """Raises `PersonNotFound`, and `PostNotFound` for what nobody gave them by hand."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            person = await unit.persons.get(person_id, reach=actor.reach)
            require_for(actor, person.held)
            before = attrs.evolve(person)
            person.dismiss(role, node_id, at=now)
            await unit.persons.save(person)
            about = about_person(person)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=person)
            )
            await unit.commit()


@attrs.frozen
class ListPosts:
    """An administrator looks at what somebody is at which nodes."""

    right: ClassVar[Right] = rights.SEE_PERSONS
    queries: PersonQueries
    places: Places
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> Sequence[HeldPost]:
        """Raises `PersonNotFound`."""
        actor.require(self.right)
        person = await self.queries.person(person_id, reach=actor.reach)
        posts = await posts_of(person, self.places)
        looked = entry_of(actor, "people.see_person", about_person(person), at=self.clock.now())
        await self.looks.note(looked)
        return posts


@attrs.frozen
class ListPostsAt:
    """Whoever administers a school, or heads a node or one above it, looks who is what there."""

    right: ClassVar[Right] = rights.SEE_POSTS
    queries: PersonQueries
    places: Places
    looks: Looks
    clock: Clock

    async def __call__(
        self, actor: Actor, node_id: NodeId, page: CursorRequest
    ) -> CursorPage[HeldPost]:
        """Person by person, newest first: a page holds so many persons, and all that they are
        there. Raises `PlaceNotFound`, also for a node that the actor does not head."""
        actor.require(self.right, at=actor.nodes)
        place = await self.places.place(node_id, reach=actor.reach)
        if not may(actor, self.right, at=place.lineage):
            raise PlaceNotFound
        wanted = PersonFilter(reach=place.institution_id, at=place.id)
        found = await self.queries.persons(wanted, page)
        subject = Subject(kind="node", id=place.id, institution_id=place.institution_id)
        await self.looks.note(entry_of(actor, self.right, subject, at=self.clock.now()))
        every = [post for one in found.items for post in HeldPost.of(one, at={place.id: place})]
        return CursorPage([post for post in every if post.node_id == place.id], found.next)
