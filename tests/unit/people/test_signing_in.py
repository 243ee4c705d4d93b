"""Signing in: what happens in the same moment as something else, and whom it slows down."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.audit import Outcome
from homeroom.kernel.codec import Ambient
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import TooManyAttempts, WrongCredentials
from homeroom.people.model.credentials import Credential
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.sessions import Device
from homeroom.people.ports.hashing import Checked, PasswordHasher
from homeroom.people.ports.strategies import Attempt
from homeroom.people.ports.tokens import TokenSignerSettings
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.signing_in import Desk, LocalPassword, SignIn, Turnstile
from homeroom_adapters.argon2.hasher import open_hasher
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.jose.signer import open_signer
from homeroom_adapters.memory.rates import MemoryRates
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.fast_hashing import FAST

pytestmark = pytest.mark.anyio

PASSWORD = "plums on a warm roof"
ANA = Attempt(name="ana", password=PASSWORD, device=Device(address="192.0.2.1"))
SIGNING = TokenSignerSettings(keys=("HS256:" + base64.b64encode(bytes(32)).decode(),))
Meanwhile = Callable[[], Awaitable[None]]


async def _nothing() -> None: ...


@attrs.frozen
class Slowly(LocalPassword):
    """The house's own way, in which something happens after the password was found right."""

    meanwhile: Meanwhile = _nothing

    async def authenticate(self, attempt: Attempt) -> Person:
        proven = await super().authenticate(attempt)
        await self.meanwhile()
        return proven


@attrs.define
class Front:
    """A front desk, with one person behind it."""

    storage: Storage
    clock: SteppingClock
    sign_in: SignIn
    ana: Person

    def while_signing_in(self, meanwhile: Meanwhile) -> SignIn:
        [way] = self.sign_in.strategies
        assert isinstance(way, LocalPassword)
        slow = Slowly(way.queries, way.hasher, way.start, meanwhile=meanwhile)
        return attrs.evolve(self.sign_in, strategies=[slow])

    async def outcomes(self) -> list[Outcome]:
        found = await self.storage.record.entries(EntryFilter(reach=None), CursorRequest())
        return [one.outcome for one in found.items]


@pytest.fixture
async def front(storage: Storage, clock: SteppingClock) -> AsyncIterator[Front]:
    ambient = Ambient(clock, JsonCodec())

    def elapsed() -> float:
        return (clock.now() - NOON).total_seconds()

    async with AsyncExitStack() as stack:
        hasher = await stack.enter_async_context(open_hasher(FAST, ambient))
        signer = await stack.enter_async_context(open_signer(SIGNING, ambient))
        rates = MemoryRates(elapsed)
        house = Institution.found("Ateneo de Naga", at=NOON)
        identity = Identity.given("ana", "Ana", "Reyes")
        ana = Person.begin(house.id, identity, roles=frozenset({Role.TEACHER}), at=NOON)
        hashed = await hasher.hash(PASSWORD)
        async with storage.start() as unit:
            await unit.institutions.add(house)
            await unit.persons.save(ana)
            await unit.credentials.save(
                Credential.of(ana.id, house.id, hashed, must_change=False, at=NOON)
            )
            await unit.commit()
        way = LocalPassword(storage.persons, hasher, storage.start)
        desk = Desk(storage.start, storage.persons, clock, Turnstile(signer))
        sign_in = SignIn(strategies=[way], hasher=hasher, gate=Gate(rates), desk=desk)
        yield Front(storage, clock, sign_in, ana)


async def test_many_devices_at_once_all_get_in(front: Front) -> None:
    devices = [Device(address=f"192.0.2.{number}") for number in range(4)]
    attempts = (front.sign_in(attrs.evolve(ANA, device=device)) for device in devices)
    signed_in = await asyncio.gather(*attempts)
    assert len({one.tokens.session_id for one in signed_in}) == 4
    listed = await front.storage.persons.sessions(front.ana.id, at=front.clock.now())
    assert {one.device for one in listed} == set(devices)


async def test_an_old_password_opens_nothing_once_it_is_changed(front: Front) -> None:
    async def change() -> None:
        later = front.clock.step(seconds=1)
        async with front.storage.start() as unit:
            kept = await unit.credentials.of(front.ana.id)
            assert kept is not None
            kept.change("another hash", must_change=False, at=later)
            await unit.credentials.save(kept)
            await unit.commit()

    with pytest.raises(WrongCredentials):
        await front.while_signing_in(change)(ANA)
    assert await front.storage.persons.sessions(front.ana.id, at=front.clock.now()) == []
    assert await front.outcomes() == [Outcome.REFUSED]


async def test_who_is_stopped_meanwhile_does_not_get_in(front: Front) -> None:
    async def stop() -> None:
        async with front.storage.start() as unit:
            ana = await unit.persons.get(front.ana.id, reach=None)
            ana.stop(at=front.clock.now())
            await unit.persons.save(ana)
            await unit.commit()

    with pytest.raises(WrongCredentials):
        await front.while_signing_in(stop)(ANA)
    assert await front.outcomes() == [Outcome.REFUSED]


async def test_guessing_from_elsewhere_does_not_keep_the_owner_out(front: Front) -> None:
    elsewhere = attrs.evolve(ANA, password="a guess", device=Device(address="203.0.113.7"))
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await front.sign_in(elsewhere)
    with pytest.raises(TooManyAttempts) as refused:
        await front.sign_in(elsewhere)
    assert refused.value.retry_after is not None
    assert (await front.sign_in(ANA)).person.id == front.ana.id


async def test_guessing_from_everywhere_is_slowed_and_the_owner_gets_in_later(
    front: Front,
) -> None:
    for number in range(60):
        device = Device(address=f"198.51.100.{number}")
        with pytest.raises(WrongCredentials):
            await front.sign_in(attrs.evolve(ANA, password="a guess", device=device))
    with pytest.raises(TooManyAttempts) as refused:
        await front.sign_in(ANA)
    assert refused.value.retry_after is not None
    assert timedelta(seconds=refused.value.retry_after) <= timedelta(seconds=10)
    front.clock.step(seconds=refused.value.retry_after - 1)
    with pytest.raises(TooManyAttempts):
        await front.sign_in(ANA)
    front.clock.step(seconds=1)
    assert (await front.sign_in(ANA)).person.id == front.ana.id


async def test_signing_in_is_on_record_with_who_it_was(front: Front) -> None:
    await front.sign_in(ANA)
    found = await front.storage.record.entries(EntryFilter(reach=None), CursorRequest())
    [entry] = found.items
    assert (entry.action, entry.person_id) == ("people.sign_in", front.ana.id)


async def test_the_sessions_that_were_used_least_make_room_for_more(front: Front) -> None:
    signed_in = []
    for number in range(52):
        front.clock.step(seconds=15)
        device = Device(address=f"192.0.2.{number}")
        signed_in.append(await front.sign_in(attrs.evolve(ANA, device=device)))
    listed = await front.storage.persons.sessions(front.ana.id, at=front.clock.now())
    assert {one.id for one in listed} == {one.tokens.session_id for one in signed_in[2:]}


def outdated(front: Front, hasher: PasswordHasher) -> LocalPassword:
    """The front's own way, which from today on hashes otherwise than what is kept."""
    [way] = front.sign_in.strategies
    assert isinstance(way, LocalPassword)
    return attrs.evolve(way, hasher=hasher)


@pytest.fixture
async def stronger(clock: SteppingClock) -> AsyncIterator[PasswordHasher]:
    settings = attrs.evolve(FAST, passes=FAST.passes + 1)
    async with open_hasher(settings, Ambient(clock, JsonCodec())) as hasher:
        yield hasher


@attrs.frozen
class Interrupted:
    """A hasher while whose work something happens."""

    hasher: PasswordHasher
    meanwhile: Meanwhile

    async def hash(self, password: str) -> str:
        hashed = await self.hasher.hash(password)
        await self.meanwhile()
        return hashed

    async def check(self, password: str, hashed: str | None) -> Checked:
        return await self.hasher.check(password, hashed)


async def kept_hash(front: Front) -> str:
    async with front.storage.start() as unit:
        kept = await unit.credentials.of(front.ana.id)
    assert kept is not None
    return kept.hashed


async def test_an_outdated_hash_is_made_anew(front: Front, stronger: PasswordHasher) -> None:
    before = await kept_hash(front)
    await outdated(front, stronger).authenticate(ANA)
    after = await kept_hash(front)
    assert after != before
    assert (await stronger.check(PASSWORD, after)).fits


async def test_a_password_that_is_changed_meanwhile_does_not_come_back(
    front: Front, stronger: PasswordHasher
) -> None:
    async def change() -> None:
        async with front.storage.start() as unit:
            kept = await unit.credentials.of(front.ana.id)
            assert kept is not None
            kept.change("another hash", must_change=False, at=front.clock.now())
            await unit.credentials.save(kept)
            await unit.commit()

    await outdated(front, Interrupted(stronger, change)).authenticate(ANA)
    assert await kept_hash(front) == "another hash"


async def test_two_who_make_it_anew_at_once_both_get_in(
    front: Front, stronger: PasswordHasher
) -> None:
    way = outdated(front, stronger)
    assert [one.id for one in await asyncio.gather(way.authenticate(ANA), way.authenticate(ANA))]
    assert (await stronger.check(PASSWORD, await kept_hash(front))).fits


@attrs.frozen
class Way:
    """A way to sign in that is always theirs, or never."""

    name: str
    priority: int
    whose: Person | None
    asked: list[str]

    async def can_handle(self, attempt: Attempt) -> bool:
        self.asked.append(self.name)
        return self.whose is not None

    async def authenticate(self, attempt: Attempt) -> Person:
        assert self.whose is not None
        return self.whose


async def test_the_way_of_the_lowest_priority_that_fits_is_taken(front: Front) -> None:
    asked: list[str] = []
    ways = [
        Way("fallback", 200, front.ana, asked),
        Way("moodle", 100, front.ana, asked),
        Way("local", 10, None, asked),
    ]
    await attrs.evolve(front.sign_in, strategies=ways)(ANA)
    assert asked == ["local", "moodle"]


async def test_where_no_way_fits_as_much_is_hashed_as_for_a_wrong_password(front: Front) -> None:
    asked: list[str] = []

    @attrs.frozen
    class Counting(Interrupted):
        async def check(self, password: str, hashed: str | None) -> Checked:
            asked.append("hashed for nobody" if hashed is None else "hashed")
            return await super().check(password, hashed)

    none = attrs.evolve(
        front.sign_in,
        strategies=[Way("local", 10, None, [])],
        hasher=Counting(front.sign_in.hasher, _nothing),
    )
    with pytest.raises(WrongCredentials):
        await none(ANA)
    assert asked == ["hashed for nobody"]
