"""Who may do what with tasks, and how little institutions in one house know of each other."""

import uuid
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from sending_house import TASKS, V1, found

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import TaskId
from homeroom.scheduling.model.policies import Chain, Policies

pytestmark = pytest.mark.anyio

NEW = {"name": "x", "schedule": "0 0 1 1 *", "tags": ["shared"]}


@pytest.fixture
async def neighbour(house: Any) -> dict[str, str]:
    """What the administrator of another institution in the same house shows at the door."""
    other = await found(house.homeroom, "Next door")
    boss = Actor(institution_id=other.id, roles=frozenset({Role.SUPER_ADMIN}))
    issue = house.homeroom.people.issue_key
    issued = await issue(boss, name="next door", roles=frozenset({Role.ADMIN}))
    return {"X-API-Key": issued.secret.text}


@pytest.fixture
async def home(house: Any) -> dict[str, str]:
    """What an administrator of this institution shows, who reaches no further."""
    return dict(await house.key_of("ADMIN"))


def acts_on(task_id: str) -> Iterator[tuple[str, str, Any]]:
    """Everything that can be done with one task."""
    for base in (TASKS, V1):
        yield "GET", f"{base}/{task_id}", None
        yield "PATCH", f"{base}/{task_id}", {"name": "mine"}
        yield "DELETE", f"{base}/{task_id}", None
        yield "POST", f"{base}/{task_id}/toggle", None
        yield "GET", f"{base}/{task_id}/logs", None
    for method, path in (
        *(("POST", "pause"), ("POST", "resume"), ("POST", "run"), ("GET", "watch")),
        *(("DELETE", "watch"), ("GET", "signing-secret"), ("POST", "signing-secret/rotate")),
        ("POST", "signing-secret/settle"),
    ):
        yield method, f"{V1}/{task_id}/{path}", None
    days = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    yield "POST", f"{V1}/{task_id}/backfill", days
    yield "POST", f"{V1}/{task_id}/backfill", {**days, "dryRun": False}
    yield "PUT", f"{V1}/{task_id}/watch", {"every": 60}


async def test_another_institution_s_task_is_not_there_for_anything(
    house: Any, neighbour: dict[str, str], home: dict[str, str]
) -> None:
    task = await house.make(tags=["shared"])
    async with house.working():
        run = await house.sent(task)
    before = await house.task(task)
    for method, path, body in acts_on(task["id"]):
        sent = {"headers": neighbour} | ({} if body is None else {"json": body})
        told = await house.ask(method, path, 404, **sent)
        assert told["code"] == "task_not_found", (method, path)
    await house.ask("GET", f"/api/v1/executions/{run['id']}", 404, headers=neighbour)
    for path in ("/api/logs", "/api/v1/executions"):
        await house.ask("GET", f"{path}?taskId={task['id']}", 404, headers=neighbour)
    for path in (TASKS, "/api/logs", "/api/v1/executions"):
        assert (await house.ask("GET", path, headers=neighbour))["data"] == []
        assert (await house.ask("GET", path, headers=home))["data"]
    stats = await house.ask("GET", "/api/dashboard/stats", headers=neighbour)
    assert (stats["total"], stats["hours"], stats["upcoming"]) == (0, [], [])
    for method, path in (("POST", "pause"), ("POST", "resume"), ("DELETE", "tasks")):
        told = await house.ask(method, f"/api/v1/tags/shared/{path}", headers=neighbour)
        assert told == {"count": 0}
    assert await house.task(before) == before


async def test_a_chain_does_not_lead_next_door(house: Any, neighbour: dict[str, str]) -> None:
    theirs = await house.ask("POST", V1, 201, json=NEW, headers=neighbour)
    chain = {"onFailure": [theirs["id"]]}
    told = await house.ask("POST", V1, 400, json=NEW | chain)
    nobody = [{"field": "onFailure[0]", "message": f"there is no task {theirs['id']}"}]
    assert told["errors"] == nobody
    mine = await house.make()
    told = await house.ask("PATCH", f"{V1}/{mine['id']}", 400, json=chain)
    assert told["errors"] == nobody


async def test_a_chain_that_was_kept_does_not_lead_next_door_either(
    house: Any, neighbour: dict[str, str]
) -> None:
    theirs = await house.ask("POST", V1, 201, json=NEW, headers=neighbour)
    mine = await house.make()
    chain = Chain(on_success=(TaskId(uuid.UUID(theirs["id"])),))
    async with house.homeroom.start() as unit:
        task = await unit.tasks.get(TaskId(uuid.UUID(mine["id"])), reach=None)
        task.content = attrs.evolve(task.content, policies=Policies(chain=chain))
        await unit.tasks.save(task)
        await unit.commit()
    async with house.working():
        await house.sent(mine)
        fellow = await house.make(name="after it")
        await house.sent(fellow)
    path = f"/api/v1/executions?taskId={theirs['id']}"
    assert (await house.ask("GET", path, headers=neighbour))["data"] == []


async def test_who_learns_or_teaches_has_nothing_to_do_with_tasks(house: Any) -> None:
    task = await house.make()
    looks = [("GET", TASKS, None), ("GET", "/api/logs", None), ("POST", V1, NEW)]
    looks += [("GET", "/api/v1/executions", None), ("GET", "/api/dashboard/stats", None)]
    looks += [("GET", f"/api/v1/executions/{uuid.UUID(int=1)}", None)]
    looks += [("POST", f"{V1}/preview", {"every": 60})]
    looks += [("POST", f"{V1}/preview-message", {"payload": {"content": "x"}})]
    looks += [("POST", "/api/v1/tags/x/pause", None), ("DELETE", "/api/v1/tags/x/tasks", None)]
    looks += [("POST", "/api/v1/tags/x/resume", None)]
    for role in ("STUDENT", "TEACHER"):
        headers = await house.key_of(role)
        for method, path, body in (*looks, *acts_on(task["id"])):
            sent = {"headers": headers} | ({} if body is None else {"json": body})
            told = await house.ask(method, path, 403, **sent)
            assert told["code"] == "not_allowed", (role, method, path)


async def test_who_leads_may_look_and_change_nothing(house: Any) -> None:
    task = await house.make()
    for role in ("DEAN", "CHAIRPERSON", "CAMPUS_HEAD"):
        headers = await house.key_of(role)
        for path in (TASKS, f"{TASKS}/{task['id']}", "/api/logs", "/api/dashboard/stats"):
            await house.ask("GET", path, headers=headers)
        await house.ask("POST", V1, 403, json=NEW, headers=headers)
        await house.ask("DELETE", f"{TASKS}/{task['id']}", 403, headers=headers)
        await house.ask("POST", f"{V1}/{task['id']}/run", 403, headers=headers)
        await house.ask("GET", f"{V1}/{task['id']}/signing-secret", 403, headers=headers)


async def test_a_service_may_do_what_administrators_may(house: Any) -> None:
    headers = await house.key_of("SERVICE")
    made = await house.ask("POST", V1, 201, json=NEW, headers=headers)
    await house.ask("DELETE", f"{TASKS}/{made['id']}", headers=headers)
