"""Jobs: what may be asked, how long to wait, and which way a job may go."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Invalid
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import (
    UNFINISHED,
    Backoff,
    Job,
    JobFinished,
    JobNotRetriable,
    JobRequest,
    JobState,
    QueueLimits,
    WorkPolicy,
    policy_of,
)
from homeroom.operations.model import Checkup
from homeroom_testing.clock import NOON

LATER = NOON + timedelta(minutes=5)
backoffs = st.builds(
    Backoff,
    base=st.floats(0.001, 1000),
    cap=st.floats(0.001, 100_000),
    jitter=st.floats(0, 1),
)
lucks = st.floats(0, 1, exclude_max=True)
attempts = st.integers(1, 10_000)


def a_job(state: JobState = JobState.READY) -> Job:
    return Job(
        id=JobId(new_id()),
        name="operations.checkup.v1",
        payload="{}",
        state=state,
        run_at=NOON,
        created_at=NOON,
        attempts=3,
        token=7,
        worker="w1",
        lease_until=LATER,
        progress=0.5,
        last_error="broken: why",
        finished_at=NOON,
    )


class TestBackoff:
    @given(backoffs, attempts, lucks)
    def test_a_wait_lies_between_nothing_and_the_ceiling(
        self, backoff: Backoff, attempt: int, luck: float
    ) -> None:
        wait = backoff.wait(attempt, luck=luck)
        assert timedelta(0) <= wait <= timedelta(seconds=backoff.ceiling(attempt))

    @given(backoffs, attempts)
    def test_the_ceiling_doubles_until_the_cap(self, backoff: Backoff, attempt: int) -> None:
        now, then = backoff.ceiling(attempt), backoff.ceiling(attempt + 1)
        assert now <= then <= backoff.cap
        assert then in (backoff.cap, pytest.approx(2 * now))

    @given(attempts, lucks)
    def test_without_jitter_luck_changes_nothing(self, attempt: int, luck: float) -> None:
        backoff = Backoff(jitter=0)
        assert backoff.wait(attempt, luck=luck) == timedelta(seconds=backoff.ceiling(attempt))

    @pytest.mark.parametrize("wrong", [{"base": 0}, {"cap": -1}, {"jitter": 1.1}, {"jitter": -0.1}])
    def test_one_that_makes_no_sense_is_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Backoff(**wrong)


class TestPolicies:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"queue": ""},
            {"queue": "q" * 65},
            {"priority": 101},
            {"priority": -101},
            {"max_attempts": 0},
            {"max_attempts": 101},
            {"timeout": 0},
        ],
    )
    def test_one_beyond_its_bounds_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            attrs.evolve(WorkPolicy(), **wrong)

    @pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"rate": 0.0}])
    def test_a_queue_that_could_never_run_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            attrs.evolve(QueueLimits(), **wrong)


class TestRequests:
    def test_the_work_s_policy_holds_unless_the_request_has_its_own(self) -> None:
        own = WorkPolicy(queue="slow")
        assert JobRequest(work=Checkup()).effective_policy == policy_of(Checkup)
        assert JobRequest(work=Checkup(), policy=own).effective_policy == own

    @pytest.mark.parametrize("key", ["", "k" * 201])
    def test_a_dedupe_key_has_1_to_200_characters(self, key: str) -> None:
        with pytest.raises(Invalid, match="1 to 200"):
            JobRequest(work=Checkup(), dedupe_key=key)
        assert JobRequest(work=Checkup(), dedupe_key="k" * 200).dedupe_key == "k" * 200


class TestAJob:
    @pytest.mark.parametrize("state", [JobState.DEAD, JobState.CANCELLED])
    def test_what_is_over_starts_from_the_beginning(self, state: JobState) -> None:
        job = a_job(state)
        again = job.tried_again(at=LATER)
        assert (again.state, again.run_at, again.finished_at) == (JobState.READY, LATER, None)
        assert (again.attempts, again.progress, again.token) == (0, 0.0, job.token + 1)
        assert again.last_error == "broken: why"

    @pytest.mark.parametrize("state", [state for state in JobState if state in UNFINISHED])
    def test_what_is_unfinished_is_called_off_and_its_worker_has_lost_it(
        self, state: JobState
    ) -> None:
        job = a_job(state)
        stopped = job.cancelled(at=LATER)
        assert (stopped.state, stopped.finished_at) == (JobState.CANCELLED, LATER)
        assert (stopped.worker, stopped.lease_until) == (None, None)
        assert stopped.token == job.token + 1

    @pytest.mark.parametrize("state", JobState)
    def test_what_cannot_be_tried_again_or_called_off_says_so(self, state: JobState) -> None:
        job = a_job(state)
        if state not in UNFINISHED:
            with pytest.raises(JobFinished):
                job.cancelled(at=LATER)
        if state in UNFINISHED | {JobState.SUCCEEDED}:
            with pytest.raises(JobNotRetriable):
                job.tried_again(at=LATER)

    @given(st.floats(allow_nan=False))
    def test_progress_is_a_fraction_whatever_was_reported(self, told: float) -> None:
        progress = attrs.evolve(a_job(), progress=told).progress
        assert 0 <= progress <= 1
        assert progress == told or not 0 <= told <= 1

    def test_its_payload_is_not_shown(self) -> None:
        assert "Maria" not in repr(attrs.evolve(a_job(), payload='{"name": "Maria"}'))
