"""State in one store, events, jobs and entries in another: together or not at all, whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from pymongo import AsyncMongoClient
from storage_grounds import InMemory, OnPostgres, OnSqlite, documents_settings
from two_stores import TOLD, Beside, Dying, Stores

from homeroom.exams.errors import VendorNotFound
from homeroom.house import DocumentsSettings, Storage
from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import new_id
from homeroom.kernel.jobs import MAX_PAYLOAD, JobRequest, PayloadTooLarge
from homeroom.kernel.tracing import tracing
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.mongo import handover
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import Crossed
from homeroom_adapters.mongo.handover import HANDOVERS
from homeroom_adapters.mongo.laid import HEARD, MixedUnit
from homeroom_adapters.mongo.opening import open_documents
from homeroom_adapters.mongo.unit import UnitNotOpen
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.audit import an_entry
from homeroom_testing.conformance.exams_ground import (
    a_kept_exam,
    a_kept_vendor,
    a_vendor,
    seen_exam,
)
from homeroom_testing.conformance.jobs import Recital, keyed, take
from homeroom_testing.conformance.storage import (
    StorageConformance,
    an_institution,
    settle_in,
    told_by,
)

STRANGE = {"name": "exams.never_heard_of.v1", "payload": "{}"}


async def strays(stores: Stores, *contents: dict[str, Any]) -> list[str]:
    """Handovers of one moment long ago; their ids."""
    ids = [str(new_id()) for _ in contents]
    for one, content in zip(ids, contents, strict=True):
        stray = {"_id": one, "at": "2000-01-01T00:00:00.000000+00:00", **content}
        await stores.desk.insert_unless_taken(HANDOVERS, stray)
    return ids


@pytest.mark.service("mongo")
class HandoverClauses(StorageConformance):
    """`storage` is the one beside."""

    @pytest.fixture
    async def settings(self, mongo_url: str, mongo_database: str) -> DocumentsSettings:
        return attrs.evolve(
            await documents_settings(mongo_url, mongo_database), relay_seconds=3600.0
        )

    @pytest.fixture
    async def stores(
        self, settings: DocumentsSettings, storage: Storage, clock: SteppingClock
    ) -> AsyncIterator[Stores]:
        beside = Beside(storage)
        watched = attrs.evolve(storage, start=beside.start)
        database = urlsplit(settings.url).path[1:]
        async with (
            AsyncMongoClient[dict[str, Any]](settings.url) as client,
            open_documents(settings, Ambient(clock, JsonCodec()), watched) as whole,
        ):
            house = await settle_in(whole)
            vendor = await a_kept_vendor(whole, house)
            exam = await a_kept_exam(whole, vendor)
            yield Stores(whole, beside, Desk(client[database]), clock, house, vendor, exam)

    async def test_what_is_laid_down_with_a_change_is_there_with_it(self, stores: Stores) -> None:
        job_id = await stores.publish()
        await stores.expect_once(job_id)

    async def test_leaving_without_commit_leaves_nothing_in_either_store(
        self, stores: Stores
    ) -> None:
        self.require("transactional")
        async with stores.whole.start() as unit:
            exam = await unit.exams.get(stores.exam.id, reach=None)
            exam.retire(at=NOON)
            await unit.exams.save(exam)
            await unit.audit.note(an_entry(stores.house))
            await unit.jobs.enqueue(JobRequest(work=Recital()))
        assert (await seen_exam(stores.whole, stores.exam)).status is not exam.status
        await stores.expect_nothing()
        assert await stores.waiting() == 0

    async def test_a_unit_that_changes_no_document_is_the_other_storage_s_alone(
        self, stores: Stores
    ) -> None:
        async with stores.whole.start() as unit:
            assert await unit.exams.get(stores.exam.id, reach=None) == stores.exam
            (holder,) = await unit.jobs.enqueue(keyed("k"))
            await unit.audit.note(an_entry(stores.house, "exams.look"))
            stores.beside.happens = Unavailable("a handover would have to be carried")
            await unit.commit()
        stores.beside.happens = None
        async with stores.whole.start() as unit:
            assert await unit.jobs.enqueue(keyed("k")) == (holder,)
        assert await stores.noted() == ["exams.look"]
        assert (await stores.asked(), await stores.waiting()) == ([holder], 0)

    async def test_what_was_laid_down_before_the_change_is_there_once(self, stores: Stores) -> None:
        async with stores.whole.start() as unit:
            await unit.audit.note(an_entry(stores.house, "exams.begin"))
            (job_id,) = await unit.jobs.enqueue(JobRequest(work=Recital()))
            await unit.vendors.save(a_vendor(stores.house, "Other"))
            await unit.commit()
        assert await stores.noted() == ["exams.begin"]
        assert await stores.asked() == [job_id]

    async def test_nobody_is_refused_what_is_done_because_the_other_store_is_away(
        self, stores: Stores
    ) -> None:
        job_id = await stores.publish(Unavailable("away"))
        assert (await seen_exam(stores.whole, stores.exam)).version == stores.exam.version + 1
        await stores.expect_nothing()
        assert await stores.waiting() == 1
        stores.clock.step(seconds=60)
        assert await stores.relay.carry_aged() == 1
        await stores.expect_once(job_id)

    async def test_what_a_process_had_not_carried_when_it_died_is_carried_by_the_next_that_opens(
        self, stores: Stores, settings: DocumentsSettings
    ) -> None:
        with pytest.raises(asyncio.CancelledError):
            await stores.publish(asyncio.CancelledError())
        await stores.expect_nothing()
        stores.clock.step(seconds=60)
        ambient = Ambient(stores.clock, JsonCodec())
        async with open_documents(settings, ambient, stores.beside.storage):
            await stores.expect_carried()
        assert await stores.told() == [TOLD]

    async def test_what_was_carried_by_a_process_that_died_then_is_not_carried_again(
        self, stores: Stores
    ) -> None:
        with pytest.raises(asyncio.CancelledError):
            await stores.publish(Dying)
        assert await stores.waiting() == 1
        assert await stores.told() == [TOLD]
        assert len(await stores.asked()) == 1
        stores.clock.step(seconds=60)
        assert await stores.relay.carry_aged() == 1
        assert (await stores.told(), await stores.asked(), await stores.waiting()) == ([], [], 0)
        assert await stores.noted() == ["exams.publish"]

    async def test_two_relays_at_the_same_time_carry_it_once(self, stores: Stores) -> None:
        job_id = await stores.publish(Unavailable("away"))
        stores.clock.step(seconds=60)
        await asyncio.gather(*(stores.relay.carry_aged() for _ in range(2)))
        await stores.expect_once(job_id)

    async def test_what_somebody_may_be_carrying_is_left_to_them(self, stores: Stores) -> None:
        await stores.publish(Unavailable("away"))
        stores.clock.step(seconds=(handover.AGED - timedelta(seconds=1)).total_seconds())
        assert (await stores.relay.carry_aged(), await stores.waiting()) == (0, 1)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"events": [STRANGE]},
            {"field_of_tomorrow": "zebra"},
            {"entries": ["zebra"]},
            {"heard": [["auditor"]]},
        ],
    )
    async def test_one_that_nobody_can_read_keeps_no_other_back_and_is_logged_once(
        self, stores: Stores, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        job_id = await stores.publish(Unavailable("away"))
        (stray,) = await strays(stores, wrong)
        stores.clock.step(seconds=60)
        assert [await stores.relay.carry_aged() for _ in range(2)] == [1, 0]
        (told,) = [one for one in caplog.records if stray in one.getMessage()]
        assert (told.levelname, told.exc_info) == ("ERROR", None)
        assert "zebra" not in caplog.text
        assert await stores.desk.remove(HANDOVERS, {"_id": stray}) == 1
        await stores.expect_once(job_id)

    async def test_however_many_cannot_be_read_those_behind_them_are_carried(
        self, stores: Stores
    ) -> None:
        job_id = await stores.publish(Unavailable("away"))
        many = await strays(stores, *[{"events": [STRANGE]}] * 100)
        stores.clock.step(seconds=60)
        assert await stores.relay.carry_aged() == 1
        assert await stores.desk.remove(HANDOVERS, {"_id": {"$in": many}}) == 100
        await stores.expect_once(job_id)

    async def test_that_it_was_carried_is_forgotten_a_day_before_the_oldest_that_waits(
        self, stores: Stores
    ) -> None:
        ids = [str(new_id()) for _ in range(2)]
        for one in ids:
            assert await stores.carried(one)
            stores.clock.step(seconds=3600)
        await stores.relay.forget_carried()
        assert [await stores.carried(one) for one in ids] == [False, False]
        stores.clock.step(seconds=22.5 * 3600)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stores.relay.keep_carrying(0.01), timeout=1)
        assert [await stores.carried(one) for one in ids] == [True, False]
        await strays(stores, {"events": [STRANGE]})
        stores.clock.step(seconds=100 * 3600)
        await stores.relay.forget_carried()
        assert [await stores.carried(one) for one in ids] == [False, False]

    async def test_what_is_done_is_answered_whatever_goes_wrong_with_the_handover(
        self, stores: Stores
    ) -> None:
        job_id = await stores.publish(ValueError("nothing anybody has thought of"))
        await stores.expect_nothing()
        stores.clock.step(seconds=60)
        assert await stores.relay.carry_aged() == 1
        await stores.expect_once(job_id)

    async def test_what_is_carried_later_belongs_to_the_trace_that_asked(
        self, stores: Stores
    ) -> None:
        with tracing("4bf92f3577b34da6a3ce929d0e0e4736") as trace:
            await stores.publish(Unavailable("away"))
        stores.clock.step(seconds=60)
        with tracing("0af7651916cd43dd8448eb211c80319c"):
            await stores.relay.carry_aged()
        assert [one.trace_id for one in await told_by(stores.whole)] == [trace]
        assert [one.trace_id for one in await take(stores.whole)] == [trace]

    async def test_more_than_a_document_holds_is_handed_over_in_several(
        self, stores: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handover, "_MOST_TEXT", 1000)
        entries = [an_entry(stores.house, f"exams.step_{number}") for number in range(20)]
        await self._note(stores, *entries, happens=Unavailable("away for a moment"))
        parts = await stores.waiting()
        assert parts > 1
        assert await stores.noted() == []  # none overtakes the first, which failed
        stores.clock.step(seconds=60)
        assert await stores.relay.carry_aged() == parts
        assert sorted(await stores.noted()) == sorted(one.action for one in entries)

    async def test_a_unit_that_changes_both_stores_is_refused_and_changes_nothing(
        self, stores: Stores
    ) -> None:
        never, nobody = a_vendor(stores.house, "Never"), an_institution("Nobody's")

        async def change_both() -> None:
            async with stores.whole.start() as unit:
                await unit.vendors.save(never)
                await unit.institutions.add(nobody)
                await unit.commit()

        with pytest.raises(MixedUnit):
            await change_both()
        assert nobody not in await stores.whole.people.institutions()
        with pytest.raises(VendorNotFound):
            await stores.whole.catalogue.vendor(never.id, reach=None)

    @pytest.mark.parametrize("held", [True, False])
    async def test_a_key_has_one_holder_beside_a_change_too(
        self, stores: Stores, held: bool
    ) -> None:
        async with stores.whole.start() as unit:
            earlier = await unit.jobs.enqueue(*[keyed("k")] * held)
            await unit.commit()
        async with stores.whole.start() as unit:
            await unit.vendors.save(a_vendor(stores.house, "Other"))
            (first,) = await unit.jobs.enqueue(keyed("k"))
            assert await unit.jobs.enqueue(keyed("k")) == (first,)
            await unit.commit()
        assert first in earlier or not held
        assert await stores.asked() == [first]

    @pytest.mark.parametrize("first", ["hears", "changes"])
    async def test_what_is_heard_with_a_change_is_heard_once(
        self, stores: Stores, first: str
    ) -> None:
        assert await stores.hears("m1", first) == [True, False]
        assert await stores.hears("m1", first) == [False, False]
        async with stores.whole.start() as unit:
            assert not await unit.inbox.first_time("auditor", "m1")
        assert await stores.desk.find(HEARD, {}) == []

    async def test_who_did_not_commit_a_change_has_heard_nothing(self, stores: Stores) -> None:
        async with stores.whole.start() as unit:
            await unit.vendors.save(a_vendor(stores.house, "Never"))
            assert await unit.inbox.first_time("auditor", "m1")
        assert await stores.hears("m1", "changes") == [True, False]

    async def test_what_was_heard_and_is_not_carried_yet_is_heard_by_nobody_else(
        self, stores: Stores
    ) -> None:
        assert await stores.hears("m1", "changes", Unavailable("away")) == [True, False]
        assert await stores.hears("m1", "changes") == [False, False]
        with pytest.raises(Crossed):
            await stores.hears("m1", "hears")
        stores.clock.step(seconds=60)
        assert await stores.relay.carry_aged() == 1
        assert await stores.hears("m1", "hears") == [False, False]
        assert await stores.desk.find(HEARD, {}) == []

    async def test_a_payload_beyond_the_bound_is_refused_before_the_change_is_committed(
        self, stores: Stores
    ) -> None:
        async with stores.whole.start() as unit:
            await unit.vendors.save(a_vendor(stores.house, "Other"))
            with pytest.raises(PayloadTooLarge):
                await unit.jobs.enqueue(JobRequest(work=Recital(text="x" * MAX_PAYLOAD)))

    async def test_after_its_commit_a_unit_does_no_more(self, stores: Stores) -> None:
        async with stores.whole.start() as unit:
            await unit.vendors.save(a_vendor(stores.house, "Other"))
            await unit.commit()
            for use in ("vendors", "outbox", "audit", "jobs", "persons"):
                with pytest.raises(UnitNotOpen):
                    getattr(unit, use)

    async def _note(self, stores: Stores, *entries: Entry, happens: BaseException) -> None:
        async with stores.whole.start() as unit:
            await unit.vendors.save(a_vendor(stores.house, "Other"))
            await unit.audit.note(*entries)
            stores.beside.happens = happens
            await unit.commit()


class TestHandoversBesideMemory(InMemory, HandoverClauses): ...


class TestHandoversBesideSqlite(OnSqlite, HandoverClauses): ...


class TestHandoversBesidePostgres(OnPostgres, HandoverClauses): ...
