"""Reads of the catalogue, outside of any unit."""

import attrs

from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.ports.catalogue import ExamFilter, VendorFilter
from homeroom.kernel.ids import ExamId, InstitutionId, VendorId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.mongo.catalogue import one_exam, one_vendor
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.exams_rows import exam_from, vendor_from
from homeroom_adapters.mongo.reach import is_sayable, newest, said, saying, within


@attrs.frozen
class MongoCatalogueQueries:
    """Reads of vendors and exams."""

    _desk: Desk

    async def vendors(self, wanted: VendorFilter, page: CursorRequest) -> CursorPage[Vendor]:
        if not is_sayable(wanted.text):
            return CursorPage((), None)
        where = {**within(wanted.reach), **saying(wanted.text)}
        found = await newest(self._desk, "vendors", where, page)
        return CursorPage.cut([vendor_from(one) for one in found], page.limit, lambda one: one.id)

    async def vendor(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        return await one_vendor(self._desk, vendor_id, reach)

    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        if not is_sayable(f"{wanted.text}{wanted.code or ''}"):
            return CursorPage((), None)
        status = None if wanted.status is None else wanted.status.value
        where = {
            **within(wanted.reach),
            **said("vendor_id", wanted.vendor),
            **said("code", wanted.code),
            **said("status", status),
            **saying(wanted.text),
        }
        found = await newest(self._desk, "exams", where, page)
        return CursorPage.cut([exam_from(one) for one in found], page.limit, lambda one: one.id)

    async def exam(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        return await one_exam(self._desk, exam_id, reach)
