"""One request for each thing that is asked of roles at single nodes, and whom it would concern."""

from typing import Any
from uuid import UUID

from rights_example import Example
from rights_subjects import Subject, a_node, a_person, an_administrator

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import NodeId, PersonId
from homeroom.people.model import rights as people
from homeroom.roster.model.nodes import Label, Node, NodeKind
from homeroom_entrypoints.composition.facade import Homeroom


async def _a_namesake(homeroom: Homeroom, owner: Actor, person: Subject) -> Subject:
    """A department of the same id as *person*: a request that names both is asked with one id."""
    node_id = NodeId(UUID(person.id))
    node = Node(
        id=node_id,
        institution_id=owner.institution_id,
        kind=NodeKind.DEPARTMENT,
        label=Label.given(node_id.hex, "Computer Studies"),
        path=(node_id,),
        created_at=homeroom.plant.ambient.clock.now(),
    )
    async with homeroom.start() as unit:
        await unit.nodes.save(node)
        await unit.commit()
    return person


async def _somebody(homeroom: Homeroom, owner: Actor) -> Subject:
    return await _a_namesake(homeroom, owner, await a_person(homeroom, owner))


async def _an_administrator(homeroom: Homeroom, owner: Actor) -> Subject:
    return await _a_namesake(homeroom, owner, await an_administrator(homeroom, owner))


async def _appointed(homeroom: Homeroom, owner: Actor, subject: Subject) -> Subject:
    same = UUID(subject.id)
    await homeroom.people.give_post(owner, PersonId(same), Role.DEAN, NodeId(same))
    return subject


async def _a_dean(homeroom: Homeroom, owner: Actor) -> Subject:
    return await _appointed(homeroom, owner, await _somebody(homeroom, owner))


async def _an_administrator_and_dean(homeroom: Homeroom, owner: Actor) -> Subject:
    return await _appointed(homeroom, owner, await _an_administrator(homeroom, owner))


async def _assigned(homeroom: Homeroom, owner: Actor, subject: Subject) -> Subject:
    same = UUID(subject.id)
    await homeroom.people.give_post(owner, PersonId(same), Role.TEACHER, NodeId(same))
    return subject


async def _a_teacher_there(homeroom: Homeroom, owner: Actor) -> Subject:
    return await _assigned(homeroom, owner, await _somebody(homeroom, owner))


async def _an_administrator_there(homeroom: Homeroom, owner: Actor) -> Subject:
    return await _assigned(homeroom, owner, await _an_administrator(homeroom, owner))


_POSTS = "/api/v1/admin/users/{person_id}/posts"
_POST = f"{_POSTS}/{{node_id}}"
_DEAN = {"role": "DEAN"}
_GIVING: Any = {"right": people.GIVE_POST, "body": _DEAN}
_TAKING: Any = {"right": people.GIVE_POST, "query": "role=DEAN"}
_SCOPE = "/api/v1/admin/users/{person_id}/scope-assignment"
_FREEING: Any = {"right": people.GIVE_POST, "body": {"departmentId": None}}
_HIGH: Any = {"found": people.MAKE_ADMINISTRATOR}

OF_POSTS = [
    Example(f"GET {_POSTS}", people.SEE_PERSONS, concerns=a_person),
    Example(f"PUT {_POST}", concerns=_somebody, **_GIVING),
    Example(f"PUT {_POST}", concerns=_an_administrator, **_GIVING, **_HIGH),
    Example(f"PATCH {_SCOPE}", concerns=_a_teacher_there, **_FREEING),
    Example(f"PATCH {_SCOPE}", concerns=_an_administrator_there, **_FREEING, **_HIGH),
    Example(f"DELETE {_POST}", concerns=_a_dean, **_TAKING),
    Example(f"DELETE {_POST}", concerns=_an_administrator_and_dean, **_TAKING, **_HIGH),
    Example("GET /api/v1/roster/nodes/{node_id}/posts", people.SEE_POSTS, concerns=a_node),
]
