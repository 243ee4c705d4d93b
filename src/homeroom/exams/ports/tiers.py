"""The place for tiers, and for how much of theirs somebody used up on which day."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from homeroom.exams.model.tiers import Learner, Tally
from homeroom.kernel.ids import InstitutionId, PersonId


class Learners(Protocol):
    """Everybody's tier, and what they did in a day. Released events go to the outbox, atomically.

    Conformance: `homeroom_testing.conformance.learners.LearnersConformance`.
    """

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        """Everybody who is there is a learner, also before anything was said of them.

        Raises `LearnerNotFound`, also for somebody of an institution out of *reach*.
        """
        ...

    async def save(self, learner: Learner) -> None:
        """Raises `StaleLearner` after a newer save."""
        ...

    async def count(self, tally: Tally, *, most: int) -> bool:
        """Count an answer towards a day; False, and nothing is counted, if *most* were already.

        However many ask at once, no more than *most* are counted. A question of a sitting that
        was counted stays so, and is not counted again: that is True. After a False the unit is
        not to be committed.
        """
        ...

    async def counted(
        self, person_id: PersonId, *, since: date | None = None
    ) -> Mapping[date, int]:
        """How many were on each day on which there were any, from *since* on."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all that is kept of them here; how many rows."""
        ...
