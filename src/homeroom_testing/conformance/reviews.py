"""The promises of a scheduler of reviews: what it plans can be relied on, also before an exam."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.exams.model.recall import Rating, Recall
from homeroom.exams.ports.reviews import ReviewScheduler
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.contract import Conformance

DAY = timedelta(days=1)
_RIGHT = (Rating.HARD, Rating.GOOD, Rating.EASY)
_natural = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
_settings = settings(max_examples=40, deadline=None, suppress_health_check=_natural)
_seen = st.lists(
    st.tuples(st.sampled_from(Rating), st.integers(0, 60 * 86_400).map(lambda s: s / 86_400)),
    min_size=1,
    max_size=12,
)


def planned(
    scheduler: ReviewScheduler,
    ratings: Sequence[Rating],
    days: Sequence[float] = (),
    *,
    deadline: datetime | None = None,
) -> list[Recall]:
    """What is known after each, seen again when it was due, or *days* after the one before."""
    at, known, plans = NOON, None, list[Recall]()
    for rating, waited in itertools.zip_longest(ratings, days):
        if rating is None:
            break
        if known is not None:
            at = known.due_at if waited is None else known.reviewed_at + waited * DAY
        known = scheduler.after(known, rating, at=at, deadline=deadline)
        plans.append(known)
    return plans


class ReviewSchedulerConformance(Conformance):
    """Subclass, provide `scheduler`, inherit the proof."""

    @pytest.fixture
    def scheduler(self) -> ReviewScheduler:
        raise NotImplementedError("return the scheduler")

    @given(seen=_seen)
    @_settings
    def test_it_is_due_after_it_was_seen_and_the_same_answers_are_the_same_plan(
        self, scheduler: ReviewScheduler, seen: list[tuple[Rating, float]]
    ) -> None:
        ratings, days = [rating for rating, _ in seen], [waited for _, waited in seen]
        plans = planned(scheduler, ratings, days)
        assert all(one.due_at > one.reviewed_at for one in plans)
        assert planned(scheduler, ratings, days) == plans

    @given(seen=_seen, left=st.integers(1, 90))
    @_settings
    def test_nothing_is_due_past_an_exam_that_is_still_to_come(
        self, scheduler: ReviewScheduler, seen: list[tuple[Rating, float]], left: int
    ) -> None:
        deadline, known = NOON + left * DAY, None
        free = None
        for rating, waited in seen:
            at = NOON if known is None else known.reviewed_at + waited * DAY
            free = scheduler.after(known, rating, at=at)
            known = scheduler.after(known, rating, at=at, deadline=deadline)
            if at < deadline:
                assert known.due_at == min(free.due_at, deadline)
            else:
                assert known == free

    def test_what_was_not_known_is_due_within_a_day(self, scheduler: ReviewScheduler) -> None:
        for ratings in ([], [Rating.GOOD], [Rating.EASY] * 6):
            last = planned(scheduler, [*ratings, Rating.AGAIN])[-1]
            assert last.due_at - last.reviewed_at <= DAY
            assert last.streak == 0

    def test_what_was_easier_is_not_due_earlier(self, scheduler: ReviewScheduler) -> None:
        for before in ([], [Rating.GOOD] * 3):
            due = [planned(scheduler, [*before, one])[-1].due_at for one in (*_RIGHT,)]
            assert due == sorted(due)

    def test_who_knows_it_again_and_again_sees_it_ever_more_seldom(
        self, scheduler: ReviewScheduler
    ) -> None:
        plans = planned(scheduler, [Rating.GOOD] * 8)
        waits = [one.due_at - one.reviewed_at for one in plans]
        assert waits == sorted(waits)
        assert waits[-1] > 30 * DAY

    def test_reviews_are_counted_and_what_is_right_in_a_row(
        self, scheduler: ReviewScheduler
    ) -> None:
        plans = planned(scheduler, [Rating.GOOD, Rating.EASY, Rating.AGAIN, Rating.HARD])
        assert [one.reviews for one in plans] == [1, 2, 3, 4]
        assert [one.streak for one in plans] == [1, 2, 0, 1]
        assert {one.method for one in plans} == {scheduler.name}

    def test_what_another_method_planned_is_begun_anew(self, scheduler: ReviewScheduler) -> None:
        fresh = scheduler.after(None, Rating.GOOD, at=NOON)
        known = planned(scheduler, [Rating.GOOD] * 5)[-1]
        other = attrs.evolve(known, method="another", reviewed_at=NOON - DAY)
        assert scheduler.after(other, Rating.GOOD, at=NOON) == attrs.evolve(fresh, reviews=6)

    def test_an_answer_from_before_the_last_review_counts_with_it(
        self, scheduler: ReviewScheduler
    ) -> None:
        known = planned(scheduler, [Rating.GOOD] * 4)[-1]
        late = scheduler.after(known, Rating.GOOD, at=known.reviewed_at - 5 * DAY)
        assert late == scheduler.after(known, Rating.GOOD, at=known.reviewed_at)

    def test_an_instant_is_one_wherever_it_is_told_and_none_is_naive(
        self, scheduler: ReviewScheduler
    ) -> None:
        elsewhere = NOON.astimezone(timezone(timedelta(hours=8)))
        plan = scheduler.after(None, Rating.EASY, at=elsewhere)
        assert plan == scheduler.after(None, Rating.EASY, at=NOON)
        assert (plan.due_at.tzinfo, plan.reviewed_at.tzinfo) == (UTC, UTC)
        with pytest.raises(ValueError, match="time zone"):
            scheduler.after(None, Rating.GOOD, at=NOON.replace(tzinfo=None))
