"""Jobs by way of a carrier that forgets, repeats itself and brings strangers."""

import asyncio
from collections import deque

import attrs
import pytest

from homeroom.kernel.carrier import Parcel
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Backoff, WorkPolicy
from homeroom_entrypoints.worker.settings import Pauses

pytestmark = pytest.mark.anyio

SOON = Pauses(poll=0.2, reoffer=0.3)


@attrs.define
class Cart:
    """A carrier in memory, as unreliable as a carrier may be."""

    lanes: dict[str, deque[Parcel]] = attrs.field(factory=dict)
    ended: list[JobId] = attrs.field(factory=list)
    returned: list[JobId] = attrs.field(factory=list)
    offered: list[JobId] = attrs.field(factory=list)
    copies: int = 1
    drops: int = 0
    away: bool = False
    hesitates: float = 0.0
    begun: int = 0

    async def offer(self, ready):
        self._reach()
        self.begun += 1
        await asyncio.sleep(self.hesitates)
        for one in ready:
            self.offered.append(one.id)
            if self.drops:
                self.drops -= 1
                continue
            lane = self.lanes.setdefault(one.queue, deque())
            lane.extend(Parcel(tag=n, job_id=one.id) for n in range(self.copies))

    async def receive(self, queue, *, limit, at_most):
        self._reach()
        lane = self.lanes.setdefault(queue, deque())
        for _ in range(round(at_most / 0.005)):
            if lane:
                break
            await asyncio.sleep(0.005)
        return [lane.popleft() for _ in range(min(limit, len(lane)))]

    async def finish(self, parcels):
        self._reach()
        self.ended += [parcel.job_id for parcel in parcels]

    async def give_back(self, parcels):
        self._reach()
        self.returned += [parcel.job_id for parcel in parcels]

    def _reach(self):
        if self.away:
            raise Unavailable


class TestACarriedJob:
    async def test_runs_and_its_parcel_is_finished(self, shop):
        cart = Cart()
        job_id = await shop.ask("nothing")
        async with shop.working(carrier=cart):
            await shop.becomes(job_id, "succeeded")
            await shop.until(lambda: cart.ended == [job_id])
        assert shop.starts == [0]

    async def test_that_comes_twice_runs_once(self, shop):
        cart = Cart(copies=3)
        ids = [await shop.ask("nothing", n) for n in range(5)]
        async with shop.working(carrier=cart):
            await shop.until(lambda: len(cart.ended) == 15)
        assert sorted(shop.starts) == [0, 1, 2, 3, 4]
        assert set(cart.ended) == set(ids)

    async def test_that_the_carrier_lost_is_offered_again(self, shop):
        cart = Cart(drops=1)
        job_id = await shop.ask("nothing")
        async with shop.working(carrier=cart, pauses=SOON):
            await shop.becomes(job_id, "succeeded")
        assert cart.offered == [job_id, job_id]

    async def test_that_fails_is_offered_again_when_it_is_due(self, shop):
        async def stumble(_chore, run):
            if run.attempt == 1:
                raise Unavailable

        shop.does["stumble"] = stumble
        policy = WorkPolicy(backoff=Backoff(base=0.1, jitter=0.0))
        cart = Cart()
        job_id = await shop.ask("stumble", policy=policy)
        async with shop.working(carrier=cart, pauses=SOON):
            assert (await shop.becomes(job_id, "succeeded")).attempts == 2
            await shop.until(lambda: cart.ended == [job_id, job_id])

    async def test_waits_for_a_carrier_that_is_away(self, shop):
        cart = Cart(away=True)
        job_id = await shop.ask("nothing")
        async with shop.working(carrier=cart, pauses=SOON):
            await asyncio.sleep(0.5)
            cart.away = False
            await shop.becomes(job_id, "succeeded")

    async def test_is_offered_as_soon_as_its_carrier_is_back(self, shop):
        cart = Cart(away=True)
        job_id = await shop.ask("nothing")
        async with shop.working(carrier=cart, pauses=Pauses(poll=0.2, reoffer=3600.0)):
            await asyncio.sleep(0.5)
            cart.away = False
            await shop.becomes(job_id, "succeeded")
        assert cart.offered == [job_id]

    async def test_that_was_picked_to_be_offered_is_offered_before_the_worker_ends(self, shop):
        cart = Cart(hesitates=1.5)
        job_id = await shop.ask("nothing")
        async with shop.working(carrier=cart) as stop:
            await shop.until(lambda: cart.begun == 1)
            stop.set()
        assert cart.offered == [job_id]

    async def test_whose_offer_never_ends_holds_no_worker_up_for_long(self, shop):
        cart = Cart(hesitates=3600.0)
        await shop.ask("nothing")
        async with asyncio.timeout(10), shop.working(carrier=cart) as stop:
            await shop.until(lambda: cart.begun == 1)
            stop.set()
        assert cart.offered == []

    async def test_goes_back_untried_when_the_worker_stops(self, shop):
        async def endless(_chore, _run):
            await asyncio.sleep(60)

        shop.does["endless"] = endless
        cart = Cart()
        job_id = await shop.ask("endless")
        async with shop.working(carrier=cart, grace=0.1) as stop:
            await shop.until(lambda: shop.starts == [0])
            stop.set()
        assert cart.returned == [job_id]
        assert (await shop.job(job_id)).attempts == 0


class TestAQueueOfOthers:
    @pytest.mark.parametrize("queue", ["abroad", "default"])
    async def test_is_offered_and_left_to_them_whether_we_know_its_work_or_not(self, shop, queue):
        cart = Cart()
        theirs = await shop.ask("nothing", 1, WorkPolicy(queue=queue))
        ours = await shop.ask("nothing", 2, WorkPolicy(queue="ours"))
        queues = {"queues": frozenset({"ours", "default"}), "only_offer": frozenset({queue})}
        async with shop.working(carrier=cart, pauses=SOON, **queues):
            await shop.becomes(ours, "succeeded")
            await shop.until(lambda: cart.offered.count(theirs) >= 3)
        assert shop.starts == [2]
        left = [parcel.job_id for parcel in cart.lanes[queue]]
        assert left == [theirs] * cart.offered.count(theirs)
        job = await shop.job(theirs)
        assert (job.state.value, job.attempts) == ("ready", 0)

    async def test_may_be_all_that_a_worker_looks_after(self, shop):
        cart = Cart()
        theirs = await shop.ask("nothing")
        async with shop.working(carrier=cart, only_offer=frozenset({"default"})):
            await shop.until(lambda: cart.offered == [theirs])
        assert shop.starts == []

    async def test_needs_somebody_to_offer_its_jobs_to(self, shop):
        with pytest.raises(ValueError, match="without a carrier"):
            shop.service(only_offer=frozenset({"default"}))


class TestAStranger:
    async def test_is_adopted_and_run_once_however_often_it_comes(self, shop):
        cart = Cart()
        known = await shop.job(await shop.ask("nothing", 1))
        stranger = attrs.evolve(known, id=JobId(new_id()))
        parcel = Parcel(tag=0, job_id=None, stranger=stranger)
        cart.lanes["default"] = deque([parcel, parcel])
        async with shop.working(carrier=cart):
            await shop.until(lambda: len(cart.ended) == 3)
            await shop.becomes(stranger.id, "succeeded")
            cart.lanes["default"].append(parcel)
            await shop.until(lambda: len(cart.ended) == 4)
        assert shop.starts == [1, 1]
