"""Callers who look at something small at a steady pace, while others sign in or nobody does.

    STORM_TOLD='{…}' python storm_load.py PORT STORM ROUNDS

What the house told of itself is in STORM_TOLD. STORM people sign in at the same moment, ROUNDS
times; with none of them the callers go on for a second and a half each round. The last line says
how long the callers waited, and how long the storms lasted.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import uvloop
from web_load import answer

CALLERS, PACE = 4, 0.02
QUIET_SECONDS = 1.5
PASSWORD = "plums on a warm roof"


class Looking:
    """Callers that look, each at moments of its own that are settled beforehand.

    Whoever had to wait does not come later the next time for that: else one wait would bring all
    of them together, and they would wait for each other from then on.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self.port = port
        self.request = request
        self.waited: list[float] = []
        self.over = False

    async def caller(self, late: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        due = time.perf_counter() + late
        while not self.over:
            await asyncio.sleep(due - time.perf_counter())
            began = time.perf_counter()
            writer.write(self.request)
            await answer(reader)
            ended = time.perf_counter()
            self.waited.append(ended - began)
            due += PACE * (1 + max(0.0, ended - due) // PACE)
        writer.close()


async def sign_in(port: int, name: str) -> None:
    body = json.dumps({"username": name, "password": PASSWORD}).encode()
    head = f"POST /api/v1/auth/login HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    await answer(reader)
    writer.close()


async def looked(port: int, told: Any, storm: int) -> tuple[list[float], float]:
    """How long each caller waited each time, and for how long they looked."""
    request = f"GET {told['path']} HTTP/1.1\r\nhost: bench\r\nx-api-key: {told['key']}\r\n\r\n"
    looking = Looking(port, request.encode())
    began = time.perf_counter()
    callers = [asyncio.create_task(looking.caller(n * PACE / CALLERS)) for n in range(CALLERS)]
    if storm:
        await asyncio.gather(*(sign_in(port, name) for name in told["names"][:storm]))
    else:
        await asyncio.sleep(QUIET_SECONDS)
    seconds = time.perf_counter() - began
    looking.over = True
    await asyncio.gather(*callers)
    return looking.waited, seconds


async def main(port: int, storm: int, rounds: int) -> None:
    told = json.loads(os.environ["STORM_TOLD"])
    await looked(port, told, 0)  # warm
    waited: list[float] = []
    lasted = 0.0
    for _ in range(rounds):
        more, seconds = await looked(port, told, storm)
        waited, lasted = waited + more, lasted + seconds
    waited.sort()
    figures = {
        "p50 ms": waited[len(waited) // 2] * 1000,
        "p99 ms": waited[int(len(waited) * 0.99)] * 1000,
        "seconds": lasted / rounds,
        "looks": len(waited),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
