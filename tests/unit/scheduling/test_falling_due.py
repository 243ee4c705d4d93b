"""What a task owes: on time, made up for, or passed over; reference cases 19, 22 and 23."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.scheduling.model.due import Reckoning
from homeroom.scheduling.model.policies import CatchUp, Missed, Pause, Policies, TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.when import At, Every, Timing
from homeroom_testing.clock import NOON
from homeroom_testing.tasks import MINUTE, NoCron, a_task, content

GRACE = timedelta(seconds=5)
LAST_RUN = datetime(2026, 1, 5, 9, 59, tzinfo=UTC)
BACK_AT = datetime(2026, 1, 5, 10, 46, 30, tzinfo=UTC)


def minutely(missed: Missed, window: timedelta | None = None) -> Task:
    """A task that ran at 09:59, before its scheduler went down."""
    policies = Policies(catch_up=CatchUp(missed=missed, window=window))
    return a_task(content(Every(60, anchor=LAST_RUN), policies), at=LAST_RUN)


def owed(task: Task, at: datetime) -> Reckoning:
    return task.come_due(at=at, calendar=NoCron(), grace=GRACE)


def test_a_firing_on_time_is_owed_once_and_the_next_one_is_aimed_at() -> None:
    task = a_task()
    reckoning = owed(task, NOON + MINUTE)
    assert [one.scheduled_for for one in reckoning.owed] == [NOON + MINUTE]
    assert reckoning.owed[0].on_time
    assert task.next_run_at == NOON + 2 * MINUTE
    assert not owed(task, NOON + MINUTE).owed


def test_nothing_is_owed_a_moment_too_early() -> None:
    task = a_task()
    assert owed(task, NOON + MINUTE - timedelta(microseconds=1)).owed == []
    assert task.next_run_at == NOON + MINUTE


def test_case_19_missed_runs_are_skipped_and_counted() -> None:
    reckoning = owed(minutely(Missed.SKIP), BACK_AT)
    assert not reckoning.owed
    (passed,) = reckoning.passed_over
    assert (passed.count, passed.reason) == (47, "missed")
    assert (passed.first.minute, passed.last.minute) == (0, 46)


def test_case_19_missed_runs_are_made_up_for_once() -> None:
    reckoning = owed(minutely(Missed.FIRE_ONCE), BACK_AT)
    (once,) = reckoning.owed
    assert (once.missed, once.on_time) == (47, False)
    assert once.scheduled_for == datetime(2026, 1, 5, 10, 46, tzinfo=UTC)
    assert not reckoning.passed_over


def test_case_19_all_within_the_window_are_made_up_for_in_order() -> None:
    reckoning = owed(minutely(Missed.ALL, timedelta(minutes=10)), BACK_AT)
    assert [one.scheduled_for.minute for one in reckoning.owed] == list(range(37, 47))
    (passed,) = reckoning.passed_over
    assert (passed.count, passed.reason) == (37, "outside_window")


def test_case_19_all_are_made_up_for_up_to_the_cap() -> None:
    assert len(owed(minutely(Missed.ALL), BACK_AT).owed) == 47


def test_beyond_the_cap_of_100_the_latest_are_made_up_for_and_the_rest_is_noted() -> None:
    reckoning = owed(minutely(Missed.ALL), LAST_RUN + 250 * MINUTE + GRACE + GRACE)
    assert len(reckoning.owed) == 100
    assert reckoning.owed[-1].scheduled_for == LAST_RUN + 250 * MINUTE
    (passed,) = reckoning.passed_over
    assert (passed.count, passed.reason) == (150, "too_many_missed")


def test_a_year_of_missed_seconds_is_reckoned_without_walking_through_them() -> None:
    policies = Policies(catch_up=CatchUp(missed=Missed.ALL))
    task = a_task(content(Every(1, anchor=NOON), policies))
    later = NOON + timedelta(days=365, milliseconds=500)
    reckoning = owed(task, later)
    assert reckoning.owed[-1].scheduled_for == NOON + timedelta(days=365)
    assert task.next_run_at == NOON + timedelta(days=365, seconds=1)
    assert len(reckoning.owed) <= 106


def test_a_second_that_is_a_little_late_is_on_time_all_the_same() -> None:
    task = a_task(content(Every(1, anchor=NOON)))
    reckoning = owed(task, NOON + timedelta(seconds=3, milliseconds=200))
    assert [one.on_time for one in reckoning.owed] == [True, True, True]


def test_case_22_jitter_delays_each_instant_always_by_the_same() -> None:
    task = a_task(content(Timing(Every(3600, anchor=NOON), jitter=30)))
    due = task.next_run_at
    assert due is not None
    assert NOON + timedelta(hours=1) <= due <= NOON + timedelta(hours=1, seconds=30)
    assert due == task.due_at(NOON + timedelta(hours=1))
    assert not owed(task, due - timedelta(milliseconds=1)).owed
    assert owed(task, due).owed


def test_case_23_nothing_fires_before_a_pause_ends_and_nothing_is_caught_up() -> None:
    task = a_task()
    until = NOON + timedelta(hours=2)
    task.rest(Pause(note="holidays", until=until), at=NOON, calendar=NoCron())
    assert task.next_run_at == until
    assert not owed(task, until - MINUTE).owed
    reckoning = owed(task, until)
    assert [one.scheduled_for for one in reckoning.owed] == [until]
    assert task.pause is None


def test_a_pause_without_an_end_lasts_until_somebody_resumes_the_task() -> None:
    task = a_task()
    task.rest(Pause(note="broken"), at=NOON, calendar=NoCron())
    assert task.next_run_at is None
    assert not owed(task, NOON + timedelta(days=30)).owed
    task.resume(at=NOON + 10 * MINUTE, calendar=NoCron())
    assert task.next_run_at == NOON + 11 * MINUTE


ENDING = {
    "endAt": Timing(Every(60, anchor=NOON), end_at=NOON + timedelta(hours=1)),
    "a one-off": Timing(At(NOON + MINUTE)),
}
OUTLASTING = Pause(note="holidays", until=NOON + timedelta(hours=2))


def resting_beyond_its_end(timing: Timing) -> Task:
    task = a_task(content(timing))
    task.rest(OUTLASTING, at=NOON, calendar=NoCron())
    return task


@pytest.mark.parametrize("timing", ENDING.values(), ids=ENDING)
def test_a_pause_that_outlasts_the_schedule_ends_and_so_does_the_task(timing: Timing) -> None:
    task = resting_beyond_its_end(timing)
    until = task.next_run_at
    assert (until, task.fires_at) == (OUTLASTING.until, None)
    assert not owed(task, NOON + timedelta(hours=1)).owed
    assert (task.pause, task.next_run_at, task.is_spent) == (OUTLASTING, until, False)
    reckoning = owed(task, NOON + timedelta(hours=2))
    assert (reckoning.owed, reckoning.passed_over) == ((), ())
    assert (task.pause, task.next_run_at, task.is_spent) == (None, None, True)


def test_a_pause_after_the_last_of_its_runs_ends_and_so_does_the_task() -> None:
    task = a_task(content(Timing(Every(60, anchor=NOON), max_runs=1)))
    owed(task, NOON + MINUTE)
    task.rest(OUTLASTING, at=NOON + MINUTE, calendar=NoCron())
    assert not task.is_spent
    owed(task, NOON + timedelta(hours=2))
    assert task.is_spent


@pytest.mark.parametrize("hours", [1, 3], ids=["early", "after it was over"])
def test_a_task_whose_schedule_is_over_is_resumed_for_nothing(hours: int) -> None:
    task = resting_beyond_its_end(ENDING["a one-off"])
    task.resume(at=NOON + timedelta(hours=hours), calendar=NoCron())
    assert (task.next_run_at, task.is_spent) == (None, True)


def test_a_task_that_is_off_or_failed_does_not_wait_for_its_pause_to_end() -> None:
    off, failed = (resting_beyond_its_end(ENDING["endAt"]) for _ in range(2))
    off.deactivate(at=NOON, calendar=NoCron())
    failed.fail("timeout", at=NOON, calendar=NoCron())
    assert (off.next_run_at, failed.next_run_at) == (None, None)


def test_a_task_switched_on_after_its_pause_does_not_rest_any_more() -> None:
    task = resting_beyond_its_end(ENDING["endAt"])
    task.deactivate(at=NOON, calendar=NoCron())
    task.activate(at=NOON + timedelta(hours=3), calendar=NoCron())
    assert (task.pause, task.is_spent) == (None, True)


def test_a_task_stops_after_its_last_run() -> None:
    task = a_task(content(Timing(Every(60, anchor=NOON), max_runs=2)))
    owed(task, NOON + MINUTE)
    reckoning = owed(task, NOON + 2 * MINUTE)
    assert len(reckoning.owed) == 1
    assert task.next_run_at is None
    assert task.is_spent


def test_missed_runs_do_not_take_a_task_beyond_its_last_run() -> None:
    policies = Policies(catch_up=CatchUp(missed=Missed.ALL))
    task = a_task(content(Timing(Every(60, anchor=NOON), max_runs=3), policies))
    assert len(owed(task, NOON + 60 * MINUTE).owed) == 3


def test_a_one_off_fires_once() -> None:
    task = a_task(content(At(NOON + MINUTE)))
    assert len(owed(task, NOON + MINUTE).owed) == 1
    assert task.is_spent
    task.retire(at=NOON + MINUTE)
    assert task.status is TaskStatus.INACTIVE


@pytest.mark.parametrize("status", [TaskStatus.INACTIVE, TaskStatus.FAILED])
def test_a_task_that_is_not_active_owes_nothing(status: TaskStatus) -> None:
    task = a_task()
    if status is TaskStatus.INACTIVE:
        task.deactivate(at=NOON, calendar=NoCron())
    else:
        task.fail("timeout", at=NOON, calendar=NoCron())
    assert task.next_run_at is None
    assert not owed(task, NOON + timedelta(days=1)).owed


@given(
    seconds=st.integers(1, 7200),
    looks=st.lists(st.integers(1, 20_000), min_size=1, max_size=12),
    missed=st.sampled_from(Missed),
)
def test_every_instant_is_owed_or_passed_over_exactly_once(
    seconds: int, looks: list[int], missed: Missed
) -> None:
    policies = Policies(catch_up=CatchUp(missed=missed))
    task = a_task(content(Every(seconds, anchor=NOON), policies))
    now, told, exact = NOON, 0, True
    for gap in looks:
        now += timedelta(seconds=gap)
        reckoning = owed(task, now)
        late = [one for one in reckoning.owed if not one.on_time]
        on_time = len(reckoning.owed) - len(late)
        told += on_time + sum(one.missed for one in late)
        told += sum(one.count for one in reckoning.passed_over)
        exact = exact and gap // seconds < 1000
    named = (now - NOON) // timedelta(seconds=seconds)
    assert told == named if exact else told <= named
    assert task.next_run_at is not None
    assert task.next_run_at > now


def test_jitter_longer_than_the_interval_makes_nothing_late_that_had_to_wait() -> None:
    policies = Policies(catch_up=CatchUp(missed=Missed.SKIP))
    task = a_task(content(Timing(Every(7, anchor=NOON), jitter=200), policies))
    now, fired = NOON, 0
    while now < NOON + timedelta(hours=1):
        assert task.next_run_at is not None
        now = task.next_run_at
        reckoning = owed(task, now)
        assert not reckoning.passed_over
        fired += len(reckoning.owed)
    assert task.upcoming == NOON + (fired + 1) * timedelta(seconds=7)


@pytest.mark.parametrize("missed", Missed)
@pytest.mark.parametrize("count", [1000, 1001, 1050, 1101, 1102, 5000])
def test_however_many_were_missed_they_are_told_from_the_first_to_the_last(
    missed: Missed, count: int
) -> None:
    policies = Policies(catch_up=CatchUp(missed=missed))
    task = a_task(content(Every(60, anchor=NOON), policies))
    reckoning = owed(task, NOON + count * MINUTE + 2 * GRACE)
    made_up = [one.scheduled_for for one in reckoning.owed]
    if missed is Missed.ALL:
        assert made_up == [NOON + number * MINUTE for number in range(count - 99, count + 1)]
    told = [(one.missed_from or one.scheduled_for, one.scheduled_for) for one in reckoning.owed]
    told = [(one.first, one.last) for one in reckoning.passed_over] + told
    ends = [(told[0][0], told[0][0] - MINUTE), *told]
    assert told[0][0] == NOON + MINUTE
    assert told[-1][1] == NOON + count * MINUTE
    assert all(later[0] - MINUTE == earlier[1] for earlier, later in pairwise(ends))


CHANGES: dict[str, Callable[[Task, datetime], object]] = {
    "paused": lambda task, at: task.rest(Pause(), at=at, calendar=NoCron()),
    "switched_off": lambda task, at: task.toggle(at=at, calendar=NoCron()),
    "rescheduled": lambda task, at: task.revise(
        content(Every(90, anchor=NOON)), at=at, calendar=NoCron()
    ),
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_was_due_before_a_change_is_told_with_its_reason(reason: str) -> None:
    task = a_task()
    CHANGES[reason](task, NOON + 3 * MINUTE)
    (passed,) = task.release_left_behind()
    assert (passed.first, passed.last) == (NOON + MINUTE, NOON + 3 * MINUTE)
    assert (passed.count, passed.reason) == (3, reason)
    assert task.release_left_behind() == ()


@pytest.mark.parametrize("reason", CHANGES)
def test_a_change_before_anything_is_due_leaves_nothing_behind(reason: str) -> None:
    task = a_task()
    CHANGES[reason](task, NOON + MINUTE - timedelta(microseconds=1))
    assert task.release_left_behind() == ()


def test_what_was_due_when_a_task_failed_is_told() -> None:
    task = a_task()
    assert task.fail("timeout", at=NOON + MINUTE, calendar=NoCron())
    (passed,) = task.release_left_behind()
    assert (passed.first, passed.reason) == (NOON + MINUTE, "task_failed")


def test_every_instant_that_was_due_when_a_task_failed_is_told() -> None:
    task = a_task()
    assert task.fail("timeout", at=NOON + 5 * MINUTE, calendar=NoCron())
    (passed,) = task.release_left_behind()
    assert (passed.first, passed.last) == (NOON + MINUTE, NOON + 5 * MINUTE)
    assert (passed.count, passed.reason) == (5, "task_failed")


def test_a_task_that_does_not_rest_is_resumed_without_losing_what_is_due() -> None:
    task = a_task()
    task.resume(at=NOON + MINUTE, calendar=NoCron())
    assert [one.scheduled_for for one in owed(task, NOON + MINUTE).owed] == [NOON + MINUTE]


def test_a_rest_that_is_over_is_ended_without_losing_what_is_due() -> None:
    task = a_task()
    task.rest(Pause(until=NOON + 5 * MINUTE), at=NOON, calendar=NoCron())
    task.resume(at=NOON + 6 * MINUTE, calendar=NoCron())
    assert task.upcoming == NOON + 5 * MINUTE


def test_a_task_that_is_off_fails_by_a_run_that_was_asked_for_and_tells_so_once() -> None:
    task = minutely(Missed.SKIP)
    task.deactivate(at=LAST_RUN, calendar=NoCron())
    assert task.fail("timeout", at=NOON, calendar=NoCron())
    assert (task.status, task.failure) == (TaskStatus.FAILED, "timeout")
    assert not task.fail("timeout", at=NOON + MINUTE, calendar=NoCron())
