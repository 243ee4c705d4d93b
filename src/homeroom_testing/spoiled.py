"""Storages with a part in the wrong hands, to see whether the suites notice.

Whoever writes a storage breaks one promise in a class that extends a part of their own:

    class ForgetsToCommit(MyUnit):
        async def commit(self) -> None: ...

    clause = "test_what_was_committed_is_there_for_the_next_unit"
    suite = spoiled(UnitConformance, open_storage, JsonCodec(), ForgetsToCommit)
    assert broken_clauses(suite, only=clause) == {clause}

Parts are attrs classes that are made anew from the honest ones' own fields.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import attrs
import pytest

from homeroom.house import OpenStorage, Storage, StorageSettings
from homeroom.kernel.codec import Ambient, Codec
from homeroom.kernel.jobs import Limits
from homeroom.kernel.queue import Leases
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.storage import StorageConformance

P = TypeVar("P")
Spoil = Callable[[Any], Any]

_PARTS = (
    *("people", "districts", "roster", "catalogue", "bank", "sittings", "remarks", "adaptive"),
    *("regrades", "integrity", "persons", "places", "ties", "tickets", "record"),
    *("job_queries", "tasks"),
    *("runs", "history", "queue", "carried", "outbox"),
    *("progress", "achievements", "statistics", "sealed_people"),
)


def spoiled(
    suite: type[StorageConformance], open_storage: OpenStorage, codec: Codec, *broken: type
) -> type[StorageConformance]:
    """*suite*, bound to an empty storage whose parts of these kinds are *broken*."""

    class Spoiled:
        @pytest.fixture
        async def storage(self, clock: SteppingClock, limits: Limits) -> AsyncIterator[Storage]:
            settings = StorageSettings(limits=limits)
            async with open_storage(settings, Ambient(clock, codec)) as honest:
                yield spoil(honest, *broken)

    name = "And".join(one.__name__ for one in broken) or "Honest"
    return type(name, (Spoiled, suite), {})


def spoil(honest: Storage, *broken: type) -> Storage:
    """*honest*, but its parts of these kinds are *broken*."""
    hand_over = partial(_in_wrong_hands, broken=broken)
    unit_type = _unit_type(type(honest.start()), broken, hand_over)

    @asynccontextmanager
    async def open_leases() -> AsyncIterator[Leases]:
        async with honest.open_leases() as leases:
            yield hand_over(leases)

    return attrs.evolve(
        honest,
        start=lambda: _made_anew(unit_type, honest.start()),
        open_leases=open_leases,
        **{name: hand_over(getattr(honest, name)) for name in _PARTS},
    )


def _unit_type(honest: type, broken: tuple[type, ...], hand_over: Spoil) -> type:
    """A unit of work that hands its own parts over too."""

    def handed_over(part: property) -> property:
        return property(lambda unit: hand_over(part.__get__(unit)))

    base = next((kind for kind in broken if issubclass(kind, honest)), honest)
    parts = {name: part for name, part in vars(honest).items() if isinstance(part, property)}
    return type(base.__name__, (base,), {name: handed_over(part) for name, part in parts.items()})


def _in_wrong_hands(part: P, broken: tuple[type, ...]) -> P:
    """*part*, broken if one of these breaks its kind."""
    return next(
        (_made_anew(kind, part) for kind in broken if issubclass(kind, type(part))),
        part,
    )


def _made_anew(kind: type, part: Any) -> Any:
    fields = attrs.fields(type(part))
    return kind(*(getattr(part, field.name) for field in fields if field.init))
