"""A wrong password over HTTP, in turn for people who are here and for names that nobody has.

    python homeroom_guessing.py DIRECTORY EACH

The last line tells the medians, and that of those who are here over that of nobody.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from typing import Any

from homeroom_door import app_for, opened

PEOPLE, OF_ONE = 20, 25
BLOCK = b'{"username": "%s", "password": "a wrong guess"}'


async def guess(app: Any, name: str, address: str) -> float:
    """Seconds until *name* was refused."""
    body = BLOCK % name.encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": (address, 50_000),
        "scheme": "http",
        "method": "POST",
        "root_path": "",
        "path": "/api/v1/auth/login",
        "raw_path": b"/api/v1/auth/login",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-length", b"%d" % len(body))],
        "state": {},
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    began = time.perf_counter()
    await app(scope, receive, send)
    seconds = time.perf_counter() - began
    if status != 401:
        raise RuntimeError(f"a guess was answered with {status}")
    return seconds


async def main(directory: str, each: int) -> None:
    people = max(PEOPLE, each // OF_ONE)  # of one name sixty are taken in ten minutes
    async with opened(directory, {}) as ground:
        here = [await ground.somebody(number) for number in range(people)]
        nobody = [f"nobody{number}" for number in range(people)]
        app = app_for(ground, "key")
        waited: dict[str, list[float]] = {"here": [], "nobody": []}
        for number in range(each):
            turn = [("here", here), ("nobody", nobody)]
            random.shuffle(turn)
            for who, names in turn:
                address = f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}"
                waited[who].append(await guess(app, names[number % people], address))
        medians = {who: statistics.median(seconds) * 1000 for who, seconds in waited.items()}
        ratio = medians["here"] / medians["nobody"]
        told = {f"{who} ms": it for who, it in medians.items()}
        print(json.dumps({**told, "ratio of medians": ratio}), flush=True)
        os._exit(0)  # closing in order is nobody's benchmark


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
