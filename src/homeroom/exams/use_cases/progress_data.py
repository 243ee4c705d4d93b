"""What is held of somebody's progress: told, exam by exam."""

from collections.abc import Sequence

from homeroom.exams.ports.unit import ExamsUnit
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Row, Section, row_of


async def sections_of_progress(unit: ExamsUnit, person_id: PersonId) -> Sequence[Section]:
    """When they are examined, every attempt, and what is planned to be seen again."""
    studies = await unit.progress.of(person_id)
    reviews: list[Row] = [
        {"questionId": str(question_id), **row_of(recall)}
        for study in studies
        for question_id, recall in study.recalls.items()
    ]
    return [
        Section("studies", [row_of(one, without=["waiting", "recalls"]) for one in studies]),
        Section("attempts", [row_of(one) for study in studies for one in study.waiting]),
        Section("reviews", reviews),
    ]
