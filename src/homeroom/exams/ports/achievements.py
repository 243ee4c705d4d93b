"""The place for what learners earned, and reads of it without locks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.boards import Board, Line, Sums
from homeroom.exams.model.experience import Award, Booking, Cause
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId


class Achievers(Protocol):
    """What everybody came to. Released events go to the outbox, atomically.

    Conformance: `homeroom_testing.conformance.achievements.AchieversConformance`.
    """

    async def hold(self, person_id: PersonId, institution_id: InstitutionId) -> Achiever:
        """Nobody else holds it until the unit ends; who never earned anything has nothing."""
        ...

    async def save(self, achiever: Achiever) -> None:
        """Keep it, as it is held; whether boards show them stays as it was."""
        ...

    async def show(self, achiever: Achiever) -> None:
        """Keep whether boards show them, and under which alias: on every board, from now on."""
        ...

    async def of(self, person_id: PersonId) -> Achiever | None:
        """None of whom nothing was ever kept."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take it away; how many rows."""
        ...


class Awards(Protocol):
    """What was booked for whom, cause by cause, and the sums that boards are made of.

    Conformance: `homeroom_testing.conformance.awards.AwardsConformance`.
    """

    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        """Book *awards* for somebody who is held: each cause and key once, however often and by
        how many it is told. Sums of each exam and of all change with it.

        A cause that is known becomes what `Award.as_first_booked` says. Answers what is new and
        what is worth something else; whatever is as it was is left out.
        """
        ...

    async def tried(
        self, person_id: PersonId, questions: Collection[QuestionId], *, apart_from: SittingId
    ) -> Sequence[Award]:
        """What is booked of their answers to these in any other sitting, the oldest first."""
        ...

    async def days(self, person_id: PersonId, *, since: date) -> Mapping[date, int]:
        """How many answers are booked on each day on which there are any, from *since* on."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[Award]:
        """Everything, the oldest first."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away everything, sums too; how many awards it was."""
        ...


@attrs.frozen(kw_only=True)
class AwardFilter:
    """Which awards of somebody are looked for."""

    person_id: PersonId
    cause: Cause | None = None
    sitting_id: SittingId | None = None


@runtime_checkable
class AchievementQueries(Protocol):
    """Reads that take no locks; none reads more rows than it tells of, or a thousand.

    Conformance: `homeroom_testing.conformance.achievement_queries.AchievementQueriesConformance`.
    """

    async def achiever(self, person_id: PersonId) -> Achiever | None:
        """None of whom nothing was ever kept."""
        ...

    async def awards(self, wanted: AwardFilter, *, limit: int) -> Sequence[Award]:
        """The newest first."""
        ...

    async def exams(self, person_id: PersonId) -> Mapping[ExamId, Sums]:
        """What they ever came to in each exam."""
        ...

    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        """Whoever wants to be shown and has anything to show, the best first."""
        ...

    async def own(self, board: Board, person_id: PersonId) -> tuple[Sums, int | None]:
        """What they came to, shown or not, and how many of those who are shown are better than
        that: None from a thousand on."""
        ...
