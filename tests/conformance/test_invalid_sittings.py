"""The storages sign what they promise of sittings that do not count, and broken ones are caught."""

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.summaries import Attempt
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.sittings import MemorySittings
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.invalid_sittings import InvalidSittingsConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestInvalidSittingsInMemory(InMemory, InvalidSittingsConformance): ...


class TestInvalidSittingsOnSqlite(OnSqlite, InvalidSittingsConformance): ...


class TestInvalidSittingsOnPostgres(OnPostgres, InvalidSittingsConformance): ...


class TestInvalidSittingsOnMongo(OnMongo, InvalidSittingsConformance): ...


class LetsEverySittingCount(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        await super().save(attrs.evolve(sitting, invalidation=None))
        sitting.version += 1


class GivesNothingBack(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        gone = sitting.invalidation
        spent = gone and attrs.evolve(gone, attempt=Attempt.SPENT)
        await super().save(attrs.evolve(sitting, invalidation=spent))
        sitting.version += 1


CAUGHT_BY = {
    InvalidSittingsConformance: {
        LetsEverySittingCount: "test_that_it_does_not_count_is_kept_and_told",
        GivesNothingBack: "test_an_attempt_is_given_back_if_that_was_decided_and_only_then",
    },
}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT_BY[InvalidSittingsConformance].items())
def test_the_clause_named_for_it_catches(broken: type, clause: str) -> None:
    saboteur = spoiled(InvalidSittingsConformance, open_storage, JsonCodec(), broken)
    assert clause in {one.partition("[")[0] for one in broken_clauses(saboteur, only=clause)}
