"""The promises of the outbox: told after the commit, in order, at least once, never skipped."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.aggregates import Event
from homeroom.kernel.bus import Envelope
from homeroom.kernel.ids import ApiKeyId, InstitutionId, new_id
from homeroom.kernel.tracing import tracing
from homeroom.published.people import ApiKeyIssued
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.storage import (
    StorageConformance,
    Told,
    a_key,
    settle_in,
    told_by,
    until,
)


class OutboxConformance(StorageConformance):
    """What a unit laid down is told once it committed, and by one reader at a time."""

    async def test_an_event_is_told_with_what_it_is(self, storage: Storage) -> None:
        event = an_event()
        with tracing("4bf92f3577b34da6a3ce929d0e0e4736"):
            await put(storage, event)
        (told,) = await told_by(storage)
        assert attrs.evolve(told, payload="") == Envelope(
            id=event.event_id,
            name="people.api_key_issued.v1",
            payload="",
            occurred_at=event.occurred_at,
            institution_id=event.institution_id,
            trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        )
        assert str(event.api_key_id) in told.payload

    async def test_saving_an_aggregate_lays_its_events_down(self, storage: Storage) -> None:
        house = await settle_in(storage)
        key = a_key(house)
        async with storage.start() as unit:
            await unit.api_keys.save(key)
            await unit.commit()
        assert [told.name for told in await told_by(storage)] == ["people.api_key_issued.v1"]
        assert key.release_events() == ()

    async def test_events_are_told_in_the_order_they_were_put(self, storage: Storage) -> None:
        events = [an_event() for _ in range(10)]
        await put(storage, *events[:4])
        await put(storage, *events[4:])
        assert [told.id for told in await told_by(storage)] == [one.event_id for one in events]

    async def test_no_more_than_the_limit_are_told_at_once_the_oldest_first(
        self, storage: Storage
    ) -> None:
        events = [an_event() for _ in range(5)]
        await put(storage, *events)
        told = Told()
        assert await storage.outbox.deliver(told, limit=2) == 2
        assert told.ids == [one.event_id for one in events[:2]]

    async def test_what_was_told_is_not_told_again(self, storage: Storage) -> None:
        await put(storage, an_event())
        assert len(await told_by(storage)) == 1
        assert await told_by(storage) == []

    async def test_nothing_untold_means_nobody_is_called(self, storage: Storage) -> None:
        assert await storage.outbox.deliver(_fail, limit=10) == 0

    async def test_an_event_nobody_named_is_refused(self, storage: Storage) -> None:
        nameless = Event(occurred_at=NOON, institution_id=InstitutionId(new_id()))
        with pytest.raises(LookupError):
            await put(storage, nameless)

    async def test_events_stay_untold_when_publishing_fails(self, storage: Storage) -> None:
        events = [an_event() for _ in range(3)]
        await put(storage, *events)
        with pytest.raises(ConnectionResetError):
            await storage.outbox.deliver(_fail, limit=10)
        assert [told.id for told in await told_by(storage)] == [one.event_id for one in events]

    async def test_events_are_told_again_after_a_reader_stopped_half_way(
        self, storage: Storage
    ) -> None:
        await put(storage, an_event())
        slow = _Slow()
        reader = asyncio.create_task(storage.outbox.deliver(slow, limit=10))
        await until(slow.told, reader)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert [told.id for told in await told_by(storage)] == slow.ids

    async def test_a_second_reader_is_given_what_the_first_does_not_hold(
        self, storage: Storage
    ) -> None:
        await put(storage, *(an_event() for _ in range(4)))
        slow, quick = _Slow(), Told()
        reader = asyncio.create_task(storage.outbox.deliver(slow, limit=2))
        await until(slow.told, reader)
        assert await storage.outbox.deliver(quick, limit=10) == 2
        slow.go_on.set()
        assert await reader == 2
        assert not set(slow.ids) & set(quick.ids)

    async def test_many_readers_tell_each_event_once(self, storage: Storage) -> None:
        events = [an_event() for _ in range(40)]
        await put(storage, *events)
        told = Told()

        async def read() -> None:
            while await storage.outbox.deliver(told, limit=3):
                pass

        await asyncio.gather(*(read() for _ in range(4)))
        assert sorted(map(str, told.ids)) == sorted(str(one.event_id) for one in events)

    async def test_units_commit_while_a_reader_is_busy_publishing(self, storage: Storage) -> None:
        await put(storage, an_event())
        slow = _Slow()
        reader = asyncio.create_task(storage.outbox.deliver(slow, limit=10))
        await until(slow.told, reader)
        async with asyncio.timeout(5):
            await settle_in(storage)
        slow.go_on.set()
        assert await reader == 1

    async def test_an_event_whose_unit_commits_late_is_never_skipped(
        self, storage: Storage
    ) -> None:
        early, late = an_event(), an_event()
        told = Told()
        async with storage.start() as unit:
            await unit.outbox.put(late)
            # Where units take turns this one has to wait, and nothing can come late.
            other = asyncio.create_task(put(storage, early))
            await asyncio.wait([other], timeout=0.2)
            if other.done():
                await storage.outbox.deliver(told, limit=10)
            await unit.commit()
        await other
        told.events += await told_by(storage)
        assert sorted(map(str, told.ids)) == sorted([str(early.event_id), str(late.event_id)])

    async def test_only_what_was_told_long_ago_is_forgotten(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await put(storage, an_event())
        await told_by(storage)
        clock.step(seconds=60)
        await put(storage, an_event())
        await told_by(storage)
        await put(storage, an_event())
        later = clock.now() + timedelta(days=1)
        ago = clock.now() - timedelta(seconds=30)
        assert await storage.outbox.forget(told_before=ago, limit=9) == 1
        assert await storage.outbox.forget(told_before=later, limit=9) == 1
        assert len(await told_by(storage)) == 1

    async def test_what_was_told_is_forgotten_by_the_portion(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await put(storage, *(an_event() for _ in range(5)))
        await told_by(storage)
        later = clock.now() + timedelta(days=1)
        gone = [await storage.outbox.forget(told_before=later, limit=2) for _ in range(4)]
        assert gone == [2, 2, 1, 0]


def an_event() -> ApiKeyIssued:
    return ApiKeyIssued(
        occurred_at=NOON,
        institution_id=InstitutionId(new_id()),
        api_key_id=ApiKeyId(new_id()),
    )


async def put(storage: Storage, *events: Event) -> None:
    """Lay *events* down in a unit of their own."""
    async with storage.start() as unit:
        await unit.outbox.put(*events)
        await unit.commit()


async def _fail(_: Sequence[Envelope]) -> None:
    raise ConnectionResetError


@attrs.define
class _Slow(Told):
    """Does not return from publishing until it may go on."""

    told: asyncio.Event = attrs.field(factory=asyncio.Event)
    go_on: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def __call__(self, events: Sequence[Envelope]) -> None:
        self.events.extend(events)
        self.told.set()
        await self.go_on.wait()
