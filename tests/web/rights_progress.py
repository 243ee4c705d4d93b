"""One request for each thing that somebody may ask of their own progress, and of nobody else's."""

from typing import Any

from rights_example import Example

from homeroom.exams.model import rights as exams

_PROGRESS = "/api/v1/progress/{exam_id}"
_NO_EXAM: Any = {"otherwise": "exam_not_found"}
_GOALS = {"dailyQuestions": 20, "weeklyQuestions": None}

OWN_PROGRESS = [
    Example(f"GET {_PROGRESS}", exams.SIT, **_NO_EXAM),
    Example("GET /api/v1/progress/exam/{exam_id}", exams.SIT, **_NO_EXAM),
    Example(f"GET {_PROGRESS}/due", exams.SIT, **_NO_EXAM),
    Example(f"GET {_PROGRESS}/plan", exams.SIT, **_NO_EXAM),
    Example(f"GET {_PROGRESS}/recommendations", exams.SIT, **_NO_EXAM),
    Example("GET /api/v1/progress/achievements", exams.SIT),
    Example("PUT /api/v1/progress/goals", exams.SIT, body=_GOALS),
    Example("GET /api/v1/leaderboards", exams.SIT),
    Example("PUT /api/v1/leaderboards/me", exams.SIT, body={"listed": True}),
    Example(
        "GET /api/v1/me/sittings/{sitting_id}/earnings", exams.SIT, otherwise="sitting_not_found"
    ),
    Example(f"PUT {_PROGRESS}/exam-date", exams.SIT, body={"examDate": None}, **_NO_EXAM),
]
"""What is there is asked for in tests of its own, by whose it is."""
