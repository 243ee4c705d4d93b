"""One container per context: plain factories over things that are open already."""

from datetime import timedelta

from dependency_injector import containers, providers

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.operations import use_cases as operations
from homeroom.operations.ports import JobQueries, StartOperationsUnit
from homeroom_entrypoints.composition.compliance import assemble_compliance
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.exams import assemble_exams
from homeroom_entrypoints.composition.facade import (
    Compliance,
    Homeroom,
    Operations,
    People,
    Plant,
)
from homeroom_entrypoints.composition.people import assemble_people
from homeroom_entrypoints.composition.rooms import Roster, Scheduling
from homeroom_entrypoints.composition.roster import assemble_roster
from homeroom_entrypoints.composition.scheduling import SchedulingChoices, assemble_scheduling


class OperationsContainer(containers.DeclarativeContainer):
    start = providers.Dependency(instance_of=StartOperationsUnit)
    queries = providers.Dependency(instance_of=JobQueries)
    clock = providers.Dependency(instance_of=Clock)
    codec = providers.Dependency(instance_of=Codec)

    use_cases = providers.Factory(
        Operations,
        ask_for_job=providers.Factory(operations.AskForJob, start=start, codec=codec, clock=clock),
        find_jobs=providers.Factory(operations.FindJobs, queries=queries),
        get_job=providers.Factory(operations.GetJob, queries=queries),
        retry_job=providers.Factory(operations.RetryJob, start=start, clock=clock),
        cancel_job=providers.Factory(operations.CancelJob, start=start, clock=clock),
        replay_dead_letters=providers.Factory(
            operations.ReplayDeadLetters, start=start, clock=clock
        ),
        purge_dead_letters=providers.Factory(operations.PurgeDeadLetters, start=start, clock=clock),
        list_queues=providers.Factory(operations.ListQueues, queries=queries),
    )


class HomeroomContainer(containers.DeclarativeContainer):
    start: providers.Dependency[object] = providers.Dependency()
    job_queries = providers.Dependency(instance_of=JobQueries)
    clock = providers.Dependency(instance_of=Clock)
    codec = providers.Dependency(instance_of=Codec)
    plant = providers.Dependency(instance_of=Plant)
    scheduling = providers.Dependency(instance_of=Scheduling)
    compliance = providers.Dependency(instance_of=Compliance)

    people = providers.Dependency(instance_of=People)
    roster = providers.Dependency(instance_of=Roster)
    exams = providers.Dependency(instance_of=Exams)
    operations = providers.Container(
        OperationsContainer, start=start, queries=job_queries, clock=clock, codec=codec
    )
    homeroom = providers.Factory(
        Homeroom,
        people=people,
        roster=roster,
        exams=exams,
        operations=operations.use_cases,
        scheduling=scheduling,
        compliance=compliance,
        plant=plant,
    )


def assemble(plant: Plant, choices: SchedulingChoices, access_lasts: timedelta) -> Homeroom:
    """The façade over *plant*, built whole: a misspelt keyword fails here, at start."""
    storage = plant.storage
    container = HomeroomContainer(
        start=providers.Object(storage.start),
        job_queries=providers.Object(storage.job_queries),
        clock=providers.Object(plant.ambient.clock),
        codec=providers.Object(plant.ambient.codec),
        plant=providers.Object(plant),
        people=providers.Object(assemble_people(plant, access_lasts)),
        roster=providers.Object(assemble_roster(plant)),
        exams=providers.Object(assemble_exams(plant)),
        scheduling=providers.Object(assemble_scheduling(plant, choices)),
        compliance=providers.Object(assemble_compliance(plant)),
    )
    container.check_dependencies()
    homeroom: Homeroom = container.homeroom()
    return homeroom
