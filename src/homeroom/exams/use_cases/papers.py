"""Somebody reads the questions of their sitting: the step that everybody takes at once."""

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.papers import Paper, Press
from homeroom.exams.model.sittings import Reply, Sitting, Summary
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.ending import ended
from homeroom.exams.use_cases.shelf import Shelf
from homeroom.exams.use_cases.sittings import expect_own, own
from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import PersonId, QuestionId, SittingId
from homeroom.kernel.rights import Right

_MOST = 2_000
_LASTS = timedelta(minutes=10)
"""A sitting changes nothing about its paper but to be gone, as when its person is erased."""


@attrs.define(eq=False)
class _Lying:
    """A paper that lies here, until when, and who was shown it last."""

    until: datetime
    paper: Paper
    shown_to: Actor | None = None


@attrs.define(kw_only=True)
class SeeQuestions:
    """Somebody reads the questions of a sitting of theirs, in their own order."""

    right: ClassVar[Right] = rights.SIT
    queries: SittingQueries
    shelf: Shelf
    clock: Clock
    _known: dict[SittingId, _Lying] = attrs.field(
        factory=dict[SittingId, _Lying],
        init=False,
        eq=False,
        repr=False,
        alias="known",
    )

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> Paper:
        """Raises `SittingNotFound`, also for one of somebody else."""
        actor.require(self.right)
        return self.at_hand(actor, sitting_id) or await self._put_together(
            actor, own(actor), sitting_id
        )

    def at_hand(self, actor: Actor, sitting_id: SittingId) -> Paper | None:
        """Their paper, if it lies here. Raises `SittingNotFound` for one of somebody else's.

        Asks nothing of anybody.
        """
        known = self._known.get(sitting_id)
        if known is None or self.clock.now() >= known.until:
            return None
        if known.shown_to is not actor:  # neither ever changes, so the answer does not either
            actor.require(self.right)
            _expect_theirs(known.paper, actor)
            known.shown_to = actor
        return known.paper

    async def _put_together(
        self, actor: Actor, person_id: PersonId, sitting_id: SittingId
    ) -> Paper:
        sitting = await self.queries.sitting(sitting_id, reach=actor.institution_id)
        expect_own(sitting, person_id)
        paper = await self._paper(sitting)
        self._known.pop(sitting_id, None)
        self._known[sitting_id] = _Lying(self.clock.now() + _LASTS, paper)
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return paper

    async def _paper(self, sitting: Sitting) -> Paper:
        items = sitting.form.items
        printed = await self.shelf.printed([item.key for item in items])
        press: Press = self.shelf.press
        parts = tuple(press.bound(sitting.id, [(item, printed[item.key]) for item in items]))
        whole = b"".join(parts)
        return Paper(
            sitting_id=sitting.id,
            institution_id=sitting.institution_id,
            person_id=sitting.person_id,
            mark=hashlib.blake2b(whole, digest_size=16).hexdigest(),
            size=len(whole),
            parts=parts,
        )


def _expect_theirs(paper: Paper, actor: Actor) -> None:
    """Raises `SittingNotFound`."""
    if paper.person_id != own(actor) or paper.institution_id != actor.institution_id:
        raise SittingNotFound


@attrs.frozen(kw_only=True)
class SoFar:
    """How a sitting stands: the half of it that changes."""

    summary: Summary
    replies: tuple[tuple[QuestionId, Reply], ...]
    """What was said so far, in the order of the questions."""


@attrs.frozen(kw_only=True)
class SeeAnswers:
    """Somebody looks at what they answered so far in a sitting, and when time is up."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: SittingQueries
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> SoFar:
        """One whose time is up ends now, if it has not. Raises `SittingNotFound`."""
        actor.require(self.right)
        person_id = own(actor)
        sitting = await self.queries.sitting(sitting_id, reach=actor.institution_id)
        expect_own(sitting, person_id)
        if sitting.ran_out(at=self.clock.now()):
            sitting = await ended(self.start, sitting_id, clock=self.clock)
        order = [item.question_id for item in sitting.form.items]
        said = tuple((one, sitting.replies[one]) for one in order if one in sitting.replies)
        return SoFar(summary=sitting.summary, replies=said)
