"""What the suites of the roster share: places of a school, and seats in them."""

from homeroom.house import Storage
from homeroom.kernel.ids import NodeId
from homeroom.kernel.personal_data import DataSubject
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.roster.model.enrolments import Enrolment, EnrolmentRole, EnrolmentSource
from homeroom.roster.model.nodes import Label, Lineage, Node, NodeKind
from homeroom_testing.clock import NOON


def a_node(
    house: Institution,
    code: str = "MAIN",
    kind: NodeKind = NodeKind.CAMPUS,
    below: Lineage | None = None,
    reference: str | None = None,
) -> Node:
    """A new node; saving it tells one event."""
    label = Label(code=code, name=f"The place called {code}", reference=reference)
    return Node.create(house.id, kind, label, below=below, at=NOON)


async def keep_nodes(storage: Storage, *nodes: Node) -> None:
    """Save *nodes* in a unit of their own."""
    async with storage.start() as unit:
        for node in nodes:
            await unit.nodes.save(node)
        await unit.commit()


async def a_kept_node(
    storage: Storage,
    house: Institution,
    code: str = "MAIN",
    kind: NodeKind = NodeKind.CAMPUS,
    below: Lineage | None = None,
    reference: str | None = None,
) -> Lineage:
    """A node that is there already, and all that it stands below."""
    node = a_node(house, code, kind, below, reference)
    await keep_nodes(storage, node)
    return await seen_node(storage, node.id)


async def seen_node(storage: Storage, node_id: NodeId) -> Lineage:
    """A node as another unit finds it."""
    async with storage.start() as unit:
        return await unit.nodes.get(node_id, reach=None)


def an_enrolment(
    person: Person,
    place: Lineage,
    role: EnrolmentRole = EnrolmentRole.STUDENT,
    source: EnrolmentSource = EnrolmentSource.AUTO,
) -> Enrolment:
    """A new enrolment; saving it tells one event."""
    subject = DataSubject(
        person_id=person.id, institution_id=person.institution_id, roles=person.held
    )
    return Enrolment.begin(subject, place, role, source=source, at=NOON)


async def keep_enrolments(storage: Storage, *enrolments: Enrolment) -> None:
    """Save *enrolments* in a unit of their own."""
    async with storage.start() as unit:
        for enrolment in enrolments:
            await unit.enrolments.save(enrolment)
        await unit.commit()
