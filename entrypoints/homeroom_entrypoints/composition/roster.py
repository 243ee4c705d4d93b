"""The roster, wired: the tree and its enrolments, and what makes both follow a sign-in."""

from dependency_injector import containers, providers

from homeroom.people.use_cases.personal_data import find_subject
from homeroom.processes.enrolling import HearOfEnrolments
from homeroom.roster.use_cases import enrolments, nodes
from homeroom_entrypoints.composition.facade import Plant
from homeroom_entrypoints.composition.rooms import Roster


class RosterContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)

    start = plant.provided.storage.start
    queries = plant.provided.storage.roster
    clock = plant.provided.ambient.clock
    looks = plant.provided.looks

    use_cases = providers.Factory(
        Roster,
        create_node=providers.Factory(nodes.CreateNode, start=start, clock=clock),
        relabel_node=providers.Factory(nodes.RelabelNode, start=start, clock=clock),
        move_node=providers.Factory(nodes.MoveNode, start=start, clock=clock),
        close_node=providers.Factory(nodes.CloseNode, start=start, clock=clock),
        reopen_node=providers.Factory(nodes.ReopenNode, start=start, clock=clock),
        find_nodes=providers.Factory(nodes.FindNodes, queries=queries),
        get_node=providers.Factory(nodes.GetNode, queries=queries),
        enrol=providers.Factory(
            enrolments.Enrol, start=start, find=providers.Object(find_subject), clock=clock
        ),
        unenrol=providers.Factory(enrolments.Unenrol, start=start, clock=clock),
        find_enrolments=providers.Factory(
            enrolments.FindEnrolments, queries=queries, looks=looks, clock=clock
        ),
        my_enrolments=providers.Factory(enrolments.MyEnrolments, queries=queries),
        hear_of_enrolments=providers.Factory(HearOfEnrolments, clock=clock),
    )


def assemble_roster(plant: Plant) -> Roster:
    """The roster's use cases over *plant*."""
    container = RosterContainer(plant=providers.Object(plant))
    container.check_dependencies()
    use_cases: Roster = container.use_cases()
    return use_cases
