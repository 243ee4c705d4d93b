"""Places for tasks and runs that break one promise each, and the clause that catches them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId, new_id
from homeroom.kernel.queue import SCHEDULE
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.agenda import (
    MemoryChannels,
    MemoryExecutions,
    MemoryTasks,
    MemoryWatches,
)
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.channels import ChannelsConformance
from homeroom_testing.conformance.due_tasks import DueTasksConformance
from homeroom_testing.conformance.executions import ExecutionsConformance
from homeroom_testing.conformance.named_tasks import NamedTasksConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.tasks import TasksConformance
from homeroom_testing.conformance.unfinished import UnfinishedConformance
from homeroom_testing.conformance.watches import WatchesConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled

TICK = timedelta(microseconds=1)


class FindsForeignTasks(MemoryTasks):
    async def get(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        return await super().get(task_id, reach=None)


class NeverStale(MemoryTasks):
    async def save(self, *tasks: Task) -> None:
        drafts = await self._transaction.writing()
        for task in tasks:
            kept = drafts.tasks.get(task.id)
            task.version = 0 if kept is None else kept.version
        await super().save(*tasks)


class KeepsQuietAboutTasks(MemoryTasks):
    async def save(self, *tasks: Task) -> None:
        for task in tasks:
            task.release_events()
        await super().save(*tasks)


class KeepsTheFirstAlone(MemoryTasks):
    async def save(self, *tasks: Task) -> None:
        await super().save(*tasks[:1])


class HandsOutItsOwn(MemoryTasks):
    async def get(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        await super().get(task_id, reach=reach)
        return self._transaction.store.tasks.rows[task_id]


class HoldsNoTask(MemoryTasks):
    async def get(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        found = self._transaction.reading().tasks.get(task_id)
        assert found is not None
        return found


class ReadsTagsLoosely(MemoryTasks):
    async def tagged(self, tag: str, *, reach: InstitutionId | None) -> Sequence[Task]:
        drafts = await self._transaction.writing()
        alike = drafts.tasks.select(lambda task: any(tag in one for one in task.content.tags))
        return sorted(alike, key=lambda task: task.id)


class AllowsNamesakes(MemoryTasks):
    async def save(self, *tasks: Task) -> None:
        drafts = await self._transaction.writing()
        for task in tasks:
            task.version += 1
            drafts.tasks.put(task)


class MeansTheFirstOfAName(MemoryTasks):
    async def imported(self, institution_id: InstitutionId, *names: str) -> Mapping[str, Task]:
        drafts = await self._transaction.writing()
        named = drafts.tasks.select(lambda task: task.content.name in names)
        return {task.content.name: task for task in reversed(named)}


class LatestFirst(MemoryTasks):
    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        return (await super().due(at=at, limit=1_000))[::-1][:limit]


class LateByATick(MemoryTasks):
    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        return await super().due(at=at - TICK, limit=limit)


class WakesNobody(MemoryTasks):
    async def save(self, *tasks: Task) -> None:
        await super().save(*tasks)
        (await self._transaction.writing()).news.discard(SCHEDULE)


class WakesForEverything(MemoryTasks):
    async def save(self, *tasks: Task) -> None:
        await super().save(*tasks)
        (await self._transaction.writing()).news.add(SCHEDULE)


class FiresAgain(MemoryExecutions):
    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        for one in executions:
            one.key += new_id().hex
        return await super().add(*executions)


class SaysThatAllAreNew(MemoryExecutions):
    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        await super().add(*executions)
        return frozenset(one.id for one in executions)


class LosesLines(MemoryExecutions):
    async def save(self, *executions: Execution) -> None:
        for execution in executions:
            execution.release_lines()
        await super().save(*executions)


class WritesLinesOfWhatWasLeftOut(MemoryExecutions):
    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        new = await super().add(*executions)
        drafts = await self._transaction.writing()
        for one in executions:
            drafts.lines.extend((one, line) for line in one.release_lines())
        return new


class BringsAllThatWait(MemoryExecutions):
    async def unfinished(
        self, *task_ids: TaskId, waiting: int | None = None
    ) -> Mapping[TaskId, Sequence[Execution]]:
        return await super().unfinished(*task_ids)


class TakesAllForUnfinished(MemoryExecutions):
    async def unfinished(
        self, *task_ids: TaskId, waiting: int | None = None
    ) -> Mapping[TaskId, Sequence[Execution]]:
        drafts = await self._transaction.writing()
        every = drafts.executions.select(lambda one: one.task_id in task_ids)
        return {wanted: [one for one in every if one.task_id == wanted] for wanted in task_ids}


class AwaitsEverybody(MemoryExecutions):
    async def awaited(self, *task_ids: TaskId) -> frozenset[TaskId]:
        return frozenset(await self.unfinished(*task_ids))


class HoldsNoEnd(MemoryChannels):
    async def get(self, fingerprint: str) -> Channel:
        found = self._transaction.reading().channels.get(fingerprint)
        return Channel(fingerprint=fingerprint) if found is None else found


class ForgetsThatItWasGone(MemoryChannels):
    async def save(self, channel: Channel) -> None:
        await super().save(attrs.evolve(channel, gone=""))


class NoticesAllSilencesAtOnce(MemoryWatches):
    async def silent(self, *, at: datetime, limit: int) -> Sequence[Watch]:
        return await super().silent(at=at, limit=limit + 100)


class KeepsQuietAboutSilence(MemoryWatches):
    async def save(self, *watches: Watch) -> None:
        for watch in watches:
            watch.release_events()
        await super().save(*watches)


class KeepsTheFirstWatchAlone(MemoryWatches):
    async def save(self, *watches: Watch) -> None:
        await super().save(*watches[:1])


class KeepsWatching(MemoryWatches):
    async def remove(self, *task_ids: TaskId) -> None:
        """They stay."""


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    TasksConformance: {
        FindsForeignTasks: "test_a_task_out_of_reach_is_not_found",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        KeepsQuietAboutTasks: "test_many_tasks_are_kept_at_once_with_what_they_tell",
        KeepsTheFirstAlone: "test_new_and_changed_tasks_are_kept_together",
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
        HoldsNoTask: "test_whoever_gets_a_task_holds_it_until_the_unit_ends",
    },
    NamedTasksConformance: {
        ReadsTagsLoosely: "test_tagged_tasks_come_in_the_order_of_their_ids",
        AllowsNamesakes: "test_a_name_in_use_is_taken_within_its_institution",
        MeansTheFirstOfAName: "test_none_of_several_tasks_of_a_name_is_meant",
    },
    DueTasksConformance: {
        LatestFirst: "test_the_earliest_are_due_first_and_no_more_than_the_limit",
        LateByATick: "test_what_is_due_at_this_very_instant_is_due_and_nothing_later",
        WakesNobody: "test_a_task_brought_forward_wakes_schedulers",
        WakesForEverything: "test_other_changes_wake_no_scheduler",
    },
    ExecutionsConformance: {
        FiresAgain: "test_of_two_units_that_add_an_instant_at_once_one_does",
        SaysThatAllAreNew: "test_an_instant_that_has_fired_does_not_fire_again",
        LosesLines: "test_a_change_is_kept_with_the_lines_it_wrote_once",
        WritesLinesOfWhatWasLeftOut: "test_an_instant_is_added_once_in_one_call_too",
    },
    UnfinishedConformance: {
        AwaitsEverybody: "test_tasks_are_awaited_whose_runs_wait_their_turn",
        BringsAllThatWait: ("test_of_those_that_wait_no_more_are_brought_than_are_asked_for"),
        TakesAllForUnfinished: "test_what_has_not_ended_is_found_by_task_the_oldest_first",
    },
    ChannelsConformance: {
        HoldsNoEnd: "test_whoever_gets_an_end_holds_it_even_one_that_nobody_knew",
        ForgetsThatItWasGone: "test_an_end_may_be_saved_that_was_never_read",
    },
    WatchesConformance: {
        NoticesAllSilencesAtOnce: ("test_the_longest_silent_come_first_and_no_more_than_the_limit"),
        KeepsQuietAboutSilence: "test_what_a_watch_tells_is_told_with_it",
        KeepsTheFirstWatchAlone: "test_many_are_kept_and_removed_at_once_with_what_they_tell",
        KeepsWatching: "test_a_removed_watch_is_gone_and_does_not_come_back",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
