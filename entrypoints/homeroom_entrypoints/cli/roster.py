"""`homeroom roster`: the tree of a school, and who is enrolled where."""

import uuid

import click

from homeroom.kernel.ids import EnrolmentId, NodeId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.roster.model.enrolments import EnrolmentRole
from homeroom.roster.model.nodes import Label, Lineage, Node, NodeKind
from homeroom.roster.ports.queries import Seat
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.roster_wire import (
    EnrolmentAnswer,
    EnrolmentsAnswer,
    LineageAnswer,
    NodeAnswer,
    NodesAnswer,
)

_KINDS = click.Choice([kind.value for kind in NodeKind], case_sensitive=False)
_ROLES = click.Choice([role.value for role in EnrolmentRole], case_sensitive=False)
_node = click.argument("node_id", type=click.UUID)
_limit = click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)


@click.group(help="Build the tree of a school, and enrol people in it.")
def roster() -> None: ...


@roster.command(help="Put a place into the tree: a root, or below another one.")
@click.argument("code")
@click.option("--kind", type=_KINDS, required=True)
@click.option("--name", required=True)
@click.option("--reference", help="What it is in the learning platform, such as course:7.")
@click.option("--below", type=click.UUID, help="The place that it stands below.")
@as_json
@with_homeroom
async def create(
    homeroom: Homeroom,
    code: str,
    kind: str,
    name: str,
    reference: str | None,
    below: uuid.UUID | None,
    as_json: bool,
) -> None:
    label, parent = Label.given(code, name, reference), None if below is None else NodeId(below)
    create, actor = homeroom.roster.create_node, await operator(homeroom)
    _show(await create(actor, NodeKind(kind), label, parent_id=parent), as_json)


@roster.command("list", help="List places, newest first.")
@click.option("--below", type=click.UUID, help="Only what stands right below this one.")
@click.option("--kind", type=_KINDS)
@click.option("--search", default="", help="Somewhere in a code or a name.")
@_limit
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    below: uuid.UUID | None,
    kind: str | None,
    search: str,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    found = await homeroom.roster.find_nodes(
        await operator(homeroom),
        CursorRequest(read_cursor(cursor), limit),
        parent_id=None if below is None else NodeId(below),
        kind=None if kind is None else NodeKind(kind),
        text=search,
    )
    rows = [NodeAnswer.of(node) for node in found.items]
    answer = NodesAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_row(node) for node in found.items]
    show_answer(answer, shown, as_json=as_json, empty="The tree has no such places.")


@roster.command(help="Show a place, and what it stands below.")
@_node
@as_json
@with_homeroom
async def show(homeroom: Homeroom, node_id: uuid.UUID, as_json: bool) -> None:
    _show(await homeroom.roster.get_node(await operator(homeroom), NodeId(node_id)), as_json)


@roster.command(help="Call a place otherwise. What is left out stays as it is.")
@_node
@click.option("--code")
@click.option("--name")
@click.option("--reference", help="An empty one takes it away.")
@as_json
@with_homeroom
async def change(
    homeroom: Homeroom,
    node_id: uuid.UUID,
    code: str | None,
    name: str | None,
    reference: str | None,
    as_json: bool,
) -> None:
    relabel, actor = homeroom.roster.relabel_node, await operator(homeroom)
    changed = await relabel(actor, NodeId(node_id), code=code, name=name, reference=reference)
    _show(changed, as_json)


@roster.command(help="Put a place, with all that is below it, below another one.")
@_node
@click.option("--below", type=click.UUID, help="Without it, the place becomes a root.")
@as_json
@with_homeroom
async def move(
    homeroom: Homeroom, node_id: uuid.UUID, below: uuid.UUID | None, as_json: bool
) -> None:
    parent = None if below is None else NodeId(below)
    move, actor = homeroom.roster.move_node, await operator(homeroom)
    _show(await move(actor, NodeId(node_id), parent), as_json)


@roster.command(help="Close a place: nobody and nothing new comes there, or below it.")
@_node
@as_json
@with_homeroom
async def close(homeroom: Homeroom, node_id: uuid.UUID, as_json: bool) -> None:
    _show(await homeroom.roster.close_node(await operator(homeroom), NodeId(node_id)), as_json)


@roster.command(help="Open a place again.")
@_node
@as_json
@with_homeroom
async def reopen(homeroom: Homeroom, node_id: uuid.UUID, as_json: bool) -> None:
    _show(await homeroom.roster.reopen_node(await operator(homeroom), NodeId(node_id)), as_json)


@roster.command(help="Enrol somebody in a course or a section.")
@click.argument("person_id", type=click.UUID)
@_node
@click.option("--role", type=_ROLES, default="STUDENT", show_default=True)
@as_json
@with_homeroom
async def enrol(
    homeroom: Homeroom, person_id: uuid.UUID, node_id: uuid.UUID, role: str, as_json: bool
) -> None:
    enrol, actor = homeroom.roster.enrol, await operator(homeroom)
    seat = await enrol(actor, PersonId(person_id), NodeId(node_id), EnrolmentRole(role))
    show_answer(EnrolmentAnswer.of(seat), [_seat(seat)], as_json=as_json)


@roster.command(help="End an enrolment; no learning platform begins it again.")
@click.argument("enrolment_id", type=click.UUID)
@with_homeroom
async def unenrol(homeroom: Homeroom, enrolment_id: uuid.UUID) -> None:
    await homeroom.roster.unenrol(await operator(homeroom), EnrolmentId(enrolment_id))
    click.echo(f"ended {enrolment_id}")


@roster.command(help="List enrolments, newest first: of a place with all below it, or of a person.")
@click.option("--node", type=click.UUID)
@click.option("--person", type=click.UUID)
@_limit
@cursor
@as_json
@with_homeroom
async def enrolments(
    homeroom: Homeroom,
    node: uuid.UUID | None,
    person: uuid.UUID | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    found = await homeroom.roster.find_enrolments(
        await operator(homeroom),
        CursorRequest(read_cursor(cursor), limit),
        node_id=None if node is None else NodeId(node),
        person_id=None if person is None else PersonId(person),
    )
    rows = [EnrolmentAnswer.of(seat) for seat in found.items]
    answer = EnrolmentsAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_seat(seat) for seat in found.items]
    show_answer(answer, shown, as_json=as_json, empty="Nobody is enrolled there.")


def _show(found: Lineage, as_json: bool) -> None:
    above = " / ".join(one.label.code for one in found.above)
    show_answer(LineageAnswer.of(found), [{**_row(found.node), "below": above}], as_json=as_json)


def _row(node: Node) -> dict[str, object]:
    return {
        "id": node.id,
        "kind": node.kind.value,
        "code": node.label.code,
        "name": node.label.name,
        "reference": node.label.reference,
        "open": "yes" if node.is_active else "no",
    }


def _seat(seat: Seat) -> dict[str, object]:
    enrolment = seat.enrolment
    return {
        "id": enrolment.id,
        "person": enrolment.person_id,
        "in": seat.node.label.code,
        "role": enrolment.role.value,
        "source": enrolment.source.value,
        "counts": "yes" if enrolment.is_active else "no",
    }
