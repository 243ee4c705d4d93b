"""Sittings and what was answered in them, as documents."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.exams.errors import AttemptsUsedUp, SittingNotFound, SittingUnderWay, StaleSitting
from homeroom.exams.model.answers import ALL
from homeroom.exams.model.sittings import Sitting, SittingStatus, Summary
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.mongo.asking import NEWEST, in_turn
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.reach import newest, said, within
from homeroom_adapters.mongo.rows import Document, fields_of, instant_text, row_of
from homeroom_adapters.mongo.sitting_rows import (
    SITTINGS,
    IdRow,
    RepliesRow,
    SummaryRow,
    VersionRow,
    sitting_document,
    sitting_from,
    summary_from,
    taken_by,
)

EVENTS = "sitting_events"
COUNTS = "sitting_event_counts"
"""What was told of sittings: it goes with them."""

_TRIES = 3
"""Whoever was in the way may have ended by the time one looks who it was."""


@attrs.frozen
class MongoSittings:
    """The sittings, inside a unit. What is read is held."""

    _desk: Desk
    _outbox: Outbox

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        held = await self._desk.hold(SITTINGS, _visible(sitting_id, reach))
        if held is None:
            raise SittingNotFound
        return sitting_from(held)

    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        await in_turn(self._desk, lambda: self._insert(sitting))
        if attempts is not None and sitting.mode.is_timed:
            await self._expect_at_most(attempts, sitting)
        await self._kept(sitting)

    async def save(self, sitting: Sitting) -> None:
        same = {"_id": str(sitting.id), "version": sitting.version}
        if not await self._desk.replace(SITTINGS, same, sitting_document(sitting)):
            raise StaleSitting
        await self._kept(sitting)

    async def of(self, person_id: PersonId) -> Sequence[Sitting]:
        theirs = await self._desk.find(SITTINGS, {"person_id": str(person_id)}, sort=NEWEST)
        return [sitting_from(one) for one in theirs]

    async def remove(self, person_id: PersonId) -> int:
        """What was told of them goes with them."""
        theirs = {"person_id": str(person_id)}
        await self._desk.remove(EVENTS, theirs)
        await self._desk.remove(COUNTS, theirs)
        return await self._desk.remove(SITTINGS, theirs)

    async def _insert(self, sitting: Sitting) -> None:
        document = sitting_document(sitting)
        for _ in range(_TRIES):
            if await self._desk.insert_unless_taken(SITTINGS, document):
                return
            await self._expect_nobody(sitting)
        raise StaleSitting

    async def _expect_nobody(self, sitting: Sitting) -> None:
        """Raises `SittingUnderWay` for one that is there already, and `StaleSitting` for itself."""
        if await self._desk.find_one(SITTINGS, {"_id": str(sitting.id)}) is not None:
            raise StaleSitting
        whose = taken_by(sitting.person_id, sitting.exam_id)
        found = await self._desk.find_one(SITTINGS, {"under_way": whose})
        if found is not None:
            raise SittingUnderWay(sitting_from(found).id)

    async def _expect_at_most(self, attempts: int, sitting: Sitting) -> None:
        """Nobody adds one beside us: of those that are active, ours is the only one."""
        spent = {"spends": taken_by(sitting.person_id, sitting.exam_id)}
        fields = fields_of(IdRow)
        found = await self._desk.find(SITTINGS, spent, fields=fields, limit=attempts + 1)
        if len(found) > attempts:
            raise AttemptsUsedUp

    async def _kept(self, sitting: Sitting) -> None:
        sitting.version += 1
        sitting.release_replies()
        await self._outbox.put(*sitting.release_events())


@attrs.frozen
class MongoSittingQueries:
    """Reads of sittings, outside of any unit."""

    _desk: Desk

    async def sitting(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        found = await self._desk.find_one(SITTINGS, _visible(sitting_id, reach))
        if found is None:
            raise SittingNotFound
        return sitting_from(found)

    async def sittings(self, wanted: SittingFilter, page: CursorRequest) -> CursorPage[Summary]:
        fitting = _fitting(wanted)
        found = await newest(self._desk, SITTINGS, fitting, page, fields=fields_of(SummaryRow))
        rows = [summary_from(one) for one in found]
        return CursorPage.cut(rows, page.limit, lambda one: one.id)

    async def run_out(self, *, at: datetime, limit: int) -> Sequence[SittingId]:
        late = {"status": SittingStatus.ACTIVE.value, "ends_at": {"$lt": instant_text(at)}}
        found = await self._desk.find(
            SITTINGS, late, fields=fields_of(IdRow), sort=[("ends_at", 1), ("_id", 1)], limit=limit
        )
        return [row_of(IdRow, one).id for one in found]

    async def versions(self, wanted: Collection[SittingId]) -> Mapping[SittingId, int]:
        these = {"_id": {"$in": [str(one) for one in wanted]}}
        found = await self._desk.find(SITTINGS, these, fields=fields_of(VersionRow))
        return {row.id: row.version for row in (row_of(VersionRow, one) for one in found)}

    async def missed(self, person_id: PersonId, exam_id: ExamId) -> frozenset[QuestionId]:
        theirs = {"person_id": str(person_id), "exam_id": str(exam_id)}
        found = await self._desk.find(SITTINGS, theirs, fields=fields_of(RepliesRow))
        judged = sorted(
            (reply.at, row.id, question_id, reply.credit)
            for row in (row_of(RepliesRow, one) for one in found)
            for question_id, reply in row.replies.items()
            if reply.credit is not None
        )
        last = {question_id: credit for _, _, question_id, credit in judged}
        return frozenset(one for one, credit in last.items() if credit != ALL)


def _visible(sitting_id: SittingId, reach: InstitutionId | None) -> Document:
    return {"_id": str(sitting_id), **within(reach)}


def _fitting(wanted: SittingFilter) -> Document:
    status = None if wanted.status is None else wanted.status.value
    return {
        **within(wanted.reach),
        **said("person_id", wanted.person),
        **said("exam_id", wanted.exam),
        **said("status", status),
    }
