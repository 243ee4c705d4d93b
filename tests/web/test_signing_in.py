"""Signing in over HTTP: from a password to a session, and to its end."""

from typing import Any

import pytest

from homeroom_testing.signing_keys import proves, told_in

pytestmark = pytest.mark.anyio

FIRST, OWN = "a first password", "plums on a warm roof"
NOBODY = {"X-API-Key": ""}


async def taken_in(house: Any, name: str = "ana", **more: Any) -> dict[str, Any]:
    body = {"username": name, "firstName": "Ana", "lastName": "Reyes", "password": FIRST, **more}
    answer = await house.client.post("/api/v1/admin/users", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sign_in(house: Any, name: str = "ana", password: str = FIRST) -> Any:
    body = {"username": name, "password": password}
    return await house.client.post("/api/v1/auth/login", json=body, headers=NOBODY)


async def refresh(house: Any, token: str) -> Any:
    body = {"refreshToken": token}
    return await house.client.post("/api/v1/auth/refresh", json=body, headers=NOBODY)


def bearing(token: str) -> dict[str, str]:
    return {**NOBODY, "Authorization": f"Bearer {token}"}


async def settled(house: Any, *roles: str) -> dict[str, Any]:
    """Somebody who chose a password of their own, signed in with it."""
    await taken_in(house, roles=list(roles))
    first = (await sign_in(house)).json()
    body = {"oldPassword": FIRST, "newPassword": OWN}
    changed = await house.client.post(
        "/api/v1/auth/password", json=body, headers=bearing(first["token"])
    )
    assert changed.status_code == 204, changed.text
    answer = await sign_in(house, password=OWN)
    found: dict[str, Any] = answer.json()
    return found


async def test_a_first_password_opens_one_door_until_it_is_changed(house: Any) -> None:
    await taken_in(house, roles=["ADMIN"])
    signed_in = (await sign_in(house)).json()
    assert signed_in["mustChangePassword"] is True
    headers = bearing(signed_in["token"])
    refused = await house.client.get("/api/v1/keys", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_not_chosen")
    assert (await house.client.get("/api/v1/auth/me", headers=headers)).status_code == 200
    change = {"oldPassword": FIRST, "newPassword": OWN}
    await house.client.post("/api/v1/auth/password", json=change, headers=headers)
    again = (await sign_in(house, password=OWN)).json()
    assert again["mustChangePassword"] is False
    seen = await house.client.get("/api/v1/keys", headers=bearing(again["token"]))
    assert seen.status_code == 200


async def test_a_first_password_is_not_kept_by_choosing_it_again(house: Any) -> None:
    await taken_in(house)
    headers = bearing((await sign_in(house)).json()["token"])
    change = {"oldPassword": FIRST, "newPassword": FIRST}
    refused = await house.client.post("/api/v1/auth/password", json=change, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_password")
    assert [one["field"] for one in refused.json()["errors"]] == ["newPassword"]
    assert (await house.client.get("/api/v1/auth/me", headers=headers)).status_code == 200


async def test_a_token_is_answered_in_the_words_of_every_older_client(house: Any) -> None:
    answer = await settled(house, "TEACHER")
    assert answer["token"] == answer["tokens"]["accessToken"]
    assert answer["refreshToken"] == answer["tokens"]["refreshToken"]
    assert (answer["user"]["userName"], answer["user"]["roles"]) == ("ana", ["TEACHER"])


async def test_an_answer_with_tokens_is_kept_by_nobody(house: Any) -> None:
    await taken_in(house)
    assert (await sign_in(house)).headers["cache-control"] == "no-store"


async def test_who_signs_in_is_named_the_same_however_they_write_it(house: Any) -> None:
    await taken_in(house, email="Ana@School.edu")
    for name in ("ANA", "ana@school.EDU", "  ana "):
        assert (await sign_in(house, name)).status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ana", "wrong"), ("nobody", FIRST), ("ana", "")])
async def test_whatever_is_wrong_the_answer_is_the_same(
    house: Any, name: str, password: str
) -> None:
    await taken_in(house)
    refused = await sign_in(house, name, password)
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")
    assert not {"ana", "nobody"} & set(refused.text.split())


async def test_a_session_goes_on_with_the_next_token_only(house: Any) -> None:
    first = (await settled(house))["refreshToken"]
    second = (await refresh(house, first)).json()["refreshToken"]
    assert (await refresh(house, second)).status_code == 200


async def test_a_token_that_comes_twice_ends_the_session_for_everybody(house: Any) -> None:
    first = (await settled(house))["refreshToken"]
    traded = (await refresh(house, first)).json()
    copied = await refresh(house, first)
    assert (copied.status_code, copied.json()["code"]) == (401, "refresh_token_reused")
    assert (await refresh(house, traded["refreshToken"])).status_code == 401
    me = await house.client.get("/api/v1/auth/me", headers=bearing(traded["token"]))
    assert me.status_code == 401


async def test_each_time_a_session_goes_on_is_on_record_and_so_is_a_copy(house: Any) -> None:
    first = (await settled(house))["refreshToken"]
    for _ in range(2):
        await refresh(house, first)
    noted = await house.client.get("/api/v1/audit-logs", params={"action": "people.refresh"})
    assert [one["outcome"] for one in noted.json()["data"]] == ["refused", "done"]


async def test_signing_out_ends_this_session_and_no_other(house: Any) -> None:
    here, there = await settled(house), (await sign_in(house, password=OWN)).json()
    gone = await house.client.post("/api/v1/auth/logout", headers=bearing(here["token"]))
    assert (gone.status_code, gone.json()["count"]) == (200, 1)
    for answer, status in ((here, 401), (there, 200)):
        me = await house.client.get("/api/v1/auth/me", headers=bearing(answer["token"]))
        assert me.status_code == status
    assert (await refresh(house, here["refreshToken"])).status_code == 401


async def test_signing_out_everywhere_ends_them_all(house: Any) -> None:
    here, there = await settled(house), (await sign_in(house, password=OWN)).json()
    await house.client.post("/api/v1/auth/logout?all=true", headers=bearing(here["token"]))
    me = await house.client.get("/api/v1/auth/me", headers=bearing(there["token"]))
    assert me.status_code == 401


async def test_sessions_are_listed_and_ended_one_by_one(house: Any) -> None:
    here, there = await settled(house), (await sign_in(house, password=OWN)).json()
    headers = bearing(here["token"])
    listed = (await house.client.get("/api/v1/auth/sessions", headers=headers)).json()["data"]
    assert {one["id"] for one in listed} == {here["sessionId"], there["sessionId"]}
    assert [one["id"] for one in listed if one["current"]] == [here["sessionId"]]
    path = f"/api/v1/auth/sessions/{there['sessionId']}"
    assert (await house.client.delete(path, headers=headers)).status_code == 204
    assert (await refresh(house, there["refreshToken"])).status_code == 401


async def test_a_session_of_somebody_else_is_not_found(house: Any) -> None:
    mine = await settled(house)
    await taken_in(house, "ben")
    theirs = (await sign_in(house, "ben")).json()
    path = f"/api/v1/auth/sessions/{theirs['sessionId']}"
    answer = await house.client.delete(path, headers=bearing(mine["token"]))
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")


async def test_who_is_stopped_is_out_at_once(house: Any) -> None:
    ana = await settled(house, "TEACHER")
    path = f"/api/v1/admin/users/{ana['user']['id']}"
    stopped = await house.client.patch(path, json={"isActive": False})
    assert stopped.json()["isActive"] is False
    me = await house.client.get("/api/v1/auth/me", headers=bearing(ana["token"]))
    assert me.status_code == 401
    assert (await refresh(house, ana["refreshToken"])).status_code == 401
    assert (await sign_in(house, password=OWN)).status_code == 401


async def test_a_role_that_is_taken_away_counts_at_once(house: Any) -> None:
    ana = await settled(house, "ADMIN")
    path = f"/api/v1/admin/users/{ana['user']['id']}"
    assert (await house.client.get("/api/v1/keys", headers=bearing(ana["token"]))).is_success
    await house.client.patch(path, json={"roles": ["TEACHER"]})
    refused = await house.client.get("/api/v1/keys", headers=bearing(ana["token"]))
    assert refused.status_code == 403


async def test_guessing_is_slowed_for_names_that_exist_and_for_those_that_do_not(
    house: Any,
) -> None:
    await taken_in(house)
    for name in ("ana", "nobody"):
        answers = [await sign_in(house, name, "a wrong guess") for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1


async def test_an_administrator_makes_no_administrator(house: Any) -> None:
    admin = bearing((await settled(house, "ADMIN"))["token"])
    body = {"username": "eve", "firstName": "E", "lastName": "V", "roles": ["ADMIN"]}
    refused = await house.client.post("/api/v1/admin/users", json=body, headers=admin)
    assert refused.status_code == 403


async def test_a_name_that_is_taken_is_a_conflict(house: Any) -> None:
    await taken_in(house)
    body = {"username": "ANA", "firstName": "Another", "lastName": "Ana"}
    answer = await house.client.post("/api/v1/admin/users", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "person_exists")


async def test_people_are_found_by_any_name_and_by_role(house: Any) -> None:
    await taken_in(house, roles=["TEACHER"])
    for query in ("search=rey", "search=ANA", "role=TEACHER", "isActive=true"):
        found = (await house.client.get(f"/api/v1/admin/users?{query}")).json()["data"]
        assert [one["userName"] for one in found] == ["ana"], query
    for query in ("search=%25", "search=_", "role=DEAN", "isActive=false"):
        found = (await house.client.get(f"/api/v1/admin/users?{query}")).json()["data"]
        assert found == [], query


async def test_whoever_reads_our_keys_can_believe_our_tokens(house: Any) -> None:
    token = (await settled(house))["token"]
    keys = (await house.client.get("/.well-known/jwks.json", headers=NOBODY)).json()["keys"]
    [named] = [key for key in keys if key["kid"] == told_in(token, 0)["kid"]]
    assert proves(named, token)
    assert all("d" not in key for key in keys), "a private part"
