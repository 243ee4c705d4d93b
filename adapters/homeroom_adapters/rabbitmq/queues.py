"""What Homeroom declares in a RabbitMQ: names that keep environments apart, and bounded queues.

All queues are quorum queues: what was confirmed is on disk, on a majority of the nodes.
"""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from aio_pika import DeliveryMode, ExchangeType, Message
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue

_LONGEST_NAME = 120
"""RabbitMQ allows 255 bytes, our client 127."""

_MOST_UNREADABLE = 10_000
_DAY = 86_400_000
"""Milliseconds, as RabbitMQ counts."""

_AT_ONCE = 256
"""Messages that wait for their confirmation at the same time."""

Posted = tuple[Message, str]
"""A message and its routing key."""


def name_in(environment: str, *parts: str) -> str:
    """The name of a thing that belongs to one environment; no two things share one."""
    first = _plain(environment).replace(".", "+2E")
    name = ".".join(("homeroom", first, *map(_plain, parts)))
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:60]}+{sha256(name.encode()).hexdigest()[:40]}"


def _plain(text: str) -> str:
    """*text* in the letters that every client allows in names, and reversibly so."""
    return quote(text, safe=" :@#,/").replace("~", "%7E").replace("%", "+")


async def quorum_queue(channel: AbstractChannel, name: str, **more: str | int) -> AbstractQueue:
    """The durable queue called *name*; *more* are its arguments without their ``x-``."""
    arguments: dict[str, str | int] = {"x-queue-type": "quorum"}
    for key, value in more.items():
        arguments["x-" + key.replace("_", "-")] = value
    return await channel.declare_queue(name, durable=True, arguments=dict(arguments))


def unreadable_in(environment: str) -> str:
    """The exchange to which queues dead-letter what nobody can read."""
    return name_in(environment, "unreadable")


async def declare_unreadable(channel: AbstractChannel, environment: str) -> None:
    """Keep what nobody can read, for an operator to see."""
    name = unreadable_in(environment)
    exchange = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
    bounds = {"max_length": _MOST_UNREADABLE, "message_ttl": 30 * _DAY}
    queue = await quorum_queue(channel, name, **bounds)
    await queue.bind(exchange)


async def post(exchange: AbstractExchange, posts: Sequence[Posted], *, mandatory: bool) -> None:
    """Return once every message is confirmed; otherwise raise what kept one from it."""
    for start in range(0, len(posts), _AT_ONCE):
        sent = (
            exchange.publish(message, key, mandatory=mandatory)
            for message, key in posts[start : start + _AT_ONCE]
        )
        for outcome in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


def lasting(
    body: str, headers: Mapping[str, str], *, name: str | None = None, message_id: str | None = None
) -> Message:
    """A message that survives a restart of RabbitMQ."""
    return Message(
        body.encode(),
        headers=dict(headers),
        delivery_mode=DeliveryMode.PERSISTENT,
        type=name,
        message_id=message_id,
    )
