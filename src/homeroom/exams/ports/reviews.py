"""What knows when somebody should see a question again."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, runtime_checkable

from homeroom.exams.model.recall import Rating, Recall


@runtime_checkable
class ReviewScheduler(Protocol):
    """Plans when a question is due again. It draws no lots and keeps nothing, so that the same
    answers come to the same plan, on whichever machine.

    Conformance: `homeroom_testing.conformance.reviews.ReviewSchedulerConformance`.
    """

    @property
    def name(self) -> str:
        """Which method it is; what it plans names it."""
        ...

    def after(
        self,
        known: Recall | None,
        rating: Rating,
        *,
        at: datetime,
        deadline: datetime | None = None,
    ) -> Recall:
        """What is known of a question after somebody saw it *at* that instant.

        Where *known* is None, or of another method, it begins anew, and goes on to count reviews.
        What was answered before the last review counts as if it were answered with it. Nothing
        is due past a *deadline* that is still to come: whoever is examined then sees it before.
        Raises `ValueError` for an instant without a time zone.
        """
        ...


OpenReviewScheduler = Callable[[], AbstractAsyncContextManager[ReviewScheduler]]
"""What an entry point of group `homeroom.review_scheduler` names."""
