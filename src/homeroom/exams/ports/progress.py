"""The place for what somebody answered and is to see again, and reads of it without locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Protocol, runtime_checkable

from homeroom.exams.model.progress import Attempt, Due, Standing, Study
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId


class Progress(Protocol):
    """What everybody answered, and when they are to see it again.

    Conformance: `homeroom_testing.conformance.progress.ProgressConformance`.
    """

    async def count(self, attempts: Sequence[Attempt]) -> None:
        """Count each question of each sitting once, however often and by how many it is told.

        Told again it stays what it was, but for its worth: the last judgement holds.
        """
        ...

    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        """How far they are: what waits to be planned, and what is known of its questions. Nobody
        else holds it until the unit ends; who never answered anything has begun then."""
        ...

    async def save(self, study: Study) -> None:
        """Keep when they are examined and what is known of questions; what waited is planned.

        No question of the exam that was seen before the deadline is due past it from now on.
        """
        ...

    async def of(self, person_id: PersonId) -> Sequence[Study]:
        """Everything that is kept of them, by exam; every attempt is among those that wait."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all of it; of how many exams it was."""
        ...


@runtime_checkable
class ProgressQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.progress_queries.ProgressQueriesConformance`.
    """

    async def standing(self, person_id: PersonId, exam_id: ExamId) -> Standing:
        """What is counted, of everything they ever answered."""
        ...

    async def latest(
        self, person_id: PersonId, exam_id: ExamId, *, since: datetime, most: int
    ) -> Mapping[ObjectiveId, Sequence[Fraction]]:
        """What the last *most* answers to each objective were worth, the newest first."""
        ...

    async def due(
        self, person_id: PersonId, exam_id: ExamId, *, at: datetime, limit: int
    ) -> Sequence[Due]:
        """What is to be seen again *at* that instant, what has waited longest first."""
        ...

    async def times(
        self, person_id: PersonId, *, since: datetime, before: datetime
    ) -> Sequence[datetime]:
        """When they answered anything of any exam, from *since* on, and *before* that instant."""
        ...
