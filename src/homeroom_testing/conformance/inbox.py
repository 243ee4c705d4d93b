"""The promises of the inbox: whoever hears a message twice knows it."""

import asyncio
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.house import Storage
from homeroom.kernel.ids import new_id
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.strategies import texts


class InboxConformance(StorageConformance):
    """True once per consumer and message, if the unit commits."""

    async def test_the_first_time_is_first_and_the_second_is_not(self, storage: Storage) -> None:
        assert await hears(storage, "mailer", "m1")
        assert not await hears(storage, "mailer", "m1")

    async def test_twice_in_one_unit_is_once(self, storage: Storage) -> None:
        async with storage.start() as unit:
            assert await unit.inbox.first_time("mailer", "m1")
            assert not await unit.inbox.first_time("mailer", "m1")

    async def test_each_consumer_hears_for_itself(self, storage: Storage) -> None:
        assert await hears(storage, "mailer", "m1")
        assert await hears(storage, "auditor", "m1")

    async def test_a_unit_that_did_not_commit_has_heard_nothing(self, storage: Storage) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            assert await unit.inbox.first_time("mailer", "m1")
        assert await hears(storage, "mailer", "m1")

    async def test_one_of_many_at_the_same_time_is_first(self, storage: Storage) -> None:
        answers = await asyncio.gather(*(hears(storage, "mailer", "m1") for _ in range(8)))
        assert sorted(answers) == [False] * 7 + [True]

    async def test_whoever_waits_is_first_when_the_other_gives_up(self, storage: Storage) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            assert await unit.inbox.first_time("mailer", "m1")
            waiting = asyncio.create_task(hears(storage, "mailer", "m1"))
            await asyncio.wait([waiting], timeout=0.1)
        assert await waiting

    async def test_what_one_consumer_heard_before_is_forgotten_by_the_portion(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        for message in ("m1", "m2", "m3"):
            assert await hears(storage, "mailer", message)
        assert await hears(storage, "auditor", "m1")
        clock.step(seconds=60)
        before = clock.now()
        assert await hears(storage, "mailer", "later")
        assert [await forgets(storage, before) for _ in range(3)] == [2, 1, 0]
        assert not await hears(storage, "mailer", "later")
        assert not await hears(storage, "auditor", "m1")
        assert await hears(storage, "mailer", "m1")

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(consumer=texts, message_id=texts.filter(bool), other=st.uuids())
    async def test_any_text_names_a_message(
        self, storage: Storage, consumer: str, message_id: str, other: object
    ) -> None:
        fresh = f"{message_id} {new_id()}"
        assert await hears(storage, consumer, fresh)
        assert not await hears(storage, consumer, fresh)
        assert await hears(storage, consumer, f"{fresh} {other}")


async def forgets(storage: Storage, before: datetime) -> int:
    """How many of at most two the mailer forgot, in a unit that commits."""
    async with storage.start() as unit:
        gone = await unit.inbox.forget("mailer", before=before, limit=2)
        await unit.commit()
    return gone


async def hears(storage: Storage, consumer: str, message_id: str) -> bool:
    """Whether it was the first time, in a unit that commits."""
    async with storage.start() as unit:
        first = await unit.inbox.first_time(consumer, message_id)
        await unit.commit()
    return first
