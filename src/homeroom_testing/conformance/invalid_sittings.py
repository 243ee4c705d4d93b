"""The promises of where sittings are kept, of those that do not count."""

import pytest

from homeroom.exams.errors import AttemptsUsedUp
from homeroom.exams.model.summaries import Attempt
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.house import Storage
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    Bank,
    SittingsGround,
    a_sitting,
    add,
    answer,
    end,
    got,
    save,
)

WHY = "Somebody else sat there."


class InvalidSittingsConformance(SittingsGround):
    """What `Sittings` and `SittingQueries` promise of sittings that do not count."""

    @pytest.mark.parametrize("attempt", Attempt)
    async def test_that_it_does_not_count_is_kept_and_told(
        self, storage: Storage, person: Person, bank: Bank, attempt: Attempt
    ) -> None:
        sitting = a_sitting(bank, person)
        answer(sitting, bank, RIGHT)
        end(sitting, bank)
        await add(storage, sitting)
        sitting.invalidate(WHY, attempt, at=NOON)
        await save(storage, sitting)
        assert await got(storage, sitting) == sitting
        found = await storage.sittings.sittings(SittingFilter(reach=None), CursorRequest())
        assert list(found.items) == [sitting.summary]
        sitting.restore(at=NOON)
        await save(storage, sitting)
        assert (await got(storage, sitting)).invalidation is None

    async def test_an_attempt_is_given_back_if_that_was_decided_and_only_then(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person)
        end(sitting, bank)
        await add(storage, sitting, attempts=1)
        sitting.invalidate(WHY, Attempt.SPENT, at=NOON)
        await save(storage, sitting)
        with pytest.raises(AttemptsUsedUp):
            await add(storage, a_sitting(bank, person), attempts=1)
        sitting.invalidate(WHY, Attempt.GIVEN_BACK, at=NOON)
        await save(storage, sitting)
        await add(storage, a_sitting(bank, person), attempts=1)
