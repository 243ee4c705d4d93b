"""Requests of somebody who looks how far they are, which are known to be granted."""

from collections.abc import Mapping
from typing import Any

from schema_sittings import Known, KnownBy, an_exam
from whole_schema import Ground

_PROGRESS = "/api/v1/progress/{exam_id}"


def _of_exam(body: Any = None) -> KnownBy:
    async def known(ground: Ground) -> Known:
        kept, _ = await an_exam(ground)
        return Known(str(kept.exam.id), {}, body)

    return known


def _own(body: Any = None) -> KnownBy:
    async def known(ground: Ground) -> Known:
        await an_exam(ground)
        return Known("", {}, body)

    return known


KNOWN_PROGRESS: Mapping[str, KnownBy] = {
    f"GET {_PROGRESS}": _of_exam(),
    "GET /api/v1/progress/exam/{exam_id}": _of_exam(),
    f"GET {_PROGRESS}/due": _of_exam(),
    f"GET {_PROGRESS}/plan": _of_exam(),
    f"GET {_PROGRESS}/recommendations": _of_exam(),
    "GET /api/v1/progress/achievements": _own(),
    "PUT /api/v1/progress/goals": _own({"dailyQuestions": 20, "weeklyQuestions": None}),
    "GET /api/v1/leaderboards": _own(),
    "PUT /api/v1/leaderboards/me": _own({"listed": True}),
    f"PUT {_PROGRESS}/exam-date": _of_exam({"examDate": None}),
}
