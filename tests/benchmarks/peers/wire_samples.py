"""What goes over the wire in the wire benches; standard library only.

A request's body, a page of fifty jobs, and an exam of 65 questions of about 100 KB.
"""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

JOBS, QUESTIONS, OPTIONS = 50, 65, 4
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

BODY = json.dumps(
    {
        "name": "feedback.score_submission.v1",
        "payload": {
            "submissionId": "0199aaaa-0000-7000-8000-000000000002",
            "questionnaire": "0199aaaa-0000-7000-8000-000000000003",
            "weights": [0.25, 0.5, 0.125, 0.125],
            "language": "fil",
            "rescore": True,
            "note": "after the deadline was moved",
        },
        "runAt": "2026-03-01T08:30:15.123456Z",
        "priority": 20,
        "dedupeKey": "submission 0199aaaa-0000-7000-8000-000000000002",
    }
).encode()


def an_id(luck: random.Random) -> uuid.UUID:
    return uuid.UUID(int=luck.getrandbits(128), version=4)


def a_job(luck: random.Random) -> dict[str, Any]:
    """The sixteen fields of one job."""
    asked = NOON + timedelta(seconds=luck.randint(0, 86_400))
    return {
        "id": an_id(luck),
        "institution_id": an_id(luck),
        "name": "feedback.score_submission.v1",
        "queue": "default",
        "priority": luck.randint(-100, 100),
        "state": "succeeded",
        "run_at": asked,
        "attempts": 1,
        "max_attempts": 5,
        "progress": 1.0,
        "worker": "worker-1",
        "lease_until": None,
        "last_error": None,
        "trace_id": f"{luck.getrandbits(128):032x}",
        "created_at": asked,
        "finished_at": asked + timedelta(seconds=1),
    }


def some_jobs() -> list[dict[str, Any]]:
    luck = random.Random(7)
    return [a_job(luck) for _ in range(JOBS)]


def an_exam() -> bytes:
    """Questions with their options, as a job or an event may carry them."""
    luck = random.Random(7)
    words = ["".join(luck.choices("aeioulnrstk", k=luck.randint(2, 9))) for _ in range(150)]

    def text(length: int) -> str:
        return " ".join(luck.choices(words, k=length))

    def question() -> dict[str, Any]:
        options = [{"id": str(an_id(luck)), "text": text(22)} for _ in range(OPTIONS)]
        return {"id": str(an_id(luck)), "text": text(100), "points": 1.5, "options": options}

    exam = {
        "id": str(an_id(luck)),
        "opens_at": NOON.isoformat(),
        "questions": [question() for _ in range(QUESTIONS)],
    }
    return json.dumps(exam).encode()
