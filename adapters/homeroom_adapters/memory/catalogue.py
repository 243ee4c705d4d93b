"""Vendors and exams, in memory."""

from heapq import nlargest

import attrs

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
from homeroom.exams.ports.catalogue import ExamFilter, VendorFilter
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, VendorId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryVendors:
    """The vendors, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        found = self._transaction.reading().vendors.get(vendor_id)
        if found is None or reach not in (None, found.institution_id):
            raise VendorNotFound
        return found

    async def by_name(self, institution_id: InstitutionId, name: str) -> Vendor | None:
        vendors = self._transaction.reading().vendors
        holder = vendors.holder((institution_id, name))
        return None if holder is None else vendors.get(holder)

    async def save(self, vendor: Vendor) -> None:
        drafts = await self._transaction.writing()
        known = drafts.vendors.get(vendor.id)
        if (0 if known is None else known.version) != vendor.version:
            raise StaleVendor
        held = (vendor.institution_id, vendor.name)
        if drafts.vendors.holder(held) not in (None, vendor.id):
            raise VendorExists
        if drafts.institutions.get(vendor.institution_id) is None:
            raise Conflict("this vendor's institution is not there; add the institution first")
        vendor.version += 1
        drafts.vendors.put(vendor)
        await self._outbox.put(*vendor.release_events())

    async def remove(self, vendor: Vendor) -> None:
        drafts = await self._transaction.writing()
        known = drafts.vendors.get(vendor.id)
        if known is None or known.version != vendor.version:
            raise StaleVendor
        if drafts.exams.select(lambda one: one.vendor_id == vendor.id):
            raise VendorInUse
        drafts.vendors.remove(vendor.id)
        await self._outbox.put(*vendor.release_events())


@attrs.frozen
class MemoryExams:
    """The exams, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        found = self._transaction.reading().exams.get(exam_id)
        if found is None or reach not in (None, found.institution_id):
            raise ExamNotFound
        return found

    async def by_code(self, vendor_id: VendorId, code: str) -> Exam | None:
        exams = self._transaction.reading().exams
        holder = exams.holder((vendor_id, code))
        return None if holder is None else exams.get(holder)

    async def save(self, exam: Exam) -> None:
        drafts = await self._transaction.writing()
        known = drafts.exams.get(exam.id)
        if (0 if known is None else known.version) != exam.version:
            raise StaleExam
        if drafts.exams.holder((exam.vendor_id, exam.outline.code)) not in (None, exam.id):
            raise ExamExists
        if drafts.vendors.get(exam.vendor_id) is None:
            raise Conflict("the vendor of this exam is not there; save the vendor first")
        exam.version += 1
        drafts.exams.put(exam)
        await self._outbox.put(*exam.release_events())

    async def remove(self, exam: Exam) -> None:
        drafts = await self._transaction.writing()
        known = drafts.exams.get(exam.id)
        if known is None or known.version != exam.version:
            raise StaleExam
        if drafts.questions.select(lambda one: one.exam_id == exam.id):
            raise ExamInUse
        drafts.exams.remove(exam.id)
        await self._outbox.put(*exam.release_events())


@attrs.frozen
class MemoryCatalogueQueries:
    """Reads of vendors and exams, outside of any unit."""

    _store: Store

    async def vendors(self, wanted: VendorFilter, page: CursorRequest) -> CursorPage[Vendor]:
        vendors, text = self._store.vendors, wanted.text.casefold()
        with self._store.lock:
            every = list(vendors.rows.values())
        fitting = (
            one
            for one in every
            if wanted.reach in (None, one.institution_id)
            and text in one.name.casefold()
            and (page.after is None or one.id < page.after)
        )
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id.int)
        shown = [vendors.copied(one) for one in newest]
        return CursorPage.cut(shown, page.limit, lambda one: one.id)

    async def vendor(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        with self._store.lock:
            found = self._store.vendors.rows.get(vendor_id)
        if found is None or reach not in (None, found.institution_id):
            raise VendorNotFound
        return self._store.vendors.copied(found)

    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        exams = self._store.exams
        with self._store.lock:
            every = list(exams.rows.values())
        fitting = (
            one for one in every if _fits(one, wanted) and (not page.after or one.id < page.after)
        )
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id.int)
        return CursorPage.cut([exams.copied(one) for one in newest], page.limit, lambda one: one.id)

    async def exam(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        with self._store.lock:
            found = self._store.exams.rows.get(exam_id)
        if found is None or reach not in (None, found.institution_id):
            raise ExamNotFound
        return self._store.exams.copied(found)


def _fits(exam: Exam, wanted: ExamFilter) -> bool:
    text = wanted.text.casefold()
    return (
        wanted.reach in (None, exam.institution_id)
        and wanted.vendor in (None, exam.vendor_id)
        and wanted.code in (None, exam.outline.code)
        and wanted.status in (None, exam.status)
        and any(text in one.casefold() for one in (exam.outline.code, exam.outline.name))
    )
