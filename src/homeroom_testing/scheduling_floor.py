"""The floor on which deliveries are made: workers who may fail, and promises they must keep."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import ExecutionId, JobId, TaskId, new_id
from homeroom.kernel.jobs import UNFINISHED, work_names
from homeroom.kernel.page import CursorRequest, PageRequest
from homeroom.kernel.queue import Claim, Handlers, Lease, Run, Verdict, judge, succeed
from homeroom.kernel.sealing import Sealer
from homeroom.operations.model import JobFilter
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.deliveries import Outcome
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.queries import Delivery, ExecutionFilter
from homeroom.scheduling.use_cases.concluding import RunAfter
from homeroom.scheduling.use_cases.delivering import Deliver
from homeroom.scheduling.use_cases.firing import DELIVERIES, DeliverExecution, TakeTurns
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.posting import Post
from homeroom.scheduling.use_cases.running import RunChained, StartNext
from homeroom.scheduling.use_cases.upkeep import LookAfter, LookAfterAbandoned
from homeroom_testing.clock import SteppingClock
from homeroom_testing.faults_storage import Crash, Fault, FaultPlan, faulty
from homeroom_testing.notebook import ANSWERS, Notebook

LEASE = Lease(worker="machine", seconds=0.5)
"""Short, so that a job may come again before what it put in motion is due."""

_BY_SCHEDULE = {Trigger.SCHEDULE, Trigger.CATCH_UP}
UNDER_WAY = {ExecutionStatus.PENDING, ExecutionStatus.RETRYING}
_MOST_TURNS = 3_000


@attrs.frozen(kw_only=True)
class Stage:
    """What scheduling stands on, all of it open."""

    storage: Storage
    ambient: Ambient
    sealer: Sealer
    calendar: CronCalendar


async def runs_of(storage: Storage, task_id: TaskId) -> list[Execution]:
    """Every run of a task."""
    wanted, found = ExecutionFilter(task_id=task_id), list[Execution]()
    number, pages = 1, 1
    while number <= pages:
        page = await storage.runs.executions(wanted, PageRequest(number, 200), reach=None)
        found += [view.execution for view in page.items]
        number, pages = number + 1, page.total_pages
    return found


class Floor:
    """Workers take one delivery after another, and fail as they are told to."""

    def __init__(self, stage: Stage, clock: SteppingClock) -> None:
        self._stage = stage
        self._clock = clock
        self.notebook = Notebook(clock)
        self.given_up: set[ExecutionId] = set()
        """Those whose job is among the dead letters."""

        self._counted: dict[ExecutionId, int] = {}
        self._not_before: dict[ExecutionId, datetime] = {}
        self._broke_off: Counter[ExecutionId] = Counter()

    async def deliver(
        self, outcome: Outcome, limit: int = 1, *, plan: FaultPlan | None = None, lost: bool = False
    ) -> int:
        """Do up to *limit* jobs; how many there were.

        A *plan* may let their storage fail. If their settlement is *lost*, they come again.
        """
        self.notebook.answer = ANSWERS[outcome]
        queue = self._stage.storage.queue
        await queue.sweep()
        claims = await queue.claim(DELIVERIES, limit=limit, lease=LEASE)
        for claim in claims:
            await self._do(claim, plan or FaultPlan(Fault.RESET, at=0), lost)
        return len(claims)

    async def _do(self, claim: Claim, plan: FaultPlan, lost: bool) -> None:
        storage, ambient = self._stage.storage, self._stage.ambient
        cls, handle = self._handlers(faulty(storage, plan)).find(claim.name)
        work = ambient.codec.decode(cls, claim.payload)
        last = claim.attempt >= claim.policy.max_attempts
        run = Run(claim.id, claim.attempt, last, claim.institution_id, "", _unheard)
        before = await self._seen(work)
        settlement = succeed(claim)
        try:
            await handle(work, run)
        except Crash:
            lost = True
        except Exception as error:  # noqa: BLE001 - as the engine does
            settlement = judge(claim, error, at=self._clock.now(), luck=0.0)
        after = await self._seen(work)
        if before is not None and after is not None:
            self._check(before, after)
            if last or settlement.verdict is Verdict.DEAD:
                self.given_up.add(after.execution.id)
        if not lost:
            await storage.queue.settle([settlement])

    def _handlers(self, storage: Storage) -> Handlers:
        handlers, start = Handlers(), storage.start
        notifiers = dict.fromkeys(NotifierKind, self.notebook)
        post = Post(self._stage.sealer, notifiers, Ledger(start, self._clock))
        stage = self._stage
        deliver = Deliver(start, storage.runs, post, stage.calendar, stage.ambient)
        handlers.add(DeliverExecution, deliver)
        handlers.add(RunAfter, RunChained(start, self._clock))
        handlers.add(TakeTurns, StartNext(start, self._clock))
        return handlers

    async def _seen(self, work: object) -> Delivery | None:
        if not isinstance(work, DeliverExecution):
            return None
        found = await self._stage.storage.runs.deliveries(work.execution_id)
        return found.get(work.execution_id)

    def _check(self, before: Delivery, after: Delivery) -> None:
        """What was sent, was to be sent, and then."""
        run_id, now = after.execution.id, self._clock.now()
        sent = self.notebook.pages[_delivery_id(run_id)]
        is_new = len(sent) - self._counted.get(run_id, 0)
        self._counted[run_id] = len(sent)
        if not is_new:
            return
        assert is_new == 1, "sent twice in one attempt"
        assert before.execution.status in UNDER_WAY, "sent after it had ended"
        assert before.task.deleted_at is None, "sent for a deleted task"
        if before.execution.trigger in _BY_SCHEDULE:
            assert before.task.status is TaskStatus.ACTIVE, "sent for a task that is off"
        assert now >= self._not_before.get(run_id, now), "sent before it was its time"
        if after.execution.attempts == before.execution.attempts:
            self._broke_off[run_id] += 1
        else:
            self._not_before[run_id] = now + _wait(after, sent[-1].outcome)

    async def check_promises(self, run: Execution) -> None:
        """Nothing is called delivered that was not, nor delivered twice without a word.

        Whose every attempt broke off so far has noted nothing: the word comes with the end.
        """
        arrived = self.notebook.arrived(_delivery_id(run.id))
        if run.status is ExecutionStatus.SUCCESS:
            assert arrived, "never delivered"
        if arrived < 2:
            return
        assert self._broke_off[run.id] >= arrived - 1, "delivered twice, and nothing broke off"
        if not run.ended:
            return
        view = await self._stage.storage.runs.execution(run.id, reach=None)
        assert any("broke off" in line.message for line in view.lines), "a duplicate, and no word"

    async def is_looked_after(self, task_id: TaskId) -> bool:
        """Whether a job waits that starts a task's next run, or lets the task end."""
        wanted = JobFilter(reach=None, name=work_names.name_of(TakeTurns))
        page = await self._stage.storage.job_queries.find(wanted, CursorRequest(limit=200))
        waiting = [job for job in page.items if job.state in UNFINISHED]
        decode = self._stage.ambient.codec.decode
        return any(decode(TakeTurns, job.payload).task_id == task_id for job in waiting)

    async def run_dry(self, task_ids: Sequence[TaskId]) -> None:
        """Deliver, and let time pass, until nothing waits and nothing is under way."""
        for _ in range(_MOST_TURNS):
            if await self.deliver(Outcome.DELIVERED, limit=50):
                continue
            left = await self._left(task_ids)
            if not left:
                return
            due = await self._stage.storage.queue.next_due()
            if due is not None and due > self._clock.now():
                self._clock.instant = due
                continue
            under_way = {run.id for run in left if run.status in UNDER_WAY}
            assert under_way, "buffered for ever"  # and nobody comes to hand over the turn
            assert under_way <= self.given_up, "stuck: no job is left for it"
            await self._close_abandoned()
        raise AssertionError("no end of deliveries")

    async def _left(self, task_ids: Sequence[TaskId]) -> list[Execution]:
        """What has not ended."""
        runs = [run for one in task_ids for run in await runs_of(self._stage.storage, one)]
        return [run for run in runs if not run.ended]

    async def _close_abandoned(self) -> None:
        storage = self._stage.storage
        self._clock.step(seconds=2 * 3600)
        calendar = self._stage.calendar
        close = LookAfter(storage.start, storage.history, storage.runs, self._clock, calendar)
        await close(LookAfterAbandoned(), Run(JobId(new_id()), 1, False, None, "", _unheard))


def _wait(delivery: Delivery, outcome: Outcome) -> timedelta:
    """How long nothing more may be sent for it, after an attempt that came to *outcome*."""
    if outcome is Outcome.LIMITED:
        return ANSWERS[outcome].wait
    run = delivery.execution
    if run.status is not ExecutionStatus.RETRYING:
        return timedelta()
    return timedelta(seconds=2.0 ** (run.retry_count - 1))


def _unheard(progress: float) -> None:
    """Nobody asks how far it has come."""


def _delivery_id(run_id: ExecutionId) -> str:
    return f"msg_{run_id.hex}"
