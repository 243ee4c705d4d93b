"""Regrades on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.exams.model.regrading import LONGEST_REASON, Change, Correction, Outcome, Regrade
from homeroom.exams.use_cases.regrading import Plan
from homeroom.kernel.ids import SittingId
from homeroom_entrypoints.web.wire import Wire

_Edition = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class RegradeBody(Wire, frozen=True, kw_only=True):
    """Which answers are to be judged again, by which key, and why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]
    key: _Edition | None = None
    """The edition whose key is right; left out, the one that is served now."""

    editions: Annotated[list[_Edition], msgspec.Meta(max_length=1000)] = msgspec.field(
        default_factory=list
    )
    """Those that were judged wrongly; left out, all that can be judged by that key."""

    dry_run: bool = True
    """Only tell who would change."""

    after: UUID | None = None
    """Where a dry run goes on: what the one before it told as `next`."""

    @property
    def place(self) -> SittingId | None:
        return None if self.after is None else SittingId(self.after)

    @property
    def wanted(self) -> Correction:
        return Correction(reason=self.reason, key=self.key, editions=frozenset(self.editions))


class OutcomeAnswer(Wire, frozen=True, kw_only=True):
    examined: int
    changed: int
    passed: int
    """Who had not passed before, and has now."""

    failed: int
    """Who had passed before, and has not now."""

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeAnswer":
        return cls(
            examined=outcome.examined,
            changed=outcome.changed,
            passed=outcome.passed,
            failed=outcome.failed,
        )


class ChangeAnswer(Wire, frozen=True, kw_only=True):
    """What changes for one sitting; scores are in percent."""

    sitting_id: UUID
    person_id: UUID
    score_before: float
    score_after: float
    passed_before: bool
    passed_after: bool

    @classmethod
    def of(cls, change: Change) -> "ChangeAnswer":
        return cls(
            sitting_id=change.sitting_id,
            person_id=change.person_id,
            score_before=float(change.before.percent),
            score_after=float(change.after.percent),
            passed_before=change.before.passed,
            passed_after=change.after.passed,
        )


class RegradeAnswer(Wire, frozen=True, kw_only=True):
    """A regrade. Of a dry run, `id` is null, and it tells of 200 sittings at once: whoever wants to
    know of the others asks again, with `next` as `after`."""

    id: UUID | None
    question_id: UUID
    key: int
    editions: list[int]
    reason: str
    decided_at: datetime
    done_at: datetime | None
    outcome: OutcomeAnswer
    """What it came to so far; of a dry run, what it would."""

    changes: list[ChangeAnswer]
    is_whole: bool
    """Whether every sitting was gone through, or of a dry run: whether no others come after."""

    next: UUID | None = None

    @classmethod
    def of(cls, regrade: Regrade) -> "RegradeAnswer":
        return cls(
            id=regrade.id,
            question_id=regrade.question_id,
            key=regrade.key,
            editions=sorted(regrade.editions),
            reason=regrade.reason,
            decided_at=regrade.decided_at,
            done_at=regrade.done_at,
            outcome=OutcomeAnswer.of(regrade.outcome),
            changes=[],
            is_whole=regrade.is_done,
        )

    @classmethod
    def planned(cls, plan: Plan) -> "RegradeAnswer":
        return msgspec.structs.replace(
            cls.of(plan.regrade),
            id=None,
            outcome=OutcomeAnswer.of(plan.outcome),
            changes=[ChangeAnswer.of(one) for one in plan.changes],
            is_whole=plan.is_whole,
            next=plan.next,
        )


class RegradesAnswer(Wire, frozen=True):
    data: list[RegradeAnswer]
