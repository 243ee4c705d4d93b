"""What exams hold about somebody, told and erased; who may ask is decided elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.unit import ExamsUnit
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
        ]

    async def erase(
        self, unit: ExamsUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        return {"sittings": await unit.sittings.remove(person_id)}


def _answers(sitting: Sitting) -> Iterator[Row]:
    for question_id, reply in sitting.replies.items():
        yield {
            "sittingId": str(sitting.id),
            "questionId": str(question_id),
            **row_of(reply, without=["answer"]),
            "answer": reply.answer,
        }
