"""Two stores as one: exams' documents, and the storage beside them to which something happens."""

import asyncio
from typing import Any

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.house import HouseUnit, Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.handover import CONSUMER, HANDOVERS, Handovers
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.audit import an_entry
from homeroom_testing.conformance.jobs import Recital, take
from homeroom_testing.conformance.storage import told_by

TOLD = "exams.exam_published.v1"


@attrs.define
class Dying:
    """A unit that commits, and whose process dies before it can say so."""

    _unit: HouseUnit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def __aenter__(self) -> "Dying":
        await self._unit.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._unit.__aexit__(*error)

    async def commit(self) -> None:
        await self._unit.commit()
        raise asyncio.CancelledError


@attrs.define
class Beside:
    """The storage beside the documents, to which something may happen."""

    storage: Storage
    happens: BaseException | type[Dying] | None = None

    def start(self) -> HouseUnit:
        happens, self.happens = self.happens, None
        if isinstance(happens, BaseException):
            raise happens
        unit = self.storage.start()
        return unit if happens is None else happens(unit)  # type: ignore[return-value]


@attrs.define
class Stores:
    """Both stores as one, and what a test does to them."""

    whole: Storage
    beside: Beside
    desk: Desk
    clock: SteppingClock
    house: Institution
    vendor: Vendor
    exam: Exam

    @property
    def relay(self) -> Handovers:
        ambient = Ambient(self.clock, JsonCodec())
        return Handovers(self.desk, self.beside.storage.start, ambient)

    async def publish(self, happens: BaseException | type[Dying] | None = None) -> JobId:
        """Change an exam, tell it, note it and ask for work; as it commits, something *happens*."""
        async with self.whole.start() as unit:
            exam = await unit.exams.get(self.exam.id, reach=None)
            exam.publish(at=NOON)
            await unit.exams.save(exam)
            await unit.audit.note(an_entry(self.house, "exams.publish"))
            (job_id,) = await unit.jobs.enqueue(JobRequest(work=Recital(text="Ave")))
            self.beside.happens = happens
            await unit.commit()
        return job_id

    async def hears(
        self, message: str, first: str, happens: BaseException | None = None
    ) -> list[bool]:
        """Whether a unit that changes a vendor hears this, and hears it again."""
        async with self.whole.start() as unit:
            vendor = await unit.vendors.get(self.vendor.id, reach=None)
            if first == "changes":
                await unit.vendors.save(vendor)
            heard = [await unit.inbox.first_time("auditor", message) for _ in range(2)]
            if first == "hears":
                await unit.vendors.save(vendor)
            self.beside.happens = happens
            await unit.commit()
        return heard

    async def carried(self, handover_id: str) -> bool:
        """Whether the inbox beside us hears now, for the first time, that it was carried."""
        async with self.beside.storage.start() as unit:
            first = await unit.inbox.first_time(CONSUMER, handover_id)
            await unit.commit()
        return first

    async def waiting(self) -> int:
        return len(await self.desk.find(HANDOVERS, {}))

    async def expect_carried(self) -> None:
        """Somebody carries all that waits, before long."""
        for _ in range(500):
            if not await self.waiting():
                return
            await asyncio.sleep(0.02)
        pytest.fail("nobody has carried what waits")

    async def told(self) -> list[str]:
        return [one.name for one in await told_by(self.whole)]

    async def asked(self) -> list[JobId]:
        return [one.id for one in await take(self.whole)]

    async def noted(self) -> list[str]:
        found = await self.whole.record.entries(EntryFilter(reach=None), CursorRequest())
        return [one.action for one in found.items]

    async def expect_once(self, job_id: JobId) -> None:
        assert await self.told() == [TOLD]
        assert await self.asked() == [job_id]
        assert await self.noted() == ["exams.publish"]
        assert await self.waiting() == 0

    async def expect_nothing(self) -> None:
        assert (await self.told(), await self.asked(), await self.noted()) == ([], [], [])
