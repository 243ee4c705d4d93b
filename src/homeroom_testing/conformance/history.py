"""The promises of history: what is old is forgotten whole, what was abandoned is found."""

from datetime import timedelta

from homeroom.house import Storage
from homeroom.kernel.ids import ExecutionId
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import ExecutionNotFound
from homeroom.scheduling.model.channels import Channel, Line
from homeroom.scheduling.model.deliveries import Allowance
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import SealedTarget
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    DAY,
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_line,
    a_run,
    add_runs,
    an_ended_run,
    delete,
    the_log,
    with_lines,
)

TICK = timedelta(microseconds=1)
_MANY = 1_200


class HistoryConformance(SchedulingGround):
    """What `History` promises."""

    async def test_what_ended_before_is_forgotten_with_its_log(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        old, new = [
            with_lines(an_ended_run(task, at), a_line(at), a_line(at)) for at in (NOON - TICK, NOON)
        ]
        waiting = a_run(task, NOON - DAY)
        await add_runs(storage, old, new, waiting)
        assert await storage.history.forget(ended_before=NOON, limit=10) == 1
        assert await _kept(storage, old, new, waiting) == [new, waiting]
        assert [entry.execution_id for entry in await the_log(storage)] == [new.id] * 2
        assert await storage.history.forget(ended_before=NOON, limit=10) == 0

    async def test_no_more_than_the_limit_are_forgotten_at_once(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        await add_runs(storage, *(an_ended_run(task, NOON - n * MINUTE) for n in range(1, 6)))
        forgotten = [await storage.history.forget(ended_before=NOON, limit=2) for _ in range(4)]
        assert forgotten == [2, 2, 1, 0]

    async def test_the_history_of_deleted_tasks_is_forgotten_whatever_its_age(
        self, storage: Storage, house: Institution
    ) -> None:
        task, gone = [await a_kept_task(storage, house) for _ in range(2)]
        kept = an_ended_run(task)
        orphans = [
            an_ended_run(gone, NOON + HOUR),
            a_run(gone, NOON + 2 * HOUR, status=ExecutionStatus.BUFFERED),
        ]
        await add_runs(storage, kept, *orphans)
        await delete(storage, gone)
        assert await storage.history.forget(ended_before=NOON, limit=10) == 2
        assert await _kept(storage, kept, *orphans) == [kept]
        assert await storage.history.forget(ended_before=NOON + TICK, limit=10) == 2

    async def test_what_is_being_sent_for_a_deleted_task_stays_until_it_has_ended(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        run = a_run(task)
        await add_runs(storage, run)
        await delete(storage, task)
        assert await storage.history.forget(ended_before=NOON + DAY, limit=10) == 0
        async with storage.start() as unit:
            held = await unit.executions.get(run.id)
            held.cancel("task_deleted", at=NOON + 2 * DAY)
            await unit.executions.save(held)
            await unit.commit()
        assert await storage.history.forget(ended_before=NOON + DAY, limit=10) == 2
        assert (await storage.runs.deliveries(run.id)).get(run.id) is None

    async def test_deleted_tasks_are_forgotten_when_nothing_is_left_of_them(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [await a_kept_task(storage, house) for _ in range(5)]
        await add_runs(storage, *(an_ended_run(task) for task in every[:2]))
        for task in every[:4]:
            await delete(storage, task)
        assert await storage.history.forget(ended_before=NOON, limit=10) == 2
        forgotten = [
            await storage.history.forget(ended_before=NOON + TICK, limit=3) for _ in range(3)
        ]
        assert forgotten == [3, 1, 0]
        assert await storage.tasks.task(every[4].id, reach=None) == every[4]

    async def test_ends_that_say_nothing_are_forgotten_unless_a_task_is_sent_to_them(
        self, storage: Storage, house: Institution
    ) -> None:
        task, deleted = [
            await a_kept_task(storage, house, target=_sent_to(end)) for end in ("used", "left")
        ]
        await delete(storage, deleted)
        told = Allowance(limit=5, remaining=0, reset_after=60.0)
        silent = [Channel(fingerprint=end, heard=True) for end in ("left", "nobody's")]
        silent.append(Channel(fingerprint="old", counts=True, allowance=told, resets_at=NOON))
        kept = [
            Channel(fingerprint=task.content.target.fingerprint, heard=True),
            Channel(fingerprint="gone", gone="webhook_gone"),
            Channel(fingerprint="blocked", blocked_until=NOON + TICK),
            Channel(fingerprint="open", open_until=NOON),
            Channel(fingerprint="denied", denials=(NOON,)),
            Channel(fingerprint="counts", counts=True, allowance=told, resets_at=NOON + MINUTE),
            Channel(fingerprint="line", line=Line(opens_at=NOON + MINUTE, taken=1)),
        ]
        async with storage.start() as unit:
            for channel in (*silent, *kept):
                await unit.channels.save(channel)
            await unit.commit()
        assert await storage.history.forget_ends(at=NOON) == len(silent)
        assert await storage.history.forget_ends(at=NOON) == 0
        async with storage.start() as unit:
            for channel in kept:
                assert await unit.channels.look(channel.fingerprint) == channel
            for channel in silent:
                unknown = Channel(fingerprint=channel.fingerprint)
                assert await unit.channels.look(channel.fingerprint) == unknown

    async def test_no_end_is_overlooked_however_many_there_are(
        self, storage: Storage, house: Institution
    ) -> None:
        async with storage.start() as unit:
            for number in range(_MANY):
                gone = "webhook_gone" if number % 2 else ""
                await unit.channels.save(Channel(fingerprint=f"{number:04}", gone=gone))
            await unit.commit()
        assert await storage.history.forget_ends(at=NOON) == _MANY / 2

    async def test_what_nothing_has_happened_to_is_found_the_oldest_first(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        quiet = [
            a_run(task, NOON + number * HOUR, status=status, changed_at=NOON - number * MINUTE)
            for number, status in enumerate((ExecutionStatus.PENDING, ExecutionStatus.RETRYING))
        ]
        others = [
            a_run(task, NOON - HOUR, changed_at=NOON + TICK),
            a_run(task, NOON - 2 * HOUR, status=ExecutionStatus.BUFFERED),
            an_ended_run(task, NOON - 3 * HOUR),
        ]
        await add_runs(storage, *quiet, *others)
        found = await storage.history.abandoned(unchanged_since=NOON, limit=5)
        assert list(found) == [quiet[1].id, quiet[0].id]
        assert list(await storage.history.abandoned(unchanged_since=NOON, limit=1)) == [quiet[1].id]

    async def test_what_happened_meanwhile_counts(
        self, storage: Storage, house: Institution
    ) -> None:
        run = a_run(await a_kept_task(storage, house))
        await add_runs(storage, run)
        async with storage.start() as unit:
            held = await unit.executions.get(run.id)
            held.wait(NOON + HOUR, "rate_limit", at=NOON)
            await unit.executions.save(held)
            await unit.commit()
        assert list(await storage.history.abandoned(unchanged_since=NOON, limit=5)) == []
        late = await storage.history.abandoned(unchanged_since=NOON + HOUR, limit=5)
        assert list(late) == [run.id]


def _sent_to(fingerprint: str) -> SealedTarget:
    return SealedTarget(sealed="sealed", mask="log", fingerprint=fingerprint)


async def _kept(storage: Storage, *runs: Execution) -> list[Execution]:
    """Those of *runs* that are still known."""
    known = []
    async with storage.start() as unit:
        for run in runs:
            try:
                known.append(await unit.executions.get(ExecutionId(run.id)))
            except ExecutionNotFound:
                continue
    return known
