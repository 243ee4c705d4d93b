"""Schedulers of reviews sign their suite, broken ones are caught; and each plans as its source."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import attrs
import fsrs
import pytest

from homeroom.exams.model.recall import Rating, Recall
from homeroom.exams.model.sm2 import Sm2, eased
from homeroom.exams.ports.reviews import ReviewScheduler
from homeroom_adapters.reviews.fsrs import Fsrs
from homeroom_adapters.reviews.fsrs import open_scheduler as open_fsrs
from homeroom_adapters.reviews.sm2 import open_scheduler as open_sm2
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.conformance.reviews import ReviewSchedulerConformance, planned
from homeroom_testing.sabotage import broken_clauses

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class HonestScheduler(ReviewSchedulerConformance):
    scheduler_type: ClassVar[type[Any]] = Sm2

    @pytest.fixture
    def scheduler(self) -> ReviewScheduler:
        scheduler: ReviewScheduler = self.scheduler_type()
        return scheduler


class TestSm2(HonestScheduler): ...


class TestFsrs(HonestScheduler):
    scheduler_type: ClassVar[type[Any]] = Fsrs


@pytest.mark.anyio
async def test_the_entry_points_open_them() -> None:
    async with open_fsrs() as by_fsrs, open_sm2() as by_sm2:
        assert (by_fsrs.name, by_sm2.name) == ("fsrs", "sm2")


@pytest.mark.parametrize(
    ("rating", "stability", "difficulty", "wait"),
    [
        (Rating.AGAIN, 0.212, 6.4133, timedelta(minutes=1)),
        (Rating.HARD, 1.2931, 5.112171, timedelta(minutes=5, seconds=30)),
        (Rating.GOOD, 2.3065, 2.118104, timedelta(minutes=10)),
        (Rating.EASY, 8.2956, 1.0, 8 * DAY),
    ],
)
def test_a_first_answer_is_planned_by_fsrs_as_its_source_says(
    rating: Rating, stability: float, difficulty: float, wait: timedelta
) -> None:
    plan = Fsrs().after(None, rating, at=START)
    assert plan.stability == pytest.approx(stability, abs=1e-6)
    assert plan.difficulty == pytest.approx(difficulty, abs=1e-6)
    assert plan.due_at == START + wait


def without_steps() -> Fsrs:
    return Fsrs(fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False))


def test_fsrs_without_steps_waits_as_many_days_as_its_source_says() -> None:
    seen = [Rating.GOOD, Rating.GOOD, Rating.AGAIN, Rating.GOOD, Rating.EASY]
    plans = planned(without_steps(), seen)
    assert [(one.due_at - one.reviewed_at) // DAY for one in plans] == [2, 11, 2, 5, 19]
    assert [one.stability for one in plans] == pytest.approx(
        [2.3065, 10.964332, 1.538337, 4.87626, 18.802068], abs=1e-5
    )


@pytest.mark.parametrize(("late", "stability", "wait"), [(0, 10.964332, 11), (3, 18.16785, 18)])
def test_who_remembers_longer_than_planned_waits_longer(
    late: int, stability: float, wait: int
) -> None:
    _, second = planned(without_steps(), [Rating.GOOD] * 2, [0, 2 + late])
    assert second.stability == pytest.approx(stability, abs=1e-5)
    assert second.due_at - second.reviewed_at == wait * DAY


def test_an_exam_in_ten_days_has_another_review_before_it() -> None:
    exam = START + 10 * DAY
    scheduler = without_steps()
    today = scheduler.after(None, Rating.GOOD, at=START, deadline=exam)
    assert scheduler.retained(today, at=exam) == pytest.approx(0.774367, abs=1e-6)
    assert today.due_at < exam
    again = scheduler.after(today, Rating.GOOD, at=today.due_at, deadline=exam)
    assert again.due_at == exam
    assert scheduler.retained(again, at=exam) >= 0.9


@pytest.mark.parametrize(
    ("streak", "ease", "rating", "eased_to", "days"),
    [
        (1, 2.5, Rating.EASY, 2.6, 10),
        (2, 2.6, Rating.GOOD, 2.6, 20),
        (3, 2.5, Rating.HARD, 2.36, 37),
        (4, 2.6, Rating.EASY, 2.7, 86),
    ],
)
def test_sm2_waits_as_its_source_says(
    streak: int, ease: float, rating: Rating, eased_to: float, days: int
) -> None:
    known = Recall(method="sm2", due_at=START, reviewed_at=START, streak=streak - 1, ease=ease)
    plan = Sm2().after(known, rating, at=START)
    assert (plan.streak, plan.ease) == (streak, eased_to)
    assert plan.due_at - START == days * DAY


def test_sm2_makes_nothing_ever_so_hard() -> None:
    plans = planned(Sm2(), [Rating.AGAIN] * 9)
    assert plans[-1].ease == 1.3
    assert eased(1.3, Rating.HARD) == 1.3


class ComesTooLate(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        return super().after(known, rating, **{**told, "deadline": None})


class ForgivesEverything(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        plan = super().after(known, rating, **told)
        return attrs.evolve(plan, due_at=plan.due_at + DAY) if plan.streak == 0 else plan


class TakesAnybodysWord(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        own = None if known is None else attrs.evolve(known, method=self.name)
        return super().after(own, rating, **told)


class GoesBackInTime(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        plan = super().after(known, rating, **told)
        late = plan.reviewed_at - told["at"]
        return attrs.evolve(plan, reviewed_at=told["at"], due_at=plan.due_at - late)


class LikesItHard(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        turned = {Rating.HARD: Rating.EASY, Rating.EASY: Rating.HARD}
        return super().after(known, turned.get(rating, rating), **told)


class NeverLetsGo(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        plan = super().after(known, rating, **told)
        return attrs.evolve(plan, due_at=min(plan.due_at, plan.reviewed_at + 7 * DAY))


class CountsNothing(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        return attrs.evolve(super().after(known, rating, **told), reviews=1)


class DrawsLots(Sm2):
    drawn: ClassVar[int] = 0

    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        plan = super().after(known, rating, **told)
        type(self).drawn += 1
        early = timedelta(seconds=self.drawn % 7)
        return attrs.evolve(plan, due_at=plan.due_at - early)


class TakesAnyTime(Sm2):
    def after(self, known: Recall | None, rating: Rating, **told: Any) -> Recall:
        at = told["at"]
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        return super().after(known, rating, **{**told, "at": aware})


CAUGHT_BY = {
    ReviewSchedulerConformance: {
        ComesTooLate: "test_nothing_is_due_past_an_exam_that_is_still_to_come",
        ForgivesEverything: "test_what_was_not_known_is_due_within_a_day",
        TakesAnybodysWord: "test_what_another_method_planned_is_begun_anew",
        GoesBackInTime: ("test_an_answer_from_before_the_last_review_counts_with_it"),
        LikesItHard: "test_what_was_easier_is_not_due_earlier",
        NeverLetsGo: "test_who_knows_it_again_and_again_sees_it_ever_more_seldom",
        CountsNothing: "test_reviews_are_counted_and_what_is_right_in_a_row",
        DrawsLots: "test_it_is_due_after_it_was_seen_and_the_same_answers_are_the_same_plan",
        TakesAnyTime: ("test_an_instant_is_one_wherever_it_is_told_and_none_is_naive"),
    },
}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT_BY[ReviewSchedulerConformance].items())
def test_the_clause_named_for_it_catches(broken: type[Sm2], clause: str) -> None:
    class Saboteur(HonestScheduler):
        scheduler_type: ClassVar[type[Any]] = broken

    suite: type[Conformance] = Saboteur
    assert broken_clauses(suite, only=clause) == {clause}
