"""Requests of somebody who takes an adaptive test, which are known to be granted."""

from collections.abc import Mapping

from schema_sittings import Known, KnownBy, an_exam
from whole_schema import Ground

from homeroom.exams.model.adaptive.sheets import AdaptiveSheet


async def _of_exam(ground: Ground) -> Known:
    kept, _ = await an_exam(ground)
    return Known("", {}, {"examId": str(kept.exam.id)})


async def _begun(ground: Ground) -> AdaptiveSheet:
    kept, actor = await an_exam(ground)
    return await ground.homeroom.exams.adaptive.begin(actor, kept.exam.id)


async def _of_sitting(ground: Ground) -> Known:
    return Known(str((await _begun(ground)).sitting.id), {}, None)


async def _of_answer(ground: Ground) -> Known:
    sheet = await _begun(ground)
    assert sheet.question is not None
    body = {"questionId": str(sheet.question.question_id), "answer": ""}
    return Known(str(sheet.sitting.id), {}, body)


async def _of_curves(ground: Ground) -> Known:
    kept, _ = await an_exam(ground)
    item = {"questionId": str(kept.questions[0].id), "a": 1, "b": 0.5}
    return Known(str(kept.exam.id), {}, {"items": [item]})


async def _of_pool(ground: Ground) -> Known:
    kept, _ = await an_exam(ground)
    return Known(str(kept.exam.id), {}, None)


_ONE, _POOL = "/api/v1/adaptive/{sitting_id}", "/api/v1/adaptive/exams/{exam_id}"

KNOWN_ADAPTIVE: Mapping[str, KnownBy] = {
    "POST /api/v1/adaptive/start": _of_exam,
    f"GET {_ONE}": _of_sitting,
    f"POST {_ONE}/answers": _of_answer,
    f"POST {_ONE}/stop": _of_sitting,
    f"GET {_POOL}/items": _of_pool,
    f"PUT {_POOL}/items": _of_curves,
    f"POST {_POOL}/calibrate": _of_pool,
}
