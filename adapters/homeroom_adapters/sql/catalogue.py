"""Vendors and exams, in tables, inside a unit of work."""

from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import (
    ExamExists,
    ExamInUse,
    ExamNotFound,
    StaleExam,
    StaleVendor,
    VendorExists,
    VendorInUse,
    VendorNotFound,
)
from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, VendorId
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.exams_rows import exam_cells, exam_from, vendor_cells, vendor_from
from homeroom_adapters.sql.exams_tables import exams, vendors
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import but_for
from homeroom_adapters.sql.rows import insert_unless_taken


@attrs.frozen
class SqlVendors:
    """The vendors, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        found = await vendor_where(self._connection, vendors.c.id == vendor_id, reach)
        if found is None:
            raise VendorNotFound
        return found

    async def by_name(self, institution_id: InstitutionId, name: str) -> Vendor | None:
        if not name.isprintable():  # nobody is called so, and PostgreSQL could not be asked
            return None
        called = vendors.c.name == name
        return await vendor_where(self._connection, called, institution_id)

    async def save(self, vendor: Vendor) -> None:
        if vendor.version == 0:
            if not await insert_unless_taken(self._connection, vendors, vendor_cells(vendor)):
                known = await vendor_where(self._connection, vendors.c.id == vendor.id, None)
                raise VendorExists if known is None else StaleVendor
        else:
            change = sa.update(vendors).where(*_same(vendors, vendor))
            change = change.values(but_for("id", vendor_cells(vendor)))
            if not await changed(self._connection, change, VendorExists):
                raise StaleVendor
        vendor.version += 1
        await self._outbox.put(*vendor.release_events())

    async def remove(self, vendor: Vendor) -> None:
        gone = sa.delete(vendors).where(*_same(vendors, vendor))
        if not await changed(self._connection, gone, VendorInUse):
            raise StaleVendor
        await self._outbox.put(*vendor.release_events())


@attrs.frozen
class SqlExams:
    """The exams, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        found = await exam_where(self._connection, exams.c.id == exam_id, reach)
        if found is None:
            raise ExamNotFound
        return found

    async def by_code(self, vendor_id: VendorId, code: str) -> Exam | None:
        if not code.isprintable():
            return None
        theirs = sa.and_(exams.c.vendor_id == vendor_id, exams.c.code == code)
        return await exam_where(self._connection, theirs, None)

    async def save(self, exam: Exam) -> None:
        if exam.version == 0:
            if not await insert_unless_taken(self._connection, exams, exam_cells(exam)):
                known = await exam_where(self._connection, exams.c.id == exam.id, None)
                raise ExamExists if known is None else StaleExam
        else:
            change = sa.update(exams).where(*_same(exams, exam))
            change = change.values(but_for("id", exam_cells(exam)))
            if not await changed(self._connection, change, ExamExists):
                raise StaleExam
        exam.version += 1
        await self._outbox.put(*exam.release_events())

    async def remove(self, exam: Exam) -> None:
        gone = sa.delete(exams).where(*_same(exams, exam))
        if not await changed(self._connection, gone, ExamInUse):
            raise StaleExam
        await self._outbox.put(*exam.release_events())


async def vendor_where(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], reach: InstitutionId | None
) -> Vendor | None:
    wanted = sa.select(vendors).where(condition, *within(vendors, reach))
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else vendor_from(row)


async def exam_where(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], reach: InstitutionId | None
) -> Exam | None:
    wanted = sa.select(exams).where(condition, *within(exams, reach))
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else exam_from(row)


async def changed(
    connection: AsyncConnection, change: sa.Update | sa.Delete, refusal: type[Conflict]
) -> bool:
    """Whether *change* found its row. Raises *refusal*, and leaves the transaction as it was, if
    other rows do not agree."""
    try:
        async with connection.begin_nested():
            return (await connection.execute(change)).rowcount > 0
    except Conflict as refused:
        raise refusal from refused


def _same(table: sa.Table, kept: Any) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """That a row is *kept*, in the version that was read."""
    return table.c.id == kept.id, table.c.version == kept.version
