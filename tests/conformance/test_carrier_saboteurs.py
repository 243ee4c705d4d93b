"""Carriers that break one promise each, and the clause that catches them."""

import asyncio
import heapq
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest

from homeroom.kernel.carrier import Carrier, Parcel, Ready
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Job, WorkPolicy
from homeroom_adapters.memory.carrier import Lane, MemoryBroker, MemoryCarrier, Waiting
from homeroom_testing.conformance.carriers import CarrierConformance
from homeroom_testing.conformance.carriers_ground import Empty, OpenHere, Smuggle
from homeroom_testing.sabotage import NothingProven, broken_clauses


@attrs.define
class Harbour:
    """What all carriers of one test share: a broker, and strangers' jobs by their ids."""

    broker: MemoryBroker = attrs.field(factory=MemoryBroker)
    strangers: dict[JobId, Job] = attrs.field(factory=dict)


class HonestCarrier(MemoryCarrier):
    """The memory carrier, and strangers beside."""

    def __init__(self, harbour: Harbour, environment: str) -> None:
        super().__init__(harbour.broker, environment)
        self._harbour = harbour

    def _hold(self, lane: Lane, one: Waiting) -> Parcel:
        parcel = super()._hold(lane, one)
        stranger = self._harbour.strangers.get(one.offer[0])
        if stranger is None:
            return parcel
        return Parcel(tag=parcel.tag, job_id=None, stranger=stranger)


class Saboteur(CarrierConformance):
    """The honest carrier, with one part replaced by a broken one."""

    carrier_type: ClassVar[type[HonestCarrier]] = HonestCarrier

    @pytest.fixture
    def harbour(self) -> Harbour:
        return Harbour()

    @pytest.fixture
    def open_here(self, harbour: Harbour) -> OpenHere:
        @asynccontextmanager
        async def open_one(environment: str = "test") -> AsyncIterator[Carrier]:
            carrier = self.carrier_type(harbour, environment)
            yield carrier
            carrier.close()

        return open_one

    @pytest.fixture
    def empty(self, harbour: Harbour) -> Empty:
        async def forget() -> None:
            harbour.broker.empty()

        return forget

    @pytest.fixture
    def smuggle(self, harbour: Harbour) -> Smuggle:
        async def put(queue: str, name: str, data: str) -> None:
            now = datetime.now(UTC)
            made: Any = {"policy": WorkPolicy(queue=queue), "run_at": now, "created_at": now}
            stranger = Job(id=JobId(new_id()), name=name, payload=data, **made)
            harbour.strangers[stranger.id] = stranger
            lane, offer = harbour.broker.lanes["test", queue], (stranger.id, 0)
            lane.under_way.add(offer)
            lane.put(Waiting((0, harbour.broker.number()), offer))

        return put


class Honest(Saboteur):
    pass


class LosesWhatItCannotCarry(Saboteur):
    """Hands over as much as was asked for, and drops the rest."""

    class carrier_type(HonestCarrier):  # noqa: N801 - takes the place of the attribute
        async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
            return (await super().receive(queue, limit=1000, at_most=at_most))[:limit]


class IgnoresTheLimit(Saboteur):
    class carrier_type(HonestCarrier):  # noqa: N801
        async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
            return await super().receive(queue, limit=1000, at_most=at_most)


class LeavesItWaiting(Saboteur):
    """Shows what waits without taking it: the next receiver sees it too."""

    class carrier_type(HonestCarrier):  # noqa: N801
        def _hold(self, lane: Lane, one: Waiting) -> Parcel:
            lane.put(one)
            return super()._hold(lane, one)


class FinishesByGivingBack(Saboteur):
    class carrier_type(HonestCarrier):  # noqa: N801
        async def finish(self, parcels: Sequence[Parcel]) -> None:
            await self.give_back(parcels)


class KeepsWhatIsGivenBack(Saboteur):
    """Lets nobody have it as long as this process lives."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def give_back(self, parcels: Sequence[Parcel]) -> None:
            pass


class FinishesEverythingItHolds(Saboteur):
    """Acknowledges up to the parcel it was told of, as some protocols can."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def finish(self, parcels: Sequence[Parcel]) -> None:
            held = [Parcel(tag=tag, job_id=None) for tag in self._held]
            await super().finish(held if parcels else [])


class RemembersForEver(Saboteur):
    """Takes a job that it has carried once for one that is still under way."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def finish(self, parcels: Sequence[Parcel]) -> None:
            for parcel in parcels:
                self._held.pop(parcel.tag, None)


class RemembersTheJob(Saboteur):
    """Refuses a job it has carried, whatever has become of it since."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def offer(self, ready: Sequence[Ready]) -> None:
            seen: set[JobId] = self.__dict__.setdefault("seen", set())
            await super().offer([one for one in ready if one.id not in seen])
            seen.update(one.id for one in ready)


class LastInFirstOut(Saboteur):
    class carrier_type(HonestCarrier):  # noqa: N801
        async def offer(self, ready: Sequence[Ready]) -> None:
            await super().offer(ready[::-1])


class Levels(Saboteur):
    """Treats all alike, the urgent too."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def offer(self, ready: Sequence[Ready]) -> None:
            await super().offer([attrs.evolve(one, priority=0) for one in ready])


class OneBigRoom(Saboteur):
    """Forgets to keep environments apart."""

    class carrier_type(HonestCarrier):  # noqa: N801
        def __init__(self, harbour: Harbour, environment: str) -> None:
            super().__init__(harbour, "all")


class CleansNames(Saboteur):
    """Makes queues' names fit, without remembering what they were."""

    class carrier_type(HonestCarrier):  # noqa: N801
        def _lane(self, queue: str) -> Lane:
            return super()._lane(queue.lower().partition(":")[0])


class ReadsPayloads(Saboteur):
    """Cannot carry what it cannot read."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def offer(self, ready: Sequence[Ready]) -> None:
            for one in ready:
                json.loads(one.payload)
            await super().offer(ready)


class NeverWaits(Saboteur):
    class carrier_type(HonestCarrier):  # noqa: N801
        async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
            return await super().receive(queue, limit=limit, at_most=0)


class SleepsThroughTheBell(Saboteur):
    """Waits its time out before it looks."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
            if not (haul := await super().receive(queue, limit=limit, at_most=0)):
                await asyncio.sleep(at_most)
                haul = await super().receive(queue, limit=limit, at_most=0)
            return haul


class QuietReturns(Saboteur):
    """Puts back what was given back, and wakes nobody for it."""

    class carrier_type(HonestCarrier):  # noqa: N801
        def _let_go(self, tag: object) -> None:
            lane, one = self._held.pop(tag)
            heapq.heappush(lane.waiting, one)


class TakesItIntoTheGrave(Saboteur):
    """A receiver that gave up goes on receiving, and nobody hears of it."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
            waiting = super().receive(queue, limit=limit, at_most=at_most)
            self.task: asyncio.Task[Any] = asyncio.ensure_future(waiting)
            return await asyncio.shield(self.task)


class StrangersAreNobody(Saboteur):
    """Takes every id for one of ours."""

    class carrier_type(HonestCarrier):  # noqa: N801
        def _hold(self, lane: Lane, one: Waiting) -> Parcel:
            return attrs.evolve(super()._hold(lane, one), job_id=one.offer[0], stranger=None)


class NamesStrangersAnew(Saboteur):
    """Gives a stranger another id each time it comes."""

    class carrier_type(HonestCarrier):  # noqa: N801
        def _hold(self, lane: Lane, one: Waiting) -> Parcel:
            parcel = super()._hold(lane, one)
            if parcel.stranger is None:
                return parcel
            return attrs.evolve(parcel, stranger=attrs.evolve(parcel.stranger, id=JobId(new_id())))


class ChokesOnWhatIsGone(Saboteur):
    """Expects to find whatever it was told to end."""

    class carrier_type(HonestCarrier):  # noqa: N801
        async def finish(self, parcels: Sequence[Parcel]) -> None:
            for parcel in parcels:
                lane, one = self._held[parcel.tag]
                lane.under_way.remove(one.offer)
            await super().finish(parcels)


CAUGHT_BY: dict[type[Saboteur], str] = {
    LosesWhatItCannotCarry: "test_what_a_receiver_has_no_room_for_stays_for_the_others",
    IgnoresTheLimit: "test_no_more_than_the_limit_is_received",
    LeavesItWaiting: "test_two_receivers_never_hold_the_same_parcel",
    FinishesByGivingBack: "test_what_was_finished_never_comes_again",
    KeepsWhatIsGivenBack: "test_what_was_given_back_comes_again_at_once_to_whoever_asks",
    FinishesEverythingItHolds: "test_of_what_was_received_one_is_finished_and_one_given_back",
    RemembersForEver: "test_what_was_finished_unopened_may_be_offered_once_more",
    RemembersTheJob: "test_a_job_tried_again_is_carried_again",
    LastInFirstOut: "test_jobs_of_equal_priority_come_in_the_order_of_their_offers",
    Levels: "test_higher_priority_comes_first",
    OneBigRoom: "test_environments_are_apart",
    CleansNames: "test_queues_are_apart",
    ReadsPayloads: "test_whatever_a_payload_says_its_job_arrives",
    NeverWaits: "test_a_receiver_waits_as_long_as_it_said_and_leaves_with_nothing",
    SleepsThroughTheBell: "test_a_receiver_that_waits_is_woken_by_an_offer",
    QuietReturns: "test_a_receiver_that_waits_is_woken_by_what_is_given_back",
    TakesItIntoTheGrave: "test_a_receiver_that_gave_up_takes_nothing_with_it",
    StrangersAreNobody: "test_a_stranger_s_job_is_handed_over_whole",
    NamesStrangersAnew: "test_a_stranger_has_one_id_however_often_it_comes",
    ChokesOnWhatIsGone: "test_a_carrier_that_was_emptied_forgets_and_carries_on",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_carrier_breaks_no_clause() -> None:
    assert broken_clauses(Honest) == frozenset()


def test_a_suite_that_never_ran_proves_nothing() -> None:
    with pytest.raises(NothingProven):
        broken_clauses(Honest, only="no_clause_is_called_this")
