"""The worker's side of jobs: what a failed attempt means, and who does which work."""

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    Unauthenticated,
    Unavailable,
)
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Backoff, Work, WorkPolicy, work
from homeroom.kernel.queue import (
    Claim,
    Handlers,
    Run,
    Settlement,
    UnknownWork,
    Verdict,
    judge,
    reason_of,
    release,
    succeed,
)
from homeroom.operations.model import Checkup
from homeroom_testing.clock import NOON

DAY = timedelta(days=1)
mishaps = st.one_of(
    st.builds(Unavailable, retry_after=st.none() | st.floats(0, 1e12)),
    st.sampled_from([Stale(), TimeoutError(), ValueError("Maria Clara"), KeyError("x")]),
)
answers = st.sampled_from(
    [NotFound(), Forbidden(), Conflict("taken"), Invalid(), Unauthenticated(), UnknownWork()]
)
lucks = st.floats(0, 1, exclude_max=True)


def a_claim(attempt: int = 1, max_attempts: int = 5) -> Claim:
    policy = WorkPolicy(max_attempts=max_attempts, backoff=Backoff(base=2.0, cap=60.0))
    return Claim(
        id=JobId(new_id()),
        token=4,
        name="operations.checkup.v1",
        payload='{"note": "Maria"}',
        queue="default",
        attempt=attempt,
        policy=policy,
        run_at=NOON,
    )


class TestJudging:
    @given(mishaps, st.integers(1, 4), lucks)
    def test_what_may_pass_is_tried_again_within_a_day(
        self, error: Exception, attempt: int, luck: float
    ) -> None:
        verdict = judge(a_claim(attempt), error, at=NOON, luck=luck)
        assert verdict.verdict is Verdict.RETRY
        assert verdict.run_at is not None
        assert NOON <= verdict.run_at <= NOON + DAY

    @given(mishaps, lucks)
    def test_the_last_attempt_is_the_last(self, error: Exception, luck: float) -> None:
        claim = a_claim(attempt=5)
        assert judge(claim, error, at=NOON, luck=luck) == Settlement(
            claim.id, claim.token, Verdict.DEAD, None, reason_of(error)
        )

    @given(answers, st.integers(1, 5), lucks)
    def test_an_answer_is_never_asked_for_again(
        self, error: Refusal, attempt: int, luck: float
    ) -> None:
        verdict = judge(a_claim(attempt), error, at=NOON, luck=luck)
        assert (verdict.verdict, verdict.run_at) == (Verdict.DEAD, None)
        assert verdict.reason == f"{error.code}: {error.message}"

    @given(st.floats(0, 80_000), lucks)
    def test_who_says_when_to_come_back_is_not_asked_before(
        self, asked: float, luck: float
    ) -> None:
        verdict = judge(a_claim(), Unavailable(retry_after=asked), at=NOON, luck=luck)
        assert verdict.run_at is not None
        assert verdict.run_at >= NOON + timedelta(seconds=asked)

    def test_a_claim_that_succeeded_or_was_given_back_keeps_its_fence(self) -> None:
        claim = a_claim()
        assert succeed(claim) == Settlement(claim.id, 4, Verdict.SUCCEEDED)
        back = release(claim, run_at=NOON, reason="stopping")
        assert back == Settlement(claim.id, 4, Verdict.RELEASED, NOON, "stopping")

    def test_a_claim_does_not_show_its_payload(self) -> None:
        assert "Maria" not in repr(a_claim())


class TestReasons:
    def test_a_stranger_s_exception_is_named_and_not_quoted(self) -> None:
        assert reason_of(ValueError("Maria Clara has no grades")) == "unexpected: ValueError"

    def test_a_timeout_says_what_took_too_long(self) -> None:
        assert reason_of(TimeoutError()).startswith("timeout: the attempt took longer")

    @given(st.text(max_size=2000))
    def test_any_store_can_keep_a_reason(self, message: str) -> None:
        reason = reason_of(Conflict(message))
        assert len(reason) <= 500
        assert reason.isprintable()
        reason.encode()


async def nothing(work: Work, run: Run) -> None: ...


@work("test.errand.v1", WorkPolicy(queue="errands"))
@attrs.frozen(kw_only=True)
class Errand(Work):
    """Something to be done."""


class TestHandlers:
    def test_each_work_has_the_handler_it_was_given(self) -> None:
        handlers = Handlers()
        handlers.add(Checkup, nothing)
        handlers.add(Errand, nothing)
        assert handlers.find("test.errand.v1") == (Errand, nothing)
        assert handlers.names == {"test.errand.v1", "operations.checkup.v1"}
        assert handlers.queue_of("test.errand.v1") == "errands"
        assert handlers.queues == {"errands", "default"}

    def test_a_work_has_one_handler(self) -> None:
        handlers = Handlers()
        handlers.add(Errand, nothing)
        with pytest.raises(ValueError, match=r"test\.errand\.v1 has a handler already"):
            handlers.add(Errand, nothing)

    def test_work_nobody_knows_is_refused_by_its_name(self) -> None:
        for ask in (Handlers().find, Handlers().queue_of):
            with pytest.raises(UnknownWork, match=r"named 'test\.nobody\.v1'"):
                ask("test.nobody.v1")


def test_a_run_is_known_to_an_inbox_by_its_job() -> None:
    run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
    assert run.message_id == str(run.job_id)
