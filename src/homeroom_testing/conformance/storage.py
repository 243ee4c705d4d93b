"""What the suites over a whole storage share: its fixture, and something to put into it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.actor import Role
from homeroom.kernel.bus import Envelope
from homeroom.kernel.jobs import Limits
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.contract import Conformance


class StorageConformance(Conformance):
    """Subclass, provide `storage` and nothing else, inherit the proof."""

    @pytest.fixture
    def clock(self) -> SteppingClock:
        """The clock to open the storage with: it moves only when a clause says so."""
        return SteppingClock()

    @pytest.fixture
    def limits(self) -> Limits:
        """The limits of queues to open the storage with."""
        return {}

    @pytest.fixture
    def storage(self, clock: SteppingClock) -> Storage:
        """An open storage with nothing in it, on *clock*, under *limits*."""
        raise NotImplementedError("yield a storage over an empty store")


def an_institution(name: str = "Ateneo de Naga") -> Institution:
    return Institution.found(name, at=NOON)


def a_key(institution: Institution, secret: KeySecret | None = None) -> ApiKey:
    """A new key; saving it tells one event."""
    return ApiKey.issue(
        institution.id,
        secret or KeySecret.fresh(),
        name="registrar's laptop",
        roles=frozenset({Role.ADMIN, Role.TEACHER}),
        at=NOON,
    )


async def settle_in(storage: Storage, name: str = "Ateneo de Naga") -> Institution:
    """An institution that is already there."""
    institution = an_institution(name)
    async with storage.start() as unit:
        await unit.institutions.add(institution)
        await unit.commit()
    return institution


async def keep(storage: Storage, *keys: ApiKey) -> None:
    """Save *keys* in a unit of their own."""
    async with storage.start() as unit:
        for key in keys:
            await unit.api_keys.save(key)
        await unit.commit()


@attrs.define
class Told:
    """Remembers what it was told; give it to `deliver`."""

    events: list[Envelope] = attrs.field(factory=list)

    async def __call__(self, events: Sequence[Envelope]) -> None:
        self.events.extend(events)

    @property
    def ids(self) -> list[object]:
        return [told.id for told in self.events]


async def told_by(storage: Storage) -> list[Envelope]:
    """Everything that is still untold, told now."""
    told = Told()
    while await storage.outbox.deliver(told, limit=100):
        pass
    return told.events


async def until(happened: asyncio.Event, at_work: "asyncio.Task[Any]") -> None:
    """Wait for what *at_work* will make happen; if it fails before, fail like it."""
    waiting = asyncio.create_task(happened.wait())
    await asyncio.wait([waiting, at_work], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not happened.is_set():
        pytest.fail(f"ended too soon: {at_work.exception() or at_work.result()!r}")
