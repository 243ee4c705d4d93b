"""What sending webhooks asks for at least: a bare loop of POSTs with the client that is ours.

    python post_floor.py serve                  a receiver that takes everything; says its URL
    python post_floor.py post URL REQUESTS      so many to it, over eight connections of httpx's
    python post_floor.py lines URL REQUESTS     the same over eight lines, bare, of our own client

Eight callers, a body of 1 kB that is the same every time: nothing is signed, judged or logged.
The last line printed is a JSON object.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Network

import httpcore
import httpx
import uvloop

from homeroom.kernel.outbound import OutboundSettings
from homeroom_adapters.http.dial import GuardedDialler
from homeroom_adapters.http.guard import AddressGuard, SystemResolver
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


Post = Callable[[], Awaitable[int]]
"""Posts once, and answers with the status."""


@asynccontextmanager
async def with_httpx(url: str) -> AsyncIterator[list[Post]]:
    """Eight callers of one client, with as many connections."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def post() -> int:
            return (await client.post(url, content=BODY, headers=HEADERS)).status_code

        yield [post] * CONNECTIONS


@asynccontextmanager
async def with_lines(url: str) -> AsyncIterator[list[Post]]:
    """Eight connections as ours are: a client each, over streams of our own."""
    place = httpcore.URL(url)
    policy = OutboundSettings(allow=(IPv4Network("127.0.0.0/8"),)).policy()
    dialler = GuardedDialler(AddressGuard(policy, SystemResolver()))
    said = {"host": place.host.decode(), **HEADERS, "content-length": str(len(BODY))}
    headers = [(name.encode(), value.encode()) for name, value in said.items()]

    def caller(wire: httpcore.AsyncHTTPConnection) -> Post:
        async def post() -> int:
            request = httpcore.Request("POST", place, headers=headers, content=BODY)
            answer = await wire.handle_async_request(request)
            try:
                await answer.aread()
            finally:
                await answer.aclose()
            return answer.status

        return post

    wires = [
        httpcore.AsyncHTTPConnection(place.origin, network_backend=dialler)
        for _ in range(CONNECTIONS)
    ]
    try:
        yield [caller(wire) for wire in wires]
    finally:
        for wire in wires:
            await wire.aclose()


async def measured(posts: list[Post], amount: int) -> dict[str, float]:
    left = iter(range(amount))

    async def call(post: Post) -> None:
        for _ in left:
            assert await post() == 200

    await asyncio.gather(*(post() for post in posts))  # connected before the clock runs
    began, used = time.perf_counter(), cpu()
    await asyncio.gather(*map(call, posts))
    seconds, used = time.perf_counter() - began, cpu() - used
    return {"sent/s": amount / seconds, "CPU µs each": used / amount * 1e6}


async def main(command: str, *words: str) -> None:
    if command == "serve":
        await serve()
        return
    url, amount = words
    async with (with_httpx if command == "post" else with_lines)(url) as posts:
        print(json.dumps(await measured(posts, int(amount))), flush=True)
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
