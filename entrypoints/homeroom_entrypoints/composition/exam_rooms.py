"""What may be done with exams: one field of the façade."""

import attrs

from homeroom.exams.use_cases.achievements import MyAchievements, SetGoals, ShowOnBoards
from homeroom.exams.use_cases.adaptive import (
    AnswerAdaptive,
    BeginAdaptive,
    LeaveAdaptive,
    SeeAdaptive,
)
from homeroom.exams.use_cases.advising import Advise, PlanStudy, SeeCompletion, SeeEarnings
from homeroom.exams.use_cases.boards import SeeBoard
from homeroom.exams.use_cases.bringing import ImportQuestions
from homeroom.exams.use_cases.calibrating import CalibrateExam, SayCurves, SeePool
from homeroom.exams.use_cases.catalogue import (
    ChangeExam,
    DraftExam,
    FindExams,
    GetExam,
    PublishExam,
    RemoveExam,
    RetireExam,
)
from homeroom.exams.use_cases.disputing import (
    AnswerDispute,
    CloseDispute,
    DisputeQuestion,
    FindDisputes,
    MyDisputes,
    WithdrawDispute,
)
from homeroom.exams.use_cases.generating import (
    FindGenerations,
    GenerateQuestions,
    SeeGeneration,
    SeeWritingBudget,
)
from homeroom.exams.use_cases.integrity import FindFlagged, SeeEvents, TellEvents
from homeroom.exams.use_cases.invalidating import InvalidateSitting, RestoreSitting
from homeroom.exams.use_cases.looking import FindQuestions, GetQuestion
from homeroom.exams.use_cases.noting import DropNote, MyNotes, NoteQuestion
from homeroom.exams.use_cases.papers import SeeAnswers, SeeQuestions
from homeroom.exams.use_cases.progress import DueQuestions, MyProgress, SetExamDate
from homeroom.exams.use_cases.regrading import FindRegrades, PlanRegrade, RegradeQuestion
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
from homeroom.exams.use_cases.statistics import SeeExamStatistics, SeeQuestionStatistics
from homeroom.exams.use_cases.taking_out import ExportQuestions
from homeroom.exams.use_cases.tiers import SeeOwnAllowance, SeeTier, SetTier
from homeroom.exams.use_cases.vendors import (
    BeginVendor,
    FindVendors,
    GetVendor,
    RemoveVendor,
    RenameVendor,
)
from homeroom.exams.use_cases.watching import WatchSitting
from homeroom.exams.use_cases.writing import (
    MoveQuestion,
    ReviseQuestion,
    SubmitQuestion,
    WriteQuestion,
)


@attrs.frozen(kw_only=True)
class Adaptive:
    """Tests that adapt to who takes them, and what is known of their questions."""

    begin: BeginAdaptive
    see: SeeAdaptive
    answer: AnswerAdaptive
    leave: LeaveAdaptive
    see_pool: SeePool
    say_curves: SayCurves
    calibrate: CalibrateExam


@attrs.frozen(kw_only=True)
class Achieving:
    """What may be done with what one earned, and what to do next."""

    my_achievements: MyAchievements
    set_goals: SetGoals
    show_on_boards: ShowOnBoards
    see_board: SeeBoard
    plan_study: PlanStudy
    advise: Advise
    see_earnings: SeeEarnings
    see_completion: SeeCompletion


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
    generate_questions: GenerateQuestions
    see_generation: SeeGeneration
    find_generations: FindGenerations
    see_writing_budget: SeeWritingBudget
    export_questions: ExportQuestions
    begin_sitting: BeginSitting
    see_sitting: SeeSitting
    see_questions: SeeQuestions
    see_answers: SeeAnswers
    answer_question: AnswerQuestion
    flag_question: FlagQuestion
    submit_sitting: SubmitSitting
    see_result: SeeResult
    see_others_result: SeeOthersResult
    my_progress: MyProgress
    due_questions: DueQuestions
    set_exam_date: SetExamDate
    my_sittings: MySittings
    find_sittings: FindSittings
    watch_sitting: WatchSitting
    extend_sitting: ExtendSitting
    adaptive: Adaptive
    achieving: Achieving
    see_exam_statistics: SeeExamStatistics
    see_question_statistics: SeeQuestionStatistics
    plan_regrade: PlanRegrade
    regrade_question: RegradeQuestion
    find_regrades: FindRegrades
    invalidate_sitting: InvalidateSitting
    restore_sitting: RestoreSitting
    tell_events: TellEvents
    see_events: SeeEvents
    find_flagged: FindFlagged
    note_question: NoteQuestion
    drop_note: DropNote
    my_notes: MyNotes
    dispute_question: DisputeQuestion
    withdraw_dispute: WithdrawDispute
    my_disputes: MyDisputes
    find_disputes: FindDisputes
    answer_dispute: AnswerDispute
    close_dispute: CloseDispute
    set_tier: SetTier
    see_tier: SeeTier
    see_own_allowance: SeeOwnAllowance
