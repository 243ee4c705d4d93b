"""Goal P13: signed webhooks of 1 KB to a receiver on loopback, one after the other.

    python tests/benchmarks/bench_webhooks.py [--quick]

Ours with every feature on (target read, signed, guarded, judged, secrets hidden), beside a bare
loop of httpx's client that posts the same bytes. What both share is the client's; the rest is
our share, measured within one turn so that a busy machine slows both alike.
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
from homeroom.kernel.outbound import OutboundSettings
from homeroom.scheduling.model.deliveries import Message, Outcome
from homeroom.scheduling.model.signatures import new_secret
from homeroom.scheduling.model.targets import WebhookTarget, target_text
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http.opening import open_outbound
from homeroom_adapters.http.webhooks import open_notifier

BODY = '{"type":"task.fired","data":"' + "." * 994 + '"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

Call = Callable[[], Awaitable[object]]


class Receives(asyncio.Protocol):
    """Reads requests and says ok: as little as can be, for it must never be what is waited for."""

    def __init__(self) -> None:
        self.transport: asyncio.BaseTransport | None = None
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        length = head.lower().rpartition(b"content-length: ")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length):
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.got = b""
            self.transport.write(ANSWER)


async def serve() -> None:
    """The receiver, in a process of its own; says where it listens and stays."""
    server = await asyncio.get_running_loop().create_server(Receives, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/1", flush=True)
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
    seconds, worked = await timed(call, amount)
    return Sample({"sent/s": amount / seconds, "cpu us/message": worked / amount * 1e6})


async def compare(ours: Call, bare: Call, amount: int) -> Sample:
    """What ours costs more than *bare*, in small turns."""
    more = 0.0
    for _ in range(10):
        for call, sign in ((ours, 1), (bare, -1)):
            more += sign * (await timed(call, amount // 10))[1]
    return Sample({"our share us": more / amount * 1e6})


async def timed(call: Call, amount: int) -> tuple[float, float]:
    await call()  # connected before the clock runs
    began, busy = time.perf_counter(), _cpu()
    for _ in range(amount):
        await call()
    return time.perf_counter() - began, _cpu() - busy


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def deliver(notifier: Notifier, message: Message) -> None:
    answer = await notifier.send(message)
    assert answer.outcome is Outcome.DELIVERED, answer


@asynccontextmanager
async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served())
        ambient = Ambient(SystemClock(), JsonCodec())
        way_out = OutboundSettings(allow=(IPv4Network("127.0.0.0/8"),))
        out = await stack.enter_async_context(open_outbound(way_out, ambient))
        settings = NotifierSettings(allow_http=True)
        notifier = await stack.enter_async_context(open_notifier(settings, ambient, out))
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        target = target_text(WebhookTarget(url=url, secrets=(new_secret(),)))
        at = ambient.clock.now()
        message = Message(target=target, body=BODY, delivery_id="msg_1", at=at)
        ours = partial(deliver, notifier, message)
        bare = partial(client.post, url, content=BODY.encode())
        amount = scale.of(5_000)
        yield [
            Contender("homeroom", "ours", partial(drive, ours, amount)),
            Contender("httpx", "peer", partial(drive, bare, amount)),
            Contender("homeroom, beyond httpx", "ours", partial(compare, ours, bare, amount)),
        ]


BENCHES = [
    Bench(
        "webhooks.dispatch",
        "Signed webhooks of 1 KB to loopback, one after the other",
        contenders,
        goals=[
            Goal("P13", "sent/s", ours="homeroom", other="httpx", at_least=0.6),
            Goal("P13", "our share us", ours="homeroom, beyond httpx", at_most=150.0),
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
