"""What may be done with exams: one field of the façade."""

import attrs

from homeroom.exams.use_cases.bringing import ImportQuestions
from homeroom.exams.use_cases.catalogue import (
    ChangeExam,
    DraftExam,
    FindExams,
    GetExam,
    PublishExam,
    RemoveExam,
    RetireExam,
)
from homeroom.exams.use_cases.looking import FindQuestions, GetQuestion
from homeroom.exams.use_cases.results import (
    ExtendSitting,
    FindSittings,
    MySittings,
    SeeOthersResult,
    SeeResult,
)
from homeroom.exams.use_cases.reviewing import (
    ApproveAll,
    ApproveQuestion,
    RejectQuestion,
    RetireQuestion,
    SendBackQuestion,
)
from homeroom.exams.use_cases.sittings import (
    AnswerQuestion,
    BeginSitting,
    FlagQuestion,
    SeeSitting,
    SubmitSitting,
)
from homeroom.exams.use_cases.taking_out import ExportQuestions
from homeroom.exams.use_cases.vendors import (
    BeginVendor,
    FindVendors,
    GetVendor,
    RemoveVendor,
    RenameVendor,
)
from homeroom.exams.use_cases.writing import (
    MoveQuestion,
    ReviseQuestion,
    SubmitQuestion,
    WriteQuestion,
)


@attrs.frozen(kw_only=True)
class Exams:
    """What they know: the catalogue of exams, and the questions that are asked in them."""

    begin_vendor: BeginVendor
    rename_vendor: RenameVendor
    remove_vendor: RemoveVendor
    find_vendors: FindVendors
    get_vendor: GetVendor
    draft_exam: DraftExam
    change_exam: ChangeExam
    publish_exam: PublishExam
    retire_exam: RetireExam
    remove_exam: RemoveExam
    find_exams: FindExams
    get_exam: GetExam
    write_question: WriteQuestion
    revise_question: ReviseQuestion
    move_question: MoveQuestion
    submit_question: SubmitQuestion
    find_questions: FindQuestions
    get_question: GetQuestion
    approve_question: ApproveQuestion
    send_back_question: SendBackQuestion
    reject_question: RejectQuestion
    retire_question: RetireQuestion
    approve_all: ApproveAll
    import_questions: ImportQuestions
    export_questions: ExportQuestions
    begin_sitting: BeginSitting
    see_sitting: SeeSitting
    answer_question: AnswerQuestion
    flag_question: FlagQuestion
    submit_sitting: SubmitSitting
    see_result: SeeResult
    see_others_result: SeeOthersResult
    my_sittings: MySittings
    find_sittings: FindSittings
    extend_sitting: ExtendSitting
