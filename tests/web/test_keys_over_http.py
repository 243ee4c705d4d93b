"""API keys, from the request to the row and back."""

import uuid
from typing import Any

import pytest

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.clock import SystemClock
from homeroom.people.model.institutions import Institution

pytestmark = pytest.mark.anyio


async def made(house: Any, *roles: str) -> dict[str, Any]:
    answer = await house.client.post("/api/v1/keys", json={"name": "new", "roles": list(roles)})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


async def test_a_made_key_opens_the_door_both_ways(house: Any) -> None:
    secret = (await made(house, "ADMIN"))["secret"]
    by_header = await house.client.get("/api/v1/keys", headers={"X-API-Key": secret})
    bearer = {"X-API-Key": "", "Authorization": f"Bearer {secret}"}
    assert by_header.status_code == 200
    assert (await house.client.get("/api/v1/keys", headers=bearer)).status_code == 200


async def test_a_revoked_key_opens_nothing_at_once(house: Any) -> None:
    new = await made(house, "ADMIN")
    headers = {"X-API-Key": new["secret"]}
    assert (await house.client.get("/api/v1/keys", headers=headers)).status_code == 200
    assert (await house.client.delete(f"/api/v1/keys/{new['key']['id']}")).status_code == 204
    assert (await house.client.get("/api/v1/keys", headers=headers)).status_code == 401


async def test_a_key_is_revoked_once(house: Any) -> None:
    new = await made(house, "ADMIN")
    await house.client.delete(f"/api/v1/keys/{new['key']['id']}")
    again = await house.client.delete(f"/api/v1/keys/{new['key']['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "api_key_already_revoked")


async def test_a_teacher_may_not_see_keys(house: Any) -> None:
    headers = {"X-API-Key": (await made(house, "TEACHER"))["secret"]}
    answer = await house.client.get("/api/v1/keys", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_an_administrator_makes_no_super_administrator(house: Any) -> None:
    headers = {"X-API-Key": (await made(house, "ADMIN"))["secret"]}
    body = {"name": "more", "roles": ["SUPER_ADMIN"]}
    answer = await house.client.post("/api/v1/keys", json=body, headers=headers)
    assert answer.status_code == 403


async def test_a_key_of_another_institution_is_not_found(house: Any) -> None:
    homeroom = house.homeroom
    other = Institution.found("Elsewhere", at=SystemClock().now())
    async with homeroom.start() as unit:
        await unit.institutions.add(other)
        await unit.commit()
    there = Actor(institution_id=other.id, roles=frozenset({Role.ADMIN}))
    foreign = await homeroom.people.issue_key(there, name="x", roles=frozenset({Role.ADMIN}))
    headers = {"X-API-Key": (await made(house, "ADMIN"))["secret"]}
    answer = await house.client.delete(f"/api/v1/keys/{foreign.key.id}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")
    listed = (await house.client.get("/api/v1/keys", headers=headers)).json()["data"]
    assert str(foreign.key.id) not in {row["id"] for row in listed}


async def test_keys_are_listed_page_by_page(house: Any) -> None:
    for _ in range(4):
        await made(house, "ADMIN")
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await house.client.get("/api/v1/keys", params=params)).json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_an_unknown_key_id_is_not_found(house: Any) -> None:
    assert (await house.client.delete(f"/api/v1/keys/{uuid.uuid4()}")).status_code == 404


async def test_an_empty_house_is_opened_once(house: Any) -> None:
    assert await house.homeroom.people.open_house("Home") is None
    everyone = await house.homeroom.people.list_institutions(
        Actor(
            institution_id=(await house.homeroom.plant.storage.people.institutions())[0].id,
            roles=frozenset({Role.ADMIN}),
        )
    )
    assert [one.name for one in everyone] == ["Home"]
