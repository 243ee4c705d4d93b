"""What a handover holds: as a document, and read again."""

from datetime import datetime
from uuid import UUID

import attrs

from homeroom.house import HouseUnit
from homeroom.kernel.aggregates import Event, event_names
from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Codec, Undecodable
from homeroom.kernel.handover import read
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import JobRequest, WorkPolicy, work_names
from homeroom_adapters.mongo.laid import Message
from homeroom_adapters.mongo.rows import Row


@attrs.frozen(kw_only=True)
class Named:
    """An event by its wire name."""

    name: str
    payload: str


@attrs.frozen(kw_only=True)
class Asked:
    """A job under the id that was promised."""

    id: UUID
    name: str
    payload: str
    policy: str
    institution_id: UUID | None = None
    run_at: datetime | None = None
    dedupe_key: str | None = None


@attrs.frozen(kw_only=True)
class HandoverRow(Row):
    """A document of `handovers`; it is taken away once it was carried."""

    id: UUID
    at: datetime
    trace_id: str = ""
    events: list[Named] = attrs.field(factory=list)
    entries: list[str] = attrs.field(factory=list)
    jobs: list[Asked] = attrs.field(factory=list)
    heard: list[list[str]] = attrs.field(factory=list)
    """Consumers, each with what it heard."""

    told: bool = False
    """Whether a log has it that this one cannot be carried."""


Piece = Named | Asked | Message | str


@attrs.frozen(kw_only=True)
class Content:
    """What a handover holds, read: who cannot read it has begun nothing beside us."""

    events: list[Event]
    entries: list[Entry]
    requests: list[JobRequest]
    heard: list[Message]


def content_of(row: HandoverRow, codec: Codec) -> Content:
    return Content(
        events=[_event_from(one, codec) for one in row.events],
        entries=[read(one) for one in row.entries],
        requests=[_request_from(one, codec) for one in row.jobs],
        heard=[(consumer, message) for consumer, message in row.heard],
    )


async def put(unit: HouseUnit, content: Content) -> None:
    await unit.outbox.put(*content.events)
    await unit.audit.note(*content.entries)
    await unit.jobs.enqueue(*content.requests)
    for message in content.heard:
        await unit.inbox.first_time(*message)


def _event_from(told: Named, codec: Codec) -> Event:
    cls = event_names.class_of(told.name)
    if cls is None:
        raise Undecodable(f"this process knows no event {told.name!r}")
    return codec.decode(cls, told.payload)


def _request_from(asked: Asked, codec: Codec) -> JobRequest:
    house, cls = asked.institution_id, work_names.class_of(asked.name)
    if cls is None:
        raise Undecodable(f"this process knows no work {asked.name!r}")
    return JobRequest(
        id=JobId(asked.id),
        work=codec.decode(cls, asked.payload),
        institution_id=None if house is None else InstitutionId(house),
        run_at=asked.run_at,
        dedupe_key=asked.dedupe_key,
        policy=codec.decode(WorkPolicy, asked.policy),
    )


def add(row: HandoverRow, piece: Piece) -> None:
    match piece:
        case Named():
            row.events.append(piece)
        case Asked():
            row.jobs.append(piece)
        case str():
            row.entries.append(piece)
        case (consumer, message):
            row.heard.append([consumer, message])


def size_of(piece: Piece) -> int:
    match piece:
        case Named():
            return len(piece.payload)
        case Asked():
            return len(piece.payload) + len(piece.policy)
        case str():
            return len(piece)
        case (consumer, message):
            return len(consumer) + len(message)
