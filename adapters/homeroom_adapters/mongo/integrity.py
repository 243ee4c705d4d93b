"""What happened beside sittings, as documents."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model.integrity import (
    Counts,
    EventKind,
    Flagged,
    IntegrityEvent,
    IntegrityPolicy,
    Told,
)
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.mongo.asking import NEWEST, aggregated
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import Crossed, translated
from homeroom_adapters.mongo.reach import newest, said, within
from homeroom_adapters.mongo.rows import Document, Row, document_of, fields_of, row_of
from homeroom_adapters.mongo.sitting_rows import SITTINGS
from homeroom_adapters.mongo.sittings import COUNTS, EVENTS

_FEW = 2


@attrs.frozen(kw_only=True)
class EventRow(Row):
    """Something that was told of a sitting; it knows whose the sitting is."""

    id: UUID
    sitting_id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    once: str
    """The sitting and the mark: an index has both together once."""

    at: datetime
    mark: str
    kind: EventKind
    said_at: datetime
    question_id: QuestionId | None = None
    seconds: int = 0


@attrs.frozen(kw_only=True)
class _OnceRow(Row):
    once: str


@attrs.frozen(kw_only=True)
class _KindRow(Row):
    kind: EventKind


@attrs.frozen(kw_only=True)
class _WhoseRow(Row):
    """Whose a sitting is, and of which exam."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId


@attrs.frozen(kw_only=True)
class CountsRow(Row):
    """How many events of each kind a sitting has: counted as they are told."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    events: int
    kinds: dict[str, int]
    several: bool = False
    """Whether there are more than two: most sittings have next to none, and are passed over."""


@attrs.frozen
class MongoIntegrityEvents:
    """The events, inside a unit."""

    _desk: Desk

    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        told: dict[str, IntegrityEvent] = {}
        for one in events:
            told.setdefault(_once(one), one)
        known = await self._known(told)
        new = [one for once, one in told.items() if once not in known]
        if not new:
            return 0
        whose = await self._whose({one.sitting_id for one in new})
        documents = [_document(one, whose) for one in new]
        with translated():
            await self._desk.writing(EVENTS).insert_many(documents, session=self._desk.session)
        for sitting_id, sitting in sorted(whose.items()):
            await self._count(
                sitting, [one.told.kind for one in new if one.sitting_id == sitting_id]
            )
        return len(new)

    async def counts(self, sitting_id: SittingId) -> Counts:
        return await _counts(self._desk, sitting_id)

    async def of(self, person_id: PersonId) -> Sequence[IntegrityEvent]:
        theirs = await self._desk.find(EVENTS, {"person_id": str(person_id)}, sort=NEWEST)
        return [_event(one) for one in theirs]

    async def _count(self, sitting: _WhoseRow, kinds: Sequence[EventKind]) -> None:
        """Whoever tells of a sitting holds it, so that nobody else counts at the same time."""
        this = {"_id": str(sitting.id)}
        found = await self._desk.find_one(COUNTS, this)
        before = Counter[str]() if found is None else Counter(row_of(CountsRow, found).kinds)
        after = before + Counter(one.value for one in kinds)
        counted = document_of(_counted(sitting, after))
        if found is None:
            is_kept = await self._desk.insert_unless_taken(COUNTS, counted)
        else:
            is_kept = await self._desk.replace(COUNTS, this, counted)
        if not is_kept:
            raise Crossed(retry_after=0.1)

    async def _known(self, marks: Collection[str]) -> frozenset[str]:
        same = {"once": {"$in": list(marks)}}
        found = await self._desk.find(EVENTS, same, fields=fields_of(_OnceRow))
        return frozenset(row_of(_OnceRow, one).once for one in found)

    async def _whose(self, ids: Collection[SittingId]) -> Mapping[SittingId, _WhoseRow]:
        """Raises `SittingNotFound` if one of them is not there."""
        these = {"_id": {"$in": [str(one) for one in ids]}}
        found = await self._desk.find(SITTINGS, these, fields=fields_of(_WhoseRow))
        rows = [row_of(_WhoseRow, one) for one in found]
        if len(rows) < len(ids):
            raise SittingNotFound
        return {row.id: row for row in rows}


@attrs.frozen
class MongoIntegrityQueries:
    """Reads of events, outside of any unit."""

    _desk: Desk

    async def events(
        self, sitting_id: SittingId, page: CursorRequest
    ) -> CursorPage[IntegrityEvent]:
        found = await newest(self._desk, EVENTS, {"sitting_id": str(sitting_id)}, page)
        return CursorPage.cut([_event(one) for one in found], page.limit, lambda one: one.id)

    async def counts(self, sitting_id: SittingId) -> Counts:
        return await _counts(self._desk, sitting_id)

    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        """By what was counted, newest first: no event is looked at."""
        found = await aggregated(
            self._desk,
            COUNTS,
            {"$match": looked_at(wanted, page)},
            {"$addFields": {"points": _points(wanted.policy)}},
            {"$match": _is_flagged(wanted.policy)},
            {"$sort": {"_id": -1}},
            {"$limit": page.limit + 1},
        )
        every = [_flagged(one) for one in found]
        return CursorPage.cut(every, page.limit, lambda one: one.sitting_id)


def looked_at(wanted: FlagFilter, page: CursorRequest) -> Document:
    """Among which counts flags are looked for: where it can be, among those of several events."""
    where: Document = {"several": True} if _takes_several(wanted.policy) else {}
    where |= {**within(wanted.reach), **said("exam_id", wanted.exam)}
    if page.after is not None:
        where["_id"] = {"$lt": str(page.after)}
    return where


def _takes_several(policy: IntegrityPolicy) -> bool:
    """Whether two events are never enough for a flag."""
    heaviest = max(policy.weights.values(), default=0)
    return policy.flag_at > max(0, _FEW * heaviest) and policy.most_events > _FEW


def _is_flagged(policy: IntegrityPolicy) -> Document:
    much = {"points": {"$gte": policy.flag_at}}
    often = {"events": {"$gte": policy.most_events}}
    return {"$or": [much, often]}


def _points(policy: IntegrityPolicy) -> Document:
    """What its events weigh; kinds without weight weigh nothing."""
    weighed = [
        {"$multiply": [{"$ifNull": [f"$kinds.{kind.value}", 0]}, points]}
        for kind, points in policy.weights.items()
    ]
    return {"$add": [0, *weighed]}


def _counted(sitting: _WhoseRow, kinds: Counter[str]) -> CountsRow:
    return CountsRow(
        id=sitting.id,
        institution_id=sitting.institution_id,
        exam_id=sitting.exam_id,
        person_id=sitting.person_id,
        events=kinds.total(),
        kinds=dict(kinds),
        several=kinds.total() > _FEW,
    )


async def _counts(desk: Desk, sitting_id: SittingId) -> Counts:
    """Counted here: there are not many, and all that is asked for stands in one index."""
    found = await desk.find(EVENTS, {"sitting_id": str(sitting_id)}, fields=fields_of(_KindRow))
    return Counter(row_of(_KindRow, one).kind for one in found)


def _once(event: IntegrityEvent) -> str:
    return f"{event.sitting_id} {event.told.mark}"


def _document(event: IntegrityEvent, whose: Mapping[SittingId, _WhoseRow]) -> Document:
    sitting = whose[event.sitting_id]
    return document_of(
        EventRow(
            id=event.id,
            sitting_id=sitting.id,
            institution_id=sitting.institution_id,
            exam_id=sitting.exam_id,
            person_id=sitting.person_id,
            once=_once(event),
            at=event.at,
            **attrs.asdict(event.told, recurse=False),
        )
    )


def _event(document: Document) -> IntegrityEvent:
    row = row_of(EventRow, document)
    told = Told(
        mark=row.mark,
        kind=row.kind,
        said_at=row.said_at,
        question_id=row.question_id,
        seconds=row.seconds,
    )
    return IntegrityEvent(id=row.id, sitting_id=row.sitting_id, told=told, at=row.at)


def _flagged(found: Document) -> Flagged:
    return Flagged(
        sitting_id=SittingId(UUID(found["_id"])),
        exam_id=ExamId(UUID(found["exam_id"])),
        person_id=PersonId(UUID(found["person_id"])),
        points=found["points"],
        events=found["events"],
    )
