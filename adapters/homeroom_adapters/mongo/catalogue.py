"""Vendors and exams, in documents, inside a unit of work."""

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
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, VendorId
from homeroom_adapters.mongo.desk import Desk, Where
from homeroom_adapters.mongo.errors import Taken
from homeroom_adapters.mongo.exams_rows import (
    exam_document,
    exam_from,
    joined,
    vendor_document,
    vendor_from,
)
from homeroom_adapters.mongo.reach import within
from homeroom_adapters.mongo.rows import Document


@attrs.frozen
class MongoVendors:
    """The vendors, inside a unit."""

    _desk: Desk
    _outbox: Outbox

    async def get(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        return await one_vendor(self._desk, vendor_id, reach)

    async def by_name(self, institution_id: InstitutionId, name: str) -> Vendor | None:
        if not name.isprintable():  # nobody is called so
            return None
        found = await self._desk.find_one("vendors", {"name_key": joined(institution_id, name)})
        return None if found is None else vendor_from(found)

    async def save(self, vendor: Vendor) -> None:
        document = vendor_document(vendor)
        if vendor.version == 0:
            if not await self._desk.insert_unless_taken("vendors", document):
                known = await self._desk.find_one("vendors", {"_id": document["_id"]})
                raise VendorExists if known is None else StaleVendor
        elif not await self._replaced(vendor, document):
            raise StaleVendor
        vendor.version += 1
        await self._outbox.put(*vendor.release_events())

    async def remove(self, vendor: Vendor) -> None:
        kept = _same(vendor)
        if await self._desk.find_one("vendors", kept) is None:
            raise StaleVendor
        if await self._desk.find_one("exams", {"vendor_id": str(vendor.id)}) is not None:
            raise VendorInUse
        if not await self._desk.remove("vendors", kept):
            raise StaleVendor
        await self._outbox.put(*vendor.release_events())

    async def _replaced(self, vendor: Vendor, document: Document) -> bool:
        try:
            return await self._desk.replace("vendors", _same(vendor), document)
        except Taken as error:
            raise VendorExists from error


@attrs.frozen
class MongoExams:
    """The exams, inside a unit."""

    _desk: Desk
    _outbox: Outbox

    async def get(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        return await one_exam(self._desk, exam_id, reach)

    async def by_code(self, vendor_id: VendorId, code: str) -> Exam | None:
        if not code.isprintable():
            return None
        found = await self._desk.find_one("exams", {"code_key": joined(vendor_id, code)})
        return None if found is None else exam_from(found)

    async def save(self, exam: Exam) -> None:
        await (self._insert(exam) if exam.version == 0 else self._update(exam))
        exam.version += 1
        await self._outbox.put(*exam.release_events())

    async def remove(self, exam: Exam) -> None:
        kept = await self._desk.find_one("exams", _same(exam))
        if kept is None:
            raise StaleExam
        if kept.get("has_questions"):
            raise ExamInUse
        if not await self._desk.remove("exams", _same(exam)):
            raise StaleExam
        await self._outbox.put(*exam.release_events())

    async def _insert(self, exam: Exam) -> None:
        document = exam_document(exam, has_questions=False)
        # Held, so that it is not removed meanwhile: MongoDB knows no foreign keys.
        if await self._desk.hold("vendors", {"_id": str(exam.vendor_id)}) is None:
            raise Conflict("the exam's vendor was removed")
        if not await self._desk.insert_unless_taken("exams", document):
            known = await self._desk.find_one("exams", {"_id": document["_id"]})
            raise ExamExists if known is None else StaleExam

    async def _update(self, exam: Exam) -> None:
        kept = await self._desk.find_one("exams", _same(exam))
        if kept is None:
            raise StaleExam
        document = exam_document(exam, has_questions=bool(kept.get("has_questions")))
        try:
            if not await self._desk.replace("exams", _same(exam), document):
                raise StaleExam
        except Taken as error:
            raise ExamExists from error


async def one_vendor(desk: Desk, vendor_id: VendorId, reach: InstitutionId | None) -> Vendor:
    """Raises `VendorNotFound`."""
    found = await desk.find_one("vendors", {"_id": str(vendor_id), **within(reach)})
    if found is None:
        raise VendorNotFound
    return vendor_from(found)


async def one_exam(desk: Desk, exam_id: ExamId, reach: InstitutionId | None) -> Exam:
    """Raises `ExamNotFound`."""
    found = await desk.find_one("exams", {"_id": str(exam_id), **within(reach)})
    if found is None:
        raise ExamNotFound
    return exam_from(found)


def _same(kept: Vendor | Exam) -> Where:
    """That a document is *kept*, in the version that was read."""
    return {"_id": str(kept.id), "version": kept.version}
