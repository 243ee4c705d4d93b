"""The house's own way to sign in signs its suite, and broken ones are caught."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from homeroom.house import StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.rights import Role
from homeroom.people.errors import WrongCredentials
from homeroom.people.model.credentials import Credential
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person
from homeroom.people.ports.strategies import Attempt, LoginStrategy
from homeroom.people.use_cases.signing_in import LocalPassword
from homeroom_adapters.argon2.hasher import open_hasher
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import NOON, FixedClock
from homeroom_testing.conformance.strategies import LoginStrategyConformance
from homeroom_testing.fast_hashing import FAST
from homeroom_testing.sabotage import broken_clauses

PASSWORD = "plums on a warm roof"


class OfAna(LoginStrategyConformance):
    """A house in memory, where one person has a password and one has none."""

    way: type[LocalPassword] = LocalPassword

    @pytest.fixture
    async def strategy(self) -> AsyncIterator[LoginStrategy]:
        ambient = Ambient(FixedClock(), JsonCodec())
        async with AsyncExitStack() as stack:
            storage = await stack.enter_async_context(open_storage(StorageSettings(), ambient))
            hasher = await stack.enter_async_context(open_hasher(FAST, ambient))
            house = Institution.found("Ateneo de Naga", at=NOON)
            ana, ben = (
                Person.begin(
                    house.id, Identity.given(name, name, "Reyes"), roles=frozenset(Role), at=NOON
                )
                for name in ("ana", "ben")
            )
            kept = Credential.of(
                ana.id, house.id, await hasher.hash(PASSWORD), must_change=False, at=NOON
            )
            async with storage.start() as unit:
                await unit.institutions.add(house)
                for person in (ana, ben):
                    await unit.persons.save(person)
                await unit.credentials.save(kept)
                await unit.commit()
            yield self.way(storage.persons, hasher, storage.start)

    @pytest.fixture
    def right(self) -> Attempt:
        return Attempt(name="ana", password=PASSWORD)


class TestLocalPassword(OfAna):
    @pytest.fixture(params=["ben", "eve"])
    def nobody(self, request: pytest.FixtureRequest) -> Attempt:
        return Attempt(name=request.param, password=PASSWORD)


class HandlesEverybody(LocalPassword):
    async def can_handle(self, attempt: Attempt) -> bool:
        return True


class TellsWhoIsHere(LocalPassword):
    async def authenticate(self, attempt: Attempt) -> Person:
        if await self.queries.by_name(attempt.name) is None:
            raise WrongCredentials(f"there is no {attempt.name}")
        return await super().authenticate(attempt)


class BelievesAnything(LocalPassword):
    async def authenticate(self, attempt: Attempt) -> Person:
        known = await self.queries.by_name(attempt.name)
        if known is None:
            raise WrongCredentials
        return known.person


class Broken(OfAna):
    @pytest.fixture
    def nobody(self) -> Attempt:
        return Attempt(name="eve", password=PASSWORD)


def sabotaged(way: type[LocalPassword]) -> type[LoginStrategyConformance]:
    return type(f"Of{way.__name__}", (Broken,), {"way": way})


CAUGHT_BY: dict[type[LoginStrategyConformance], str] = {
    sabotaged(HandlesEverybody): "test_somebody_else_is_left_to_others_and_refused_alike",
    sabotaged(TellsWhoIsHere): "test_somebody_else_is_left_to_others_and_refused_alike",
    sabotaged(BelievesAnything): "test_whoever_shows_something_else_is_refused_unquoted",
}


@pytest.mark.parametrize(("saboteur", "clause"), CAUGHT_BY.items())
def test_the_clause_named_for_it_catches(
    saboteur: type[LoginStrategyConformance], clause: str
) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}
