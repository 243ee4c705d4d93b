"""Ours: a house with an exam of 65 questions, and somebody who sits for it with their own token.

python homeroom_delivery.py serve STORE PORT       answer over a socket until somebody ends it
python homeroom_delivery.py inside STORE REQUESTS  CPU of one request, without a socket

STORE is a directory for SQLite, or the URL of an empty database. With `silent` in front, no line
of each request is logged, as none of the others does.
"""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import asgi_driver
import attrs
import delivery_sheet
import homeroom_door
import stopwatch
import uvloop
from asgi_driver import Question

from homeroom.exams.model.catalogue import Objective, Outline, Terms
from homeroom.exams.model.choices import Option, Single
from homeroom.exams.model.questions import Content
from homeroom.kernel.ids import ExamId
from homeroom_entrypoints.cli.starting import without_collecting
from homeroom_testing.fast_hashing import FAST_VARIABLES

LINES: dict[str, str] = {}


async def an_exam(ground: homeroom_door.Ground) -> ExamId:
    """The sheet's questions, published and approved."""
    exams, owner = ground.homeroom.exams, ground.owner
    vendor = await exams.begin_vendor(owner, "Board")
    objective = Objective(code="1", name="All", weight=Fraction(100))
    terms = Terms(questions=delivery_sheet.QUESTIONS)
    outline = Outline(code="E", name="Exam", objectives=(objective,), terms=terms)
    exam = await exams.draft_exam(owner, vendor.id, outline)
    await exams.publish_exam(owner, exam.id)
    for one in delivery_sheet.questions():
        question = await exams.write_question(owner, exam.id, objective.id, content_of(one))
        await exams.submit_question(owner, question.id)
    await exams.approve_all(owner, exam.id)
    return exam.id


def content_of(question: dict[str, Any]) -> Content:
    options = tuple(
        Option(id=one["id"], text=one["text"], worth=Fraction(not number), explanation="Why.")
        for number, one in enumerate(question["answers"])
    )
    return Content(stem=question["text"], body=Single(options=options), explanation="Because.")


@attrs.frozen
class Hall:
    """Somebody's sitting, and what asks for it."""

    app: Any
    test: str
    token: str
    questions: list[dict[str, Any]]

    @property
    def path(self) -> str:
        return f"/api/v1/tests/{self.test}/questions"


@asynccontextmanager
async def opened(store: str) -> AsyncIterator[Hall]:
    async with homeroom_door.opened(store, FAST_VARIABLES | LINES) as ground:
        exam_id = await an_exam(ground)
        token = await ground.token(0)
        actor = (await ground.homeroom.people.recognise.proven(token)).actor
        sheet = await ground.homeroom.exams.begin_sitting(actor, exam_id)
        with without_collecting():  # as our commands start
            app = homeroom_door.app_for(ground, "token")
        path = f"/api/v1/tests/{sheet.summary.id}/questions"
        body = json.loads(await asked(app, path, token))
        yield Hall(app, str(sheet.summary.id), token, body["questions"])


async def asked(app: Any, path: str, token: str, *more: tuple[bytes, bytes]) -> bytes:
    """The body of the answer. Raises `WrongAnswer` unless it is a 200, or a 304 that was meant."""
    scope = asgi_driver.scope_of(Question(app, path, ""))
    shown = (b"authorization", b"Bearer " + token.encode())
    scope["headers"] = [*scope["headers"][:-1], shown, *more]
    body, status = b"", 0

    async def send(message: dict[str, Any]) -> None:
        nonlocal body, status
        status = message.get("status", status)
        body += message.get("body", b"")

    await app(scope, asgi_driver.receive, send)
    if status != (304 if more else 200):
        raise asgi_driver.WrongAnswer(f"{status}: {body[:300]!r}")
    return body


async def inside(store: str, requests: int) -> None:
    async with opened(store) as hall:
        every = {
            "CPU µs/request": lambda: asked(hall.app, hall.path, hall.token),
            "CPU µs/304": lambda: asked(hall.app, hall.path, hall.token, (b"if-none-match", b"*")),
        }
        told = {name: await stopwatch.per_await(work, requests) for name, work in every.items()}
        print(json.dumps(told), flush=True)
        os._exit(0)  # closing in order is nobody's benchmark


async def serve(store: str, port: int) -> None:
    async with opened(store) as hall:
        told = {
            "path": hall.path,
            "header": f"authorization: Bearer {hall.token}",
            "answers": f"/api/v1/tests/{hall.test}/answers",
            "questions": [[one["id"], one["answers"][0]["id"]] for one in hall.questions],
        }
        print(json.dumps(told), flush=True)
        await asgi_driver.answering(hall.app, port)


if __name__ == "__main__":
    if sys.argv[1] == "silent":
        LINES["HOMEROOM_LOG__ACCESS"] = "false"
    command, where, amount = sys.argv[-3:]
    uvloop.run((serve if command == "serve" else inside)(where, int(amount)))
