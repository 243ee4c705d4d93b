"""What requests concern: one maker for each kind of thing, in the institution of whoever asks."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import attrs

from homeroom.compliance.model.consents import Agreement, ConsentKind
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import DistrictId, JobId, NodeId, PersonId, new_id
from homeroom.kernel.page import CursorRequest, PageRequest
from homeroom.kernel.queue import Lease, Settlement, Verdict
from homeroom.operations.use_cases import Asked
from homeroom.people.model import rights as people
from homeroom.people.model.districts import DistrictDetails
from homeroom.people.model.persons import Identity
from homeroom.roster.model.nodes import Label, NodeKind
from homeroom.scheduling.model.target_checks import TargetGiven
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import TaskFilter
from homeroom.scheduling.use_cases.given import TimingGiven
from homeroom.scheduling.use_cases.upkeep import UPKEEP
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.composition.facade import Homeroom

YEARLY = TimingGiven(cron="0 0 1 1 *")


@attrs.frozen
class Subject:
    """What a request concerns: by this id it is asked for, and by this mark it is recognised."""

    id: str
    mark: str


Make = Callable[[Homeroom, Actor], Awaitable[Subject]]
"""Makes a subject in the institution of an actor, who may everything."""


async def a_key(homeroom: Homeroom, owner: Actor, role: Role = Role.TEACHER) -> Subject:
    issued = await homeroom.people.issue_key(owner, name="subject", roles=frozenset({role}))
    return Subject(str(issued.key.id), str(issued.key.id))


async def a_super_admins_key(homeroom: Homeroom, owner: Actor) -> Subject:
    return await a_key(homeroom, owner, Role.SUPER_ADMIN)


async def _task(homeroom: Homeroom, owner: Actor, **said: Any) -> Task:
    tag = new_id().hex
    given = TaskGiven(name="subject", tags=(tag,), timing=YEARLY, **said)
    return await homeroom.scheduling.create_task(owner, given)


async def a_task(homeroom: Homeroom, owner: Actor) -> Subject:
    task = await _task(homeroom, owner, kind=NotifierKind.LOG)
    return Subject(str(task.id), str(task.id))


async def a_tag(homeroom: Homeroom, owner: Actor) -> Subject:
    (tag,) = (await _task(homeroom, owner, kind=NotifierKind.LOG)).content.tags
    return Subject(tag, tag)


async def a_webhook(homeroom: Homeroom, owner: Actor) -> Subject:
    target = TargetGiven(url="https://hooks.example.org/subject")
    task = await _task(homeroom, owner, kind=NotifierKind.WEBHOOK, target=target)
    return Subject(str(task.id), str(task.id))


async def a_watched_task(homeroom: Homeroom, owner: Actor) -> Subject:
    task = await _task(homeroom, owner, kind=NotifierKind.LOG)
    await homeroom.scheduling.expect_pings(owner, task.id, YEARLY, grace=60)
    return Subject(str(task.id), str(task.id))


async def a_house_task(homeroom: Homeroom, owner: Actor) -> Subject:
    await homeroom.scheduling.install_system_tasks(owner.institution_id, UPKEEP[:1])
    wanted = TaskFilter(tag="system")
    found = await homeroom.scheduling.find_tasks(owner, wanted, PageRequest(1, 100))
    (task,) = [one for one in found.items if one.institution_id == owner.institution_id]
    return Subject(str(task.id), str(task.id))


async def an_execution(homeroom: Homeroom, owner: Actor) -> Subject:
    task = await _task(homeroom, owner, kind=NotifierKind.LOG)
    run = await homeroom.scheduling.run_now(owner, task.id)
    return Subject(str(run.id), str(run.id))


async def _job(homeroom: Homeroom, owner: Actor) -> JobId:
    return await homeroom.operations.ask_for_job(
        owner, Asked(name="operations.checkup.v1", payload="{}")
    )


async def a_job(homeroom: Homeroom, owner: Actor) -> Subject:
    job_id = await _job(homeroom, owner)
    return Subject(str(job_id), str(job_id))


async def a_cancelled_job(homeroom: Homeroom, owner: Actor) -> Subject:
    job_id = await _job(homeroom, owner)
    await homeroom.operations.cancel_job(owner, job_id)
    return Subject(str(job_id), str(job_id))


async def a_dead_letter(homeroom: Homeroom, owner: Actor) -> Subject:
    job_id, queue = await _job(homeroom, owner), homeroom.plant.storage.queue
    claims = await queue.claim("default", limit=1000, lease=Lease(worker="test", seconds=15))
    ends = {True: Verdict.DEAD, False: Verdict.SUCCEEDED}
    settled = [Settlement(one.id, one.token, ends[one.id == job_id], None, "") for one in claims]
    await queue.settle(settled)
    return Subject(str(job_id), str(job_id))


def somebody() -> Identity:
    return Identity.given(f"maria{new_id().hex}", "Maria", "Santos")


async def a_person(homeroom: Homeroom, owner: Actor, role: Role = Role.TEACHER) -> Subject:
    person = await homeroom.people.create_person(owner, somebody(), roles=frozenset({role}))
    return Subject(str(person.id), str(person.id))


async def an_invitation(homeroom: Homeroom, owner: Actor, role: Role = Role.TEACHER) -> Subject:
    name = f"lito{new_id().hex}"
    identity = Identity.given(name, "Lito", "Ramos", f"{name}@school.edu")
    invited = await homeroom.people.invite_person(owner, identity, roles=frozenset({role}))
    return Subject(str(invited.held.ticket.id), str(invited.held.ticket.id))


async def an_administrators_invitation(homeroom: Homeroom, owner: Actor) -> Subject:
    return await an_invitation(homeroom, owner, Role.ADMIN)


async def an_administrator(homeroom: Homeroom, owner: Actor) -> Subject:
    return await a_person(homeroom, owner, Role.ADMIN)


async def a_consent(homeroom: Homeroom, owner: Actor) -> Subject:
    person_id = PersonId(UUID((await a_person(homeroom, owner)).id))
    agreed = Agreement.given(ConsentKind.RECORDING, "Maria Santos", "form 7")
    given = await homeroom.compliance.give_consent(owner, person_id, agreed)
    return Subject(str(given.id), str(given.id))


async def a_course(homeroom: Homeroom, owner: Actor) -> NodeId:
    """A course below a campus."""
    campus = Label.given(new_id().hex, "Main campus")
    above = await homeroom.roster.create_node(owner, NodeKind.CAMPUS, campus)
    course = Label.given(new_id().hex, "Physics")
    parent = above.node.id
    found = await homeroom.roster.create_node(owner, NodeKind.COURSE, course, parent_id=parent)
    return found.node.id


async def a_node(homeroom: Homeroom, owner: Actor) -> Subject:
    node_id = await a_course(homeroom, owner)
    return Subject(str(node_id), str(node_id))


async def an_entry(homeroom: Homeroom, owner: Actor) -> Subject:
    await a_key(homeroom, owner)
    wanted = EntryFilter(reach=None, action=people.ISSUE_KEY.name)
    found = await homeroom.compliance.read_record(owner, wanted, CursorRequest(limit=1))
    return Subject(str(found.items[0].id), str(found.items[0].id))


async def a_district(homeroom: Homeroom, owner: Actor) -> Subject:
    details = DistrictDetails.given(f"Bicol {new_id().hex}")
    district = await homeroom.people.open_district(owner, details)
    return Subject(str(district.id), str(district.id))


async def a_placed_institution(homeroom: Homeroom, owner: Actor) -> Subject:
    """The owner's, under a district that it may leave."""
    district = await a_district(homeroom, owner)
    wanted = DistrictId(UUID(district.id))
    house = await homeroom.people.place_institution(owner, owner.institution_id, wanted)
    return Subject(str(house.id), str(house.id))
