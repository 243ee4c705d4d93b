"""Pydantic at the same edge.

python pydantic_wire.py [body|page|exam-in|exam-out] CALLS
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

import stopwatch
import wire_samples
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", from_attributes=True)


class NewJob(Wire):
    name: str
    payload: dict[str, object] = {}
    run_at: datetime | None = None
    priority: int | None = None
    dedupe_key: str | None = None


class JobAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    institution_id: UUID | None
    name: str
    queue: str
    priority: int
    state: str
    run_at: datetime
    attempts: int
    max_attempts: int
    progress: float
    worker: str | None
    lease_until: datetime | None
    last_error: str | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None


class JobsAnswer(BaseModel):
    data: list[JobAnswer]
    next_cursor: str | None


class Option(BaseModel):
    id: UUID
    text: str


class Question(BaseModel):
    id: UUID
    text: str
    points: float
    options: list[Option]


class Exam(BaseModel):
    id: UUID
    opens_at: datetime
    questions: list[Question]


def calls_of() -> dict[str, Callable[[], object]]:
    jobs = [SimpleNamespace(**fields) for fields in wire_samples.some_jobs()]
    text = wire_samples.an_exam().decode()
    exam = Exam.model_validate_json(text)

    def page() -> str:
        shown = [JobAnswer.model_validate(job) for job in jobs]
        return JobsAnswer(data=shown, next_cursor=None).model_dump_json()

    return {
        "body": lambda: NewJob.model_validate_json(wire_samples.BODY),
        "page": page,
        "exam-in": lambda: Exam.model_validate_json(text),
        "exam-out": exam.model_dump_json,
    }


if __name__ == "__main__":
    cost = stopwatch.per_call(calls_of()[sys.argv[1]], int(sys.argv[2]))
    print(json.dumps({"CPU µs": cost}), flush=True)
