"""The exam that every site of the delivery benches hands out: 65 questions, about 100 KB of JSON.

Standard library only: peers have it in environments of their own.
"""

import json
import random
from typing import Any
from uuid import UUID

QUESTIONS = 65
TEST = UUID(int=1)
PATH = f"/api/v1/tests/{TEST}/questions"


def questions() -> list[dict[str, Any]]:
    """As they are handed out, in the fields and the order in which ours are."""
    luck = random.Random(0)
    words = ["".join(luck.choices("aeioulnrstk", k=luck.randint(2, 9))) for _ in range(150)]

    def text(length: int) -> str:
        return " ".join(luck.choices(words, k=length))

    def an_id() -> str:
        return str(UUID(int=luck.getrandbits(128)))

    objective = an_id()
    return [
        {
            "objectiveId": objective,
            "id": an_id(),
            "type": "single",
            "text": text(100),
            "mediaUrl": None,
            "premises": [],
            "answers": [{"id": an_id(), "text": text(21)} for _ in range(4)],
        }
        for _ in range(QUESTIONS)
    ]


def paper() -> dict[str, Any]:
    return {"testId": str(TEST), "questions": questions()}


def encoded() -> bytes:
    return json.dumps(paper(), separators=(",", ":")).encode()
