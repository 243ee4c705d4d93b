"""The two pieces of work that every web application is given.

    python <app>.py inside STORE REQUESTS  CPU of one request, by calling the application itself
    python <app>.py serve STORE PORT       answer over a socket until somebody ends it

STORE is where the row comes from that the answer shows: `memory`, or a directory for SQLite. In
front of `serve`'s first request, one line of JSON says what to ask for: a path and a key.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import stopwatch
import uvicorn
import uvloop

App = Callable[[Any, Any, Any], Awaitable[None]]


class Question:
    """The one small read: where, with which key, of which application."""

    def __init__(self, app: App, path: str, key: str) -> None:
        self.app = app
        self.path = path
        self.key = key


Opening = Callable[[str], AbstractAsyncContextManager[Question]]


class WrongAnswer(Exception):
    """A benchmark that is refused measures nothing."""


def scope_of(question: Question) -> dict[str, Any]:
    """What a server hands over for one GET; fresh each time, since applications write on it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50_000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": question.path,
        "raw_path": question.path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"accept", b"*/*"),
            (b"user-agent", b"bench"),
            (b"x-api-key", question.key.encode()),
        ],
        "state": {},
    }


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def ask(question: Question) -> bytes:
    """The body of the answer. Raises `WrongAnswer` unless it is a 200."""
    body = bytearray()
    status = 0

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            body.extend(message.get("body", b""))

    await question.app(scope_of(question), receive, send)
    if status != 200:
        raise WrongAnswer(f"{status}: {bytes(body).decode(errors='replace')[:300]}")
    return bytes(body)


async def inside(question: Question, requests: int) -> dict[str, float]:
    """CPU microseconds that the application itself spends on one request."""
    answer = await ask(question)
    if len(json.loads(answer)) != 16:
        raise WrongAnswer(answer.decode())
    return {"CPU µs/request": await stopwatch.per_await(lambda: ask(question), requests)}


async def serve(question: Question, port: int) -> None:
    print(json.dumps({"path": question.path, "key": question.key}), flush=True)
    await answering(question.app, port)


async def answering(app: App, port: int) -> None:
    """Answer over a socket until somebody ends it."""
    config = uvicorn.Config(
        app,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
    )
    await uvicorn.Server(config).serve()


async def run(opening: Opening, words: list[str]) -> None:
    command, store, amount = words
    async with opening(store) as question:
        if command == "serve":
            await serve(question, int(amount))
            return
        print(json.dumps(await inside(question, int(amount))), flush=True)
        os._exit(0)  # closing in order is nobody's benchmark


def main(opening: Opening) -> None:
    """Do what the command line says; what applications log goes nowhere, but it is written."""
    uvloop.run(run(opening, sys.argv[1:]))
