"""Reads of the catalogue and of the bank, outside of any unit."""

from collections.abc import Collection, Mapping, Sequence

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import ExamNotFound, QuestionNotFound, VendorNotFound
from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.exams.ports.bank import Candidate, Edition, QuestionFilter
from homeroom.exams.ports.catalogue import ExamFilter, VendorFilter
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId, VendorId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.sql.bank import contents_of, question_where
from homeroom_adapters.sql.catalogue import exam_where, vendor_where
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.exams_rows import (
    exam_from,
    question_from,
    questions_with_contents,
    tags_text,
    vendor_from,
)
from homeroom_adapters.sql.exams_tables import exams, questions, vendors
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.rows import Row, Select

Conditions = list[sa.ColumnElement[bool]]


@attrs.frozen
class SqlCatalogueQueries:
    """Reads of vendors and exams. What could not be printed stands nowhere."""

    _database: Database

    async def vendors(self, wanted: VendorFilter, page: CursorRequest) -> CursorPage[Vendor]:
        if not wanted.text.isprintable():
            return CursorPage((), None)
        every = sa.select(vendors).where(*within(vendors, wanted.reach))
        every = every.where(*_saying(self._database, vendors.c.sought, wanted.text.casefold()))
        rows = await _newest(self._database, every, vendors, page)
        return CursorPage.cut([vendor_from(row) for row in rows], page.limit, lambda one: one.id)

    async def vendor(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        async with self._database.read() as connection:
            found = await vendor_where(connection, vendors.c.id == vendor_id, reach)
        if found is None:
            raise VendorNotFound
        return found

    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        if not f"{wanted.text}{wanted.code or ''}".isprintable():
            return CursorPage((), None)
        every = sa.select(exams).where(*within(exams, wanted.reach), *_asked_of_exams(wanted))
        every = every.where(*_saying(self._database, exams.c.sought, wanted.text.casefold()))
        rows = await _newest(self._database, every, exams, page)
        return CursorPage.cut([exam_from(row) for row in rows], page.limit, lambda one: one.id)

    async def exam(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        async with self._database.read() as connection:
            found = await exam_where(connection, exams.c.id == exam_id, reach)
        if found is None:
            raise ExamNotFound
        return found


@attrs.frozen
class SqlBankQueries:
    """Reads of questions. What could not be printed stands nowhere."""

    _database: Database

    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[Question]:
        if not wanted.text.isprintable():
            return CursorPage((), None)
        every = questions_with_contents()
        every = every.where(*within(questions, wanted.reach), *_asked_of_questions(wanted))
        every = every.where(*_saying(self._database, questions.c.sought, wanted.text.casefold()))
        if wanted.tag is not None:
            every = every.where(*_saying(self._database, questions.c.tags, tags_text([wanted.tag])))
        rows = await _newest(self._database, every, questions, page)
        return CursorPage.cut([question_from(row) for row in rows], page.limit, lambda one: one.id)

    async def question(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        this = (questions.c.id == question_id, *within(questions, reach))
        async with self._database.read() as connection:
            found = await question_where(connection, *this)
        if found is None:
            raise QuestionNotFound
        return found

    async def pools(self, exam_id: ExamId) -> Mapping[ObjectiveId, Sequence[Candidate]]:
        served = questions.c.status == QuestionStatus.ACTIVE.value
        columns = (questions.c.objective_id, *_CANDIDATE)
        wanted = sa.select(*columns).where(questions.c.exam_id == exam_id, served)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).all()
        pools: dict[ObjectiveId, list[Candidate]] = {}
        # Sorted here: the index, which holds all of it, has them by difficulty.
        for row in sorted(rows, key=lambda one: one.id.int):
            candidate = Candidate(
                id=QuestionId(row.id), edition=row.edition, difficulty=row.difficulty
            )
            pools.setdefault(ObjectiveId(row.objective_id), []).append(candidate)
        return pools

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        async with self._database.read() as connection:
            return await contents_of(connection, wanted)


_CANDIDATE = (questions.c.id, questions.c.edition, questions.c.difficulty)


async def _newest(
    database: Database, every: Select, table: sa.Table, page: CursorRequest
) -> Sequence[Row]:
    """A page of *every*, and one more."""
    if page.after is not None:
        every = every.where(table.c.id < page.after)
    newest = every.order_by(table.c.id.desc()).limit(page.limit + 1)
    async with database.read() as connection:
        return (await connection.execute(newest)).all()


def _saying(database: Database, column: sa.Column[str], text: str) -> Conditions:
    """Unlike LIKE, these know no wildcards, and no limit of a pattern's length."""
    place = sa.func.instr if database.is_sqlite else sa.func.strpos
    return [place(column, text) > 0] if text else []


def _asked_of_exams(wanted: ExamFilter) -> Conditions:
    conditions: Conditions = []
    if wanted.vendor is not None:
        conditions.append(exams.c.vendor_id == wanted.vendor)
    if wanted.code is not None:
        conditions.append(exams.c.code == wanted.code)
    if wanted.status is not None:
        conditions.append(exams.c.status == wanted.status.value)
    return conditions


def _asked_of_questions(wanted: QuestionFilter) -> Conditions:
    conditions: Conditions = []
    if wanted.exam is not None:
        conditions.append(questions.c.exam_id == wanted.exam)
    if wanted.objective is not None:
        conditions.append(questions.c.objective_id == wanted.objective)
    if wanted.status is not None:
        conditions.append(questions.c.status == wanted.status.value)
    if wanted.difficulty is not None:
        conditions.append(questions.c.difficulty == wanted.difficulty)
    return conditions
