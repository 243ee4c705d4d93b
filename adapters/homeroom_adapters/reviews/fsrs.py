"""FSRS, computed by py-fsrs: a review is due when nine of ten would still know the answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import attrs
import fsrs

from homeroom.exams.model.recall import Phase, Rating, Recall, before
from homeroom.exams.ports.reviews import ReviewScheduler
from homeroom.kernel.clock import as_utc

NAME: Final = "fsrs"

_STATES = {
    Phase.LEARNING: fsrs.State.Learning,
    Phase.REVIEW: fsrs.State.Review,
    Phase.RELEARNING: fsrs.State.Relearning,
}
_PHASES = {state: phase for phase, state in _STATES.items()}
_ANY_CARD = 1
"""The library numbers cards by the clock unless they have a number."""


def _scheduler() -> fsrs.Scheduler:
    return fsrs.Scheduler(enable_fuzzing=False)


@attrs.frozen
class Fsrs:
    """FSRS 6 with the parameters that come with the library, and without its lots."""

    _scheduler: fsrs.Scheduler = attrs.field(factory=_scheduler, alias="scheduler")

    @property
    def name(self) -> str:
        return NAME

    def after(
        self,
        known: Recall | None,
        rating: Rating,
        *,
        at: datetime,
        deadline: datetime | None = None,
    ) -> Recall:
        at = as_utc(at)
        own = known if known is not None and known.method == NAME else None
        if own is not None:
            at = max(at, own.reviewed_at)
        card, _ = self._scheduler.review_card(_card(own, at), fsrs.Rating(rating.value), at)
        streak = 0 if own is None else own.streak
        return Recall(
            method=NAME,
            due_at=before(deadline, card.due, at=at),
            reviewed_at=at,
            reviews=1 if known is None else known.reviews + 1,
            streak=0 if rating is Rating.AGAIN else streak + 1,
            phase=_PHASES[card.state],
            step=card.step,
            stability=card.stability,
            difficulty=card.difficulty,
        )

    def retained(self, known: Recall, *, at: datetime) -> float:
        """How likely it is still known, from 0 to 1."""
        return self._scheduler.get_card_retrievability(_card(known, at), as_utc(at))


def _card(known: Recall | None, at: datetime) -> fsrs.Card:
    """A new one, or what is known as the library has it."""
    if known is None:
        return fsrs.Card(card_id=_ANY_CARD, due=at)
    return fsrs.Card(
        card_id=_ANY_CARD,
        state=_STATES[known.phase],
        step=known.step,
        stability=known.stability,
        difficulty=known.difficulty,
        due=known.due_at.astimezone(UTC),
        last_review=known.reviewed_at.astimezone(UTC),
    )


@asynccontextmanager
async def open_scheduler() -> AsyncIterator[ReviewScheduler]:
    """The scheduler behind entry point `homeroom.review_scheduler`, name `fsrs`."""
    yield Fsrs()
