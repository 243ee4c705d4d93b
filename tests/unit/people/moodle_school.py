"""A house in memory, and the Moodle whose people sign in there."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.kernel.sealing import Sealer, SealerSettings
from homeroom.people.model.credentials import Credential
from homeroom.people.model.identities import Account
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource
from homeroom.people.ports.hashing import Checked, PasswordHasher
from homeroom.people.ports.lms import Enrolment, LmsSettings
from homeroom.people.ports.persons import PersonFilter
from homeroom.people.ports.strategies import Attempt
from homeroom.people.use_cases.moodle import Household, MoodlePassword
from homeroom.people.use_cases.welcoming import Welcome
from homeroom_adapters.argon2.hasher import open_hasher
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.lms import MemoryLms, Pupil
from homeroom_adapters.seals.aesgcm import open_sealer
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.fast_hashing import FAST

PASSWORD = "plums on a warm roof"
SEALING = SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),))
TEACHES, ATTENDS = Enrolment(2, teaches=True), Enrolment(5, teaches=False)


@attrs.define
class Counting:
    """The honest hasher, and how often it was asked whether something fits."""

    hasher: PasswordHasher
    checked: int = 0

    async def hash(self, password: str) -> str:
        return await self.hasher.hash(password)

    async def check(self, password: str, hashed: str | None) -> Checked:
        self.checked += 1
        return await self.hasher.check(password, hashed)


@attrs.define
class School:
    """A house in memory, and the Moodle whose people sign in there."""

    storage: Storage
    clock: SteppingClock
    sealer: Sealer
    lms: MemoryLms
    way: MoodlePassword
    house: Institution

    def settle(self, name: str = "ana", **about: object) -> Pupil:
        pupil = Pupil(name=name, password=PASSWORD)
        for field, value in {"email": f"{name}@school.edu", **about}.items():
            setattr(pupil, field, value)
        self.lms.settle(pupil)
        return pupil

    async def come_in(self, name: str = "ana", password: str = PASSWORD) -> Person:
        return await self.way.authenticate(Attempt(name=name, password=password))

    async def take_in(
        self,
        user_name: str,
        email: str | None,
        *roles: Role,
        house: Institution | None = None,
        password: str | None = None,
        active: bool = True,
    ) -> Person:
        """Somebody as an administrator takes them in."""
        identity = Identity.given(user_name, "Given", "Name", email)
        home = house or self.house
        person = Person.begin(home.id, identity, roles=frozenset(roles), at=NOON)
        person.is_active = active
        async with self.storage.start() as unit:
            await unit.persons.save(person)
            if password is not None:
                hashed = await self.way.hasher.hash(password)
                kept = Credential.of(person.id, home.id, hashed, must_change=False, at=NOON)
                await unit.credentials.save(kept)
            await unit.commit()
        return person

    async def accounts(self, person: Person) -> list[Account]:
        async with self.storage.start() as unit:
            return list(await unit.identities.of_person(person.id))

    async def count(self) -> int:
        found = await self.storage.persons.persons(PersonFilter(reach=None), CursorRequest())
        return len(found.items)

    async def entries(self) -> list[str]:
        found = await self.storage.record.entries(EntryFilter(reach=None), CursorRequest())
        return [one.action for one in found.items]


@pytest.fixture
async def school(storage: Storage, clock: SteppingClock) -> AsyncIterator[School]:
    ambient = Ambient(clock, JsonCodec())
    async with AsyncExitStack() as stack:
        hasher = await stack.enter_async_context(open_hasher(FAST, ambient))
        sealer = await stack.enter_async_context(open_sealer(SEALING, ambient))
        house = Institution.found("Ateneo de Naga", at=NOON)
        async with storage.start() as unit:
            await unit.institutions.add(house)
            await unit.commit()
        lms = MemoryLms(LmsSettings(url="https://moodle.school.edu"))
        way = MoodlePassword(
            door=lms,
            welcome=Welcome(storage.start, storage.persons, clock),
            household=Household(storage.people),
            hasher=hasher,
            sealer=sealer,
        )
        yield School(storage, clock, sealer, lms, way, house)


async def another_house(school: School) -> Institution:
    other = Institution.found("Bicol College", at=school.clock.step(seconds=1))
    async with school.storage.start() as unit:
        await unit.institutions.add(other)
        await unit.commit()
    return other


def found(*roles: Role) -> frozenset[HeldRole]:
    return frozenset(HeldRole(role, RoleSource.AUTO) for role in roles)
