"""Handovers sign the suite, and broken ones are caught."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.handover import DeadEntry, Handover, HandoverSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.handover import MemoryHandover
from homeroom_adapters.redis.handover import open_handover as open_on_redis
from homeroom_adapters.spool.handover import SpoolHandover
from homeroom_entrypoints.composition.handover_counts import CountedHandover
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.conformance.handover import HandoverConformance, OpenHandover
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.sandboxes import delete_keys, fresh_name


class InMemory(HandoverConformance):
    capabilities: ClassVar[Capabilities] = Capabilities(durable=False)
    made: ClassVar[Callable[[HandoverSettings], Handover]] = MemoryHandover

    @pytest.fixture
    def open_here(self) -> OpenHandover:
        @asynccontextmanager
        async def opened(settings: HandoverSettings) -> AsyncIterator[Handover]:
            yield type(self).made(settings)

        return opened


class OnDisk(HandoverConformance):
    made: ClassVar[Callable[[HandoverSettings], Handover]] = SpoolHandover

    @pytest.fixture
    def open_here(self, tmp_path: Path) -> OpenHandover:
        @asynccontextmanager
        async def opened(settings: HandoverSettings) -> AsyncIterator[Handover]:
            yield type(self).made(attrs.evolve(settings, directory=tmp_path / "handover"))

        return opened


class OnRedis(HandoverConformance):
    @pytest.fixture
    def open_here(self, redis_url: str) -> Iterator[OpenHandover]:
        place = HandoverSettings(url=redis_url, environment=fresh_name())

        @asynccontextmanager
        async def opened(settings: HandoverSettings) -> AsyncIterator[Handover]:
            here = attrs.evolve(settings, url=place.url, environment=place.environment)
            async with open_on_redis(here, Ambient(SystemClock(), JsonCodec())) as handover:
                yield handover

        yield opened
        delete_keys(redis_url, f"homeroom:{{{place.environment}")


class TestInMemory(InMemory): ...


def counting(settings: HandoverSettings) -> Handover:
    return CountedHandover("memory", MemoryHandover(settings), SystemClock())


class TestCounted(InMemory):
    """Whoever counts changes nothing."""

    made = counting


@pytest.mark.service("redis")
class TestOnRedis(OnRedis): ...


class TestOnDisk(OnDisk): ...


class ForgetsChanges(MemoryHandover):
    async def take(self, *entries: Entry) -> None:
        await super().take(*(attrs.evolve(one, changes={}) for one in entries))


class TakesTheLastFirst(MemoryHandover):
    async def take(self, *entries: Entry) -> None:
        await super().take(*reversed(entries))


class TakesAnyNumber(MemoryHandover):
    def __init__(self, settings: HandoverSettings) -> None:
        super().__init__(attrs.evolve(settings, most=1_000_000))


class WaitsForNothing(MemoryHandover):
    def __init__(self, settings: HandoverSettings) -> None:
        super().__init__(attrs.evolve(settings, patience=0.0001))


class ForgetsTheDead(MemoryHandover):
    def _wrote(self, _: Sequence[Entry], dead: Sequence[DeadEntry]) -> None: ...


class ReplaysWithoutEnd(MemoryHandover):
    async def replay(self) -> int:
        again = await super().dead(limit=10)
        await self.take(*(one.entry for one in again))
        return len(again)


class ForgetsWhatIsLeft(SpoolHandover):
    def _let_go(self) -> None:
        for segment in self._held:
            segment.left = 0
        super()._let_go()


def broken(base: type[HandoverConformance], made: type) -> type[HandoverConformance]:
    return type(made.__name__, (base,), {"made": made})


CAUGHT_BY: dict[type[HandoverConformance], str] = {
    broken(InMemory, ForgetsChanges): "test_an_entry_comes_as_it_went",
    broken(InMemory, TakesTheLastFirst): "test_the_first_come_first_and_many_at_once",
    broken(InMemory, TakesAnyNumber): "test_who_finds_no_room_is_refused",
    broken(InMemory, WaitsForNothing): "test_who_finds_no_room_waits_for_it",
    broken(InMemory, ForgetsTheDead): "test_one_that_is_refused_keeps_no_other_back",
    broken(InMemory, ReplaysWithoutEnd): "test_the_dead_are_taken_anew_when_somebody_says_so",
    broken(OnDisk, ForgetsWhatIsLeft): "test_what_was_left_is_there_for_the_next",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda one: one.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[HandoverConformance]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_one_breaks_none_of_these() -> None:
    assert broken_clauses(InMemory, only=" or ".join(CAUGHT_BY.values())) == frozenset()
