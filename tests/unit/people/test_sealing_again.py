"""Keys change, and what is sealed about people is sealed under the newest one."""

import base64
from contextlib import AsyncExitStack
from datetime import date

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.actor import Actor, NotAllowed
from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.kernel.sealing import Sealer, SealerSettings, Unsealable
from homeroom.people.model.persons import Person
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.moodle import LMS_TOKENS
from homeroom.people.use_cases.sealing_again import SealPeopleAgain
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.seals.aesgcm import open_sealer
from homeroom_testing.clock import NOON, FixedClock, SteppingClock
from homeroom_testing.conformance.ages import keep_ages, known, sealed
from homeroom_testing.conformance.identities import an_account, keep_account, the_account
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.storage import settle_in

pytestmark = pytest.mark.anyio

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
BORN = date(2014, 5, 17)


async def sealer_of(stack: AsyncExitStack, clock: Clock, *keys: str) -> Sealer:
    opening = open_sealer(SealerSettings(keys=keys), Ambient(clock, JsonCodec()))
    return await stack.enter_async_context(opening)


def operator(*roles: Role) -> Actor:
    held = frozenset(roles or {Role.SUPER_ADMIN})
    return Actor(institution_id=InstitutionId(new_id()), roles=held)


@attrs.frozen
class House:
    """One person with a birth date and a token, both under the old key."""

    storage: Storage
    ana: Person
    both: Sealer
    new: Sealer

    def seal_again(self, sealer: Sealer | None = None) -> SealPeopleAgain:
        return SealPeopleAgain(
            start=self.storage.start,
            people=self.storage.sealed_people,
            sealer=sealer or self.both,
            clock=FixedClock(),
        )

    async def on_record(self) -> list[Entry]:
        wanted = EntryFilter(reach=None, action="people.seal_again")
        return list((await self.storage.record.entries(wanted, CursorRequest())).items)


@pytest.fixture
async def house(storage: Storage, clock: SteppingClock) -> House:
    async with AsyncExitStack() as stack:
        old, both, new = [
            await sealer_of(stack, clock, *keys) for keys in ((OLD,), (NEW, OLD), (NEW,))
        ]
        ana = await a_kept_person(storage, await settle_in(storage))
        record = sealed(ana)
        record.sealed = BirthDates(old).sealed(BORN, at=NOON)
        await keep_ages(storage, record)
        token = old.seal("a token", purpose=LMS_TOKENS)
        await keep_account(storage, an_account(ana, "3", sealed=token))
        await keep_account(storage, an_account(ana, "4"))
        return House(storage, ana, both, new)


async def test_all_that_is_sealed_opens_with_the_new_key_alone(house: House) -> None:
    told: list[int] = []
    assert await house.seal_again()(operator(), told.append) == 2
    assert told == [2]
    record = await known(house.storage, house.ana)
    account = await the_account(house.storage, "3")
    assert record is not None
    assert account.sealed is not None
    assert BirthDates(house.new).read(record) == BORN
    assert house.new.open(account.sealed, purpose=LMS_TOKENS) == "a token"
    assert (await the_account(house.storage, "4")).sealed is None


async def test_what_is_current_is_left_alone(house: House) -> None:
    await house.seal_again()(operator())
    before = await known(house.storage, house.ana)
    assert await house.seal_again()(operator()) == 0
    assert await known(house.storage, house.ana) == before
    counts = [one.changes["secrets"].after for one in await house.on_record()]
    assert sum(map(int, filter(None, counts))) == 2


async def test_a_token_of_today_stays_as_it_is(house: House) -> None:
    fresh = house.both.seal("another token", purpose=LMS_TOKENS)

    async with house.storage.start() as unit:
        account = await unit.identities.of("moodle", "3")
        assert account is not None
        account.use(at=NOON, sealed=fresh)
        await unit.identities.save(account)
        await unit.commit()
    assert await house.seal_again()(operator()) == 1
    assert (await the_account(house.storage, "3")).sealed == fresh


async def test_a_lost_key_is_told_and_what_it_sealed_stays(house: House) -> None:
    before = await known(house.storage, house.ana)
    with pytest.raises(Unsealable):
        await house.seal_again(house.new)(operator())
    assert await known(house.storage, house.ana) == before


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.SUPER_ADMIN])
async def test_it_is_the_operators_alone(house: House, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await house.seal_again()(operator(role))
