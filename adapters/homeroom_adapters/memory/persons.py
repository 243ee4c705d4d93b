"""Persons and their passwords, in memory."""

from collections.abc import Sequence
from datetime import datetime
from heapq import nlargest

import attrs

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, SessionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import (
    PersonExists,
    PersonNotFound,
    StaleCredential,
    StalePerson,
)
from homeroom.people.model.credentials import Credential
from homeroom.people.model.persons import Person, Standing
from homeroom.people.model.sessions import Session
from homeroom.people.ports.persons import PersonFilter, SignInNames
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.people_tables import Name
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryPersons:
    """Everybody, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        found = self._transaction.reading().persons.get(person_id)
        if found is None or not _within(reach, found):
            raise PersonNotFound
        return found

    async def save(self, person: Person) -> None:
        drafts = await self._transaction.writing()
        known = drafts.persons.get(person.id)
        if (0 if known is None else known.version) != person.version:
            raise StalePerson
        _expect_own_names(drafts, person)
        if drafts.institutions.get(person.institution_id) is None:
            raise Conflict("this person's institution is not there; add the institution first")
        for name in known.identity.names - person.identity.names if known else ():
            drafts.names.remove(name)
        for name in person.identity.names:
            drafts.names.put(Name(name, person.id))
        person.version += 1
        drafts.persons.put(person)
        await self._outbox.put(*person.release_events())

    async def holding(self, role: Role) -> frozenset[PersonId]:
        drafts = await self._transaction.writing()
        acting = drafts.persons.select(lambda one: one.is_active and role in one.held)
        return frozenset(one.id for one in acting)


def _expect_own_names(drafts: Drafts, person: Person) -> None:
    for name in person.identity.names:
        held = drafts.names.get(name)
        if held is not None and held.person_id != person.id:
            raise PersonExists


@attrs.frozen
class MemoryCredentials:
    """The passwords, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def of(self, person_id: PersonId) -> Credential | None:
        return self._transaction.reading().credentials.get(person_id)

    async def save(self, credential: Credential) -> None:
        drafts = await self._transaction.writing()
        known = drafts.credentials.get(credential.person_id)
        if (0 if known is None else known.version) != credential.version:
            raise StaleCredential
        if drafts.persons.get(credential.person_id) is None:
            raise Conflict("the person of this password is not there; save the person first")
        credential.version += 1
        drafts.credentials.put(credential)
        await self._outbox.put(*credential.release_events())


@attrs.frozen
class MemoryPersonQueries:
    """Reads of persons, outside of any unit."""

    _store: Store

    async def by_name(self, name: str) -> SignInNames | None:
        store = self._store
        with store.lock:
            held = store.names.rows.get(name)
            person = None if held is None else store.persons.rows[held.person_id]
            credential = None if held is None else store.credentials.rows.get(held.person_id)
        if person is None:
            return None
        return SignInNames(
            person=store.persons.copied(person),
            credential=None if credential is None else store.credentials.copied(credential),
        )

    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        store = self._store
        with store.lock:
            person = store.persons.rows.get(person_id)
            session = store.sessions.rows.get(session_id)
            credential = store.credentials.rows.get(person_id)
        if person is None or session is None or session.person_id != person_id:
            return None
        return Standing(
            person=store.persons.copied(person),
            session_id=session_id,
            session_ended=session.ended_at is not None,
            must_change=credential is not None and credential.must_change,
        )

    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        persons = self._store.persons
        with self._store.lock:
            every = list(persons.rows.values())
            tied = [self._tied_to(node) for node in wanted.within]
        fitting = (
            one
            for one in every
            if _fits(one, wanted)
            and (not page.after or one.id < page.after)
            and all(one.id in theirs for theirs in tied)
        )
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id.int)
        return CursorPage.cut([persons.copied(one) for one in newest], page.limit, _id)

    def _tied_to(self, top: NodeId) -> frozenset[PersonId]:
        """Whoever holds something, teaches or attends at *top* or below it."""
        store = self._store
        reached = {one.id for one in store.nodes.rows.values() if top in one.path}
        enrolled = (
            one.person_id
            for one in store.enrolments.rows.values()
            if one.is_active and one.node_id in reached
        )
        posted = (
            one.id
            for one in store.persons.rows.values()
            if any(post.at in reached for post in one.posts)
        )
        return frozenset((*enrolled, *posted))

    async def person(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        with self._store.lock:
            found = self._store.persons.rows.get(person_id)
        if found is None or not _within(reach, found):
            raise PersonNotFound
        return self._store.persons.copied(found)

    async def sessions(self, person_id: PersonId, *, at: datetime) -> Sequence[Session]:
        sessions = self._store.sessions
        with self._store.lock:
            every = list(sessions.rows.values())
        theirs = [one for one in every if one.person_id == person_id and not one.has_ended(at=at)]
        theirs.sort(key=lambda one: (one.used_at, one.id), reverse=True)
        return [sessions.copied(one) for one in theirs]


def _fits(person: Person, wanted: PersonFilter) -> bool:
    identity, text = person.identity, wanted.text.casefold()
    texts = (identity.user_name, identity.full_name, identity.email or "")
    return (
        _within(wanted.reach, person)
        and wanted.is_active in (None, person.is_active)
        and (wanted.role is None or any(one.role is wanted.role for one in person.roles))
        and (wanted.at is None or any(one.at == wanted.at for one in person.roles))
        and any(text in one.casefold() for one in texts)
    )


def _within(reach: InstitutionId | None, person: Person) -> bool:
    return reach is None or person.institution_id == reach


def _id(person: Person) -> PersonId:
    return person.id
