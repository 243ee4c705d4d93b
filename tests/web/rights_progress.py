"""One request for each thing that somebody may ask of their own progress, and of nobody else's."""

from typing import Any

from rights_example import Example

from homeroom.exams.model import rights as exams

_PROGRESS = "/api/v1/progress/{exam_id}"
_NO_EXAM: Any = {"otherwise": "exam_not_found"}

OWN_PROGRESS = [
    Example(f"GET {_PROGRESS}", exams.SIT, **_NO_EXAM),
    Example("GET /api/v1/progress/exam/{exam_id}", exams.SIT, **_NO_EXAM),
    Example(f"GET {_PROGRESS}/due", exams.SIT, **_NO_EXAM),
    Example(f"PUT {_PROGRESS}/exam-date", exams.SIT, body={"examDate": None}, **_NO_EXAM),
]
"""What is there is asked for in tests of its own, by whose it is."""
