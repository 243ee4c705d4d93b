"""Our scheduler and the worker behind it, on any storage URL: how fast and late tasks fire.

    python homeroom_scheduling.py paced URL RATE SECONDS IDLE   so many due a second, evenly
    python homeroom_scheduling.py drain URL TASKS IDLE          all due at one instant
    python homeroom_scheduling.py deliver URL RECEIVER RUNS     webhooks for runs that are owed
    python homeroom_scheduling.py fill URL IDLE                 a house with so many idle tasks
    python homeroom_scheduling.py claim FEW MANY PASSES         on two houses that were filled

The store behind URL is empty and ours. IDLE tasks more are active and due in a month; they are
copied inside the database. A firing counts as done when the attempt to deliver it is on record:
tasks send by the log, unless they are asked for webhooks. The last line printed is a JSON object.
"""

import asyncio
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import uvloop
from scheduling_ground import Ground

from homeroom.kernel.actor import Actor, Role
from homeroom.scheduling.model.policies import Policies
from homeroom.scheduling.model.target_checks import TargetGiven
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.when import Every, Timing
from homeroom.scheduling.use_cases.given import TimingGiven
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.composition.application import open_homeroom, storage_settings
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings

LEAD = 3.0
PATIENCE = 120.0
MONTH = 30 * 86_400
PAGE = 1_000
LATE = timedelta(seconds=1)
BATCH = 200
"""As many as a scheduler takes at once; it has to come to nothing else in a pass."""

Figures = dict[str, float]


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def centile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@attrs.frozen
class House:
    """An open Homeroom with its ground, and a task after which others are modelled."""

    homeroom: Homeroom
    settings: Settings
    ground: Ground
    model: Task

    async def put(self, due: Sequence[datetime], *, every: int, policies: Policies) -> None:
        """A task for each instant of *due*, which is the first that it fires for."""
        calendar = self.homeroom.plant.calendar
        for first in range(0, len(due), PAGE):
            new = [
                Task.create(
                    self.model.institution_id,
                    self.content(Timing(Every(every, anchor=at)), policies),
                    at=at - LATE,
                    calendar=calendar,
                )
                for at in due[first : first + PAGE]
            ]
            async with self.homeroom.start() as unit:
                await unit.tasks.save(*new)
                await unit.commit()

    def content(self, timing: Timing, policies: Policies) -> Content:
        return attrs.evolve(self.model.content, name="due", timing=timing, policies=policies)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """With a worker, all its parts, as `homeroom up` has one."""
        stop = asyncio.Event()
        working = run_worker(self.homeroom, worker_settings(self.settings), stop)
        worker = asyncio.create_task(working)
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait([worker], timeout=10)


@asynccontextmanager
async def house(url: str, receiver: str = "") -> AsyncIterator[House]:
    """A house at *url* whose model task is due in a month."""
    said = {
        "HOMEROOM_STORAGE__URL": url,
        "HOMEROOM_DATA_DIR": os.environ["HOMEROOM_DATA_DIR"],
        "HOMEROOM_SCHEDULING__ALLOW_HTTP": "true",
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
    }
    settings = load_settings(said)
    configure_logs(settings.log)
    async with find_adapter("schema", settings.storage.adapter)(
        storage_settings(settings)
    ) as schema:
        await schema.upgrade()
    async with open_homeroom(settings) as homeroom:
        yield House(homeroom, settings, Ground.at(url), await model_task(homeroom, receiver))


async def model_task(homeroom: Homeroom, receiver: str) -> Task:
    if not await homeroom.plant.storage.people.institutions():
        await homeroom.people.open_house("Home")
    (home, *_) = await homeroom.plant.storage.people.institutions()
    owner = Actor(institution_id=home.id, roles=frozenset({Role.SUPER_ADMIN}))
    given = TaskGiven(
        name="idle",
        kind=NotifierKind.WEBHOOK if receiver else NotifierKind.LOG,
        payload={"text": "." * 900} if receiver else {"text": "due"},
        timing=TimingGiven(every=MONTH),
    )
    if receiver:
        given = attrs.evolve(given, target=TargetGiven(url=receiver))
    return await homeroom.scheduling.create_task(owner, given)


async def until(done: Callable[[], bool], deadline: float) -> None:
    while not await asyncio.to_thread(done):
        if time.time() > deadline:
            raise SystemExit("out of patience")
        await asyncio.sleep(0.05)


async def paced(url: str, rate: int, seconds: int, idle: int) -> Figures:
    """Each task fires every second, one after the other, for so many seconds."""
    async with house(url) as ours:
        ours.ground.copy("idle", idle)
        starts = datetime.now(UTC) + timedelta(seconds=LEAD + rate / 1_000)
        ends = starts + timedelta(seconds=seconds)
        due = [starts + timedelta(seconds=n / rate) for n in range(rate)]
        await ours.put(due, every=1, policies=Policies())
        ours.ground.settle_down()
        if datetime.now(UTC) > starts:
            raise SystemExit("putting the tasks into the store took too long")
        async with ours.working():
            await asyncio.sleep(starts.timestamp() - time.time() - 0.1)
            used = cpu()
            await asyncio.sleep(ends.timestamp() - time.time())
            used = cpu() - used
            deadline = time.time() + PATIENCE
            await until(lambda: len(ours.ground.done(starts, ends)) >= rate * seconds, deadline)
        late = [(begun - due).total_seconds() for due, begun in ours.ground.done(starts, ends)]
    return {
        "p50 ms": centile(late, 0.5) * 1e3,
        "p99 ms": centile(late, 0.99) * 1e3,
        "early": float(sum(one < 0 for one in late)),
        "CPU µs/firing": used / len(late) * 1e6,
    }


@asynccontextmanager
async def all_ended(url: str, count: int) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Waits until so many have ended, which somebody else looks for."""
    looks = str(Path(__file__).with_name("scheduling_ground.py"))
    looker = await asyncio.create_subprocess_exec(
        sys.executable, looks, url, str(count), str(PATIENCE)
    )

    async def wait() -> None:
        if await looker.wait():
            raise SystemExit("out of patience")

    try:
        yield wait
    finally:
        if looker.returncode is None:
            looker.kill()


async def drain(url: str, count: int, idle: int) -> Figures:
    """From the instant at which all are due to the last attempt on record."""
    async with house(url) as ours, all_ended(url, count) as wait:
        ours.ground.copy("idle", idle)
        starts = datetime.now(UTC) + timedelta(seconds=LEAD + count / 1_000)
        await ours.put([starts] * count, every=MONTH, policies=Policies())
        ours.ground.settle_down()
        async with ours.working():
            await asyncio.sleep(starts.timestamp() - time.time() - 0.1)
            used = cpu()
            await wait()
            used = cpu() - used
        took = (ours.ground.ended() - starts).total_seconds()
    return {"fired/s": (count - 1) / took, "CPU µs/firing": used / count * 1e6}


async def deliver(url: str, receiver: str, count: int) -> Figures:
    """What it takes from jobs that wait to attempts on record."""
    async with house(url, receiver) as ours, all_ended(url, count) as wait:
        await ours.put([datetime.now(UTC)] * count, every=MONTH, policies=Policies())
        while await ours.homeroom.scheduling.fire_due():
            pass
        ours.ground.settle_down()
        began, used = datetime.now(UTC), cpu()
        async with ours.working():
            await wait()
            used = cpu() - used
        took = (ours.ground.ended() - began).total_seconds()
    return {"sent/s": count / took, "CPU µs each": used / count * 1e6}


async def fill(url: str, idle: int) -> Figures:
    async with house(url) as ours:
        ours.ground.copy("idle", idle)
        ours.ground.settle_down()
    return {"idle": float(idle)}


async def claim(few: str, many: str, passes: int) -> Figures:
    """Passes of a scheduler over what is due, on both houses in turn."""
    async with house(few) as small, house(many) as large:
        for _ in range(3):  # these open connections and prepare statements
            await one_pass(small)
            await one_pass(large)
        taken = [(await one_pass(small), await one_pass(large)) for _ in range(passes)]
    seconds, of_many = ([each[which][0] for each in taken] for which in (0, 1))
    work, work_of_many = (sum(each[which][1] for each in taken) for which in (0, 1))
    return {
        "ms with 1 000": statistics.median(seconds) * 1e3,
        "ms with 1 000 000": statistics.median(of_many) * 1e3,
        "time ratio": statistics.median(of_many) / statistics.median(seconds),
        "CPU ratio": work_of_many / work,
    }


async def one_pass(ours: House) -> tuple[float, float]:
    """Seconds, and CPU of ours and of the server, to take a batch and look what is due next."""
    await ours.put([datetime.now(UTC)] * BATCH, every=MONTH, policies=Policies())
    served, used, began = ours.ground.server_cpu(), cpu(), time.perf_counter()
    fired = await ours.homeroom.scheduling.fire_due()
    await ours.homeroom.plant.storage.tasks.next_due()
    took, used = time.perf_counter() - began, cpu() - used
    if fired != BATCH:
        raise SystemExit(f"{fired} tasks were due, not {BATCH}")
    return took, used + ours.ground.server_cpu() - served


async def answer(command: str, url: str, *amounts: str) -> None:
    match command:
        case "paced":
            figures = await paced(url, *map(int, amounts))
        case "drain":
            figures = await drain(url, *map(int, amounts))
        case "deliver":
            figures = await deliver(url, amounts[0], int(amounts[1]))
        case "fill":
            figures = await fill(url, int(amounts[0]))
        case "claim":
            figures = await claim(url, amounts[0], int(amounts[1]))
        case _:
            raise SystemExit(f"unknown command {command!r}")
    print(json.dumps(figures), flush=True)
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(answer(*sys.argv[1:]))
