"""Vendors and exams over HTTP: kept by authors, and looked through by everybody."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.exams.model import rights
from homeroom.exams.model.catalogue import ExamStatus
from homeroom.kernel.ids import ExamId, VendorId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.bank_wire import ApprovalAnswer
from homeroom_entrypoints.web.catalogue_wire import (
    ExamAnswer,
    ExamsAnswer,
    NewExamBody,
    NewVendorBody,
    OutlineBody,
    VendorAnswer,
    VendorChange,
    VendorsAnswer,
)
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks

SearchVendors = Annotated[str, QueryParameter(description="Somewhere in a name.", max_length=100)]
SearchExams = Annotated[
    str, QueryParameter(description="Somewhere in a code or name.", max_length=100)
]
OfVendor = Annotated[
    UUID | None, QueryParameter(name="vendorId", description="Only this vendor's.")
]
ExamStanding = Annotated[
    ExamStatus | None,
    QueryParameter(name="status", description="Only exams that stand so; others see what is out."),
]


class VendorController(Controller):
    """Who sets exams."""

    path = "/vendors"
    tags = ("exams",)

    @post(summary="Take up a vendor", opt=asks(rights.KEEP_CATALOGUE))
    async def begin(
        self, data: JSONBody[NewVendorBody], request: ApiRequest, homeroom: House
    ) -> VendorAnswer:
        begun = await homeroom.exams.begin_vendor(request.user, data.name, data.website)
        return VendorAnswer.of(begun)

    @get(summary="Look through vendors, newest first", opt=asks(rights.SEE_CATALOGUE))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        search: SearchVendors = "",
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> VendorsAnswer:
        page, find = CursorRequest(read_cursor(cursor), limit), homeroom.exams.find_vendors
        found = await find(request.user, page, text=search)
        rows = [VendorAnswer.of(one) for one in found.items]
        return VendorsAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get("/{vendor_id:uuid}", summary="One vendor", opt=asks(rights.SEE_CATALOGUE))
    async def show(
        self, vendor_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> VendorAnswer:
        return VendorAnswer.of(await homeroom.exams.get_vendor(request.user, VendorId(vendor_id)))

    @patch("/{vendor_id:uuid}", summary="Call a vendor otherwise", opt=asks(rights.KEEP_CATALOGUE))
    async def rename(
        self,
        vendor_id: FromPath[UUID],
        data: JSONBody[VendorChange],
        request: ApiRequest,
        homeroom: House,
    ) -> VendorAnswer:
        renamed = await homeroom.exams.rename_vendor(
            request.user,
            VendorId(vendor_id),
            name=None if data.name is msgspec.UNSET else data.name,
            website=None if data.website is msgspec.UNSET else data.website,
        )
        return VendorAnswer.of(renamed)

    @delete(
        "/{vendor_id:uuid}",
        summary="Take away a vendor that has no exams",
        opt=asks(rights.KEEP_CATALOGUE),
    )
    async def remove(self, vendor_id: FromPath[UUID], request: ApiRequest, homeroom: House) -> None:
        await homeroom.exams.remove_vendor(request.user, VendorId(vendor_id))


class ExamController(Controller):
    """What may be taken, and what it asks for."""

    path = "/exams"
    tags = ("exams",)

    @post(summary="Draft an exam", opt=asks(rights.KEEP_CATALOGUE))
    async def draft(
        self, data: JSONBody[NewExamBody], request: ApiRequest, homeroom: House
    ) -> ExamAnswer:
        draft, vendor = homeroom.exams.draft_exam, VendorId(data.vendor_id)
        return ExamAnswer.of(await draft(request.user, vendor, data.outline()))

    @get(
        summary="Look through exams, newest first; who keeps none sees what is published",
        opt=asks(rights.SEE_CATALOGUE),
    )
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        search: SearchExams = "",
        vendor_id: OfVendor = None,
        standing: ExamStanding = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> ExamsAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        vendor = None if vendor_id is None else VendorId(vendor_id)
        find = homeroom.exams.find_exams
        found = await find(request.user, page, vendor_id=vendor, status=standing, text=search)
        rows = [ExamAnswer.of(one) for one in found.items]
        return ExamsAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get("/{exam_id:uuid}", summary="One exam", opt=asks(rights.SEE_CATALOGUE))
    async def show(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ExamAnswer:
        return ExamAnswer.of(await homeroom.exams.get_exam(request.user, ExamId(exam_id)))

    @get("/by-code/{code:str}", summary="The exam of this code", opt=asks(rights.SEE_CATALOGUE))
    async def show_by_code(
        self, code: FromPath[str], request: ApiRequest, homeroom: House
    ) -> ExamAnswer:
        return ExamAnswer.of(await homeroom.exams.get_exam.by_code(request.user, code))

    @put("/{exam_id:uuid}", summary="Write an exam anew", opt=asks(rights.KEEP_CATALOGUE))
    async def change(
        self,
        exam_id: FromPath[UUID],
        data: JSONBody[OutlineBody],
        request: ApiRequest,
        homeroom: House,
    ) -> ExamAnswer:
        change = homeroom.exams.change_exam
        return ExamAnswer.of(await change(request.user, ExamId(exam_id), data.outline()))

    @post(
        "/{exam_id:uuid}/publish",
        status_code=200,
        summary="Say that an exam may be taken; its weights must sum to 100",
        opt=asks(rights.KEEP_CATALOGUE),
    )
    async def publish(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ExamAnswer:
        return ExamAnswer.of(await homeroom.exams.publish_exam(request.user, ExamId(exam_id)))

    @post(
        "/{exam_id:uuid}/retire",
        status_code=200,
        summary="Say that an exam may not be begun any more",
        opt=asks(rights.KEEP_CATALOGUE),
    )
    async def retire(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ExamAnswer:
        return ExamAnswer.of(await homeroom.exams.retire_exam(request.user, ExamId(exam_id)))

    @delete(
        "/{exam_id:uuid}",
        summary="Take away an exam that has no questions",
        opt=asks(rights.KEEP_CATALOGUE),
    )
    async def remove(self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House) -> None:
        await homeroom.exams.remove_exam(request.user, ExamId(exam_id))

    @post(
        "/{exam_id:uuid}/questions/approve-all",
        status_code=200,
        summary="Approve all questions of an exam that wait for it",
        opt=asks(rights.REVIEW_QUESTIONS),
    )
    async def approve_all(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ApprovalAnswer:
        return ApprovalAnswer.of(await homeroom.exams.approve_all(request.user, ExamId(exam_id)))
