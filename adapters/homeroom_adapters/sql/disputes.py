"""What learners say of questions, in tables: notes of their own, and disputes."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from homeroom.exams.dispute_errors import (
    DisputeNotFound,
    DisputeUnderWay,
    StaleDispute,
    TooManyDisputes,
)
from homeroom.exams.model.disputes import Dispute, DisputeStatus, Verdict
from homeroom.exams.model.notes import Note
from homeroom.exams.ports.disputes import A_DAY, DisputeFilter, NoteFilter
from homeroom.kernel.ids import (
    DisputeId,
    ExamId,
    InstitutionId,
    NoteId,
    PersonId,
    QuestionId,
    SittingId,
)
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.dispute_tables import question_disputes as disputes
from homeroom_adapters.sql.dispute_tables import question_notes as notes
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_tables import persons
from homeroom_adapters.sql.rows import Row, Select, insert_unless_taken


@attrs.frozen
class SqlNotes:
    """Notes on questions, inside a unit."""

    _connection: AsyncConnection

    async def keep(self, note: Note) -> Note:
        new = insert_into(notes, self._connection.dialect.name).values(attrs.asdict(note))
        said = {name: new.excluded[name] for name in ("edition", "bookmarked", "text", "at")}
        keys = [notes.c.person_id, notes.c.question_id]
        kept = new.on_conflict_do_update(index_elements=keys, set_=said).returning(notes)
        return _note((await self._connection.execute(kept)).one())

    async def drop(self, person_id: PersonId, question_id: QuestionId) -> bool:
        theirs = (notes.c.person_id == person_id, notes.c.question_id == question_id)
        return (await self._connection.execute(sa.delete(notes).where(*theirs))).rowcount > 0

    async def of(self, person_id: PersonId) -> Sequence[Note]:
        theirs = sa.select(notes).where(notes.c.person_id == person_id)
        rows = await self._connection.execute(theirs.order_by(notes.c.id.desc()))
        return [_note(row) for row in rows]

    async def remove(self, person_id: PersonId) -> int:
        theirs = sa.delete(notes).where(notes.c.person_id == person_id)
        return (await self._connection.execute(theirs)).rowcount


@attrs.frozen
class SqlDisputes:
    """Disputes, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, dispute_id: DisputeId, *, reach: InstitutionId | None) -> Dispute:
        wanted = sa.select(disputes).where(disputes.c.id == dispute_id)
        if reach is not None:
            wanted = wanted.where(disputes.c.institution_id == reach)
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            raise DisputeNotFound
        return _dispute(row)

    async def add(self, dispute: Dispute, *, most: int | None = None) -> None:
        if most is not None:
            await self._hold_theirs(dispute.person_id)
        if not await insert_unless_taken(self._connection, disputes, _cells(dispute)):
            raise DisputeUnderWay
        if most is not None:
            await self._expect_at_most(most, dispute)
        await self._told(dispute)

    async def save(self, dispute: Dispute) -> None:
        same = (disputes.c.id == dispute.id, disputes.c.version == dispute.version)
        changed = sa.update(disputes).where(*same).values(_course(dispute))
        if (await self._connection.execute(changed)).rowcount == 0:
            raise StaleDispute
        await self._told(dispute)

    async def of(self, person_id: PersonId) -> Sequence[Dispute]:
        theirs = sa.select(disputes).where(disputes.c.person_id == person_id)
        rows = await self._connection.execute(theirs.order_by(disputes.c.id.desc()))
        return [_dispute(row) for row in rows]

    async def remove(self, person_id: PersonId) -> int:
        theirs = sa.delete(disputes).where(disputes.c.person_id == person_id)
        return (await self._connection.execute(theirs)).rowcount

    async def _hold_theirs(self, person_id: PersonId) -> None:
        """Nobody adds one of theirs beside us, until the unit ends."""
        theirs = sa.select(persons.c.id).where(persons.c.id == person_id)
        await self._connection.execute(theirs.with_for_update(key_share=True))

    async def _expect_at_most(self, most: int, dispute: Dispute) -> None:
        lately = sa.select(sa.func.count()).where(
            disputes.c.person_id == dispute.person_id,
            disputes.c.raised_at > dispute.raised_at - A_DAY,
        )
        if (await self._connection.execute(lately)).scalar_one() > most:
            raise TooManyDisputes

    async def _told(self, dispute: Dispute) -> None:
        dispute.version += 1
        await self._outbox.put(*dispute.release_events())


@attrs.frozen
class SqlRemarkQueries:
    """Reads of notes and disputes, outside of any unit."""

    _database: Database

    async def notes(self, wanted: NoteFilter, page: CursorRequest) -> CursorPage[Note]:
        fitting = sa.select(notes).where(notes.c.person_id == wanted.person)
        if wanted.exam is not None:
            fitting = fitting.where(notes.c.exam_id == wanted.exam)
        if wanted.bookmarked is not None:
            fitting = fitting.where(notes.c.bookmarked == wanted.bookmarked)
        rows = await self._rows(fitting, notes.c.id, page)
        return CursorPage.cut([_note(row) for row in rows], page.limit, lambda one: one.id)

    async def disputes(self, wanted: DisputeFilter, page: CursorRequest) -> CursorPage[Dispute]:
        cells = {
            disputes.c.institution_id: wanted.reach,
            disputes.c.person_id: wanted.person,
            disputes.c.exam_id: wanted.exam,
            disputes.c.question_id: wanted.question,
            disputes.c.status: None if wanted.status is None else wanted.status.value,
        }
        fitting = [column == said for column, said in cells.items() if said is not None]
        rows = await self._rows(sa.select(disputes).where(*fitting), disputes.c.id, page)
        return CursorPage.cut([_dispute(row) for row in rows], page.limit, lambda one: one.id)

    async def _rows(
        self, fitting: Select, key: sa.ColumnElement[object], page: CursorRequest
    ) -> Sequence[Row]:
        if page.after is not None:
            fitting = fitting.where(key < page.after)
        newest = fitting.order_by(key.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            return (await connection.execute(newest)).all()


def _note(row: Row) -> Note:
    return Note(
        id=NoteId(row.id),
        person_id=PersonId(row.person_id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        question_id=QuestionId(row.question_id),
        edition=row.edition,
        bookmarked=row.bookmarked,
        text=row.text,
        at=row.at,
    )


def _cells(dispute: Dispute) -> dict[str, object]:
    return {
        "id": dispute.id,
        "institution_id": dispute.institution_id,
        "exam_id": dispute.exam_id,
        "question_id": dispute.question_id,
        "edition": dispute.edition,
        "sitting_id": dispute.sitting_id,
        "person_id": dispute.person_id,
        "reason": dispute.reason,
        "raised_at": dispute.raised_at,
        **_course(dispute),
    }


def _course(dispute: Dispute) -> dict[str, object]:
    """What changes of a dispute."""
    verdict = dispute.verdict
    return {
        "status": dispute.status.value,
        "answer": verdict and verdict.text,
        "upheld": verdict and verdict.upheld,
        "answered_by": verdict and verdict.by,
        "answered_at": verdict and verdict.at,
        "ended_at": dispute.ended_at,
        "version": dispute.version + 1,
    }


def _dispute(row: Row) -> Dispute:
    verdict = None
    if row.answered_at is not None:
        by = None if row.answered_by is None else PersonId(row.answered_by)
        verdict = Verdict(text=row.answer, upheld=row.upheld, by=by, at=row.answered_at)
    return Dispute(
        id=DisputeId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        question_id=QuestionId(row.question_id),
        edition=row.edition,
        sitting_id=SittingId(row.sitting_id),
        person_id=PersonId(row.person_id),
        reason=row.reason,
        raised_at=row.raised_at,
        status=DisputeStatus(row.status),
        verdict=verdict,
        ended_at=row.ended_at,
        version=row.version,
    )
