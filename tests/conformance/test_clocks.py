"""Every clock signs its suite."""

from collections.abc import AsyncIterator

import pytest

from homeroom.kernel.clock import Clock, SystemClock
from homeroom_adapters.sql.clock import open_database_clock
from homeroom_adapters.sql.engine import open_database
from homeroom_testing.clock import FixedClock, SteppingClock
from homeroom_testing.conformance.kernel import ClockConformance


class TestSystemClock(ClockConformance):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestFixedClock(ClockConformance):
    @pytest.fixture
    def clock(self) -> Clock:
        return FixedClock()


class TestSteppingClock(ClockConformance):
    @pytest.fixture
    def clock(self) -> Clock:
        return SteppingClock()


@pytest.mark.service("postgres")
class TestDatabaseClock(ClockConformance):
    @pytest.fixture
    async def clock(self, postgres_house: str) -> AsyncIterator[Clock]:
        async with (
            open_database(postgres_house, pool_size=1) as database,
            open_database_clock(database) as clock,
        ):
            yield clock
