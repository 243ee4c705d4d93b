"""The I/O anomaly sweep over what schedulers and deliveries do: all of it once, or nothing yet."""

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import ExecutionId, JobId, TaskId, new_id
from homeroom.kernel.jobs import Backoff, Job, work_names
from homeroom.kernel.page import CursorRequest, PageRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.sealing import SealerSettings
from homeroom.operations.model import JobFilter
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import TaskNotFound
from homeroom.scheduling.model.deliveries import Outcome
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import (
    Chain,
    Overlap,
    Pause,
    Policies,
    Retries,
    SealedTarget,
)
from homeroom.scheduling.model.targets import LogTarget, NotifierKind, target_text
from homeroom.scheduling.queries import ExecutionFilter
from homeroom.scheduling.use_cases.concluding import RunAfter
from homeroom.scheduling.use_cases.delivering import Deliver
from homeroom.scheduling.use_cases.firing import DeliverExecution, FireDue, TakeTurns, keep
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.posting import Post
from homeroom.scheduling.use_cases.running import StartNext
from homeroom.scheduling.use_cases.tasks import ChangeTagged
from homeroom.scheduling.use_cases.writing import TARGETS
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.seals.aesgcm import AesGcmSealer
from homeroom_testing.anomalies import Anomaly, sweep
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.faults_storage import Fault
from homeroom_testing.notebook import ANSWERS, Notebook
from homeroom_testing.tasks import MINUTE, NoCron, a_task, content

pytestmark = pytest.mark.anyio

OpenFresh = Callable[[], AbstractAsyncContextManager[Storage]]

SEALER = AesGcmSealer(SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),)))
TO_THE_LOG = SealedTarget(
    sealed=SEALER.seal(target_text(LogTarget()), purpose=TARGETS), mask="log", fingerprint="f" * 64
)
CODEC = JsonCodec()
PLAIN = Policies(overlap=Overlap.BUFFER_ALL, retries=Retries(most=3, backoff=Backoff(jitter=0.0)))


@asynccontextmanager
async def open_a_memory() -> AsyncIterator[Storage]:
    async with open_memory(StorageSettings(), Ambient(SystemClock(), CODEC)) as opened:
        yield opened


@pytest.fixture(params=["memory", "sql on SQLite"])
def fresh(request: pytest.FixtureRequest, open_fresh: OpenFresh) -> OpenFresh:
    return open_a_memory if request.param == "memory" else open_fresh


@attrs.define
class Tower:
    """A house with tasks that ring every minute, and all that came of it."""

    storage: Storage
    tasks: list[TaskId] = attrs.field(factory=list[TaskId])
    admin: Actor = attrs.field(init=False)
    clock: SteppingClock = attrs.field(factory=SteppingClock)
    notebook: Notebook = attrs.field(
        default=attrs.Factory(lambda self: Notebook(self.clock), takes_self=True)
    )

    async def furnish(self, *policies: Policies, tags: tuple[str, ...] = ()) -> None:
        house = Institution.found("A school", at=NOON)
        async with self.storage.start() as unit:
            await unit.institutions.add(house)
            for one in policies:
                wanted = attrs.evolve(content(policies=one), target=TO_THE_LOG, tags=tags)
                task = a_task(wanted, institution_id=house.id)
                await unit.tasks.save(task)
                self.tasks.append(task.id)
            await unit.commit()
        self.admin = Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))
        self.clock.instant += MINUTE

    def firing(self, storage: Storage) -> FireDue:
        return FireDue(storage.start, self.clock, NoCron())

    def delivering(self, storage: Storage) -> Deliver:
        ledger = Ledger(storage.start, self.clock)
        post = Post(SEALER, {NotifierKind.LOG: self.notebook}, ledger)
        ambient = Ambient(self.clock, CODEC, luck=lambda: 0.0)
        return Deliver(storage.start, storage.runs, post, NoCron(), ambient)

    async def change_tagged(self, storage: Storage, verb: str) -> None:
        change = ChangeTagged(storage.start, self.clock, NoCron())
        match verb:
            case "pause":
                await change.pause(self.admin, "bells", Pause(note="holidays"))
            case "resume":
                await change.resume(self.admin, "bells")
            case _:
                await change.delete(self.admin, "bells")

    async def standing(self, task_id: TaskId) -> str:
        try:
            task = await self.storage.tasks.task(task_id, reach=None)
        except TaskNotFound:
            return GONE
        return UNTOUCHED if task.pause is None else RESTING

    async def runs(self, task_id: TaskId) -> Sequence[Execution]:
        """The newest first."""
        wanted = ExecutionFilter(task_id=task_id)
        page = await self.storage.runs.executions(wanted, PageRequest(1, 200), reach=None)
        return [view.execution for view in page.items]

    async def jobs(self, cls: type) -> list[Job]:
        wanted = JobFilter(reach=None, name=work_names.name_of(cls))
        page = await self.storage.job_queries.find(wanted, CursorRequest(limit=200))
        return list(page.items)

    async def deliveries(self) -> list[DeliverExecution]:
        return [
            CODEC.decode(DeliverExecution, job.payload) for job in await self.jobs(DeliverExecution)
        ]

    async def messages(self, run_id: ExecutionId) -> str:
        view = await self.storage.runs.execution(run_id, reach=None)
        return " ".join(line.message for line in view.lines)


def a_run(attempt: int = 1) -> Run:
    return Run(JobId(new_id()), attempt, False, None, "", lambda progress: None)


class FiringWhatIsDue:
    """A task moves on if and only if its execution is kept, and the job that sends for it."""

    async def prepare(self, storage: Storage) -> Tower:
        tower = Tower(storage)
        await tower.furnish(PLAIN, Policies(overlap=Overlap.ALLOW_ALL))
        return tower

    async def act(self, storage: Storage, given: Tower) -> None:
        await given.firing(storage)()

    async def check(self, storage: Storage, given: Tower, anomaly: Anomaly) -> None:
        fired = [len(await given.runs(one)) for one in given.tasks]
        assert fired in ([0, 0], [1, 1])
        assert len(await given.deliveries()) == sum(fired)
        for one in given.tasks:
            task = await storage.tasks.task(one, reach=None)
            assert task.upcoming == NOON + (1 + fired[0]) * MINUTE
        if anomaly.outcome is None:
            assert fired == [1, 1]
        await self.act(storage, given)
        assert [len(await given.runs(one)) for one in given.tasks] == [1, 1]
        assert len(await given.deliveries()) == 2


@attrs.frozen
class Delivering:
    """One message, or two and a word about it; and what follows from it, once.

    Whatever broke off comes again, as a job does. So does one whose end alone was lost.
    """

    outcome: Outcome
    policies: Policies

    async def prepare(self, storage: Storage) -> Tower:
        tower = Tower(storage)
        await tower.furnish(self.policies)
        await tower.firing(storage)()
        tower.notebook.answer = ANSWERS[self.outcome]
        return tower

    async def act(self, storage: Storage, given: Tower) -> None:
        (work,) = await given.deliveries()
        await given.delivering(storage)(work, a_run())

    async def check(self, storage: Storage, given: Tower, anomaly: Anomaly) -> None:
        (run,) = await given.runs(given.tasks[0])
        first = next(one for one in await given.deliveries() if one.version == 1)
        settled = run.attempts
        await given.delivering(storage)(first, a_run(attempt=2))
        (run,) = await given.runs(given.tasks[0])
        sent = len(given.notebook.pages[f"msg_{run.id.hex}"])
        held_back = self.outcome is Outcome.LIMITED and run.attempts == 0
        assert run.attempts == 1 or held_back
        assert sent in {1, 2}
        if sent == 2:
            assert anomaly.outcome is not None
            assert "broke off" in await given.messages(run.id)
        if settled:
            assert sent == 1, "sent again, though it was settled"
        await self.check_what_follows(given, run)

    async def check_what_follows(self, given: Tower, run: Execution) -> None:
        followers = len(await given.jobs(RunAfter))
        live = [one for one in await given.deliveries() if one.version == run.version]
        if self.outcome is Outcome.DELIVERED:
            assert run.status is ExecutionStatus.SUCCESS
            assert followers == len(self.policies.chain.on_success)
        else:
            assert run.status in {ExecutionStatus.RETRYING, ExecutionStatus.PENDING}
            assert len(live) == 1, "no next attempt, or two"


UNTOUCHED, GONE, RESTING = "there", "gone", "resting"
CHANGES = {
    "pause": (UNTOUCHED, RESTING),
    "resume": (RESTING, UNTOUCHED),
    "delete": (UNTOUCHED, GONE),
}
"""What each makes of every task with a tag."""


@attrs.frozen
class ChangingTagged:
    """Somebody changes all tasks with a tag: all of them, or none."""

    verb: str

    async def prepare(self, storage: Storage) -> Tower:
        tower = Tower(storage)
        await tower.furnish(PLAIN, PLAIN, PLAIN, tags=("bells",))
        if self.verb == "resume":
            await tower.change_tagged(storage, "pause")
        return tower

    async def act(self, storage: Storage, given: Tower) -> None:
        await given.change_tagged(storage, self.verb)

    async def check(self, storage: Storage, given: Tower, anomaly: Anomaly) -> None:
        before, after = CHANGES[self.verb]
        found = [await given.standing(one) for one in given.tasks]
        assert found in ([before] * 3, [after] * 3), "some, and not others"
        if anomaly.outcome is None:
            assert found == [after] * 3
        await self.act(storage, given)
        assert [await given.standing(one) for one in given.tasks] == [after] * 3


CHAINED = attrs.evolve(PLAIN, chain=Chain(on_success=(TaskId(new_id()),)))


class TestTheSweep:
    async def test_firing_survives_every_fault(self, fresh):
        met = await sweep(FiringWhatIsDue(), fresh)
        assert {anomaly.fault for anomaly in met} == set(Fault)
        calls = {anomaly.call for anomaly in met}
        assert calls >= {"unit.tasks.due", "unit.executions.add", "unit.jobs.enqueue"}
        assert calls >= {"unit.tasks.save", "unit.commit"}

    @pytest.mark.parametrize("verb", CHANGES)
    async def test_changing_all_with_a_tag_survives_every_fault(self, fresh, verb):
        met = await sweep(ChangingTagged(verb), fresh)
        assert {anomaly.fault for anomaly in met} == set(Fault)
        calls = {anomaly.call for anomaly in met}
        assert calls >= {"unit.tasks.tagged", "unit.tasks.save", "unit.commit"}

    @pytest.mark.parametrize(
        ("outcome", "policies"),
        [
            (Outcome.DELIVERED, PLAIN),
            (Outcome.DELIVERED, CHAINED),
            (Outcome.FAILED, PLAIN),
            (Outcome.LIMITED, PLAIN),
        ],
        ids=["delivered", "delivered with a chain", "failed", "limited"],
    )
    async def test_delivering_survives_every_fault(self, fresh, outcome, policies):
        met = await sweep(Delivering(outcome, policies), fresh)
        assert {anomaly.fault for anomaly in met} == set(Fault)
        calls = {anomaly.call for anomaly in met}
        assert calls >= {"runs.deliveries", "unit.executions.save", "unit.commit"}


class TestAfterAnAccident:
    async def test_a_job_that_comes_again_after_its_part_was_done_sends_nothing(self, fresh):
        async with fresh() as storage:
            scene = Delivering(Outcome.FAILED, PLAIN)
            tower = await scene.prepare(storage)
            await scene.act(storage, tower)
            (first,) = [one for one in await tower.deliveries() if one.version == 1]
            await tower.delivering(storage)(first, a_run(attempt=2))
            (run,) = await tower.runs(tower.tasks[0])
            assert (run.attempts, run.retry_count) == (1, 1)
            assert len(await tower.deliveries()) == 2

    async def test_whose_turn_it_is_starts_also_when_the_next_firing_comes_first(self, fresh):
        """The run before it ended, and nobody has handed over the turn yet."""
        async with fresh() as storage:
            tower = Tower(storage)
            await tower.furnish(PLAIN)
            await tower.firing(storage)()
            tower.clock.instant += MINUTE
            await tower.firing(storage)()
            (first,) = await tower.deliveries()
            await tower.delivering(storage)(first, a_run())
            tower.clock.instant += MINUTE
            await tower.firing(storage)()
            third, second, _ = await tower.runs(tower.tasks[0])
            assert (second.status, third.status) == (
                ExecutionStatus.PENDING,
                ExecutionStatus.BUFFERED,
            )
            asked = {(one.execution_id, one.version) for one in await tower.deliveries()}
            assert (second.id, second.version) in asked
            assert len(await tower.jobs(TakeTurns)) == 1
            await StartNext(storage.start, tower.clock)(TakeTurns(task_id=tower.tasks[0]), a_run())
            assert len(await tower.deliveries()) == 2

    async def test_what_waited_before_all_were_allowed_still_gets_its_turn(self, fresh):
        async with fresh() as storage:
            tower = Tower(storage)
            await tower.furnish(CHAINED)
            await tower.firing(storage)()
            tower.clock.instant += MINUTE
            await tower.firing(storage)()
            async with storage.start() as unit:
                task = await unit.tasks.get(tower.tasks[0], reach=None)
                policies = attrs.evolve(task.content.policies, overlap=Overlap.ALLOW_ALL)
                wanted = attrs.evolve(task.content, policies=policies)
                task.revise(wanted, at=tower.clock.now(), calendar=NoCron())
                await keep(unit, task)
                await unit.commit()
            (first,) = await tower.deliveries()
            await tower.delivering(storage)(first, a_run())
            second, _ = await tower.runs(tower.tasks[0])
            assert second.status is ExecutionStatus.PENDING

    async def test_what_was_due_before_a_pause_is_kept_as_passed_over(self, fresh):
        async with fresh() as storage:
            tower = Tower(storage)
            await tower.furnish(PLAIN)
            async with storage.start() as unit:
                task = await unit.tasks.get(tower.tasks[0], reach=None)
                task.rest(Pause(note="holidays"), at=tower.clock.now(), calendar=NoCron())
                await keep(unit, task)
                await unit.commit()
            (run,) = await tower.runs(tower.tasks[0])
            assert (run.status, run.result) == (ExecutionStatus.SKIPPED, "paused")
            assert run.scheduled_for == NOON + MINUTE

    async def test_a_message_that_is_held_back_after_a_break_says_so(self, fresh):
        async with fresh() as storage:
            scene = Delivering(Outcome.DELIVERED, PLAIN)
            tower = await scene.prepare(storage)
            async with storage.start() as unit:
                channel = await unit.channels.get(TO_THE_LOG.fingerprint)
                channel.block(tower.clock.now() + timedelta(hours=1))
                await unit.channels.save(channel)
                await unit.commit()
            (work,) = await tower.deliveries()
            await tower.delivering(storage)(work, a_run(attempt=2))
            (run,) = await tower.runs(tower.tasks[0])
            assert "broke off" in await tower.messages(run.id)
            assert run.changed_at == tower.clock.now() + timedelta(hours=1)
