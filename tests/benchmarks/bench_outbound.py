"""Goal P14: 32 calls at a time to a server that answers after 20 ms.

    python tests/benchmarks/bench_outbound.py [--quick]

Ours with every feature on, beside one httpx client of the same size, in turns within one run.
The limit is what latency alone allows: 32 / 20 ms = 1,600 a second.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from ipaddress import IPv4Network

import harness
import httpx
from harness import Bench, Contender, Goal, Sample, Scale

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import OutboundRequest, OutboundSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http.opening import open_outbound
from homeroom_testing.liars import lying, say, wait

CONNECTIONS = 32
LATENCY = 0.02
BODY = b"." * 27_000

Call = Callable[[], Awaitable[object]]


async def serve() -> None:
    """The other side, in a process of its own; says where it listens and stays."""
    async with lying({"/": wait(LATENCY, say(body=BODY))}) as liar:
        print(liar.url(), flush=True)
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield (await child.stdout.readline()).decode().strip()
    finally:
        child.stdin.close()
        await child.wait()


async def drive(call: Call, amount: int) -> Sample:
    """*amount* calls by as many callers as there are connections."""
    left = iter(range(amount))

    async def caller() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(call() for _ in range(CONNECTIONS)))  # connected before the clock runs
    began, busy = time.perf_counter(), _cpu()
    await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))
    seconds, worked = time.perf_counter() - began, _cpu() - busy
    return Sample({"calls/s": amount / seconds, "cpu us/call": worked / amount * 1e6})


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@asynccontextmanager
async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served())
        ambient = Ambient(SystemClock(), JsonCodec())
        settings = OutboundSettings(allow=(IPv4Network("127.0.0.0/8"),), connections=CONNECTIONS)
        ours = await stack.enter_async_context(open_outbound(settings, ambient))
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        single = await stack.enter_async_context(httpx.AsyncClient(limits=limits, trust_env=False))
        request, amount = OutboundRequest(url=url), scale.of(4_000)
        yield [
            Contender("homeroom", "ours", partial(drive, partial(ours.send, request), amount)),
            Contender("httpx", "peer", partial(drive, partial(single.get, url), amount)),
        ]


BENCHES = [
    Bench(
        "outbound.fetch",
        "Calls to another system, 32 at a time, 20 ms",
        contenders,
        goals=[
            Goal("P14", "calls/s", ours="homeroom", other="httpx", at_least=4.0),
            Goal("P14", "calls/s", ours="homeroom", at_least=0.8 * CONNECTIONS / LATENCY),
        ],
    )
]


def main() -> None:
    if "--serve" in sys.argv:
        asyncio.run(serve())
        return
    scale = Scale(quick="--quick" in sys.argv)
    for bench in BENCHES:
        print(harness.table(asyncio.run(harness.measure(bench, rounds=3, scale=scale))))


if __name__ == "__main__":
    main()
