"""Schedulers that die under load: every instant fires exactly once, and every firing arrives.

Tasks fire every second, for twenty seconds; workers with the parts `scheduler` and `jobs` share
them, and one is killed again and again. Times and victims are drawn from a seed.
"""

import asyncio
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import attrs
import pytest
from accounts import MOST_LENIENCE
from backends import BACKENDS, Backend, Extent
from grounds import Ground
from journal import Deed
from ledger import Database
from ringing import bell_beside
from workers import WorkerProcess, until

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import InstitutionId
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.policies import Missed, Overlap
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.use_cases.given import PoliciesGiven, TimingGiven
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

RUNS = 20
"""Times that each task fires, a second apart."""

LEASE = 3.0
GAP = (0.3, 1.5)
"""Seconds from one kill to the next, at least and at most."""

USUAL = 0.5
"""Seconds within which most deliveries are made, unless the machine is busy with other things."""


@attrs.frozen
class Plan:
    """Which instants there are to be fired for: *count* tasks, one after another."""

    first: datetime
    count: int

    def anchor(self, number: int) -> datetime:
        return self.first + timedelta(seconds=number / self.count)

    @property
    def instants(self) -> Counter[datetime]:
        step = timedelta(seconds=1)
        return Counter(
            self.anchor(number) + run * step for number in range(self.count) for run in range(RUNS)
        )

    def tasks(self) -> Sequence[TaskGiven]:
        return [
            TaskGiven(
                name=f"Bell {number}",
                kind=NotifierKind.LOG,
                payload={"text": "It rings."},
                timing=TimingGiven(every=1, anchor=self.anchor(number), max_runs=RUNS),
                policies=PoliciesGiven(overlap=Overlap.ALLOW_ALL, missed=Missed.ALL),
            )
            for number in range(self.count)
        ]


@attrs.define
class Belfry:
    """The workers who ring, and what became of the plan."""

    ground: Ground
    workers: list[WorkerProcess] = attrs.field(factory=list[WorkerProcess])
    orphans: dict[str, float] = attrs.field(factory=dict[str, float])
    """Jobs that a dead worker held, and when it died, in seconds since 1970."""

    deaths: list[float] = attrs.field(factory=list[float])

    @property
    def database(self) -> Database:
        return self.ground.ledger.database

    async def hire(self, count: int) -> None:
        settings = {**self.ground.settings, "HOMEROOM_JOBS__LEASE_SECONDS": str(LEASE)}
        for _ in range(count):
            program = (sys.executable, "-m", "ringing")
            worker = WorkerProcess(settings, self.ground.journal.path, program)
            self.ground.workers.append(worker)
            self.workers.append(worker)
            worker.start()
        for worker in self.workers:
            await worker.until_up(self.ground.journal)

    async def kill(self, victim: WorkerProcess) -> None:
        """At once, and start it again; what it held is an orphan."""
        pid = victim.pid
        victim.kill()
        died_at = time.time()
        self.deaths.append(died_at)
        held = await asyncio.to_thread(self._held_by, pid)
        self.orphans |= dict.fromkeys(held, died_at)
        victim.start()

    def _held_by(self, pid: int) -> list[str]:
        held = "SELECT id FROM jobs WHERE state = 'running' AND worker LIKE ?"
        return [UUID(str(row[0])).hex for row in self.database.rows(held, f"%-{pid}-%")]

    def fired(self) -> Counter[datetime]:
        """How often each instant was fired, and delivered in the end."""
        done = "SELECT scheduled_for FROM executions WHERE status = 'SUCCESS'"
        return Counter(_instant(row[0]) for row in self.database.rows(done))

    def runs(self) -> dict[str, str]:
        """How every run ended, and what its log says."""
        told: dict[str, list[str]] = defaultdict(list)
        lines = "SELECT execution_id, message FROM execution_log ORDER BY id"
        for run_id, message in self.database.rows(lines):
            told[UUID(str(run_id)).hex].append(message)
        every = self.database.rows("SELECT id FROM executions")
        return {key: " ".join(told[key]) for key in (UUID(str(row[0])).hex for row in every)}

    def rung(self) -> Counter[str]:
        """How often each run was delivered, as its receiver tells."""
        lines = bell_beside(self.ground.journal.path).read_text().split()
        return Counter(line.removeprefix("msg_") for line in lines)

    async def until_all_is_done(self, count: int, within: float) -> None:
        def unfinished() -> int:
            open_jobs = "state IN ('scheduled', 'ready', 'running')"
            counts = "SELECT (SELECT count(*) FROM executions), count(*) FROM jobs WHERE "
            ((fired, left),) = self.database.rows(counts + open_jobs)
            return max(count - int(fired), 0) + int(left)

        async def done() -> bool:
            return await asyncio.to_thread(unfinished) == 0

        await until(done, within=within, step=0.2)

    def late_orphans(self) -> list[str]:
        """Orphans not done a second after their lease, or a little more on a busy machine.

        One that was taken back by a worker who died too, or by nobody because none was up, has
        that second from the latest death or return.
        """
        rows = self.database.rows("SELECT id, run_at, finished_at FROM jobs")
        ends = {UUID(str(one)).hex: (_seconds(due), _seconds(end)) for one, due, end in rows}
        usual = sorted(end - due for key, (due, end) in ends.items() if key not in self.orphans)
        busy = max(0.0, usual[int(0.9 * len(usual))] - USUAL)
        bound = 1 + min(busy, MOST_LENIENCE)
        turns = [*self.deaths, *self._returns()]
        late = list[str]()
        for key, died_at in self.orphans.items():
            free, end = died_at + LEASE, ends[key][1]
            since = max([free, *(turn for turn in turns if free <= turn <= end)])
            if end - since > bound:
                late.append(f"{key}: {end - since:.2f} s after its lease, not {bound:.2f}")
        return late

    def _returns(self) -> list[float]:
        epoch = time.time() - time.monotonic()
        self.ground.journal.refresh()
        return [one.at + epoch for one in self.ground.journal.entries if one.deed is Deed.UP]


def _instant(value: datetime | int) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def _seconds(value: datetime | int) -> float:
    return _instant(value).timestamp()


async def lay_out(ground: Ground, plan: Plan) -> None:
    """Make the tasks of *plan*."""
    async with open_homeroom(load_settings(dict(ground.settings))) as homeroom:
        house = Institution.found("A school", at=datetime.now(UTC))
        async with homeroom.start() as unit:
            await unit.institutions.add(house)
            await unit.commit()
        actor = Actor(institution_id=InstitutionId(house.id), roles=frozenset({Role.ADMIN}))
        await homeroom.scheduling.import_tasks(actor, plan.tasks())


@pytest.mark.parametrize(
    ("backend", "workers", "tasks"),
    [
        pytest.param(BACKENDS[1], 2, 250, id="two on PostgreSQL"),
        pytest.param(BACKENDS[0], 1, 60, id="one on SQLite"),
    ],
)
async def test_case_21_schedulers_that_die_lose_nothing_and_fire_nothing_twice(
    ground: Ground, backend: Backend, extent: Extent, seed: int, workers: int, tasks: int
) -> None:
    luck, belfry = random.Random(seed), Belfry(ground)
    await belfry.hire(workers)
    plan = Plan(datetime.now(UTC) + timedelta(seconds=4), tasks)
    await lay_out(ground, plan)
    await asyncio.sleep((plan.first - datetime.now(UTC)).total_seconds())
    ends = time.monotonic() + RUNS
    while time.monotonic() < ends:
        await asyncio.sleep(luck.uniform(*GAP))
        victim, *others = luck.sample(belfry.workers, workers)
        for one in others or [victim]:
            await one.until_up(ground.journal)
        await belfry.kill(victim)
    await belfry.until_all_is_done(tasks * RUNS, within=60)
    runs, rung, fired = belfry.runs(), belfry.rung(), belfry.fired()
    twice = {key: runs[key] for key, count in rung.items() if count > 1}
    late = belfry.late_orphans()
    print(f"{len(runs)} runs, {len(belfry.orphans)} orphans, {len(twice)} delivered again")
    assert fired == plan.instants
    assert len(runs) == tasks * RUNS
    assert set(rung) == set(runs), "a run that was not delivered"
    assert {key: said for key, said in twice.items() if "broke off" not in said} == {}
    assert belfry.orphans, "no kill hit any work"
    assert late == []
