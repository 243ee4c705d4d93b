"""What adaptive tests hold about somebody, told and erased."""

from collections.abc import Iterator, Sequence

from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.ports.unit import ExamsUnit
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Row, Section


async def adaptive_sections(unit: ExamsUnit, person_id: PersonId) -> Sequence[Section]:
    sittings = await unit.adaptive.of(person_id)
    return [
        Section("adaptive", [_sitting(one) for one in sittings]),
        Section("adaptiveAnswers", [row for one in sittings for row in _answers(one)]),
    ]


def _sitting(sitting: AdaptiveSitting) -> Row:
    ability = sitting.ability
    return {
        "id": str(sitting.id),
        "examId": str(sitting.exam_id),
        "personId": str(sitting.person_id),
        "institutionId": str(sitting.institution_id),
        "beganAt": sitting.began_at.isoformat(),
        "endedAt": sitting.ended_at.isoformat() if sitting.ended_at else None,
        "stop": sitting.stop.value if sitting.stop else None,
        "ability": str(ability.value),
        "standardError": str(ability.error),
        "cut": str(sitting.terms.cut),
        "verdict": sitting.verdict.value,
    }


def _answers(sitting: AdaptiveSitting) -> Iterator[Row]:
    for step in sitting.steps:
        yield {
            "sittingId": str(sitting.id),
            "questionId": str(step.question_id),
            "answer": step.answer,
            "credit": None if step.credit is None else str(step.credit),
            "at": step.at.isoformat() if step.at else None,
        }
