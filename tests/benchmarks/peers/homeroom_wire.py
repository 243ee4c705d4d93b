"""The wire's edge: ours, msgspec by hand, and cattrs, each in a process of its own.

python homeroom_wire.py [homeroom|handler|hand|cattrs] [body|page|exam-in|exam-out] CALLS
"""

import json
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import cattrs.preconf.msgspec
import msgspec
import stopwatch
import wire_samples
from litestar import Litestar, post
from litestar.params import JSONBody
from litestar.serialization import default_serializer, encode_json
from litestar.types import HTTPRequestEvent

from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import Job, JobState, WorkPolicy
from homeroom_adapters.codec.json import JsonCodec
from homeroom_entrypoints.web.bodies import AnyBody, read_body
from homeroom_entrypoints.web.wire import JobAnswer, JobsAnswer, NewJob

Call = Callable[[], object]


@attrs.frozen(kw_only=True)
class Wanted:
    """What the body says, typed, as the inside wants it."""

    name: str
    payload: dict[str, object]
    run_at: datetime | None
    priority: int | None
    dedupe_key: str | None


@attrs.frozen(kw_only=True)
class Body:
    """The body under the names it has on the wire: what msgspec alone can do for attrs."""

    name: str
    payload: dict[str, Any]
    runAt: datetime | None = None  # noqa: N815 - as it is on the wire
    priority: int | None = None
    dedupeKey: str | None = None  # noqa: N815


@attrs.frozen
class Option:
    id: UUID
    text: str


@attrs.frozen
class Question:
    id: UUID
    text: str
    points: float
    options: list[Option]


@attrs.frozen
class Exam:
    id: UUID
    opens_at: datetime
    questions: list[Question]


@attrs.frozen(kw_only=True)
class Row:
    """A job as the page shows it, for whoever has no shapes of the wire's own."""

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


@attrs.frozen
class Page:
    data: list[Row]
    next_cursor: str | None


def a_job(fields: dict[str, Any]) -> Job:
    own = {name: it for name, it in fields.items() if name in attrs.fields_dict(Job)}
    own |= {
        "id": JobId(fields["id"]),
        "institution_id": InstitutionId(fields["institution_id"]),
        "state": JobState(fields["state"]),
        "policy": WorkPolicy(queue=fields["queue"], priority=fields["priority"]),
    }
    return Job(payload="{}", **own)


def a_row(job: Job) -> Row:
    return Row(
        id=job.id,
        institution_id=job.institution_id,
        name=job.name,
        queue=job.policy.queue,
        priority=job.policy.priority,
        state=job.state.value,
        run_at=job.run_at,
        attempts=job.attempts,
        max_attempts=job.policy.max_attempts,
        progress=job.progress,
        worker=job.worker,
        lease_until=job.lease_until,
        last_error=job.last_error,
        trace_id=job.trace_id,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )


def through_the_framework() -> Callable[[], Wanted]:
    """From a body's bytes to what a use case is given, by the steps that a request takes.

    After our edge has read the body, the framework makes arguments of it, as it does with
    whatever else a handler asks for.
    """

    @post("/")
    async def ask(data: JSONBody[NewJob]) -> None: ...

    app = Litestar([ask], openapi_config=None, logging_config=None, request_class=AnyBody)
    route: Any = app.routes[0]
    handler = route.route_handlers[0]
    scope: Any = {"type": "http", "route_handler": handler, "headers": []}
    request = AnyBody(scope, received)
    parse = handler.signature_model.parse_values_from_connection_kwargs

    def read() -> Wanted:
        return wanted(parse(request, {"data": result_of(request.json())})["data"])

    return read


async def received() -> HTTPRequestEvent:
    return {"type": "http.request", "body": wire_samples.BODY, "more_body": False}


def result_of(steps: Coroutine[Any, Any, Any]) -> Any:
    """What *steps* come to, which wait for nothing."""
    try:
        steps.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("somebody waited")


def wanted(data: NewJob) -> Wanted:
    return Wanted(
        name=data.name,
        payload=data.payload,
        run_at=data.run_at,
        priority=data.priority,
        dedupe_key=data.dedupe_key,
    )


def by_handler() -> dict[str, Call]:
    """Ours, with the framework's steps and ours around it: what a handler has paid for a body."""
    return {"body": through_the_framework()}


def ours() -> dict[str, Call]:
    codec, jobs = JsonCodec(), domain_jobs()
    text = wire_samples.an_exam().decode()
    exam = codec.decode(Exam, text)

    def page() -> bytes:
        answer = JobsAnswer(data=[JobAnswer.of(job) for job in jobs], next_cursor=None)
        return encode_json(answer, default_serializer)

    return {
        "body": lambda: read_body(wire_samples.BODY, NewJob),
        "page": page,
        "exam-in": lambda: codec.decode(Exam, text),
        "exam-out": lambda: codec.encode(exam),
    }


def by_hand() -> dict[str, Call]:
    body, exam = msgspec.json.Decoder(Body), msgspec.json.Decoder(Exam)
    encode, jobs = msgspec.json.Encoder().encode, domain_jobs()
    text = wire_samples.an_exam().decode()
    decoded = exam.decode(text)
    return {
        "body": lambda: body.decode(wire_samples.BODY),
        "page": lambda: encode(Page([a_row(job) for job in jobs], None)),
        "exam-in": lambda: exam.decode(text),
        "exam-out": lambda: encode(decoded).decode(),
    }


def by_cattrs() -> dict[str, Call]:
    converter, jobs = cattrs.preconf.msgspec.make_converter(), domain_jobs()
    converter.register_structure_hook(UUID, lambda text, _: UUID(text))
    text = wire_samples.an_exam()
    decoded = converter.loads(text, Exam)
    return {
        "body": lambda: converter.loads(wire_samples.BODY, Body),
        "page": lambda: converter.dumps(Page([a_row(job) for job in jobs], None)),
        "exam-in": lambda: converter.loads(text, Exam),
        "exam-out": lambda: converter.dumps(decoded).decode(),
    }


def domain_jobs() -> list[Job]:
    return [a_job(fields) for fields in wire_samples.some_jobs()]


CONTENDERS = {"homeroom": ours, "handler": by_handler, "hand": by_hand, "cattrs": by_cattrs}


def main(who: str, what: str, calls: int) -> None:
    call = CONTENDERS[who]()[what]
    print(json.dumps({"CPU µs": stopwatch.per_call(call, calls)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
