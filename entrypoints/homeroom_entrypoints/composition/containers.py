"""One container per context: plain factories over things that are open already."""

from dependency_injector import containers, providers

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.operations import use_cases as operations
from homeroom.operations.ports import JobQueries, StartOperationsUnit
from homeroom.people import use_cases as people
from homeroom.people.ports import PeopleQueries, StartPeopleUnit
from homeroom_entrypoints.composition.facade import Homeroom, Operations, People, Plant


class PeopleContainer(containers.DeclarativeContainer):
    start = providers.Dependency(instance_of=StartPeopleUnit)
    queries = providers.Dependency(instance_of=PeopleQueries)
    clock = providers.Dependency(instance_of=Clock)

    use_cases = providers.Factory(
        People,
        open_house=providers.Factory(people.OpenHouse, start=start, queries=queries, clock=clock),
        authenticate=providers.Factory(people.Authenticate, queries=queries, clock=clock),
        issue_key=providers.Factory(people.IssueKey, start=start, clock=clock),
        list_keys=providers.Factory(people.ListKeys, queries=queries),
        revoke_key=providers.Factory(people.RevokeKey, start=start, clock=clock),
        list_institutions=providers.Factory(people.ListInstitutions, queries=queries),
    )


class OperationsContainer(containers.DeclarativeContainer):
    start = providers.Dependency(instance_of=StartOperationsUnit)
    queries = providers.Dependency(instance_of=JobQueries)
    clock = providers.Dependency(instance_of=Clock)
    codec = providers.Dependency(instance_of=Codec)

    use_cases = providers.Factory(
        Operations,
        ask_for_job=providers.Factory(operations.AskForJob, start=start, codec=codec),
        find_jobs=providers.Factory(operations.FindJobs, queries=queries),
        get_job=providers.Factory(operations.GetJob, queries=queries),
        retry_job=providers.Factory(operations.RetryJob, start=start, clock=clock),
        cancel_job=providers.Factory(operations.CancelJob, start=start, clock=clock),
        replay_dead_letters=providers.Factory(
            operations.ReplayDeadLetters, start=start, clock=clock
        ),
        purge_dead_letters=providers.Factory(operations.PurgeDeadLetters, start=start),
        list_queues=providers.Factory(operations.ListQueues, queries=queries),
    )


class HomeroomContainer(containers.DeclarativeContainer):
    start: providers.Dependency[object] = providers.Dependency()
    people_queries = providers.Dependency(instance_of=PeopleQueries)
    job_queries = providers.Dependency(instance_of=JobQueries)
    clock = providers.Dependency(instance_of=Clock)
    codec = providers.Dependency(instance_of=Codec)
    plant = providers.Dependency(instance_of=Plant)

    people = providers.Container(PeopleContainer, start=start, queries=people_queries, clock=clock)
    operations = providers.Container(
        OperationsContainer, start=start, queries=job_queries, clock=clock, codec=codec
    )
    homeroom = providers.Factory(
        Homeroom, people=people.use_cases, operations=operations.use_cases, plant=plant
    )


def assemble(plant: Plant) -> Homeroom:
    """The façade over *plant*, built whole: a misspelt keyword fails here, at start."""
    storage = plant.storage
    container = HomeroomContainer(
        start=providers.Object(storage.start),
        people_queries=providers.Object(storage.people),
        job_queries=providers.Object(storage.job_queries),
        clock=providers.Object(plant.ambient.clock),
        codec=providers.Object(plant.ambient.codec),
        plant=providers.Object(plant),
    )
    container.check_dependencies()
    homeroom: Homeroom = container.homeroom()
    return homeroom
