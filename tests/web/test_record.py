"""The record of who did what, over HTTP, and what a hand in the database does to it."""

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.rights import Role
from homeroom.people.model.institutions import Institution

pytestmark = pytest.mark.anyio

ANA = {"username": "ana", "firstName": "Ana", "lastName": "Reyes", "email": "ana@school.edu"}


async def read(house: Any, query: str = "") -> list[dict[str, Any]]:
    answer = await house.client.get(f"/api/v1/audit-logs{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def verify(house: Any, **kept: Any) -> dict[str, Any]:
    answer = await house.client.post("/api/v1/audit-logs/verify", params=kept)
    found: dict[str, Any] = answer.json()
    return found


async def take_in(house: Any, **more: Any) -> dict[str, Any]:
    answer = await house.client.post("/api/v1/admin/users", json={**ANA, **more})
    found: dict[str, Any] = answer.json()
    return found


async def test_whoever_changes_something_leaves_one_entry(house: Any) -> None:
    ana = await take_in(house, roles=["TEACHER"])
    path = f"/api/v1/admin/users/{ana['id']}"
    await house.client.patch(path, json={"roles": ["DEAN"]})
    changed, taken_in = await read(house)
    assert (taken_in["action"], taken_in["resourceId"]) == ("people.take_in", ana["id"])
    assert changed["action"] == "people.change_person"
    assert changed["changes"] == {"roles": {"before": "TEACHER:manual", "after": "DEAN:manual"}}
    assert taken_in["apiKeyId"] is not None
    assert await read(house, f"?resourceId={ana['id']}&action=people.take_in") == [taken_in]
    one = (await house.client.get(f"/api/v1/audit-logs/{changed['id']}")).json()
    assert one == changed


async def test_a_change_that_changes_nothing_leaves_no_entry(house: Any) -> None:
    ana = await take_in(house, roles=["TEACHER"])
    path = f"/api/v1/admin/users/{ana['id']}"
    for same in ({}, {"roles": ["TEACHER"]}, {"isActive": True}):
        assert (await house.client.patch(path, json=same)).json() == ana
    assert [one["action"] for one in await read(house)] == ["people.take_in"]


async def test_no_personal_value_stands_in_it(house: Any) -> None:
    await take_in(house)
    text = (await house.client.get("/api/v1/audit-logs")).text
    for value in ("Ana", "Reyes", "ana@school.edu"):
        assert value not in text
    assert "•••" in text


async def test_what_was_refused_leaves_nothing_and_a_wrong_password_does(house: Any) -> None:
    ana = await take_in(house, password="a first password")
    assert (await house.client.post("/api/v1/admin/users", json=ANA)).status_code == 409
    wrong = {"username": "ana", "password": "a wrong password"}
    await house.client.post("/api/v1/auth/login", json=wrong, headers={"X-API-Key": ""})
    knock, taken_in = await read(house)
    assert (knock["action"], knock["outcome"]) == ("people.sign_in", "refused")
    assert (knock["actorId"], knock["resourceId"]) == (None, ana["id"])
    assert taken_in["action"] == "people.take_in"


async def test_another_institution_reads_its_own_record_only(house: Any) -> None:
    await take_in(house)
    [entry] = await read(house)
    homeroom = house.homeroom
    other = Institution.found("Elsewhere", at=SystemClock().now())
    async with homeroom.start() as unit:
        await unit.institutions.add(other)
        await unit.commit()

    their_admin = Actor(institution_id=other.id, roles=frozenset({Role.ADMIN}))
    key = await homeroom.people.issue_key(their_admin, name="theirs", roles=frozenset({Role.ADMIN}))
    theirs = {"X-API-Key": key.secret.text}
    seen = (await house.client.get("/api/v1/audit-logs", headers=theirs)).json()["data"]
    assert [one["action"] for one in seen] == ["people.issue_key"]
    path = f"/api/v1/audit-logs/{entry['id']}"
    assert (await house.client.get(path, headers=theirs)).status_code == 404


async def test_a_record_that_nobody_touched_is_whole(house: Any) -> None:
    nothing = await verify(house)
    assert (nothing["whole"], nothing["sealed"], nothing["link"]) == (True, 0, "0" * 64)
    await take_in(house)
    one = await verify(house)
    assert (one["whole"], one["sealed"], one["unsealed"], one["brokenAt"]) == (True, 1, 0, None)
    await take_in(house, username="ben", email=None)
    kept = {"sealed": one["sealed"], "link": one["link"]}
    assert (await verify(house, **kept))["whole"]
    assert (await verify(house, **{**kept, "link": "f" * 64}))["brokenAt"] == 1
    assert (await verify(house, **{**kept, "sealed": 7}))["brokenAt"] == 3


async def test_an_administrator_proves_no_other_institutions_record(
    house: Any,
) -> None:
    homeroom = house.homeroom
    institutions = await homeroom.plant.storage.people.institutions()
    head = Actor(institution_id=institutions[0].id, roles=frozenset({Role.SUPER_ADMIN}))
    admin = await homeroom.people.issue_key(head, name="admin", roles=frozenset({Role.ADMIN}))
    shown = {"X-API-Key": admin.secret.text}
    path = "/api/v1/audit-logs/verify"
    own = {"institutionId": str(institutions[0].id)}
    assert (await house.client.post(path, params=own, headers=shown)).status_code == 200
    elsewhere = {"institutionId": str(uuid.uuid4())}
    answer = await house.client.post(path, params=elsewhere, headers=shown)
    assert (answer.status_code, answer.json()["code"]) == (404, "record_not_found")


async def test_of_an_institution_that_does_not_exist_nothing_is_proven(house: Any) -> None:
    path, nowhere = "/api/v1/audit-logs/verify", {"institutionId": str(uuid.uuid4())}
    answer = await house.client.post(path, params=nowhere)
    assert (answer.status_code, answer.json()["code"]) == (404, "record_not_found")
    kept = {**nowhere, "sealed": 3, "link": "f" * 64}
    assert (await verify(house, **kept))["brokenAt"] == 1


async def test_the_database_itself_lets_nobody_change_it(house: Any, tmp_path: Path) -> None:
    await take_in(house)
    await verify(house)
    with sqlite3.connect(tmp_path / "homeroom.sqlite3") as database:
        for statement in (
            "UPDATE audit_entries SET action = 'nothing'",
            "UPDATE audit_entries SET place = 7",
            "DELETE FROM audit_entries",
            "DELETE FROM audit_heads",
            "UPDATE audit_heads SET sealed = sealed - 1",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="do not change, and are kept"):
                database.execute(statement)


async def test_nor_what_was_noted_and_is_not_sealed_yet(house: Any, tmp_path: Path) -> None:
    await take_in(house)
    with sqlite3.connect(tmp_path / "homeroom.sqlite3") as database:
        found = database.execute("SELECT action FROM audit_entries WHERE place IS NULL")
        assert found.fetchall() == [("people.take_in",)]
        for statement in (
            "UPDATE audit_entries SET action = 'nothing' WHERE place IS NULL",
            "DELETE FROM audit_entries WHERE place IS NULL",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="do not change, and are kept"):
                database.execute(statement)


@pytest.mark.parametrize(
    ("touch", "place"),
    [
        ("UPDATE audit_entries SET action = 'nothing' WHERE place = 2", 2),
        ("DELETE FROM audit_entries WHERE place = 1", 1),
        ("DELETE FROM audit_entries WHERE place = 3", 3),
        ("UPDATE audit_entries SET person_id = NULL, at = at + 1 WHERE place = 1", 1),
    ],
)
async def test_who_gets_round_the_database_is_found_out(
    house: Any, tmp_path: Path, touch: str, place: int
) -> None:
    for name in ("one", "two", "three"):
        await take_in(house, username=name, email=None)
    assert (await verify(house))["sealed"] == 3
    with sqlite3.connect(tmp_path / "homeroom.sqlite3") as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (trigger,) in found.fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(touch)
    verdict = await verify(house)
    assert (verdict["whole"], verdict["brokenAt"]) == (False, place)


async def test_the_record_is_searched_in_the_words_of_older_systems(house: Any) -> None:
    ana = await take_in(house, password="a first password")
    login = {"username": "ana", "password": "a first password"}
    await house.client.post("/api/v1/auth/login", json=login)
    await house.client.post("/api/v1/auth/login", json={**login, "password": "wrong"})
    refused, signed_in, taken_in = await read(house)
    assert (signed_in["actorId"], taken_in["actorId"]) == (ana["id"], None)
    for name in ("ana", "AN", "n"):
        assert await read(house, f"?actorUsername={name}") == [signed_in]
    for name in ("ben", "a%25a", "reyes"):
        assert await read(house, f"?actorUsername={name}") == []
    assert await read(house, "?outcome=refused") == [refused]
    day = taken_in["at"][:10]
    assert await read(house, f"?from={day}&to={day}") == [refused, signed_in, taken_in]
    assert await read(house, f"?dateFrom={day}&to=2020-01-01") == []
    assert await read(house, "?from=2999-01-01") == []
    lines = await house.client.get("/api/v1/audit-logs/export?actorUsername=ana&outcome=done")
    assert [line["id"] for line in map(json.loads, lines.text.splitlines())] == [signed_in["id"]]
    for wrong, field in (
        ("from=soon", "from"),
        ("to=2020-01-01&dateTo=2020-01-01", "to"),
        ("outcome=none", "outcome"),
    ):
        answer = await house.client.get(f"/api/v1/audit-logs?{wrong}")
        assert answer.status_code == 400
        assert [one["field"] for one in answer.json()["errors"]] == [field]
