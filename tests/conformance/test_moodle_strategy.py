"""Signing in with a Moodle signs the suite of ways to sign in, and broken ones are caught."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from over_http_ground import open_house

from homeroom.house import StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.sealing import SealerSettings
from homeroom.people.errors import WrongCredentials
from homeroom.people.model.credentials import Credential
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person
from homeroom.people.ports.lms import LmsSettings
from homeroom.people.ports.strategies import Attempt, LoginStrategy
from homeroom.people.use_cases.moodle import Household, MoodlePassword
from homeroom.people.use_cases.welcoming import Welcome
from homeroom_adapters.argon2.hasher import open_hasher
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.moodle.door import open_door
from homeroom_adapters.seals.aesgcm import open_sealer
from homeroom_testing.clock import NOON, FixedClock
from homeroom_testing.conformance.strategies import LoginStrategyConformance
from homeroom_testing.fast_hashing import FAST
from homeroom_testing.moodle import Member, open_moodle
from homeroom_testing.sabotage import broken_clauses

PASSWORD = "plums on a warm roof"
SEALING = SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),))


class WithMoodle(LoginStrategyConformance):
    """A house in memory, where Ben has a password of ours; the Moodle knows Ana alone."""

    way: type[MoodlePassword] = MoodlePassword

    @pytest.fixture
    async def strategy(self) -> AsyncIterator[LoginStrategy]:
        ambient = Ambient(FixedClock(), JsonCodec())
        async with AsyncExitStack() as stack:
            moodle = await stack.enter_async_context(open_moodle())
            moodle.enrol(Member(name="ana", password=PASSWORD, roles={2: "student"}))
            storage = await stack.enter_async_context(open_storage(StorageSettings(), ambient))
            hasher = await stack.enter_async_context(open_hasher(FAST, ambient))
            _, out = await stack.enter_async_context(open_house())
            door = open_door(LmsSettings(url=moodle.url), ambient, out)
            house = Institution.found("Ateneo de Naga", at=NOON)
            ben = Person.begin(
                house.id, Identity.given("ben", "Ben", "Cruz"), roles=frozenset(), at=NOON
            )
            hashed = await hasher.hash(PASSWORD)
            async with storage.start() as unit:
                await unit.institutions.add(house)
                await unit.persons.save(ben)
                await unit.credentials.save(
                    Credential.of(ben.id, house.id, hashed, must_change=False, at=NOON)
                )
                await unit.commit()
            yield self.way(
                door=await stack.enter_async_context(door),
                welcome=Welcome(storage.start, storage.persons, ambient.clock),
                household=Household(storage.people),
                hasher=hasher,
                sealer=await stack.enter_async_context(open_sealer(SEALING, ambient)),
            )

    @pytest.fixture
    def right(self) -> Attempt:
        return Attempt(name="ana", password=PASSWORD)

    @pytest.fixture
    def nobody(self) -> Attempt:
        return Attempt(name="ben", password=PASSWORD)


class TestMoodlePassword(WithMoodle):
    pass


class HandlesEverybody(MoodlePassword):
    async def can_handle(self, attempt: Attempt) -> bool:
        return True


class TakesThemInAnew(MoodlePassword):
    """Knows nobody again."""

    async def authenticate(self, attempt: Attempt) -> Person:
        person = await super().authenticate(attempt)
        return Person.begin(person.institution_id, person.identity, roles=frozenset(), at=NOON)


class QuotesNames(MoodlePassword):
    async def authenticate(self, attempt: Attempt) -> Person:
        try:
            return await super().authenticate(attempt)
        except WrongCredentials:
            raise WrongCredentials(f"the Moodle knows no such {attempt.name}") from None


def sabotaged(way: type[MoodlePassword]) -> type[LoginStrategyConformance]:
    return type(f"With{way.__name__}", (WithMoodle,), {"way": way})


CAUGHT_BY: dict[type[LoginStrategyConformance], str] = {
    sabotaged(HandlesEverybody): "test_somebody_else_is_left_to_others_and_refused_alike",
    sabotaged(TakesThemInAnew): "test_whoever_shows_what_is_right_is_proven",
    sabotaged(QuotesNames): "test_whoever_shows_something_else_is_refused_unquoted",
}


@pytest.mark.parametrize(("saboteur", "clause"), CAUGHT_BY.items())
def test_the_clause_named_for_it_catches(
    saboteur: type[LoginStrategyConformance], clause: str
) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}
