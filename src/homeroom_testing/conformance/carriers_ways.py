"""How a carrier lets its receivers wait: until something comes, and no longer than they said."""

import asyncio
import time
from collections.abc import Sequence

from homeroom.kernel.carrier import Carrier, Parcel
from homeroom_testing.conformance.carriers_ground import (
    LONG,
    QUEUE,
    SHORT,
    CarrierGround,
    a_job,
    collect,
    ids,
    nothing_for,
)


class CarrierWays(CarrierGround):
    """The clauses of `Carrier` about waiting."""

    async def test_a_receiver_waits_as_long_as_it_said_and_leaves_with_nothing(
        self, carrier: Carrier
    ) -> None:
        since = time.monotonic()
        assert list(await carrier.receive(QUEUE, limit=5, at_most=SHORT)) == []
        assert SHORT - 0.02 <= time.monotonic() - since < SHORT + 1.5

    async def test_a_receiver_that_had_something_waits_again(self, carrier: Carrier) -> None:
        await carrier.offer([a_job()])
        await carrier.finish(await collect(carrier, 1))
        since = time.monotonic()
        assert list(await carrier.receive(QUEUE, limit=5, at_most=SHORT)) == []
        assert time.monotonic() - since >= SHORT - 0.02

    async def test_a_receiver_that_waits_is_woken_by_an_offer(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        waiting = await _begun(carrier)
        job = a_job()
        since = time.monotonic()
        await other.offer([job])
        assert ids(await waiting) == [job.id]
        assert time.monotonic() - since < 1.5

    async def test_a_receiver_that_waits_is_woken_by_what_is_given_back(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        await carrier.offer([a_job(priority=7)])
        held = await collect(carrier, 1)
        waiting = await _begun(other)
        since = time.monotonic()
        await carrier.give_back(held)
        assert ids(await waiting) == ids(held)
        assert time.monotonic() - since < 1.5

    async def test_a_receiver_that_gave_up_takes_nothing_with_it(self, carrier: Carrier) -> None:
        waiting = await _begun(carrier)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        job = a_job()
        await carrier.offer([job])
        assert ids(await collect(carrier, 1, at_most=1)) == [job.id]
        await nothing_for(carrier)


async def _begun(carrier: Carrier) -> asyncio.Task[Sequence[Parcel]]:
    """A receiver that has been waiting for a moment; nothing tells that it waits."""
    waiting = asyncio.create_task(_receive(carrier))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    return waiting


async def _receive(carrier: Carrier) -> Sequence[Parcel]:
    return await carrier.receive(QUEUE, limit=5, at_most=LONG)
