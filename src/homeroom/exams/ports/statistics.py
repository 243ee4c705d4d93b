"""The place for what questions turned out to be like, and what it is counted from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics, Seen
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest


class Statistics(Protocol):
    """What is known of every exam and of its questions, edition by edition.

    Conformance: `homeroom_testing.conformance.statistics.StatisticsConformance`.
    """

    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        """Keep these in place of all that was kept of that exam and its questions before."""
        ...

    async def suspect(
        self, found: QuestionStatistics, *, institution_id: InstitutionId, at: datetime
    ) -> bool:
        """Tell, with an event in the outbox, that the key of an edition is likely to be wrong.

        However often it is asked, and by how many at once, it is told once of each edition.
        Whether this was the time.
        """
        ...


@attrs.frozen(kw_only=True)
class Due:
    """An exam whose statistics are not made of the sittings that it has."""

    exam_id: ExamId
    institution_id: InstitutionId
    seen: Seen
    """Of which they would be made now."""


@runtime_checkable
class StatisticsQueries(Protocol):
    """Reads that take no locks. What counts are timed sittings that are over.

    Conformance: `homeroom_testing.conformance.statistics.StatisticsQueriesConformance`.
    """

    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        """In the order of their ids; those of which sittings came, went or were judged anew."""
        ...

    async def ended(
        self, exam_id: ExamId, *, after: SittingId | None, limit: int
    ) -> Sequence[Sitting]:
        """The sittings of an exam that count, with what was answered, in the order of their ids."""
        ...

    async def exam(self, exam_id: ExamId) -> ExamStatistics | None:
        """None where nothing was counted yet."""
        ...

    async def questions(
        self, exam_id: ExamId, page: CursorRequest
    ) -> CursorPage[QuestionStatistics]:
        """Of the newest question first; all editions of a question stand together on one page,
        the first edition first. The limit of a page is one of questions."""
        ...

    async def question(self, question_id: QuestionId) -> Sequence[QuestionStatistics]:
        """Of all its editions that were asked, the first one first."""
        ...
