"""What is held of somebody who studies, besides their sittings: told, and forgotten."""

from collections.abc import Mapping, Sequence

from homeroom.exams.model.disputes import Dispute
from homeroom.exams.ports.unit import ExamsUnit
from homeroom.exams.tier_errors import LearnerNotFound
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Row, Section, row_of


async def sections_of_learner(unit: ExamsUnit, person_id: PersonId) -> Sequence[Section]:
    """Their tier, how many of their answers were counted on which days, what they noted on
    questions, and what they disputed, with the answer."""
    counted = await unit.learners.counted(person_id)
    days: list[Row] = [
        {"day": day.isoformat(), "answered": answered} for day, answered in counted.items()
    ]
    return [
        Section("tier", await _tier(unit, person_id)),
        Section("days", days),
        Section("notes", [row_of(one) for one in await unit.notes.of(person_id)]),
        Section("disputes", [_dispute(one) for one in await unit.disputes.of(person_id)]),
    ]


async def forget_learner(unit: ExamsUnit, person_id: PersonId) -> Mapping[str, int]:
    """How many of each kind were taken away. First of all: sittings go after what was counted."""
    return {
        "tiers": await unit.learners.remove(person_id),
        "notes": await unit.notes.remove(person_id),
        "disputes": await unit.disputes.remove(person_id),
    }


def _dispute(dispute: Dispute) -> Row:
    """Who answered is somebody else, and so is not told."""
    verdict = dispute.verdict
    answer: Row = {} if verdict is None else {"answer": verdict.text, "upheld": verdict.upheld}
    return {**row_of(dispute, without=["text", "upheld", "by", "at", "verdict"]), **answer}


async def _tier(unit: ExamsUnit, person_id: PersonId) -> Sequence[Row]:
    try:
        learner = await unit.learners.get(person_id, reach=None)
    except LearnerNotFound:
        return []
    return [row_of(learner, without=["house_zone"])] if learner.version else []
