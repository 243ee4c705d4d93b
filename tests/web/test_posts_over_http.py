"""Roles at single nodes over HTTP: given, seen by whoever heads the node, shown to their holder."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

USERS, NODES, ME = "/api/v1/admin/users", "/api/v1/roster/nodes", "/api/v1/auth/me"
FIRST, OWN = "a first password", "plums on a warm roof"
NOBODY = {"X-API-Key": ""}


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"HOMEROOM_STORAGE__ADAPTER": "memory"}


def told(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def a_node(house: Any, kind: str, code: str, parent: str | None = None) -> str:
    wanted = {"kind": kind, "code": code, "name": f"The {code}", "parentId": parent}
    return str(told(await house.client.post(NODES, json=wanted), 201)["node"]["id"])


async def a_department(house: Any) -> str:
    return await a_node(house, "DEPARTMENT", "CCS", await a_node(house, "CAMPUS", "MAIN"))


async def taken_in(house: Any, name: str = "ana") -> str:
    body = {"username": name, "firstName": "Ana", "lastName": "Reyes", "password": FIRST}
    return str(told(await house.client.post(USERS, json=body), 201)["id"])


async def signed_in(house: Any, password: str) -> dict[str, str]:
    body = {"username": "ana", "password": password}
    answer = await house.client.post("/api/v1/auth/login", json=body, headers=NOBODY)
    return {**NOBODY, "Authorization": f"Bearer {told(answer)['token']}"}


async def settled(house: Any) -> dict[str, str]:
    """What somebody shows who chose a password of their own."""
    change = {"oldPassword": FIRST, "newPassword": OWN}
    headers = await signed_in(house, FIRST)
    changed = await house.client.post("/api/v1/auth/password", json=change, headers=headers)
    assert changed.status_code == 204, changed.text
    return await signed_in(house, OWN)


async def test_a_role_is_given_twice_shown_and_taken_once(house: Any) -> None:
    ana, department = await taken_in(house), await a_department(house)
    post = {
        "role": "DEAN",
        "source": "manual",
        "nodeId": department,
        "kind": "DEPARTMENT",
        "code": "CCS",
        "name": "The CCS",
    }
    at = f"{USERS}/{ana}/posts/{department}"
    for _ in range(2):
        assert told(await house.client.put(at, json={"role": "DEAN"})) == post
    assert told(await house.client.get(f"{USERS}/{ana}/posts")) == {"data": [post]}
    [holder] = told(await house.client.get(f"{NODES}/{department}/posts"))["data"]
    assert (holder["personId"], holder["fullName"]) == (ana, "Ana Reyes")
    assert (holder["role"], holder["source"], holder["isActive"]) == ("DEAN", "manual", True)
    assert (await house.client.delete(f"{at}?role=DEAN")).status_code == 204
    again = told(await house.client.delete(f"{at}?role=DEAN"), 404)
    assert again["code"] == "post_not_found"
    assert told(await house.client.get(f"{USERS}/{ana}/posts")) == {"data": []}


async def test_a_dean_sees_their_department_as_soon_as_they_are_one_and_no_longer(
    house: Any,
) -> None:
    ana, department = await taken_in(house), await a_department(house)
    other = await a_node(house, "CAMPUS", "NORTH")
    headers, seen = await settled(house), f"{NODES}/{department}/posts"
    at = f"{USERS}/{ana}/posts/{department}"
    assert told(await house.client.get(seen, headers=headers), 403)["code"] == "not_allowed"
    told(await house.client.put(at, json={"role": "DEAN"}))
    assert len(told(await house.client.get(seen, headers=headers))["data"]) == 1
    elsewhere = await house.client.get(f"{NODES}/{other}/posts", headers=headers)
    assert told(elsewhere, 404)["code"] == "place_not_found"
    assert told(await house.client.get(USERS, headers=headers), 403)["code"] == "not_allowed"
    await house.client.delete(f"{at}?role=DEAN")
    assert told(await house.client.get(seen, headers=headers), 403)["code"] == "not_allowed"


async def test_who_holds_one_sees_it_among_what_they_are(house: Any) -> None:
    ana, department = await taken_in(house), await a_department(house)
    told(await house.client.put(f"{USERS}/{ana}/posts/{department}", json={"role": "DEAN"}))
    me = told(await house.client.get(ME, headers=await settled(house)))
    assert (me["roles"], me["role"]) == (["DEAN"], "DEAN")
    assert [(one["role"], one["name"]) for one in me["posts"]] == [("DEAN", "The CCS")]
    shown = told(await house.client.get(f"{USERS}/{ana}"))
    assert shown["roles"] == []
    found = told(await house.client.get(USERS, params={"role": "DEAN"}))["data"]
    assert [one["id"] for one in found] == [ana]


async def test_a_first_password_opens_no_node(house: Any) -> None:
    ana, department = await taken_in(house), await a_department(house)
    told(await house.client.put(f"{USERS}/{ana}/posts/{department}", json={"role": "DEAN"}))
    headers = await signed_in(house, FIRST)
    refused = await house.client.get(f"{NODES}/{department}/posts", headers=headers)
    assert told(refused, 403)["code"] == "password_not_chosen"


@pytest.mark.parametrize(("role", "field"), [("CAMPUS_HEAD", "nodeId"), ("ADMIN", "role")])
async def test_what_fits_not_is_refused_in_a_sentence(house: Any, role: str, field: str) -> None:
    ana, department = await taken_in(house), await a_department(house)
    at = f"{USERS}/{ana}/posts/{department}"
    refused = told(await house.client.put(at, json={"role": role}), 400)
    assert refused["code"] == "post_refused"
    [problem] = refused["errors"]
    assert problem["field"] == field
    assert problem["message"]
