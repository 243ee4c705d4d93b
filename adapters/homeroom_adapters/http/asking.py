"""One attempt over HTTP: asked once, and judged whatever comes of it."""

import asyncio
from collections.abc import Callable
from importlib.metadata import version

import attrs

from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest
from homeroom.scheduling.errors import BadMessage
from homeroom.scheduling.model.deliveries import Answer
from homeroom.scheduling.model.judging import judge_refusal

Judge = Callable[[OutboundAnswer], Answer]


@attrs.frozen
class Attempt:
    """What is sent, and how the answer to it is read."""

    request: OutboundRequest
    judge: Judge


async def attempt(outbound: Outbound, prepare: Callable[[], Attempt]) -> Answer:
    """What came of what *prepare* made ready; what it refuses was never sent."""
    began = asyncio.get_running_loop().time()
    try:
        ready = prepare()
        answer = ready.judge(await outbound.send(ready.request))
    except Refusal as refusal:
        answer = judge_refusal(refusal)
    return attrs.evolve(answer, latency=asyncio.get_running_loop().time() - began)


def on_the_wire(body: str) -> bytes:
    """*body* as bytes. Raises `BadMessage` for what is no text."""
    try:
        return body.encode()
    except UnicodeEncodeError:
        raise BadMessage("the message has characters that are no text") from None  # as it quotes


def release() -> str:
    """Which version of ours is calling."""
    return version("homeroom")
