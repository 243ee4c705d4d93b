"""Ends that never have room, and hosts that rest: nobody waits for ever, or pays for others."""

from datetime import timedelta

import pytest

from homeroom.kernel.outbound_errors import LeftAlone, NotSent
from homeroom.scheduling.model.deliveries import Answer, Outcome
from homeroom.scheduling.model.executions import (
    MOST_WAITED,
    Execution,
    ExecutionStatus,
    Trigger,
    Verdict,
)
from homeroom.scheduling.model.judging import judge_refusal
from homeroom.scheduling.model.policies import Retries
from homeroom.scheduling.queries import Delivery
from homeroom.scheduling.use_cases.delivering import Attempt
from homeroom_testing.clock import NOON
from homeroom_testing.tasks import a_task

BUSY = Answer(outcome=Outcome.LIMITED, reason="rate_limited", status=429, retry_after=3600.0)
RESTS = judge_refusal(LeftAlone("https://a.example failed often; we rest", retry_after=30.0))


def a_run() -> Execution:
    return Execution.asked_for(a_task(), Trigger.MANUAL, at=NOON, key="manual:1")


@pytest.mark.parametrize(("answer", "reason"), [(BUSY, "rate_limited"), (RESTS, "host_rests")])
def test_who_is_told_to_wait_for_a_whole_day_has_failed(answer: Answer, reason: str) -> None:
    run, at, tries, verdict = a_run(), NOON, 0, Verdict()
    while not run.ended:
        verdict = run.settle(answer, Retries(most=0), started_at=at, at=at, luck=0.0)
        at, tries = verdict.again_at or at, tries + 1
        assert tries < 10_000, "it waits for ever"
    assert (run.status, run.result, run.retry_count) == (ExecutionStatus.FAILED, reason, 0)
    assert verdict.fails_task
    assert at - NOON == MOST_WAITED


def test_a_run_that_stood_in_line_for_days_may_still_be_told_to_wait() -> None:
    run, at = a_run(), NOON + 3 * MOST_WAITED
    verdict = run.settle(BUSY, Retries(most=0), started_at=at, at=at, luck=0.0)
    assert verdict.again_at == at + timedelta(hours=1)


def test_the_last_wait_is_settled_alone_because_its_task_fails_with_it() -> None:
    task, run = a_task(), a_run()
    delivery = Delivery(execution=run, task=task, channel=None)
    first = Attempt(delivery=delivery, answer=BUSY, begun=NOON, number=1)
    assert first.is_plain
    run.settle(BUSY, Retries(), started_at=NOON, at=NOON, luck=0.0)
    last = Attempt(delivery=delivery, answer=BUSY, begun=NOON + MOST_WAITED, number=2)
    assert not last.is_plain


def test_a_host_that_rests_is_waited_for_and_uses_up_no_retry() -> None:
    run = a_run()
    verdict = run.settle(RESTS, Retries(most=0), started_at=NOON, at=NOON, luck=0.0)
    assert not run.ended
    assert verdict.again_at == NOON + timedelta(seconds=30)
    assert [line.reason for line in run.release_lines()] == ["host_rests"]


def test_a_host_that_cannot_be_reached_is_no_host_that_rests() -> None:
    answer = judge_refusal(NotSent("https://a.example could not be reached"))
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "unreachable")
