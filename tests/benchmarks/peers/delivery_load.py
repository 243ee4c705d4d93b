"""Sixteen callers that ask for one paper again and again, or keep answers, over kept connections.

python delivery_load.py read|packed|have|answer PORT REQUESTS TOLD   TOLD is what the site told

`have` sends back the mark of the paper that it was given, and wants to hear that it holds.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvloop

CALLERS = 16
ANSWERS = 4
"""Writers of one database wait for each other: more of them would measure that."""


class Refused(Exception):
    """A benchmark that is refused measures nothing."""


async def asked(
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes
) -> tuple[int, bytes, int]:
    """Its status, its head and how long its body was."""
    reader, writer = streams
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    said = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    length = 0 if status == 304 else int(said)
    await reader.readexactly(length)
    return status, head, length


def reading(told: Any, *more: str) -> bytes:
    lines = [f"GET {told['path']} HTTP/1.1", "host: bench", told["header"], *more, "", ""]
    return "\r\n".join(lines).encode()


def answering(told: Any) -> Iterator[bytes]:
    for question, choice in itertools.cycle(told["questions"]):
        body = json.dumps({"answer": [choice]})
        lines = [
            f"PUT {told['answers']}/{question} HTTP/1.1",
            "host: bench",
            told["header"],
            "content-type: application/json",
            f"content-length: {len(body)}",
            "",
            body,
        ]
        yield "\r\n".join(lines).encode()


async def caller(port: int, requests: Iterator[bytes], wanted: int, turns: int) -> int:
    streams = await asyncio.open_connection("127.0.0.1", port)
    read = 0
    for _ in range(turns):
        status, head, length = await asked(streams, next(requests))
        if status != wanted:
            raise Refused(head.split(b"\r\n", 1)[0].decode())
        read += length
    streams[1].close()
    return read


async def work_of(way: str, port: int, told: Any) -> tuple[Iterator[bytes], int, int]:
    """What is asked, what is to come of it, and by how many."""
    if way == "answer":
        return answering(told), 200, ANSWERS
    if way in ("read", "packed"):
        more = ["accept-encoding: gzip"] if way == "packed" else []
        return itertools.repeat(reading(told, *more)), 200, CALLERS
    streams = await asyncio.open_connection("127.0.0.1", port)
    _, head, _ = await asked(streams, reading(told))
    streams[1].close()
    mark = head.lower().partition(b"etag:")[2].split(b"\r\n", 1)[0].strip().decode()
    return itertools.repeat(reading(told, f"if-none-match: {mark}")), 304, CALLERS


async def main(way: str, port: int, requests: int, told: Any) -> None:
    work, wanted, callers = await work_of(way, port, told)
    turns = max(1, requests // callers)
    began = time.perf_counter()
    read = await asyncio.gather(*(caller(port, work, wanted, turns) for _ in range(callers)))
    seconds = time.perf_counter() - began
    asked_for = turns * callers
    figures = {"requests/s": asked_for / seconds, "asked": asked_for, "bytes": sum(read)}
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    _, said, where, amount, what = sys.argv
    uvloop.run(main(said, int(where), int(amount), json.loads(what)))
