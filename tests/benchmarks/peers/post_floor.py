"""What sending webhooks asks for at least: a bare loop of POSTs with the client that is ours.

    python post_floor.py serve                  a receiver that takes everything; says its URL
    python post_floor.py post URL REQUESTS      so many to it, over eight connections

One httpx client, eight callers, a body of 1 kB that is the same every time: nothing is signed,
guarded, judged or logged. The last line printed is a JSON object.
"""

import asyncio
import json
import os
import resource
import sys
import time

import httpx
import uvloop

from homeroom_testing.liars import lying, say

CONNECTIONS = 8
BODY = json.dumps({"type": "task.fired", "data": {"text": "." * 960}}).encode()
HEADERS = {"content-type": "application/json", "user-agent": "floor"}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve() -> None:
    """Stays until its standard input ends."""
    taken = say(200, {"Content-Type": "application/json"}, b"{}")
    async with lying({}, otherwise=taken) as receiver:
        print(receiver.url(), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def post(url: str, amount: int) -> dict[str, float]:
    left = iter(range(amount))
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def caller() -> None:
            for _ in left:
                answer = await client.post(url, content=BODY, headers=HEADERS)
                assert answer.status_code == 200

        warm = (client.post(url, content=BODY, headers=HEADERS) for _ in range(CONNECTIONS))
        await asyncio.gather(*warm)  # connected before the clock runs
        began, used = time.perf_counter(), cpu()
        await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))
        seconds, used = time.perf_counter() - began, cpu() - used
    return {"sent/s": amount / seconds, "CPU µs each": used / amount * 1e6}


async def main(command: str, *words: str) -> None:
    if command == "serve":
        await serve()
        return
    url, amount = words
    print(json.dumps(await post(url, int(amount))), flush=True)
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
