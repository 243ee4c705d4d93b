"""The promises of what keeps count of spending on machine-written questions."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from homeroom.exams.errors import WritingBudgetUsedUp
from homeroom.exams.model.budgets import Ceiling, Reservation, Spent
from homeroom.house import Storage
from homeroom.kernel.ids import GenerationId, InstitutionId, new_id
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround
from homeroom_testing.conformance.storage import settle_in

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MIDNIGHT = NOON - timedelta(hours=12)


def wanted(
    house: Institution,
    amount: int,
    *,
    generation_id: GenerationId | None = None,
    at: datetime = NOON,
) -> Reservation:
    return Reservation(
        generation_id=generation_id or GenerationId(new_id()),
        institution_id=house.id,
        amount=amount,
        at=at,
        until=at + HOUR,
    )


def most(amount: int, since: datetime = MIDNIGHT) -> Sequence[Ceiling]:
    return (Ceiling(since, amount, since + DAY),)


async def reserve(storage: Storage, reservation: Reservation, ceilings: Sequence[Ceiling]) -> None:
    async with storage.start() as unit:
        await unit.writing_spending.reserve(reservation, ceilings)
        await unit.commit()


async def settle(storage: Storage, generation_id: GenerationId, cost: int) -> None:
    async with storage.start() as unit:
        await unit.writing_spending.settle(generation_id, cost)
        await unit.commit()


async def charge(storage: Storage, generation_id: GenerationId) -> None:
    async with storage.start() as unit:
        await unit.writing_spending.charge(generation_id)
        await unit.commit()


async def spent(
    storage: Storage,
    institution_id: InstitutionId,
    *,
    since: datetime = MIDNIGHT,
    at: datetime = NOON,
) -> Spent:
    async with storage.start() as unit:
        return await unit.writing_spending.spent(institution_id, since=since, at=at)


class WritingSpendingConformance(PeopleGround):
    """What `WritingSpending` promises."""

    async def test_what_is_reserved_counts_until_it_is_settled(
        self, storage: Storage, house: Institution
    ) -> None:
        one = wanted(house, 60)
        await reserve(storage, one, most(100))
        assert await spent(storage, house.id) == Spent(0, 60)
        with pytest.raises(WritingBudgetUsedUp):
            await reserve(storage, wanted(house, 41), most(100))
        await settle(storage, one.generation_id, 10)
        assert await spent(storage, house.id) == Spent(10, 0)
        await reserve(storage, wanted(house, 90), most(100))
        assert await spent(storage, house.id) == Spent(10, 90)

    async def test_every_ceiling_holds_from_its_own_instant_on(
        self, storage: Storage, house: Institution
    ) -> None:
        before = wanted(house, 80, at=NOON - DAY)
        await reserve(storage, before, most(100))
        await settle(storage, before.generation_id, 80)
        month = Ceiling(NOON - 9 * DAY, 100, NOON + 21 * DAY)
        with pytest.raises(WritingBudgetUsedUp):
            await reserve(storage, wanted(house, 21), (*most(100), month))
        await reserve(storage, wanted(house, 20), (*most(100), month))
        assert await spent(storage, house.id) == Spent(0, 20)
        assert await spent(storage, house.id, since=month.since) == Spent(80, 20)

    async def test_of_many_who_reserve_at_once_none_gets_what_another_has(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("isolated")
        asked = (reserve(storage, wanted(house, 40), most(100)) for _ in range(6))
        came = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(one is None for one in came) == 2
        assert sum(isinstance(one, WritingBudgetUsedUp) for one in came) == 4
        assert await spent(storage, house.id) == Spent(0, 80)

    async def test_what_nobody_settled_is_free_again_once_its_time_is_up(
        self, storage: Storage, house: Institution
    ) -> None:
        await reserve(storage, wanted(house, 100), most(100))
        with pytest.raises(WritingBudgetUsedUp):
            await reserve(storage, wanted(house, 1, at=NOON + HOUR - MINUTE), most(100))
        await reserve(storage, wanted(house, 100, at=NOON + HOUR), most(100))
        assert await spent(storage, house.id, at=NOON + HOUR) == Spent(0, 100)

    async def test_whoever_reserves_again_gives_up_what_they_had(
        self, storage: Storage, house: Institution
    ) -> None:
        one = wanted(house, 100)
        await reserve(storage, one, most(100))
        again = wanted(house, 70, generation_id=one.generation_id, at=NOON + MINUTE)
        await reserve(storage, again, most(100))
        assert await spent(storage, house.id) == Spent(0, 70)

    async def test_what_is_settled_late_or_more_than_once_adds_up(
        self, storage: Storage, house: Institution
    ) -> None:
        one = wanted(house, 50)
        await reserve(storage, one, most(100))
        await settle(storage, one.generation_id, 60)
        again = wanted(house, 40, generation_id=one.generation_id)
        await reserve(storage, again, most(100))
        await settle(storage, one.generation_id, 5)
        await settle(storage, GenerationId(new_id()), 7)
        assert await spent(storage, house.id) == Spent(65, 0)
        with pytest.raises(WritingBudgetUsedUp) as refused:
            await reserve(storage, wanted(house, 36), most(100))
        assert refused.value.retry_after == 12 * 3600

    async def test_what_nobody_knows_to_be_free_is_charged_once(
        self, storage: Storage, house: Institution
    ) -> None:
        one = wanted(house, 50)
        await reserve(storage, one, most(100))
        for _ in range(2):
            await charge(storage, one.generation_id)
            await charge(storage, GenerationId(new_id()))
        assert await spent(storage, house.id) == Spent(50, 0)
        again = wanted(house, 40, generation_id=one.generation_id)
        await reserve(storage, again, most(100))
        await settle(storage, one.generation_id, 5)
        assert await spent(storage, house.id) == Spent(55, 0)

    async def test_what_others_spend_takes_nothing_away(
        self, storage: Storage, house: Institution
    ) -> None:
        other = await settle_in(storage, "Elsewhere")
        await reserve(storage, wanted(house, 100), most(100))
        await reserve(storage, wanted(other, 100), most(100))
        assert await spent(storage, other.id) == Spent(0, 100)

    async def test_what_costs_nothing_is_reserved_whatever_was_spent(
        self, storage: Storage, house: Institution
    ) -> None:
        await reserve(storage, wanted(house, 100), most(100))
        await reserve(storage, wanted(house, 0), most(0))
        assert await spent(storage, house.id) == Spent(0, 100)

    async def test_leaving_without_commit_reserves_nothing(
        self, storage: Storage, house: Institution
    ) -> None:
        async with storage.start() as unit:
            await unit.writing_spending.reserve(wanted(house, 100), most(100))
        await reserve(storage, wanted(house, 100), most(100))
        assert await spent(storage, house.id) == Spent(0, 100)
