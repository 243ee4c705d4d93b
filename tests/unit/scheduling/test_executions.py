"""What becomes of a run: reference cases 4, 26 to 28, 30 to 32."""

from datetime import datetime, timedelta

import attrs
import pytest

from homeroom.kernel.jobs import Backoff
from homeroom.scheduling.model.deliveries import Answer, Outcome
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger, Verdict
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import Retries
from homeroom_testing.clock import NOON
from homeroom_testing.tasks import a_task

DELIVERED = Answer(outcome=Outcome.DELIVERED, status=204)
DOWN = Answer(outcome=Outcome.FAILED, reason="status_500", status=500)


def a_run(due_at: datetime = NOON) -> Execution:
    return Execution.asked_for(a_task(), Trigger.MANUAL, at=due_at, key="manual:1")


def settle(run: Execution, answer: Answer, at: datetime, retries: Retries | None = None) -> Verdict:
    return run.settle(answer, retries or Retries(), started_at=at, at=at, luck=0.5)


def statuses(lines: tuple[LogLine, ...]) -> list[tuple[str, int]]:
    return [(line.status.value, line.retry_count) for line in lines]


def test_case_25_what_is_delivered_has_succeeded_without_a_retry() -> None:
    run = a_run()
    later = NOON + timedelta(milliseconds=7)
    answer = Answer(outcome=Outcome.DELIVERED, status=200, message_id="42")
    assert settle(run, answer, later) == Verdict()
    assert (run.status, run.retry_count, run.message_id) == (ExecutionStatus.SUCCESS, 0, "42")
    assert run.lateness == timedelta(milliseconds=7)
    assert statuses(run.release_lines()) == [("SUCCESS", 0)]


def test_case_26_two_failures_and_a_success_are_three_attempts_at_0_1_and_3_seconds() -> None:
    run = a_run()
    first = settle(run, DOWN, NOON)
    assert first.again_at == NOON + timedelta(seconds=1)
    second = settle(run, DOWN, first.again_at)
    assert second.again_at == NOON + timedelta(seconds=3)
    assert settle(run, DELIVERED, second.again_at) == Verdict()
    lines = run.release_lines()
    assert statuses(lines) == [("RETRYING", 1), ("RETRYING", 2), ("SUCCESS", 2)]
    assert run.retry_count == 2
    assert run.started_at == NOON


def test_case_27_after_the_last_retry_the_run_and_its_task_have_failed() -> None:
    run, at = a_run(), NOON
    begun = []
    while True:
        begun.append((at - NOON).total_seconds())
        verdict = settle(run, DOWN, at)
        if verdict.again_at is None:
            break
        at = verdict.again_at
    assert begun == [0, 1, 3, 7]
    assert verdict.fails_task
    assert statuses(run.release_lines())[-1] == ("FAILED", 3)
    assert (run.status, run.result) == (ExecutionStatus.FAILED, "status_500")


def test_case_4_no_retries_means_one_attempt_and_one_line() -> None:
    run = a_run()
    verdict = settle(run, DOWN, NOON, Retries(most=0))
    assert verdict.again_at is None
    assert statuses(run.release_lines()) == [("FAILED", 0)]


def test_case_28_being_told_to_wait_is_no_failure_and_uses_up_no_retry() -> None:
    run = a_run()
    limited = Answer(outcome=Outcome.LIMITED, reason="rate_limit", status=429, retry_after=2.5)
    for _ in range(20):
        verdict = settle(run, limited, NOON)
        assert verdict.again_at == NOON + timedelta(seconds=2.5)
    assert run.retry_count == 0
    assert not run.ended


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.GONE, Outcome.DENIED])
def test_cases_30_and_31_what_will_never_be_taken_is_not_sent_again(outcome: Outcome) -> None:
    run = a_run()
    verdict = settle(run, Answer(outcome=outcome, reason="webhook_gone", status=404), NOON)
    assert verdict.again_at is None
    assert verdict.fails_task
    assert run.result == "webhook_gone"


def test_case_32_an_unknown_result_is_tried_again_and_said_to_be_unknown() -> None:
    run = a_run()
    answer = Answer(outcome=Outcome.UNKNOWN, reason="timeout", message="a duplicate is possible")
    assert settle(run, answer, NOON).again_at == NOON + timedelta(seconds=1)
    (line,) = run.release_lines()
    assert (line.reason, line.message) == ("timeout", "a duplicate is possible")


def test_the_waits_between_retries_are_the_tasks_own() -> None:
    retries = Retries(most=3, backoff=Backoff(base=10, cap=15, jitter=0))
    run = a_run()
    waits = [settle(run, DOWN, NOON, retries).again_at for _ in range(3)]
    assert [wait and (wait - NOON).total_seconds() for wait in waits] == [10, 15, 15]


def test_a_server_that_asks_for_a_longer_wait_gets_it() -> None:
    busy = Answer(outcome=Outcome.FAILED, reason="status_503", status=503, retry_after=60)
    assert settle(a_run(), busy, NOON).again_at == NOON + timedelta(seconds=60)


def test_an_attempt_that_comes_back_after_the_run_was_called_off_changes_nothing() -> None:
    run = a_run()
    run.cancel("displaced", at=NOON)
    verdict = settle(run, DOWN, NOON + timedelta(seconds=1))
    assert verdict == Verdict()
    assert run.status is ExecutionStatus.CANCELLED
    assert [line.status for line in run.release_lines()] == [LogStatus.CANCELLED] * 2


def test_an_open_circuit_fails_the_run_and_not_its_task() -> None:
    run = a_run()
    assert not run.close("circuit_open", "nothing was sent", at=NOON).fails_task
    assert run.status is ExecutionStatus.FAILED
    assert run.attempts == 0


def test_log_lines_are_handed_over_once() -> None:
    run = a_run()
    settle(run, DELIVERED, NOON)
    assert len(run.release_lines()) == 1
    assert run.release_lines() == ()


@pytest.mark.parametrize(
    "answer",
    [DOWN, Answer(outcome=Outcome.LIMITED, reason="rate_limited", retry_after=7200.0)],
)
def test_a_run_that_waits_is_unchanged_since_no_earlier_than_its_next_attempt(
    answer: Answer,
) -> None:
    run = a_run()
    verdict = settle(run, attrs.evolve(answer, retry_after=7200.0), NOON)
    assert verdict.again_at == run.changed_at == NOON + timedelta(hours=2)
