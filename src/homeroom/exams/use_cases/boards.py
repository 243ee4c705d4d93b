"""Boards: everybody may look who did most, under names that tell of nobody."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.boards import (
    MOST_LINES,
    Board,
    Measure,
    Period,
    Place,
    ranked,
    shown,
)
from homeroom.exams.ports.achievements import AchievementQueries
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.progress import exam_to_study
from homeroom.exams.use_cases.sittings import own
from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class BoardWanted:
    """Which board somebody wants to see."""

    period: Period = Period.WEEKLY
    measure: Measure = Measure.POINTS
    exam_id: ExamId | None = None
    """None for all exams together."""


@attrs.frozen(kw_only=True)
class Standings:
    """A board, and where the one who looks is on it."""

    board: Board
    places: Sequence[Place]
    listed: bool
    mine: Decimal | None
    """What they came to, shown or not; None where there is nothing to compare."""

    rank: int | None
    """None for whom boards do not show, and from the thousandth on."""


@attrs.frozen(kw_only=True)
class SeeBoard:
    """Somebody looks who of their institution did most."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    exams: CatalogueQueries
    queries: AchievementQueries
    clock: Clock

    async def __call__(self, actor: Actor, wanted: BoardWanted, *, limit: int = 20) -> Standings:
        """This week, or this month, is the one that it is where they live.

        Raises `ExamNotFound`, and `Unauthenticated` for a key.
        """
        actor.require(self.right)
        person_id = own(actor)
        if wanted.exam_id is not None:
            await exam_to_study(self.exams, actor, wanted.exam_id)
        async with self.start() as unit:
            learner = await unit.learners.get(person_id, reach=actor.institution_id)
        board = Board(
            institution_id=actor.institution_id,
            period=wanted.period,
            begins_on=wanted.period.begins(learner.day(self.clock.now())),
            measure=wanted.measure,
            exam_id=wanted.exam_id,
        )
        lines = await self.queries.board(board, limit=min(limit, MOST_LINES))
        achiever = await self.queries.achiever(person_id)
        listed = achiever is not None and achiever.listed
        sums, better = await self.queries.own(board, person_id)
        value = sums.value(board.measure)
        return Standings(
            board=board,
            places=ranked(lines, board.measure, person_id),
            listed=listed,
            mine=shown(value, board.measure) if value else None,
            rank=better + 1 if listed and value and better is not None else None,
        )
