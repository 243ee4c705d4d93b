"""`homeroom people posts`: who is what at single nodes of the roster."""

import uuid

import click

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import ALSO_CALLED, HELD_AT_NODES, Role
from homeroom.people.use_cases.persons import HeldPost
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.people_wire import (
    HolderAnswer,
    HoldersAnswer,
    PostAnswer,
    PostsAnswer,
)

_ROLES = click.Choice(
    [*sorted(role.value for role in HELD_AT_NODES), *ALSO_CALLED], case_sensitive=False
)
_person = click.argument("person_id", type=click.UUID)
_role = click.argument("role", type=_ROLES)
_node = click.argument("node_id", type=click.UUID)


@click.group(help="Say who is what at a campus, a department or a program, and below it.")
def posts() -> None: ...


@posts.command("list", help="List what somebody is at which nodes.")
@_person
@as_json
@with_homeroom
async def list_(homeroom: Homeroom, person_id: uuid.UUID, as_json: bool) -> None:
    found = await homeroom.people.list_posts(await operator(homeroom), PersonId(person_id))
    answer = PostsAnswer(data=[PostAnswer.of(post) for post in found])
    show_answer(answer, [_row(one) for one in found], as_json=as_json, empty="Nothing anywhere.")


@posts.command(help="List who is what at a node, newest persons first.")
@_node
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def at(
    homeroom: Homeroom, node_id: uuid.UUID, limit: int, cursor: str | None, as_json: bool
) -> None:
    page = CursorRequest(read_cursor(cursor), limit)
    found = await homeroom.people.list_posts_at(await operator(homeroom), NodeId(node_id), page)
    holders = [HolderAnswer.of(post) for post in found.items]
    answer = HoldersAnswer(data=holders, next_cursor=write_cursor(found.next))
    rows = [
        {"id": one.person_id, "name": one.full_name, "role": one.role, "source": one.source}
        for one in holders
    ]
    show_answer(answer, rows, as_json=as_json, empty="Nobody is anything there.")


@posts.command(help="Give somebody a role at a node, and so over all that hangs below it.")
@_person
@_role
@_node
@as_json
@with_homeroom
async def give(
    homeroom: Homeroom, person_id: uuid.UUID, role: str, node_id: uuid.UUID, as_json: bool
) -> None:
    head, person, node = await operator(homeroom), PersonId(person_id), NodeId(node_id)
    given = await homeroom.people.give_post(head, person, Role(role), node)
    show_answer(PostAnswer.of(given), [_row(given)], as_json=as_json)


@posts.command(help="Take from somebody a role that they were given at a node.")
@_person
@_role
@_node
@with_homeroom
async def take(homeroom: Homeroom, person_id: uuid.UUID, role: str, node_id: uuid.UUID) -> None:
    head, person, node = await operator(homeroom), PersonId(person_id), NodeId(node_id)
    await homeroom.people.take_post(head, person, Role(role), node)
    click.echo("Taken.")


def _row(post: HeldPost) -> dict[str, object]:
    place = post.place
    return {
        "role": post.role.value,
        "at": place.name if place else "",
        "kind": place.kind if place else "",
        "source": post.source.value,
        "node": post.node_id,
    }
