"""What exams hold about somebody, told and erased; who may ask is decided elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.unit import ExamsUnit
from homeroom.exams.use_cases.adaptive_data import adaptive_sections
from homeroom.exams.use_cases.learner_data import forget_learner, sections_of_learner
from homeroom.exams.use_cases.progress_data import sections_of_progress
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Row, Section, row_of


@attrs.frozen
class DataOfExams:
    """For what somebody sat, what they answered, and what it came to."""

    name: str = "exams"

    async def about(self, unit: ExamsUnit, person_id: PersonId) -> Sequence[Section]:
        sittings = await unit.sittings.of(person_id)
        return [
            Section("sittings", [row_of(one.summary) for one in sittings]),
            Section("answers", [row for one in sittings for row in _answers(one)]),
            *await adaptive_sections(unit, person_id),
            Section("regrades", [row for one in sittings for row in _regrades(one)]),
            Section("sittingEvents", [row_of(one) for one in await unit.integrity.of(person_id)]),
            *await sections_of_progress(unit, person_id),
            *await sections_of_learner(unit, person_id),
        ]

    async def erase(
        self, unit: ExamsUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        """Sittings go first: an answer holds its sitting before it counts anything."""
        sittings = await unit.sittings.remove(person_id)
        adaptive = await unit.adaptive.remove(person_id)
        return {
            "sittings": sittings,
            "adaptive": adaptive,
            "studies": await unit.progress.remove(person_id),
            **await forget_learner(unit, person_id),
        }


def _regrades(sitting: Sitting) -> Iterator[Row]:
    for one in sitting.regrades:
        yield {
            "sittingId": str(sitting.id),
            "at": one.at.isoformat(),
            "scoreBefore": str(one.before.percent),
            "scoreAfter": str(one.after.percent),
        }


def _answers(sitting: Sitting) -> Iterator[Row]:
    for question_id, reply in sitting.replies.items():
        yield {
            "sittingId": str(sitting.id),
            "questionId": str(question_id),
            **row_of(reply, without=["answer"]),
            "answer": reply.answer,
        }
