"""Caches that break one promise each, and the clause that catches them."""

import random
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import attrs
import pytest

from homeroom.kernel.cache import Cache, CacheKey, CachePolicy, Load, Part, Tag
from homeroom.kernel.cache_backend import Begun, FillLock, Kept, Renewal, Seen
from homeroom.kernel.clock import Clock
from homeroom.kernel.epoch_cache import EpochCache
from homeroom_adapters.memory.cache import MemoryBackend
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.cache import CacheConformance
from homeroom_testing.conformance.cache_ground import OpenHere
from homeroom_testing.sabotage import NothingProven, broken_clauses


class Saboteur(CacheConformance):
    """The memory cache, with one part replaced by a broken one."""

    backend: ClassVar[type[MemoryBackend]] = MemoryBackend
    cache_type: ClassVar[type[EpochCache]] = EpochCache

    @pytest.fixture
    def open_here(self) -> OpenHere:
        backend = self.backend()

        @asynccontextmanager
        async def open_one(
            clock: Clock, *, luck: Callable[[], float] = lambda: 0.5, environment: str = "test"
        ) -> AsyncIterator[Cache]:
            cache = self.cache_type(backend, clock=clock, luck=luck, environment=environment)
            yield cache
            await cache.close()

        return open_one


class Honest(Saboteur):
    pass


class DeafToNews(Saboteur):
    class backend(MemoryBackend):  # noqa: N801 - takes the place of the attribute
        async def renew(self, tags: Sequence[str]) -> Renewal:
            now = tuple(map(self._epochs.get, tags))
            return Renewal(now, now)


class EpochsReadTooLate(Saboteur):
    """Stamps what it stores with the epochs of the end of the load, not of its beginning."""

    class cache_type(EpochCache):  # noqa: N801
        async def _pack(self, question, value, epochs, asked_at) -> Kept | None:
            now = await self._backend.read(question.name, question.tags)
            return await super()._pack(question, value, now.epochs, asked_at)


class EachForItself(Saboteur):
    """Loads for every caller: no flight is shared."""

    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            return await self._answer(self._question(key, policy, load))


class FirstFlightServesAll(Saboteur):
    """Lets callers join a flight that set off before they asked."""

    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            question = self._question(key, policy, load)
            if flight := self._flights._under_way.get(question.name):
                return await flight
            return await super().get(key, policy, load)


class NoLock(Saboteur):
    class backend(MemoryBackend):  # noqa: N801
        async def begin(self, name: str, tags: Sequence[str], lock: FillLock) -> Begun:
            return attrs.evolve(await super().begin(name, tags, lock), mine=True)


class AnybodysLock(Saboteur):
    class backend(MemoryBackend):  # noqa: N801
        async def settle(self, name: str, lock: FillLock, kept: Kept | None) -> None:
            await super().settle(name, lock, kept)
            self._locks.pop(lock.name, None)


class EternalLock(Saboteur):
    """Waits for another process as long as it takes."""

    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            return await super().get(key, attrs.evolve(policy, fill_wait=1e6), load)


class StaleForEver(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            return await super().get(key, attrs.evolve(policy, stale_if_error=1e9), load)


class NeverStale(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            return await super().get(key, attrs.evolve(policy, stale_if_error=0), load)


class HidesRefusals(Saboteur):
    """Takes every failure for an outage."""

    class cache_type(EpochCache):  # noqa: N801
        async def _rescued(self, question, error: Exception) -> bytes | None:
            return await super()._rescued(question, OSError())


class Luckless(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        def _now(self) -> float:
            self._luck = lambda: 0.5
            return super()._now()


class OwnLuck(Saboteur):
    """Draws its jitter from a source that nobody can hold still."""

    class cache_type(EpochCache):  # noqa: N801
        def _now(self) -> float:
            self._luck = random.random
            return super()._now()


class Timeless(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        def _now(self) -> float:
            return FixedClock().now().timestamp()


class NeverAhead(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            return await super().get(key, attrs.evolve(policy, soft=1), load)


class Orphaning(Saboteur):
    """Leaves what is under way to itself when it closes."""

    class cache_type(EpochCache):  # noqa: N801
        async def close(self, *, grace: float = 5.0) -> None:
            await super().close(grace=0)


class CallersOwnTheLoad(Saboteur):
    """A cancelled caller takes the load down with it."""

    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            question = self._question(key, policy, load)
            flight = self._flights._under_way.get(question.name)
            task = flight or self._flights.board(question.name, lambda: self._answer(question))
            return await task


class RemembersFailures(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            failures = self.__dict__.setdefault("failures", {})
            if key.name in failures:
                raise failures[key.name]
            try:
                return await super().get(key, policy, load)
            except Exception as error:
                failures[key.name] = error
                raise


class AmbiguousNames(Saboteur):
    """Cleans segments without remembering what they were."""

    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            parts: tuple[Part, ...] = tuple(str(part).replace("/", "_") for part in key.parts)
            return await super().get(CacheKey(key.kind, parts, key.tags), policy, load)


class OneBigHouse(Saboteur):
    """Forgets to keep environments apart."""

    class cache_type(EpochCache):  # noqa: N801
        def __init__(
            self,
            backend: MemoryBackend,
            *,
            clock: Clock,
            luck: Callable[[], float],
            environment: str,
        ) -> None:
            super().__init__(backend, clock=clock, luck=luck, environment="all")


class TagsInvalidateEverything(Saboteur):
    class backend(MemoryBackend):  # noqa: N801
        async def renew(self, tags: Sequence[str]) -> Renewal:
            self._entries.clear()
            return await super().renew(tags)


class OnlyTheFirstTag(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
            return await super().get(CacheKey(key.kind, key.parts, key.tags[:1]), policy, load)


class CarelessWriter(Saboteur):
    """Writes what it saved over everything, whoever else wrote meanwhile."""

    class backend(MemoryBackend):  # noqa: N801
        async def renew(self, tags: Sequence[str]) -> Renewal:
            after = await super().renew(tags)
            return attrs.evolve(after, before=self._believed.get(tuple(tags), after.before))

        async def read(self, name: str, tags: Sequence[str]) -> Seen:
            seen = await super().read(name, tags)
            self._believed[tuple(tags)] = seen.epochs
            return seen

        def __init__(self) -> None:
            super().__init__()
            self._believed: dict[tuple[str, ...], Sequence[bytes | None]] = {}


class QuietWriter(Saboteur):
    """Keeps what it saved and tells nobody."""

    class cache_type(EpochCache):  # noqa: N801
        async def replace(self, key: CacheKey, policy: CachePolicy, save: Load) -> bytes:
            value = await save()
            only_here = CacheKey(key.kind, key.parts, (Tag(secrets.token_hex()),))
            return await super().replace(only_here, policy, save) and value


class MiscountsHits(Saboteur):
    class cache_type(EpochCache):  # noqa: N801
        def _count(self, *counted: object) -> None:
            self._counts.clear()


CAUGHT_BY: dict[type[Saboteur], str] = {
    DeafToNews: "test_other_processes_hear_of_an_invalidation",
    EpochsReadTooLate: "test_what_was_invalidated_while_it_loaded_is_never_an_answer_again",
    EachForItself: "test_a_hundred_callers_share_one_load",
    FirstFlightServesAll: "test_who_asks_after_an_invalidation_is_not_given_an_older_load",
    NoLock: "test_two_processes_share_one_load",
    AnybodysLock: "test_a_lock_that_expired_is_not_released_for_its_next_owner",
    EternalLock: "test_who_waited_long_enough_for_another_process_loads_for_itself",
    StaleForEver: "test_once_its_grace_is_over_the_failure_is_told",
    NeverStale: "test_an_answer_past_its_ttl_serves_while_the_truth_is_away",
    HidesRefusals: "test_a_refusal_is_told_and_not_hidden_behind_an_old_answer",
    Luckless: "test_an_answer_lives_as_long_as_its_ttl_and_luck_say",
    OwnLuck: "test_an_answer_lives_as_long_as_its_ttl_and_luck_say",
    Timeless: "test_an_answer_lives_as_long_as_its_ttl_and_luck_say",
    NeverAhead: "test_after_its_soft_ttl_an_answer_comes_at_once_and_is_renewed_once",
    Orphaning: "test_a_renewal_under_way_is_finished_before_the_end",
    CallersOwnTheLoad: "test_a_cancelled_caller_leaves_the_load_to_the_others",
    RemembersFailures: "test_a_failure_reaches_all_who_wait_and_nobody_after_them",
    AmbiguousNames: "test_different_keys_never_share_an_answer",
    OneBigHouse: "test_environments_see_nothing_of_each_other",
    TagsInvalidateEverything: "test_what_does_not_carry_the_tag_stays",
    OnlyTheFirstTag: "test_after_invalidating_any_of_its_tags_an_answer_is_loaded_anew",
    CarelessWriter: "test_of_two_saves_that_overlap_neither_is_kept",
    QuietWriter: "test_replacing_an_answer_invalidates_whatever_shares_its_tags",
    MiscountsHits: "test_the_tally_tells_hits_from_misses_for_each_kind",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_cache_breaks_no_clause() -> None:
    assert broken_clauses(Honest) == frozenset()


def test_a_suite_that_never_ran_proves_nothing() -> None:
    with pytest.raises(NothingProven):
        broken_clauses(Honest, only="no_clause_is_called_this")
