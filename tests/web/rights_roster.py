"""One request for each thing that is asked of the roster, and whom it would concern."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rights_example import Example
from rights_subjects import Subject, a_course, a_node, a_person

from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import PersonId, new_id
from homeroom.roster.model import rights as roster
from homeroom.roster.model.enrolments import EnrolmentRole
from homeroom_entrypoints.composition.facade import Homeroom


async def a_closed_node(homeroom: Homeroom, owner: Actor) -> Subject:
    node_id = await a_course(homeroom, owner)
    await homeroom.roster.close_node(owner, node_id)
    return Subject(str(node_id), str(node_id))


async def an_enrolment(homeroom: Homeroom, owner: Actor) -> Subject:
    person_id = PersonId(UUID((await a_person(homeroom, owner)).id))
    node_id = await a_course(homeroom, owner)
    seat = await homeroom.roster.enrol(owner, person_id, node_id, EnrolmentRole.STUDENT)
    return Subject(str(seat.enrolment.id), str(seat.enrolment.id))


_NODES, _ENROLMENTS = "/api/v1/roster/nodes", "/api/v1/roster/enrolments"
_NODE = f"{_NODES}/{{node_id}}"


def _new_node() -> Mapping[str, Any]:
    return {"kind": "CAMPUS", "code": new_id().hex, "name": "Main campus"}


def _stranger() -> Mapping[str, Any]:
    return {"personId": str(new_id()), "nodeId": str(new_id()), "role": "STUDENT"}


OF_ROSTER = [
    Example(f"POST {_NODES}", roster.CREATE_NODE, body=_new_node),
    Example(f"GET {_NODES}", roster.SEE_NODES, listed=a_node),
    Example(f"GET {_NODE}", roster.SEE_NODES, concerns=a_node),
    Example(f"PATCH {_NODE}", roster.CHANGE_NODE, concerns=a_node, body={"name": "Chemistry"}),
    Example(f"POST {_NODE}/move", roster.CHANGE_NODE, concerns=a_node, body={"parentId": None}),
    Example(f"POST {_NODE}/close", roster.CHANGE_NODE, concerns=a_node),
    Example(f"POST {_NODE}/reopen", roster.CHANGE_NODE, concerns=a_closed_node),
    Example(f"POST {_ENROLMENTS}", roster.ENROL, body=_stranger, otherwise="node_not_found"),
    Example(f"GET {_ENROLMENTS}", roster.SEE_ENROLMENTS, listed=an_enrolment),
    Example(f"GET {_ENROLMENTS}", roster.SEE_ENROLMENTS, concerns=a_node, query="nodeId={id}"),
    Example(f"DELETE {_ENROLMENTS}/{{enrolment_id}}", roster.ENROL, concerns=an_enrolment),
]
