"""One request for each thing that somebody may ask of their own sittings, and of nobody else's."""

from collections.abc import Mapping
from typing import Any

from rights_example import Example

from homeroom.exams.model import rights as exams
from homeroom.kernel.ids import new_id

_TEST, _SESSION = "/api/v1/tests/{test_id}", "/api/v1/sessions/{session_id}"
_NONE: Any = {"otherwise": "sitting_not_found"}
_NO_EXAM: Any = {"otherwise": "exam_not_found"}


def _no_exam() -> Mapping[str, Any]:
    return {"examId": str(new_id())}


def _no_session() -> Mapping[str, Any]:
    return {"sessionId": str(new_id()), "answer": "a"}


_EVENTS = {"events": [{"mark": "1", "type": "hidden", "at": "2026-05-01T09:00:00Z"}]}

OWN_SITTINGS = [
    Example("GET /api/v1/me/sittings", exams.SIT),
    Example("POST /api/v1/tests/start", exams.SIT, body=_no_exam, **_NO_EXAM),
    Example(f"GET {_TEST}", exams.SIT, **_NONE),
    Example(f"GET {_TEST}/questions", exams.SIT, **_NONE),
    Example(f"GET {_TEST}/answers", exams.SIT, **_NONE),
    Example(f"GET {_TEST}/result", exams.SIT, **_NONE),
    Example(f"POST {_TEST}/submit", exams.SIT, body={}, **_NONE),
    Example(f"PUT {_TEST}/answers/{{question_id}}", exams.SIT, body={"answer": "a"}, **_NONE),
    Example(f"PUT {_TEST}/flags/{{question_id}}", exams.SIT, **_NONE),
    Example(f"DELETE {_TEST}/flags/{{question_id}}", exams.SIT, **_NONE),
    Example("POST /api/v1/sessions/study/create", exams.SIT, body=_no_exam, **_NO_EXAM),
    Example("POST /api/v1/questions/{question_id}/answer", exams.SIT, body=_no_session, **_NONE),
    Example(f"GET {_SESSION}", exams.SIT, **_NONE),
    Example(f"GET {_SESSION}/progress", exams.SIT, **_NONE),
    Example(f"POST {_SESSION}/complete", exams.SIT, **_NONE),
    Example(f"POST {_SESSION}/events", exams.SIT, body=_EVENTS, **_NONE),
]
"""What is there is asked for in tests of its own, by whoever sat for it."""
