"""What the suites over persons share: a house, and persons and sessions to put into it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, settings

from homeroom.house import Storage
from homeroom.kernel.actor import Role
from homeroom.people.errors import RefreshTokenReused
from homeroom.people.model.credentials import Credential
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.sessions import LASTS, Device, EndedBy, RefreshSecret, Session
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.storage import StorageConformance, settle_in

ROUND_TRIP = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class PeopleGround(StorageConformance):
    """A storage with an institution in it, whose persons the clauses are about."""

    @pytest.fixture
    async def house(self, storage: Storage) -> Institution:
        return await settle_in(storage)


def called(user_name: str, **changed: str | None) -> Identity:
    """What somebody is called whose e-mail address goes by their user name."""
    usual = {"first_name": "Ana", "last_name": "Reyes", "email": f"{user_name}@school.edu"}
    return Identity(user_name=user_name, **{**usual, **changed})  # type: ignore[arg-type]  # email


def a_person(
    house: Institution, user_name: str = "ana", *roles: Role, **changed: str | None
) -> Person:
    """Somebody new; saving them tells one event."""
    identity = called(user_name, **changed)
    return Person.begin(house.id, identity, roles=frozenset(roles or {Role.TEACHER}), at=NOON)


async def keep_persons(storage: Storage, *persons: Person) -> None:
    """Save *persons* in a unit of their own."""
    async with storage.start() as unit:
        for person in persons:
            await unit.persons.save(person)
        await unit.commit()


async def a_kept_person(
    storage: Storage, house: Institution, user_name: str = "ana", *roles: Role
) -> Person:
    person = a_person(house, user_name, *roles)
    await keep_persons(storage, person)
    return person


async def look_at(storage: Storage, person: Person) -> Person:
    """*person* as another unit finds them."""
    async with storage.start() as unit:
        return await unit.persons.get(person.id, reach=None)


def a_credential(person: Person, hashed: str = "a hash") -> Credential:
    return Credential.of(person.id, person.institution_id, hashed, must_change=True, at=NOON)


async def keep_credential(storage: Storage, credential: Credential) -> None:
    async with storage.start() as unit:
        await unit.credentials.save(credential)
        await unit.commit()


def a_session(
    person: Person,
    secret: RefreshSecret | None = None,
    *,
    at: datetime = NOON,
    **changed: Any,
) -> Session:
    """A new session that was used last *at*; saving it tells one event."""
    device = Device(browser="Firefox", system="Linux", address="192.0.2.7")
    secret = secret or RefreshSecret.fresh()
    session = Session.begin(person.id, person.institution_id, secret, device=device, at=at)
    if not changed:
        return session
    session.release_events()
    return attrs.evolve(session, **changed)


async def keep_sessions(storage: Storage, *sessions: Session) -> None:
    """Save *sessions* in a unit of their own."""
    async with storage.start() as unit:
        for session in sessions:
            await unit.sessions.save(session)
        await unit.commit()


async def a_kept_session(
    storage: Storage, person: Person, secret: RefreshSecret | None = None
) -> Session:
    session = a_session(person, secret)
    await keep_sessions(storage, session)
    return session


async def seen(storage: Storage, session: Session) -> Session:
    """*session* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.sessions.get(session.id, of=session.person_id)


def expired(person: Person) -> Session:
    """A session that nobody went on with in time."""
    return a_session(person, at=NOON - LASTS)


async def by_token(storage: Storage, secret: RefreshSecret) -> Session:
    """The session that ever had this token."""
    async with storage.start() as unit:
        found = await unit.sessions.by_token(secret.token_id)
    assert found is not None
    return found[0]


async def trade(
    storage: Storage,
    shown: RefreshSecret,
    following: RefreshSecret,
    holds: asyncio.Event | None = None,
    go_on: asyncio.Event | None = None,
    *,
    at: datetime = NOON,
) -> None:
    """Go on with *shown* as a use case does; tells that it *holds* it, and waits to *go_on*."""
    async with storage.start() as unit:
        found = await unit.sessions.by_token(shown.token_id)
        assert found is not None
        await asyncio.sleep(0)  # whoever did not wait would come in between
        if holds is not None and go_on is not None:
            holds.set()
            await go_on.wait()
        session, kept = found
        try:
            session.go_on(shown, kept, following, at=at)
        except RefreshTokenReused:
            await unit.sessions.save(session)
            await unit.commit()
            raise
        await unit.sessions.save(session)
        await unit.commit()


async def end_all(storage: Storage, person: Person) -> int:
    async with storage.start() as unit:
        ended = await unit.sessions.end_all(person.id, EndedBy.PASSWORD, at=NOON)
        await unit.commit()
    return ended
