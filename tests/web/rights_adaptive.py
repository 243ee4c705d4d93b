"""One request for each thing that may be asked of adaptive tests and of their pools."""

from collections.abc import Mapping
from typing import Any

from rights_example import Example
from rights_exams import a_draft

from homeroom.exams.model import rights as exams
from homeroom.kernel.ids import new_id

_ONE, _POOL = "/api/v1/adaptive/{sitting_id}", "/api/v1/adaptive/exams/{exam_id}"
_NONE: Any = {"otherwise": "sitting_not_found"}


def _no_exam() -> Mapping[str, Any]:
    return {"examId": str(new_id())}


def _no_question() -> Mapping[str, Any]:
    return {"questionId": str(new_id()), "answer": "a"}


def _no_curve() -> Mapping[str, Any]:
    return {"items": [{"questionId": str(new_id()), "a": 1, "b": 0}]}


OWN_ADAPTIVE = [
    Example("POST /api/v1/adaptive/start", exams.SIT, body=_no_exam, otherwise="exam_not_found"),
    Example(f"GET {_ONE}", exams.SIT, **_NONE),
    Example(f"POST {_ONE}/answers", exams.SIT, body=_no_question, **_NONE),
    Example(f"POST {_ONE}/stop", exams.SIT, **_NONE),
]
"""What is there is asked for in tests of its own, by whoever takes it."""

OF_POOLS = [
    Example(f"GET {_POOL}/items", exams.SEE_QUESTIONS, concerns=a_draft),
    Example(
        f"PUT {_POOL}/items",
        exams.CALIBRATE,
        concerns=a_draft,
        body=_no_curve,
        otherwise="question_not_found",
    ),
    Example(f"POST {_POOL}/calibrate", exams.CALIBRATE, concerns=a_draft),
]
