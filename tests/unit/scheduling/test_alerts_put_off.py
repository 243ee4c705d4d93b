"""Alerts that have to wait for their channel: put off once, to a place of their own."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Job, work_names
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.sealing import SealerSettings
from homeroom.operations.model import JobFilter
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.deliveries import Allowance, Answer, Outcome
from homeroom.scheduling.model.executions import Execution, Trigger
from homeroom.scheduling.model.targets import DiscordTarget, NotifierKind
from homeroom.scheduling.use_cases.alerting import Alarm, AlertChannel, AlertFailure, TellFailure
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.seals.aesgcm import AesGcmSealer
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.notebook import Notebook
from homeroom_testing.tasks import a_task

pytestmark = pytest.mark.anyio

SEALER = AesGcmSealer(SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),)))
CODEC = JsonCodec()
WEBHOOK = DiscordTarget(url=f"https://discord.com/api/webhooks/{10**17}/{'t' * 68}")
CHANNEL = AlertChannel(kind=NotifierKind.DISCORD, target=WEBHOOK, fingerprint="alerts")
SPENT = Answer(
    outcome=Outcome.DELIVERED, allowance=Allowance(limit=5, remaining=0, reset_after=2.0)
)
PLACE = NOON + timedelta(seconds=2)


class Desk:
    """Where alerts are told from."""

    def __init__(self, storage: Storage) -> None:
        self.clock, self.storage = SteppingClock(), storage
        self.notebook = Notebook(self.clock)
        self.ledger = Ledger(storage.start, self.clock)
        notifiers = {NotifierKind.DISCORD: self.notebook}
        alarm = Alarm(CHANNEL, notifiers, self.ledger, SEALER, self.clock)
        self.tell = TellFailure(storage.start, alarm, storage.tasks, storage.runs)

    async def jobs(self) -> list[Job]:
        wanted = JobFilter(reach=None, name=work_names.name_of(AlertFailure))
        return list((await self.storage.job_queries.find(wanted, CursorRequest())).items)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_storage(StorageSettings(), Ambient(SteppingClock(), CODEC)) as opened:
        yield Desk(opened)


async def a_failure(desk: Desk) -> AlertFailure:
    house = Institution.found("A school", at=NOON)
    task = a_task(institution_id=house.id)
    run = Execution.asked_for(task, Trigger.MANUAL, at=NOON, key="manual:1")
    async with desk.storage.start() as unit:
        await unit.institutions.add(house)
        await unit.tasks.save(task)
        await unit.executions.add(run)
        await unit.commit()
    return AlertFailure(task_id=task.id, execution_id=run.id)


def a_job() -> Run:
    return Run(JobId(new_id()), 1, False, None, "", lambda progress: None)


async def test_a_job_that_comes_again_does_not_put_its_alert_off_twice(desk: Desk) -> None:
    failure, run = await a_failure(desk), a_job()
    await desk.ledger.note(NotifierKind.DISCORD, "alerts", SPENT)
    for _ in range(2):
        await desk.tell(failure, run)
    (job,) = await desk.jobs()
    assert CODEC.decode(AlertFailure, job.payload).place == PLACE
    assert job.run_at == PLACE


async def test_an_alert_that_comes_to_its_place_is_told(desk: Desk) -> None:
    failure = await a_failure(desk)
    await desk.ledger.note(NotifierKind.DISCORD, "alerts", SPENT)
    await desk.tell(failure, a_job())
    for _ in range(7):  # others who come later do not come before it
        await desk.ledger.ask(NotifierKind.DISCORD, "alerts")
    (job,) = await desk.jobs()
    desk.clock.instant = PLACE
    await desk.tell(CODEC.decode(AlertFailure, job.payload), a_job())
    assert desk.notebook.arrived(f"alert_{failure.execution_id.hex}") == 1
    assert len(await desk.jobs()) == 1
