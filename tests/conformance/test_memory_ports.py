"""Memory signs the bus's and the rate limiter's contracts, and broken ones are caught."""

import contextlib
from collections.abc import Sequence

import pytest

from homeroom.kernel.bus import Envelope, EventBus, Subscription
from homeroom.kernel.rates import Allowance, Rate, RateLimiter
from homeroom_adapters.memory.bus import MemoryBus
from homeroom_adapters.memory.rates import MemoryRates
from homeroom_testing.conformance.bus import EventBusConformance
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.conformance.rates import RateLimiterConformance
from homeroom_testing.sabotage import broken_clauses


class TestMemoryBus(EventBusConformance):
    @pytest.fixture
    def bus(self) -> EventBus:
        return MemoryBus()


class TestMemoryRates(RateLimiterConformance):
    @pytest.fixture
    def limiter(self) -> RateLimiter:
        return MemoryRates()


class SwallowingBus(MemoryBus):
    """Says that all is well when a listener failed."""

    async def publish(self, events: Sequence[Envelope]) -> None:
        with contextlib.suppress(Exception):
            await super().publish(events)


class GossipingBus(MemoryBus):
    """Tells everything to everybody."""

    def subscribe(self, subscription: Subscription):  # type: ignore[no-untyped-def]
        every = frozenset({"testing.noted.v1", "testing.ignored.v1"})
        loose = Subscription(consumer=subscription.consumer, names=every, hear=subscription.hear)
        return super().subscribe(loose)


class OneCounter(MemoryRates):
    """Counts everybody together."""

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        return await super().take("everybody", rate, times=times)


class NeverTired(MemoryRates):
    """Allows everything."""

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        return Allowance(allowed=True, remaining=rate.limit - 1, retry_after=0.0)


class SwallowingBusSuite(EventBusConformance):
    @pytest.fixture
    def bus(self) -> EventBus:
        return SwallowingBus()


class GossipingBusSuite(EventBusConformance):
    @pytest.fixture
    def bus(self) -> EventBus:
        return GossipingBus()


class OneCounterSuite(RateLimiterConformance):
    @pytest.fixture
    def limiter(self) -> RateLimiter:
        return OneCounter()


class NeverTiredSuite(RateLimiterConformance):
    @pytest.fixture
    def limiter(self) -> RateLimiter:
        return NeverTired()


CAUGHT_BY: dict[type[Conformance], str] = {
    GossipingBusSuite: "test_only_subscribed_names_are_heard",
    SwallowingBusSuite: "test_what_could_not_be_heard_is_heard_again",
    OneCounterSuite: "test_keys_are_counted_apart",
    NeverTiredSuite: "test_one_more_than_the_rate_is_refused",
}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_a_saboteur_is_caught_by_the_clause_meant_for_it(suite: type[Conformance]) -> None:
    clause = CAUGHT_BY[suite]
    assert broken_clauses(suite, only=clause) == {clause}
