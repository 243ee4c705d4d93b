"""The memory storage signs every suite that the sql storage signs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

import pytest

from homeroom.house import SchemaStatus, Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.queue import succeed
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import BadMemoryUrl, open_schema, open_storage
from homeroom_adapters.memory.transaction import UnitNotOpen
from homeroom_adapters.memory.turn import Busy, Turn
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.conformance.districts import (
    DistrictQueriesConformance,
    DistrictsConformance,
)
from homeroom_testing.conformance.inbox import InboxConformance
from homeroom_testing.conformance.institutions import InstitutionsConformance
from homeroom_testing.conformance.jobs import Recital, ask, keyed, take
from homeroom_testing.conformance.outbox import OutboxConformance
from homeroom_testing.conformance.people import (
    ApiKeysConformance,
    PeopleQueriesConformance,
)
from homeroom_testing.conformance.schema import SchemaConformance
from homeroom_testing.conformance.storage import an_institution, settle_in
from homeroom_testing.conformance.unit import UnitConformance

pytestmark = pytest.mark.adapter("memory")


def opened(url: str = "") -> AbstractAsyncContextManager[Storage]:
    return open_storage(StorageSettings(url=url), Ambient(SteppingClock(), JsonCodec()))


class InMemory:
    capabilities: ClassVar[Capabilities] = Capabilities(durable=False)

    @pytest.fixture
    async def storage(self, clock: SteppingClock) -> AsyncIterator[Storage]:
        async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
            yield opened


class TestUnitInMemory(InMemory, UnitConformance): ...


class TestOutboxInMemory(InMemory, OutboxConformance): ...


class TestSchemaInMemory(InMemory, SchemaConformance): ...


class TestInboxInMemory(InMemory, InboxConformance): ...


class TestInstitutionsInMemory(InMemory, InstitutionsConformance): ...


class TestDistrictsInMemory(InMemory, DistrictsConformance): ...


class TestDistrictQueriesInMemory(InMemory, DistrictQueriesConformance): ...


class TestApiKeysInMemory(InMemory, ApiKeysConformance): ...


class TestPeopleQueriesInMemory(InMemory, PeopleQueriesConformance): ...


@pytest.mark.anyio
class TestOpening:
    async def test_whoever_opens_the_same_name_sees_the_same_store(self) -> None:
        async with opened("memory://house") as one, opened("memory://house") as other:
            house = await settle_in(one)
            assert list(await other.people.institutions()) == [house]

    async def test_a_commit_in_one_opening_wakes_the_other(self) -> None:
        async with opened("memory://house") as one, opened("memory://house") as other:
            await ask(one, keyed("k"))
            assert await other.wakeups.wait(5.0) == {"suite"}

    @pytest.mark.parametrize("urls", [("memory://house", "memory://home"), ("", "")])
    async def test_other_names_and_no_names_are_stores_of_their_own(
        self, urls: tuple[str, str]
    ) -> None:
        async with opened(urls[0]) as one, opened(urls[1]) as other:
            await settle_in(one)
            assert list(await other.people.institutions()) == []

    async def test_a_store_is_forgotten_when_the_last_one_closes_it(self) -> None:
        async with opened("memory://house") as one:
            async with opened("memory://house") as other:
                await settle_in(other)
            assert len(await one.people.institutions()) == 1
        async with opened("memory://house") as anew:
            assert list(await anew.people.institutions()) == []

    @pytest.mark.parametrize(
        "url", ["my-house", "sqlite:///house", "memory://a:secret@house", "memory://house/x?y"]
    )
    async def test_another_address_is_refused_and_not_quoted(self, url: str) -> None:
        with pytest.raises(BadMemoryUrl) as refusal:
            async with opened(url):
                pass
        assert url not in str(refusal.value)
        with pytest.raises(BadMemoryUrl):
            async with open_schema(StorageSettings(url=url)):
                pass

    async def test_its_schema_is_always_the_one_that_is_needed(self) -> None:
        async with open_schema(StorageSettings(url="memory://house")) as schema:
            assert (await schema.status()).ready
            assert await schema.upgrade() == SchemaStatus("memory", "memory")


@pytest.mark.anyio
class TestTurns:
    async def test_a_unit_does_nothing_before_it_is_entered_and_after_its_commit(self) -> None:
        async with opened() as storage:
            unit = storage.start()
            with pytest.raises(UnitNotOpen):
                await unit.institutions.first()
            async with unit:
                await unit.commit()
                with pytest.raises(UnitNotOpen):
                    await unit.institutions.add(an_institution())
            assert list(await storage.people.institutions()) == []

    async def test_whoever_waits_too_long_for_a_turn_is_told_to_come_back(self) -> None:
        turn = Turn(patience=0.01)
        async with turn:
            with pytest.raises(Busy) as refusal:
                await turn.take()
        assert refusal.value.retry_after
        async with turn:
            pass

    async def test_whoever_left_the_line_is_passed_over(self) -> None:
        turn = Turn()
        async with turn:
            impatient = asyncio.create_task(turn.take())
            patient = asyncio.create_task(turn.take())
            await asyncio.sleep(0)
            impatient.cancel()
            await asyncio.wait([impatient])
        async with asyncio.timeout(5):
            await patient
        turn.give_up()

    async def test_whoever_is_called_while_they_leave_hands_the_turn_on(self) -> None:
        turn = Turn()
        await turn.take()
        impatient, patient = asyncio.create_task(turn.take()), asyncio.create_task(turn.take())
        await asyncio.sleep(0)
        turn.give_up()
        impatient.cancel()
        async with asyncio.timeout(5):
            await patient
        assert impatient.cancelled()
        turn.give_up()

    async def test_threads_with_loops_of_their_own_claim_each_job_once(self) -> None:
        async with opened("memory://house") as storage:
            ids = set(await ask(storage, *(keyed(str(number)) for number in range(25))))
            works = [asyncio.to_thread(asyncio.run, _worked_off()) for _ in range(4)]
            asked_and_claimed = await asyncio.gather(*works)
            claimed = [claim.id for claim in await take(storage, limit=1_000)]
        for asked_there, claimed_there in asked_and_claimed:
            ids |= asked_there
            claimed += claimed_there
        assert sorted(claimed) == sorted(ids)


async def _worked_off() -> tuple[set[JobId], list[JobId]]:
    """Ask, claim and settle in turn, on a loop of one's own: what was asked and claimed."""
    asked: set[JobId] = set()
    claimed: list[JobId] = []
    async with opened("memory://house") as storage:
        for number in range(25):
            asked.update(await ask(storage, JobRequest(work=Recital()), keyed(str(number))))
            claims = await take(storage, limit=2)
            claimed += [claim.id for claim in claims]
            assert not await storage.queue.settle([succeed(claim) for claim in claims])
    return asked, claimed
