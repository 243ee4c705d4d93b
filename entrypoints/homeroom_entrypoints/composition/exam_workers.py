"""What workers do for exams, wired: handlers of the work that is asked for elsewhere."""

from dependency_injector import containers, providers

from homeroom.exams.use_cases import (
    ending,
    generating,
    machine_writing,
    pools,
    regrading,
    statistics,
)
from homeroom_entrypoints.composition.facade import Plant


class ExamWorkersContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)
    may_be_served = providers.Dependency(instance_of=pools.Pools)

    start = plant.provided.storage.start
    bank = plant.provided.storage.bank
    regraded = plant.provided.storage.regrades
    made = plant.provided.storage.statistics
    clock = plant.provided.ambient.clock

    expire = providers.Factory(
        ending.ExpireSittings, start=start, queries=plant.provided.storage.sittings, clock=clock
    )
    write_ordered = providers.Factory(
        machine_writing.WriteQuestions,
        start=start,
        pools=may_be_served,
        writer=plant.provided.question_writer,
        rules=plant.provided.writing_rules,
        clock=clock,
    )
    forget_source = providers.Factory(machine_writing.ForgetSources, start=start)
    judge_again = providers.Factory(
        regrading.RegradeSittings, start=start, regrades=regraded, clock=clock
    )
    find_due = providers.Factory(statistics.FindDueStatistics, start=start, queries=made)
    count = providers.Factory(
        statistics.MakeStatistics,
        start=start,
        queries=made,
        bank=bank,
        regrades=regraded,
        clock=clock,
    )


def add_workers(plant: Plant, container: providers.Container[ExamWorkersContainer]) -> None:
    """Let the plant's workers know them."""
    plant.handlers.add(ending.EndRunOut, container.expire())
    plant.handlers.add(generating.WriteOrdered, container.write_ordered())
    plant.handlers.add(generating.ForgetSource, container.forget_source())
    plant.handlers.add(statistics.CountAnswers, container.find_due())
    plant.handlers.add(statistics.CountExam, container.count())
    plant.handlers.add(regrading.JudgeAgain, container.judge_again())
