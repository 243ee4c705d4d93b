"""Invitations and forgotten passwords over HTTP: from a letter to somebody who signs in."""

from typing import Any

import pytest

from homeroom.kernel.queue import Lease, Run, Settlement, Verdict
from homeroom_adapters.memory.courier import MemoryCourier

pytestmark = pytest.mark.anyio

INVITATIONS = "/api/v1/admin/users/invitations"
OWN, OTHER = "plums on a warm roof", "pears on a warm roof"
NOBODY = {"X-API-Key": ""}
ANA = {"email": "Ana@School.edu", "firstName": "Ana", "lastName": "Reyes", "roles": ["TEACHER"]}
BY_MAIL = {
    "HOMEROOM_PEOPLE__COURIER": "memory",
    "HOMEROOM_PEOPLE__PUBLIC_URL": "https://school.example",
}


async def invited(house: Any, **more: Any) -> dict[str, Any]:
    answer = await house.client.post(INVITATIONS, json={**ANA, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ask(house: Any, path: str, body: dict[str, Any]) -> Any:
    return await house.client.post(f"/api/v1/auth/{path}", json=body, headers=NOBODY)


async def accept(house: Any, token: str, password: str = OWN) -> Any:
    return await ask(house, "invitations/accept", {"token": token, "password": password})


async def sign_in(house: Any, password: str = OWN) -> Any:
    return await ask(house, "login", {"username": "ana@school.edu", "password": password})


async def work(house: Any) -> list[str]:
    """Do what was asked for, as a worker does; the tokens that letters brought."""
    plant = house.homeroom.plant
    queue = plant.storage.queue
    while jobs := await queue.claim("default", limit=10, lease=Lease(worker="test", seconds=60)):
        for job in jobs:
            kind, handle = plant.handlers.find(job.name)
            run = Run(job.id, 1, False, job.institution_id, job.trace_id, lambda progress: None)
            await handle(plant.ambient.codec.decode(kind, job.payload), run)
        done = [Settlement(one.id, one.token, Verdict.SUCCEEDED, None, "") for one in jobs]
        await queue.settle(done)
    assert isinstance(plant.courier, MemoryCourier)
    letters = [letter.text.partition("#token=")[2] for letter in plant.courier.letters]
    return [text.partition("\n")[0] for text in letters]


async def test_who_was_invited_chooses_a_password_and_signs_in(house: Any) -> None:
    made = await invited(house)
    assert (made["byMail"], made["link"]) == (False, None)
    assert made["invitation"]["user"]["userName"] == "ana@school.edu"
    assert (await sign_in(house)).status_code == 401
    accepted = await accept(house, made["token"])
    assert (accepted.status_code, accepted.json()["fullName"]) == (200, "Ana Reyes")
    signed_in = (await sign_in(house)).json()
    assert (signed_in["mustChangePassword"], signed_in["user"]["roles"]) == (False, ["TEACHER"])


async def test_an_answer_with_a_token_is_kept_by_nobody(house: Any) -> None:
    answer = await house.client.post(INVITATIONS, json=ANA)
    assert answer.headers["cache-control"] == "no-store"
    again = await house.client.post(f"{INVITATIONS}/{answer.json()['invitation']['id']}/send")
    assert (again.status_code, again.headers["cache-control"]) == (200, "no-store")
    assert again.json()["token"] != answer.json()["token"]


async def test_a_token_counts_once_and_every_refusal_is_the_same(house: Any) -> None:
    first = await invited(house)
    again = await house.client.post(f"{INVITATIONS}/{first['invitation']['id']}/send", json={})
    token = again.json()["token"]
    assert (await accept(house, token)).status_code == 200
    refused = [await accept(house, one) for one in (token, first["token"], "hr_ticket_x", "")]
    refused += [await ask(house, "password/reset", {"token": token, "newPassword": OTHER})]
    told = {(one.status_code, one.json()["code"], one.json()["detail"]) for one in refused}
    assert [one[:2] for one in told] == [(401, "ticket_not_good")]


async def test_invitations_are_listed_and_taken_back(house: Any) -> None:
    made = await invited(house)
    other = await invited(house, email="ben@school.edu", username="ben")
    page = (await house.client.get(f"{INVITATIONS}?limit=1")).json()
    assert [one["id"] for one in page["data"]] == [other["invitation"]["id"]]
    rest = await house.client.get(f"{INVITATIONS}?cursor={page['nextCursor']}")
    [listed] = rest.json()["data"]
    assert (listed["id"], listed["state"]) == (made["invitation"]["id"], "open")
    assert made["token"] not in rest.text
    gone = await house.client.delete(f"{INVITATIONS}/{listed['id']}")
    assert gone.status_code == 204
    assert (await accept(house, made["token"])).status_code == 401
    states = [one["state"] for one in (await house.client.get(INVITATIONS)).json()["data"]]
    assert states == ["open", "revoked"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"username": "An a"}, "username"),
        ({"firstName": " "}, "firstName"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2026-01-01T00:00:00"}, "expiresAt"),
    ],
)
async def test_what_is_wrong_is_told_of_its_field(
    house: Any, wrong: dict[str, Any], field: str
) -> None:
    answer = await house.client.post(INVITATIONS, json={**ANA, **wrong})
    assert answer.status_code == 400
    assert field in {one["field"] for one in answer.json()["errors"]}


async def test_somebody_who_is_here_already_is_a_conflict(house: Any) -> None:
    made = await invited(house)
    again = await house.client.post(INVITATIONS, json=ANA)
    assert (again.status_code, again.json()["code"]) == (409, "person_exists")
    await accept(house, made["token"])
    late = await house.client.delete(f"{INVITATIONS}/{made['invitation']['id']}")
    assert (late.status_code, late.json()["code"]) == (409, "invitation_accepted")


async def test_a_password_that_everybody_tries_is_refused_on_its_field(house: Any) -> None:
    answer = await accept(house, (await invited(house))["token"], "password1234")
    assert (answer.status_code, answer.json()["code"]) == (400, "breached_password")
    [problem] = answer.json()["errors"]
    assert (problem["field"], "choose another" in problem["message"]) == ("password", True)


@pytest.mark.parametrize("overrides", [BY_MAIL])
async def test_where_letters_go_out_no_answer_has_the_token(house: Any) -> None:
    made = await invited(house)
    assert (made["byMail"], made["token"], made["link"]) == (True, None, None)
    [token] = await work(house)
    assert (await accept(house, token)).status_code == 200


@pytest.mark.parametrize("overrides", [BY_MAIL])
async def test_who_forgot_gets_a_letter_and_all_their_sessions_end(house: Any) -> None:
    await invited(house)
    await accept(house, (await work(house))[0])
    session = (await sign_in(house)).json()
    told = [
        await ask(house, "password/forgot", {"username": name})
        for name in ("ana@school.edu", "nobody")
    ]
    assert [one.status_code for one in told] == [202, 202]
    assert told[0].content == told[1].content
    _, token = await work(house)
    body = {"token": token, "newPassword": OTHER}
    short = await ask(house, "password/reset", {**body, "newPassword": "short"})
    assert [one["field"] for one in short.json()["errors"]] == ["newPassword"]
    assert (await ask(house, "password/reset", body)).status_code == 204
    assert (await ask(house, "password/reset", body)).status_code == 401
    bearing = {**NOBODY, "Authorization": f"Bearer {session['token']}"}
    me = await house.client.get("/api/v1/auth/me", headers=bearing)
    assert me.status_code == 401
    assert (await sign_in(house)).status_code == 401
    assert (await sign_in(house, OTHER)).status_code == 200


async def test_asking_is_slowed_for_names_that_exist_and_for_those_that_do_not(house: Any) -> None:
    await invited(house)
    for name in ("ana@school.edu", "nobody"):
        told = [await ask(house, "password/forgot", {"username": name}) for _ in range(6)]
        assert [one.status_code for one in told] == [202] * 5 + [429]
        assert int(told[-1].headers["retry-after"]) >= 1


async def test_whoever_is_invited_sees_by_whom_and_says_how_they_are_called(house: Any) -> None:
    made = await invited(house)
    token = made["token"]
    for _ in range(2):
        seen = await ask(house, "invitations/verify", {"token": token})
        assert seen.status_code == 200, seen.text
        told = seen.json()
        assert (told["success"], told["email"], told["name"]) == (
            True,
            "ana@school.edu",
            "Ana Reyes",
        )
        assert (told["role"], told["roles"], told["school"]["name"]) == (
            "TEACHER",
            ["TEACHER"],
            "Home",
        )
        assert told["expiresAt"] == made["invitation"]["expiresAt"]
        assert token not in seen.text
    body = {"token": token, "password": OWN, "name": "Anna Cruz"}
    assert (await ask(house, "invitations/accept", body)).json()["fullName"] == "Anna Cruz"
    for one in (token, "hr_ticket_x", ""):
        refused = await ask(house, "invitations/verify", {"token": one})
        assert (refused.status_code, refused.json()["code"]) == (401, "ticket_not_good")


async def test_a_secret_in_an_address_is_asked_by_nobody(house: Any) -> None:
    made = await invited(house)
    for path in ("auth/invitations/verify", "admin/users/invitations/verify"):
        answer = await house.client.get(f"/api/v1/{path}?token={made['token']}")
        assert answer.status_code in {400, 404, 405}


async def test_a_name_that_cannot_be_is_told_and_costs_no_ticket(house: Any) -> None:
    token = (await invited(house))["token"]
    body = {"token": token, "password": OWN}
    for name in ("", "x" * 101, "Anna \u0000"):
        refused = await ask(house, "invitations/accept", {**body, "name": name})
        assert refused.status_code == 400, name
    assert (await ask(house, "invitations/accept", body)).status_code == 200
