"""Exams, wired: the catalogue, the bank of questions, and their review."""

from dependency_injector import containers, providers

from homeroom.exams.use_cases import (
    bringing,
    calibrating,
    catalogue,
    disputing,
    examined,
    forms,
    generating,
    integrity,
    invalidating,
    judging,
    looking,
    noting,
    papers,
    pools,
    progress,
    regrading,
    results,
    reviewing,
    reviews,
    rewards,
    shelf,
    sittings,
    statistics,
    taking_out,
    tiers,
    vendors,
    writing,
)
from homeroom_entrypoints.composition.exam_achievements import AchievingContainer
from homeroom_entrypoints.composition.exam_adaptive import AdaptiveContainer
from homeroom_entrypoints.composition.exam_files import InstalledFormats
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.exam_watching import WatchingContainer
from homeroom_entrypoints.composition.exam_workers import ExamWorkersContainer, add_workers
from homeroom_entrypoints.composition.facade import Plant
from homeroom_entrypoints.composition.printing import press


class ExamsContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)

    start = plant.provided.storage.start
    exams = plant.provided.storage.catalogue
    bank = plant.provided.storage.bank
    sat = plant.provided.storage.sittings
    regraded = plant.provided.storage.regrades
    watched = plant.provided.storage.integrity
    policy = plant.provided.integrity
    made = plant.provided.storage.statistics
    looks = plant.provided.looks
    clock = plant.provided.ambient.clock
    quotas = plant.provided.quotas
    remarks = plant.provided.storage.remarks
    cache = plant.provided.cache
    progressed = plant.provided.storage.progress

    planned = providers.Factory(reviews.Reviews, scheduler=plant.provided.reviews)
    lessons = providers.Factory(
        reviews.Lessons, start=start, queries=progressed, reviews=planned, clock=clock
    )
    writer = plant.provided.question_writer
    spend = plant.provided.writing_rules

    may_be_served = providers.Singleton(pools.Pools, bank=bank, cache=cache)
    printed = providers.Singleton(shelf.Shelf, bank=bank, cache=cache, press=press())

    invigilator = providers.Factory(examined.Invigilator, sittings=sat, clock=clock)
    adapting = providers.Container(
        AdaptiveContainer, plant=plant, may_be_served=may_be_served, invigilator=invigilator
    )

    see_progress = providers.Factory(
        progress.MyProgress,
        exams=exams,
        sittings=sat,
        pools=may_be_served,
        lessons=lessons,
        clock=clock,
    )
    achieving = providers.Container(
        AchievingContainer, plant=plant, progress=see_progress, lessons=lessons
    )

    question_formats = providers.Factory(InstalledFormats, plant.provided.ambient)

    working = providers.Container(ExamWorkersContainer, plant=plant, may_be_served=may_be_served)
    watching = providers.Container(WatchingContainer, plant=plant)
    told = providers.Factory(judging.Reader, bank=bank, regrades=regraded)

    use_cases = providers.Factory(
        Exams,
        begin_vendor=providers.Factory(vendors.BeginVendor, start=start, clock=clock),
        rename_vendor=providers.Factory(vendors.RenameVendor, start=start, clock=clock),
        remove_vendor=providers.Factory(vendors.RemoveVendor, start=start, clock=clock),
        find_vendors=providers.Factory(vendors.FindVendors, catalogue=exams),
        get_vendor=providers.Factory(vendors.GetVendor, catalogue=exams),
        draft_exam=providers.Factory(catalogue.DraftExam, start=start, clock=clock),
        change_exam=providers.Factory(
            catalogue.ChangeExam, start=start, catalogue=exams, bank=bank, clock=clock
        ),
        publish_exam=providers.Factory(catalogue.PublishExam, start=start, clock=clock),
        retire_exam=providers.Factory(catalogue.RetireExam, start=start, clock=clock),
        remove_exam=providers.Factory(catalogue.RemoveExam, start=start, clock=clock),
        find_exams=providers.Factory(catalogue.FindExams, catalogue=exams),
        get_exam=providers.Factory(catalogue.GetExam, catalogue=exams),
        write_question=providers.Factory(writing.WriteQuestion, start=start, clock=clock),
        revise_question=providers.Factory(
            writing.ReviseQuestion, start=start, pools=may_be_served, clock=clock
        ),
        move_question=providers.Factory(
            writing.MoveQuestion, start=start, pools=may_be_served, clock=clock
        ),
        submit_question=providers.Factory(writing.SubmitQuestion, start=start, clock=clock),
        find_questions=providers.Factory(looking.FindQuestions, bank=bank),
        get_question=providers.Factory(looking.GetQuestion, bank=bank),
        approve_question=providers.Factory(
            reviewing.ApproveQuestion, start=start, pools=may_be_served, clock=clock
        ),
        send_back_question=providers.Factory(reviewing.SendBackQuestion, start=start, clock=clock),
        reject_question=providers.Factory(reviewing.RejectQuestion, start=start, clock=clock),
        retire_question=providers.Factory(
            reviewing.RetireQuestion, start=start, pools=may_be_served, clock=clock
        ),
        approve_all=providers.Factory(
            reviewing.ApproveAll,
            start=start,
            pools=may_be_served,
            catalogue=exams,
            bank=bank,
            clock=clock,
        ),
        import_questions=providers.Factory(
            bringing.ImportQuestions,
            start=start,
            catalogue=exams,
            formats=question_formats,
            pools=may_be_served,
            clock=clock,
        ),
        generate_questions=providers.Factory(
            generating.GenerateQuestions, start=start, writer=writer, rules=spend, clock=clock
        ),
        see_generation=providers.Factory(generating.SeeGeneration, start=start),
        find_generations=providers.Factory(
            generating.FindGenerations, start=start, catalogue=exams
        ),
        see_writing_budget=providers.Factory(
            generating.SeeWritingBudget, start=start, rules=spend, clock=clock
        ),
        export_questions=providers.Factory(
            taking_out.ExportQuestions, catalogue=exams, bank=bank, formats=question_formats
        ),
        begin_sitting=providers.Factory(
            sittings.BeginSitting,
            start=start,
            exams=exams,
            maker=providers.Factory(
                forms.FormMaker,
                bank=bank,
                pools=may_be_served,
                sittings=sat,
                lessons=lessons,
                clock=clock,
            ),
            clock=clock,
            quotas=quotas,
        ),
        see_sitting=providers.Factory(
            sittings.SeeSitting, start=start, queries=sat, contents=told, clock=clock
        ),
        see_questions=providers.Factory(
            papers.SeeQuestions, queries=sat, shelf=printed, clock=clock
        ),
        see_answers=providers.Factory(papers.SeeAnswers, start=start, queries=sat, clock=clock),
        answer_question=providers.Factory(
            sittings.AnswerQuestion,
            start=start,
            invigilator=invigilator,
            quotas=quotas,
            reviews=planned,
        ),
        flag_question=providers.Factory(sittings.FlagQuestion, start=start, clock=clock),
        submit_sitting=providers.Factory(
            sittings.SubmitSitting,
            start=start,
            invigilator=invigilator,
            quotas=quotas,
            reviews=planned,
        ),
        see_result=providers.Factory(
            results.SeeResult, start=start, queries=sat, contents=told, clock=clock
        ),
        see_others_result=providers.Factory(
            results.SeeOthersResult,
            start=start,
            queries=sat,
            contents=told,
            looks=looks,
            clock=clock,
        ),
        my_progress=see_progress,
        due_questions=providers.Factory(progress.DueQuestions, exams=exams, lessons=lessons),
        set_exam_date=providers.Factory(
            progress.SetExamDate, start=start, exams=exams, reviews=planned, clock=clock
        ),
        my_sittings=providers.Factory(results.MySittings, queries=sat),
        find_sittings=providers.Factory(
            results.FindSittings, queries=sat, looks=looks, clock=clock
        ),
        watch_sitting=watching.watch_sitting,
        see_exam_statistics=providers.Factory(
            statistics.SeeExamStatistics, catalogue=exams, bank=bank, queries=made
        ),
        see_question_statistics=providers.Factory(
            statistics.SeeQuestionStatistics, bank=bank, queries=made
        ),
        extend_sitting=providers.Factory(results.ExtendSitting, start=start, clock=clock),
        adaptive=adapting.use_cases,
        achieving=achieving.use_cases,
        plan_regrade=providers.Factory(
            regrading.PlanRegrade,
            bank=bank,
            regrades=regraded,
            sittings=sat,
            looks=looks,
            clock=clock,
        ),
        regrade_question=providers.Factory(regrading.RegradeQuestion, start=start, clock=clock),
        find_regrades=providers.Factory(regrading.FindRegrades, bank=bank, regrades=regraded),
        invalidate_sitting=providers.Factory(
            invalidating.InvalidateSitting, start=start, clock=clock
        ),
        restore_sitting=providers.Factory(invalidating.RestoreSitting, start=start, clock=clock),
        tell_events=providers.Factory(
            integrity.TellEvents, start=start, clock=clock, policy=policy
        ),
        see_events=providers.Factory(
            integrity.SeeEvents,
            sittings=sat,
            integrity=watched,
            policy=policy,
            looks=looks,
            clock=clock,
        ),
        find_flagged=providers.Factory(
            integrity.FindFlagged, integrity=watched, policy=policy, looks=looks, clock=clock
        ),
        note_question=providers.Factory(noting.NoteQuestion, start=start, queries=sat, clock=clock),
        drop_note=providers.Factory(noting.DropNote, start=start, clock=clock),
        my_notes=providers.Factory(noting.MyNotes, remarks=remarks, bank=bank),
        dispute_question=providers.Factory(
            disputing.DisputeQuestion, start=start, queries=sat, clock=clock
        ),
        withdraw_dispute=providers.Factory(disputing.WithdrawDispute, start=start, clock=clock),
        my_disputes=providers.Factory(disputing.MyDisputes, remarks=remarks),
        find_disputes=providers.Factory(
            disputing.FindDisputes, remarks=remarks, looks=looks, clock=clock
        ),
        answer_dispute=providers.Factory(disputing.AnswerDispute, start=start, clock=clock),
        close_dispute=providers.Factory(disputing.CloseDispute, start=start, clock=clock),
        set_tier=providers.Factory(tiers.SetTier, start=start, quotas=quotas, clock=clock),
        see_tier=providers.Factory(
            tiers.SeeTier, start=start, quotas=quotas, looks=looks, clock=clock
        ),
        see_own_allowance=providers.Factory(
            tiers.SeeOwnAllowance, start=start, quotas=quotas, clock=clock
        ),
    )


def assemble_exams(plant: Plant) -> Exams:
    """The use cases of exams over *plant*, and their handler among the plant's."""
    container = ExamsContainer(plant=providers.Object(plant))
    container.check_dependencies()
    add_workers(plant, container.working)
    plant.handlers.add(calibrating.LearnCurves, container.adapting.fit())
    plant.handlers.add(rewards.SettleAwards, container.achieving.settle())
    use_cases: Exams = container.use_cases()
    return use_cases
