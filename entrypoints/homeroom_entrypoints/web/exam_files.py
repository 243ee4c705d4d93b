"""Files of questions over HTTP: the body of a request or of an answer is the file."""

import io
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from homeroom.exams.model import rights
from homeroom.exams.use_cases.bringing import Wishes
from homeroom.kernel.ids import ExamId
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.exam_files_wire import ImportAnswer
from homeroom_entrypoints.web.record import RecordFile
from homeroom_entrypoints.web.rights import asks

FileFormat = Annotated[
    str,
    QueryParameter(
        name="format",
        description="As it is installed: aiken, csv, gift, json, moodle_xml, qti21 or qti3, or a"
        " plugin's.",
        max_length=50,
    ),
]
DryRun = Annotated[
    bool, QueryParameter(name="dryRun", description="Tell what would become of it; keep nothing.")
]
OfObjective = Annotated[
    str,
    QueryParameter(
        name="objective",
        description="For questions that name none: its code or its name.",
        max_length=200,
    ),
]
Submit = Annotated[bool, QueryParameter(description="Hand them in for review at once.")]


class ExamFileController(Controller):
    """Questions by the file, with their keys: for authors alone."""

    path = "/exams/{exam_id:uuid}/questions"
    tags = ("exams",)

    @post(
        "/import",
        status_code=200,
        summary="Bring questions in from a file; what was in it before is revised",
        opt=asks(rights.WRITE_QUESTIONS),
    )
    async def bring_in(
        self,
        exam_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        format_name: FileFormat,
        dry_run: DryRun = False,
        objective: OfObjective = "",
        submit: Submit = False,
    ) -> ImportAnswer:
        file = io.BytesIO(await request.body())
        wishes = Wishes(dry_run=dry_run, objective=objective, submit=submit)
        bring_in = homeroom.exams.import_questions
        report = await bring_in(request.user, ExamId(exam_id), format_name, file, wishes)
        return ImportAnswer.of(report)

    @get(
        "/export",
        summary="All questions of an exam in a file, but those whose life is over",
        opt=asks(rights.SEE_QUESTIONS),
        media_type="text/plain",
    )
    async def take_out(
        self,
        exam_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        format_name: FileFormat,
    ) -> RecordFile:
        take_out = homeroom.exams.export_questions
        taken = await take_out(request.user, ExamId(exam_id), format_name)
        headers = {
            "Content-Disposition": f'attachment; filename="{taken.name}"',
            "X-Left-Out": str(sum(taken.left_out.values())),
        }
        return RecordFile(taken.pieces, media_type=taken.media_type, headers=headers)
