"""The roster over HTTP: a tree with people in it, and courses that follow from a sign-in."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeroom_entrypoints.worker.service import run_worker
from homeroom_entrypoints.worker.settings import WorkerSettings
from homeroom_testing.moodle import Member, Moodle, open_moodle

pytestmark = pytest.mark.anyio

NODES, ENROLMENTS = "/api/v1/roster/nodes", "/api/v1/roster/enrolments"
PASSWORD = "plums on a warm roof"
NOBODY = {"X-API-Key": ""}


@pytest.fixture
async def moodle() -> AsyncIterator[Moodle]:
    async with open_moodle() as opened:
        yield opened


@pytest.fixture
def overrides(moodle: Moodle) -> dict[str, str]:
    return {
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_MOODLE__URL": moodle.url,
        "HOMEROOM_MOODLE__INSTITUTION": "Home",
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
    }


async def create(house: Any, code: str, kind: str, parent_id: str | None = None) -> dict[str, Any]:
    body = {"kind": kind, "code": code, "name": f"The {code}", "parentId": parent_id}
    answer = await house.client.post(NODES, json=body)
    assert answer.status_code == 201, answer.text
    node: dict[str, Any] = answer.json()["node"]
    return node


async def test_a_tree_is_built_searched_moved_and_closed(house: Any) -> None:
    main_campus, annex = await create(house, "MAIN", "CAMPUS"), await create(house, "A", "CAMPUS")
    course = await create(house, "PHY1", "COURSE", main_campus["id"])
    listed = (await house.client.get(NODES, params={"search": "phy", "kind": "COURSE"})).json()
    assert listed == {"data": [course], "nextCursor": None}
    at = f"{NODES}/{course['id']}"
    moved = await house.client.post(f"{at}/move", json={"parentId": annex["id"]})
    assert [one["code"] for one in moved.json()["above"]] == ["A"]
    changed = await house.client.patch(at, json={"name": "Physics", "reference": "course:7"})
    assert changed.json()["node"]["reference"] == "course:7"
    changed = await house.client.patch(at, json={"reference": None})
    assert changed.json()["node"]["reference"] is None
    await house.client.post(f"{NODES}/{annex['id']}/close")
    assert (await house.client.get(at)).json()["isOpen"] is False


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "CAMPUS", "code": "MAIN", "name": "Again"}, 409, "node_exists"),
        ({"kind": "CAMPUS", "code": "B", "name": "B", "parentId": "main"}, 400, "wrong_place"),
        ({"kind": "COURSE", "code": "B", "name": "\x07"}, 400, "bad_node"),
    ],
)
async def test_what_cannot_be_is_refused(
    house: Any, body: dict[str, Any], status: int, code: str
) -> None:
    main_campus = await create(house, "MAIN", "CAMPUS")
    known = {**body, "parentId": main_campus["id"]} if "parentId" in body else body
    answer = await house.client.post(NODES, json=known)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_somebody_is_enrolled_by_hand_and_that_ends(house: Any) -> None:
    person = {"username": "ben", "firstName": "Ben", "lastName": "Cruz"}
    who = (await house.client.post("/api/v1/admin/users", json=person)).json()["id"]
    course = await create(house, "PHY1", "COURSE")
    body = {"personId": who, "nodeId": course["id"], "role": "TEACHER"}
    made = await house.client.post(ENROLMENTS, json=body)
    assert made.status_code == 201, made.text
    again = await house.client.post(ENROLMENTS, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "enrolment_exists")
    found = await house.client.get(ENROLMENTS, params={"nodeId": course["id"]})
    assert found.json()["data"] == [made.json()]
    assert (await house.client.delete(f"{ENROLMENTS}/{made.json()['id']}")).status_code == 204
    counting = {"personId": who, "isActive": "true"}
    assert (await house.client.get(ENROLMENTS, params=counting)).json()["data"] == []


async def test_who_signs_in_through_the_moodle_finds_their_courses_here(
    house: Any, moodle: Moodle
) -> None:
    moodle.enrol(Member(name="ana", password=PASSWORD, roles={2: "editingteacher", 5: "student"}))
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(house.homeroom, WorkerSettings(), stop))
    try:
        body = {"username": "ana", "password": PASSWORD}
        answer = await house.client.post("/api/v1/auth/login", json=body, headers=NOBODY)
        headers = {**NOBODY, "Authorization": f"Bearer {answer.json()['token']}"}
        async with asyncio.timeout(20):
            mine = dict[str, tuple[str, str]]()
            while not mine:
                await asyncio.sleep(0.05)
                mine = await _mine(house, headers)
    finally:
        stop.set()
        await working
    assert mine == {"course-2": ("TEACHER", "auto"), "course-5": ("STUDENT", "auto")}


async def _mine(house: Any, headers: dict[str, str]) -> dict[str, tuple[str, str]]:
    found = await house.client.get("/api/v1/me/enrolments", headers=headers)
    rows = found.json()["data"]
    return {one["node"]["code"]: (one["role"], one["source"]) for one in rows}
