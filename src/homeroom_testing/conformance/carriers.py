"""The promises of a carrier: what is offered arrives, nobody shares it, and an end is an end."""

import asyncio
import json

import pytest

from homeroom.kernel.carrier import Carrier
from homeroom_testing.conformance.carriers_ground import (
    LONG,
    ODD_TEXTS,
    QUEUE,
    SHORT,
    CarrierGround,
    Empty,
    OpenHere,
    Smuggle,
    a_job,
    collect,
    ids,
    nothing_for,
)
from homeroom_testing.conformance.carriers_ways import CarrierWays


class CarrierConformance(CarrierWays, CarrierGround):
    """Every clause of the port. Subclass, provide `open_here` and `empty`, inherit the proof."""

    async def test_what_was_offered_is_received(self, carrier: Carrier) -> None:
        job = a_job()
        await carrier.offer([job])
        (parcel,) = await carrier.receive(QUEUE, limit=10, at_most=LONG)
        assert (parcel.job_id, parcel.stranger) == (job.id, None)

    async def test_what_one_process_offers_another_receives(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        jobs = [a_job(), a_job()]
        await carrier.offer(jobs)
        assert ids(await collect(other, 2)) == [job.id for job in jobs]

    async def test_jobs_of_equal_priority_come_in_the_order_of_their_offers(
        self, carrier: Carrier
    ) -> None:
        jobs = [a_job(priority=3) for _ in range(12)]
        await carrier.offer(jobs[:7])
        await carrier.offer(jobs[7:])
        assert ids(await collect(carrier, 12, limit=5)) == [job.id for job in jobs]

    async def test_higher_priority_comes_first(self, carrier: Carrier) -> None:
        self.require("priorities")
        jobs = [a_job(priority=priority) for priority in (0, 50, -50, 100, -100, 1, -1, 2)]
        await carrier.offer(jobs)
        wanted = sorted(jobs, key=lambda job: -job.priority)
        assert ids(await collect(carrier, len(jobs), limit=3)) == [job.id for job in wanted]

    async def test_a_job_offered_again_while_it_waits_is_not_lost_and_at_most_doubled(
        self, carrier: Carrier
    ) -> None:
        job = a_job()
        await carrier.offer([job])
        await carrier.offer([job])
        received = await collect(carrier, 2, at_most=SHORT)
        assert ids(received) in ([job.id], [job.id, job.id])
        await carrier.finish(received)
        await nothing_for(carrier)

    async def test_a_job_offered_again_while_it_is_held_is_not_lost_and_at_most_doubled(
        self, carrier: Carrier
    ) -> None:
        job = a_job()
        await carrier.offer([job])
        held = await collect(carrier, 1)
        await carrier.offer([job])
        again = await collect(carrier, 1, at_most=SHORT)
        assert ids(again) in ([], [job.id])
        await carrier.give_back(held)
        assert ids(await collect(carrier, 1)) == [job.id]

    async def test_a_job_tried_again_is_carried_again(self, carrier: Carrier) -> None:
        first = a_job(token=0)
        await carrier.offer([first])
        await carrier.finish(await collect(carrier, 1))
        await carrier.offer([a_job(first.id, token=2)])
        assert ids(await collect(carrier, 1)) == [first.id]

    async def test_what_was_finished_unopened_may_be_offered_once_more(
        self, carrier: Carrier
    ) -> None:
        job = a_job(token=1)
        for _ in range(3):
            await carrier.offer([job])
            received = await collect(carrier, 1)
            assert ids(received) == [job.id]
            await carrier.finish(received)

    async def test_whatever_a_payload_says_its_job_arrives(self, carrier: Carrier) -> None:
        jobs = [a_job(payload=text) for text in ODD_TEXTS]
        await carrier.offer(jobs)
        assert ids(await collect(carrier, len(jobs))) == [job.id for job in jobs]

    @pytest.mark.parametrize("text", ODD_TEXTS)
    async def test_a_stranger_s_job_is_handed_over_whole(
        self, carrier: Carrier, smuggle: Smuggle, text: str
    ) -> None:
        self.require("strangers")
        data = json.dumps({"text": text})
        await smuggle(QUEUE, "strangers.thing.v1", data)
        (parcel,) = await collect(carrier, 1)
        assert parcel.stranger is not None
        assert (parcel.job_id, parcel.stranger.name) == (None, "strangers.thing.v1")
        assert json.loads(parcel.stranger.payload) == {"text": text}
        assert parcel.stranger.policy.queue == QUEUE

    async def test_a_stranger_has_one_id_however_often_it_comes(
        self, carrier: Carrier, other: Carrier, smuggle: Smuggle
    ) -> None:
        self.require("strangers")
        await smuggle(QUEUE, "strangers.thing.v1", "{}")
        await smuggle(QUEUE, "strangers.thing.v1", "{}")
        first = await collect(carrier, 2)
        await carrier.give_back(first)
        again = await collect(other, 2)
        known = {parcel.stranger.id for parcel in first if parcel.stranger}
        assert len(known) == 2
        assert {parcel.stranger.id for parcel in again if parcel.stranger} == known
        await other.finish(again)
        await nothing_for(carrier)

    # Whose a parcel is

    async def test_no_more_than_the_limit_is_received(self, carrier: Carrier) -> None:
        jobs = [a_job() for _ in range(7)]
        await carrier.offer(jobs)
        received = 0
        while received < len(jobs):
            haul = await carrier.receive(QUEUE, limit=3, at_most=LONG)
            assert 1 <= len(haul) <= 3
            received += len(haul)

    async def test_what_a_receiver_has_no_room_for_stays_for_the_others(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        jobs = [a_job() for _ in range(4)]
        await carrier.offer(jobs)
        mine = await carrier.receive(QUEUE, limit=1, at_most=LONG)
        theirs = await collect(other, 3)
        assert sorted(ids(mine) + ids(theirs)) == sorted(job.id for job in jobs)

    async def test_two_receivers_never_hold_the_same_parcel(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        jobs = [a_job() for _ in range(60)]
        receivers = [carrier, other, carrier, other]
        waiting = [asyncio.create_task(collect(one, 60, limit=4, at_most=2)) for one in receivers]
        await carrier.offer(jobs)
        hauls = await asyncio.gather(*waiting)
        assert sorted(job_id for haul in hauls for job_id in ids(haul)) == sorted(
            job.id for job in jobs
        )

    # Ends

    async def test_what_was_finished_never_comes_again(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        await carrier.offer([a_job() for _ in range(5)])
        received = await collect(carrier, 5)
        await carrier.finish(received)
        await carrier.finish(received)
        await nothing_for(carrier)
        await nothing_for(other)

    async def test_what_was_given_back_comes_again_at_once_to_whoever_asks(
        self, carrier: Carrier, other: Carrier
    ) -> None:
        jobs = [a_job() for _ in range(3)]
        await carrier.offer(jobs)
        await carrier.give_back(await collect(carrier, 3))
        received = await collect(other, 3, at_most=1)
        assert sorted(ids(received)) == sorted(job.id for job in jobs)
        await other.finish(received)
        await nothing_for(carrier)

    async def test_of_what_was_received_one_is_finished_and_one_given_back(
        self, carrier: Carrier
    ) -> None:
        await carrier.offer([a_job(), a_job()])
        done, untried = await collect(carrier, 2)
        await carrier.finish([done])
        await carrier.give_back([untried])
        assert ids(await collect(carrier, 2, at_most=SHORT)) == [untried.job_id]

    async def test_nothing_to_do_is_done(self, carrier: Carrier) -> None:
        await carrier.offer([])
        await carrier.finish([])
        await carrier.give_back([])
        await nothing_for(carrier)

    # Rooms apart

    @pytest.mark.parametrize("neighbour", ["Lessons", "lessons:2", "lessons.2", "l%", "büro 7"])
    async def test_queues_are_apart(self, carrier: Carrier, neighbour: str) -> None:
        here, there = a_job(), a_job(queue=neighbour)
        await carrier.offer([here, there])
        assert ids(await collect(carrier, 2, at_most=SHORT)) == [here.id]
        assert ids(await collect(carrier, 1, queue=neighbour)) == [there.id]

    async def test_environments_are_apart(self, open_here: OpenHere, carrier: Carrier) -> None:
        async with open_here("elsewhere") as elsewhere:
            await carrier.offer([a_job()])
            await nothing_for(elsewhere)
            assert len(await collect(carrier, 1)) == 1

    # Trouble

    async def test_a_carrier_that_was_emptied_forgets_and_carries_on(
        self, carrier: Carrier, empty: Empty
    ) -> None:
        jobs = [a_job() for _ in range(4)]
        await carrier.offer(jobs)
        done, untried = await collect(carrier, 2, limit=2)
        await empty()
        await nothing_for(carrier)
        await carrier.finish([done])
        await carrier.give_back([untried])
        await carrier.offer(jobs)
        received = {parcel.job_id for parcel in await collect(carrier, 5, at_most=1)}
        assert received == {job.id for job in jobs}

    async def test_a_carrier_that_works_answers_a_ping(self, carrier: Carrier) -> None:
        await carrier.ping()
