"""Exams, wired: the catalogue, the bank of questions, and their review."""

from dependency_injector import containers, providers

from homeroom.exams.use_cases import (
    bringing,
    catalogue,
    ending,
    forms,
    looking,
    results,
    reviewing,
    sittings,
    taking_out,
    vendors,
    writing,
)
from homeroom_entrypoints.composition.exam_files import InstalledFormats
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.facade import Plant


class ExamsContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)

    start = plant.provided.storage.start
    exams = plant.provided.storage.catalogue
    bank = plant.provided.storage.bank
    sat = plant.provided.storage.sittings
    looks = plant.provided.looks
    clock = plant.provided.ambient.clock

    question_formats = providers.Factory(InstalledFormats, plant.provided.ambient)

    expire = providers.Factory(ending.ExpireSittings, start=start, queries=sat, clock=clock)

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
        revise_question=providers.Factory(writing.ReviseQuestion, start=start, clock=clock),
        move_question=providers.Factory(writing.MoveQuestion, start=start, clock=clock),
        submit_question=providers.Factory(writing.SubmitQuestion, start=start, clock=clock),
        find_questions=providers.Factory(looking.FindQuestions, bank=bank),
        get_question=providers.Factory(looking.GetQuestion, bank=bank),
        approve_question=providers.Factory(reviewing.ApproveQuestion, start=start, clock=clock),
        send_back_question=providers.Factory(reviewing.SendBackQuestion, start=start, clock=clock),
        reject_question=providers.Factory(reviewing.RejectQuestion, start=start, clock=clock),
        retire_question=providers.Factory(reviewing.RetireQuestion, start=start, clock=clock),
        approve_all=providers.Factory(
            reviewing.ApproveAll, start=start, catalogue=exams, bank=bank, clock=clock
        ),
        import_questions=providers.Factory(
            bringing.ImportQuestions,
            start=start,
            catalogue=exams,
            formats=question_formats,
            clock=clock,
        ),
        export_questions=providers.Factory(
            taking_out.ExportQuestions, catalogue=exams, bank=bank, formats=question_formats
        ),
        begin_sitting=providers.Factory(
            sittings.BeginSitting,
            start=start,
            exams=exams,
            maker=providers.Factory(forms.FormMaker, bank=bank, sittings=sat),
            clock=clock,
        ),
        see_sitting=providers.Factory(
            sittings.SeeSitting, start=start, queries=sat, bank=bank, clock=clock
        ),
        answer_question=providers.Factory(sittings.AnswerQuestion, start=start, clock=clock),
        flag_question=providers.Factory(sittings.FlagQuestion, start=start, clock=clock),
        submit_sitting=providers.Factory(sittings.SubmitSitting, start=start, clock=clock),
        see_result=providers.Factory(
            results.SeeResult, start=start, queries=sat, bank=bank, clock=clock
        ),
        see_others_result=providers.Factory(
            results.SeeOthersResult, start=start, queries=sat, bank=bank, looks=looks, clock=clock
        ),
        my_sittings=providers.Factory(results.MySittings, queries=sat),
        find_sittings=providers.Factory(
            results.FindSittings, queries=sat, looks=looks, clock=clock
        ),
        extend_sitting=providers.Factory(results.ExtendSitting, start=start, clock=clock),
    )


def assemble_exams(plant: Plant) -> Exams:
    """The use cases of exams over *plant*, and their handler among the plant's."""
    container = ExamsContainer(plant=providers.Object(plant))
    container.check_dependencies()
    plant.handlers.add(ending.EndRunOut, container.expire())
    use_cases: Exams = container.use_cases()
    return use_cases
