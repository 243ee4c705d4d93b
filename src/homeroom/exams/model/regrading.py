"""Regrades: a key was wrong, and answers to editions before count by the key of another."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Self

import attrs

from homeroom.exams.errors import BadRegrade
from homeroom.exams.model.forms import Contents
from homeroom.exams.model.questions import Question
from homeroom.exams.model.rekeying import rekeyed
from homeroom.exams.model.scoring import Score
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import (
    InstitutionId,
    PersonId,
    QuestionId,
    RegradeId,
    SittingId,
    new_id,
)
from homeroom.published.exams import QuestionRegraded

LONGEST_REASON = 1000


@attrs.frozen(kw_only=True)
class Correction:
    """What somebody wants judged again, and why."""

    reason: str
    key: int | None = None
    """The edition whose key is right; None for the one that is served now."""

    editions: frozenset[int] = frozenset()
    """Those that were judged wrongly; none for all that can be judged by that key."""


@attrs.frozen(kw_only=True)
class Change:
    """What a regrade does to one sitting."""

    sitting_id: SittingId
    person_id: PersonId
    before: Score
    after: Score


@attrs.frozen(kw_only=True)
class Outcome:
    """How many sittings a regrade looked at, and what became of them."""

    examined: int = 0
    changed: int = 0
    passed: int = 0
    """Who had not passed before, and has now."""

    failed: int = 0
    """Who had passed before, and has not now."""

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            examined=self.examined + other.examined,
            changed=self.changed + other.changed,
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
        )

    def with_one(self, change: tuple[Score, Score] | None) -> Self:
        """One sitting more; *change* is its score before and after, if it has another now."""
        before, after = change or (None, None)
        won = after is not None and before is not None and after.passed - before.passed
        return attrs.evolve(
            self,
            examined=self.examined + 1,
            changed=self.changed + (change is not None),
            passed=self.passed + (won == 1),
            failed=self.failed + (won == -1),
        )


@attrs.define(kw_only=True)
class Regrade(Aggregate):
    """That answers to some editions of a question count by the key of another, from now on."""

    id: RegradeId
    institution_id: InstitutionId
    question_id: QuestionId
    editions: frozenset[int]
    key: int
    reason: str
    decided_at: datetime
    done_at: datetime | None = None
    reached: SittingId | None = None
    """How far one is: every sitting up to this one was judged again."""

    outcome: Outcome = Outcome()

    @classmethod
    def decide(
        cls, question: Question, contents: Contents, wanted: Correction, *, at: datetime
    ) -> Self:
        """*contents* are all editions of *question*. Raises `BadRegrade`."""
        key = question.edition if wanted.key is None else wanted.key
        every = range(1, question.edition + 1)
        problems = [*_problems(wanted, key, every)]
        if problems:
            raise BadRegrade(problems=problems)
        judged = {one for one in every if one != key and _fits(question.id, one, key, contents)}
        unfit = sorted(wanted.editions - judged - {key})
        if unfit:
            wrong = f"edition {unfit[0]} was answered otherwise; the key of {key} cannot judge it"
            raise BadRegrade(problems=[Problem("editions", wrong)])
        if not (wanted.editions or judged):
            raise BadRegrade("There is no other edition to judge. Revise the question first.")
        return cls(
            id=RegradeId(new_id()),
            institution_id=question.institution_id,
            question_id=question.id,
            editions=wanted.editions or frozenset(judged),
            key=key,
            reason=wanted.reason.strip(),
            decided_at=at,
        )

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    def go_on(self, sittings: Sequence[SittingId], outcome: Outcome) -> None:
        """*sittings* were judged again, with which it came to *outcome* in all."""
        self.reached, self.outcome = sittings[-1], outcome

    def finish(self, *, at: datetime) -> None:
        """There are no more of them."""
        if self.is_done:
            return
        self.done_at = at
        self.record(
            QuestionRegraded(
                occurred_at=at,
                institution_id=self.institution_id,
                question_id=self.question_id,
                regrade_id=self.id,
            )
        )


def keys_in_force(
    regrades: Sequence[Regrade], served: Collection[tuple[QuestionId, int]]
) -> Mapping[tuple[QuestionId, int], tuple[QuestionId, int]]:
    """By which editions those that were *served* are judged, where by others; the last counts."""
    keys = {
        (one.question_id, edition): (one.question_id, one.key)
        for one in regrades
        for edition in one.editions
    }
    return {one: keys[one] for one in served if keys.get(one, one) != one}


def _fits(question_id: QuestionId, edition: int, key: int, contents: Contents) -> bool:
    return rekeyed(contents[question_id, edition], contents[question_id, key]) is not None


def _problems(wanted: Correction, key: int, every: range) -> list[Problem]:
    problems = []
    if not 1 <= len(wanted.reason.strip()) <= LONGEST_REASON:
        problems.append(Problem("reason", f"say why, in 1 to {LONGEST_REASON} characters"))
    if key not in every:
        problems.append(Problem("key", f"must be an edition from 1 to {every[-1]}"))
    if not wanted.editions.issubset(every):
        problems.append(Problem("editions", f"must be editions from 1 to {every[-1]}"))
    return problems
