"""Overlapping runs: who starts, who waits, who gives way; reference case 20."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.policies import Overlap
from homeroom.scheduling.model.seating import Seating, next_in_turn
from homeroom_testing.clock import NOON
from homeroom_testing.tasks import MINUTE, a_task

TASK = a_task()


def a_run(at: datetime, trigger: Trigger = Trigger.SCHEDULE) -> Execution:
    return Execution.asked_for(TASK, trigger, at=at, key=f"at:{at.isoformat()}")


def admitted(overlap: Overlap, *after: Execution, busy: bool = True) -> Seating:
    """A seating that let *after* in, while one run is under way."""
    seating = Seating(overlap, [a_run(NOON)] if busy else [])
    for run in after:
        seating.admit(run, at=run.due_at)
    return seating


def standing(seating: Seating) -> list[ExecutionStatus]:
    return [run.status for run in seating.admitted]


def runs(count: int) -> list[Execution]:
    return [a_run(NOON + (number + 1) * MINUTE) for number in range(count)]


@pytest.mark.parametrize("overlap", Overlap)
def test_a_run_that_is_alone_starts(overlap: Overlap) -> None:
    seating = admitted(overlap, *runs(1), busy=False)
    assert standing(seating) == [ExecutionStatus.PENDING]
    assert len(seating.starting()) == 1


def test_case_20_skip_logs_the_overlap_and_does_not_run() -> None:
    seating = admitted(Overlap.SKIP, *runs(1))
    (skipped,) = seating.admitted
    assert skipped.status is ExecutionStatus.SKIPPED
    assert [line.status.value for line in skipped.release_lines()] == ["SKIPPED_OVERLAP"]
    assert not seating.starting()


def test_case_20_buffer_one_lets_exactly_one_follow() -> None:
    seating = admitted(Overlap.BUFFER_ONE, *runs(3))
    buffered, *skipped = standing(seating)
    assert buffered is ExecutionStatus.BUFFERED
    assert skipped == [ExecutionStatus.SKIPPED] * 2


def test_buffer_all_lets_all_follow_in_order() -> None:
    seating = admitted(Overlap.BUFFER_ALL, *runs(5))
    assert standing(seating) == [ExecutionStatus.BUFFERED] * 5
    assert next_in_turn(seating.admitted) is seating.admitted[0]


def test_cancel_other_calls_off_what_is_under_way() -> None:
    seating = admitted(Overlap.CANCEL_OTHER, *runs(1))
    assert standing(seating) == [ExecutionStatus.PENDING]
    assert [run.result for run in seating.displaced] == ["displaced"]


def test_allow_all_starts_all() -> None:
    assert standing(admitted(Overlap.ALLOW_ALL, *runs(3))) == [ExecutionStatus.PENDING] * 3


@pytest.mark.parametrize("overlap", [one for one in Overlap if one is not Overlap.ALLOW_ALL])
@pytest.mark.parametrize("trigger", [Trigger.CATCH_UP, Trigger.BACKFILL])
def test_runs_that_were_asked_for_in_a_row_wait_for_one_another(
    overlap: Overlap, trigger: Trigger
) -> None:
    row = [a_run(NOON + number * MINUTE, trigger) for number in range(4)]
    seating = admitted(overlap, *row, busy=False)
    assert standing(seating) == [ExecutionStatus.PENDING] + [ExecutionStatus.BUFFERED] * 3


def test_nothing_follows_while_a_run_is_under_way() -> None:
    waiting = a_run(NOON + MINUTE)
    waiting.buffer()
    assert next_in_turn([a_run(NOON), waiting]) is None
    assert next_in_turn([waiting]) is waiting
    assert next_in_turn([]) is None


def test_a_run_whose_forerunner_had_been_fired_before_starts_in_its_place() -> None:
    first, second = (a_run(NOON + n * MINUTE, Trigger.CATCH_UP) for n in (1, 2))
    seating = admitted(Overlap.SKIP, first, second, busy=False)
    assert seating.overtaken(frozenset({second.id})) is second
    assert seating.overtaken(frozenset({first.id, second.id})) is None


@given(
    overlap=st.sampled_from(sorted(set(Overlap) - {Overlap.ALLOW_ALL}, key=lambda one: one.value)),
    triggers=st.lists(st.sampled_from(Trigger), max_size=12),
)
def test_but_for_allow_all_at_most_one_run_is_under_way(
    overlap: Overlap, triggers: list[Trigger]
) -> None:
    seating = Seating(overlap, [])
    for number, trigger in enumerate(triggers):
        seating.admit(a_run(NOON + timedelta(minutes=number), trigger), at=NOON)
    pending = [run for run in seating.admitted if run.status is ExecutionStatus.PENDING]
    assert len(pending) <= 1
    assert len(seating.admitted) == len(triggers)
