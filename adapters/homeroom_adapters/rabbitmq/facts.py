"""Published facts as they travel through RabbitMQ, and where they wait to be heard."""

from datetime import datetime
from uuid import UUID

import attrs
from aio_pika import ExchangeType, Message
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage, AbstractQueue

from homeroom.kernel.bus import Envelope
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.ids import EventId, InstitutionId
from homeroom_adapters.rabbitmq.queues import lasting, name_in, quorum_queue, unreadable_in

_KEPT_FOR_THE_ABSENT = 30 * 86_400_000
"""Milliseconds after which a queue that nobody asked for anything is given up."""

_MOST_ASIDE = 100_000


@attrs.frozen
class Places:
    """Where the facts of one environment are."""

    environment: str

    async def told(self, channel: AbstractChannel) -> AbstractExchange:
        """The exchange that facts are published to, under their names."""
        name = name_in(self.environment, "events")
        return await channel.declare_exchange(name, ExchangeType.TOPIC, durable=True)

    async def heard(self, channel: AbstractChannel, consumer: str, name: str) -> AbstractQueue:
        """Where the facts called *name* wait for *consumer*.

        Each name has a queue of its own, so that of a consumer's processes, old and new ones
        side by side, each hears what it asked for, and nothing that none asks for any more.
        """
        return await quorum_queue(
            channel,
            name_in(self.environment, "events", consumer, name),
            expires=_KEPT_FOR_THE_ABSENT,
            dead_letter_exchange=unreadable_in(self.environment),
        )

    async def aside(self, channel: AbstractChannel, seconds: float) -> AbstractExchange:
        """Where facts lie for so long that could not be heard.

        Their routing key is the queue they came from: there they go when the time is over.
        Being moved, too, they are confirmed before they are let go.
        """
        milliseconds = max(1, round(seconds * 1000))
        name = name_in(self.environment, "aside", str(milliseconds))
        exchange = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
        queue = await quorum_queue(
            channel,
            name,
            message_ttl=milliseconds,
            dead_letter_exchange="",
            dead_letter_strategy="at-least-once",
            max_length=_MOST_ASIDE,
            overflow="reject-publish",
        )
        await queue.bind(exchange)
        return exchange


def written(event: Envelope) -> Message:
    """*event* as a message: its payload is the body, and what it is stands in front."""
    headers = {
        "occurred_at": event.occurred_at.isoformat(),
        "institution_id": str(event.institution_id),
        "trace_id": event.trace_id,
    }
    return lasting(event.payload, headers, name=event.name, message_id=str(event.id))


def read(message: AbstractIncomingMessage) -> Envelope:
    """The event in *message*. Raises `Undecodable` if it is none of ours."""
    told = {name: str(value) for name, value in message.headers.items()}
    try:
        return Envelope(
            id=EventId(UUID(message.message_id)),
            name=str(message.type),
            payload=message.body.decode(),
            occurred_at=datetime.fromisoformat(told["occurred_at"]),
            institution_id=InstitutionId(UUID(told["institution_id"])),
            trace_id=told.get("trace_id", ""),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Undecodable(f"a message in {message.routing_key} is no event of ours") from error
