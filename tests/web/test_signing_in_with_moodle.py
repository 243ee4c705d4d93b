"""Signing in over HTTP with the password of a Moodle, which stands beside the house."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeroom_testing.liars import say
from homeroom_testing.moodle import Member, Moodle, open_moodle

pytestmark = pytest.mark.anyio

PASSWORD, LOCAL = "plums on a warm roof", "a first password"
NOBODY = {"X-API-Key": ""}


@pytest.fixture
async def moodle() -> AsyncIterator[Moodle]:
    async with open_moodle() as opened:
        yield opened


@pytest.fixture
def overrides(moodle: Moodle) -> dict[str, str]:
    return {
        "HOMEROOM_MOODLE__URL": moodle.url,
        "HOMEROOM_MOODLE__INSTITUTION": "Home",
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
    }


async def sign_in(house: Any, name: str = "ana", password: str = PASSWORD) -> Any:
    body = {"username": name, "password": password}
    return await house.client.post("/api/v1/auth/login", json=body, headers=NOBODY)


async def test_a_student_of_the_moodle_signs_in_and_is_who_they_are_there(
    house: Any, moodle: Moodle
) -> None:
    moodle.enrol(Member(name="ana", password=PASSWORD, roles={2: "student"}))
    answer = await sign_in(house)
    assert answer.status_code == 200, answer.text
    headers = {**NOBODY, "Authorization": f"Bearer {answer.json()['token']}"}
    me = (await house.client.get("/api/v1/auth/me", headers=headers)).json()
    assert (me["userName"], me["email"], me["roles"]) == ("ana", "ana@school.edu", ["STUDENT"])
    again = await sign_in(house, "Ana")
    assert again.json()["user"]["id"] == me["id"]


async def test_nothing_of_the_moodle_s_token_is_told_to_anybody(
    house: Any, moodle: Moodle, caplog: pytest.LogCaptureFixture
) -> None:
    ana = moodle.enrol(Member(name="ana", password=PASSWORD, roles={2: "editingteacher"}))
    answer = await sign_in(house)
    entries = await house.client.get("/api/v1/audit-logs")
    told = answer.text + entries.text + caplog.text
    assert "people.welcome_from_moodle" in entries.text
    assert not any(secret in told for secret in (ana.token, PASSWORD))
    assert not any(secret in path for path in moodle.paths for secret in (ana.token, PASSWORD))


async def test_a_wrong_password_is_answered_as_any_other(house: Any, moodle: Moodle) -> None:
    moodle.enrol(Member(name="ana", password=PASSWORD))
    refused = [await sign_in(house, name, "wrong") for name in ("ana", "nobody")]
    assert [one.status_code for one in refused] == [401, 401]
    bodies = [{**one.json(), "traceId": ""} for one in refused]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "wrong_credentials"


@pytest.mark.parametrize("status", [500, 503])
async def test_a_moodle_that_is_away_is_not_anybody_s_mistake(
    house: Any, moodle: Moodle, status: int
) -> None:
    moodle.enrol(Member(name="ana", password=PASSWORD))
    moodle.say(then=status)
    answer = await sign_in(house)
    assert (answer.status_code, answer.json()["code"]) == (503, "lms_unavailable")
    assert "Try again" in answer.json()["detail"]


async def test_who_has_a_password_here_signs_in_also_without_the_moodle(
    house: Any, moodle: Moodle
) -> None:
    body = {"username": "ben", "firstName": "Ben", "lastName": "Cruz", "password": LOCAL}
    assert (await house.client.post("/api/v1/admin/users", json=body)).status_code == 201
    moodle.say(then=503)
    assert (await sign_in(house, "ben", LOCAL)).status_code == 200
    assert (await sign_in(house, "ben", "wrong")).status_code == 401
    assert moodle.asked == []


async def test_an_answer_that_is_no_moodle_s_is_unavailable(house: Any, moodle: Moodle) -> None:
    for body in (b"<html>", b"[]", b"{}", json.dumps({"token": 7}).encode(), b'{"token": ""}'):
        moodle.say(say(200, {"Content-Type": "application/json"}, body))
        answer = await sign_in(house, f"ana{len(body)}")
        assert (answer.status_code, answer.json()["code"]) == (503, "lms_unavailable")


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("invalidlogin", 401, "wrong_credentials"),
        ("usernamenotconfirmed", 401, "wrong_credentials"),
        ("passwordisexpired", 401, "sign_in_elsewhere_first"),
        ("sitepolicynotagreed", 401, "sign_in_elsewhere_first"),
        ("servicenotavailable", 503, "lms_unavailable"),
        ("enablewsdescription", 503, "lms_unavailable"),
        ("a word that no Moodle has", 503, "lms_unavailable"),
    ],
)
async def test_what_a_moodle_refuses_is_read_by_its_word(
    house: Any, moodle: Moodle, code: str, status: int, told: str
) -> None:
    moodle.enrol(Member(name="ana", password=PASSWORD, refused_as=code))
    answer = await sign_in(house)
    assert (answer.status_code, answer.json()["code"]) == (status, told)


async def test_who_the_moodle_says_administers_it_is_no_administrator_here(
    house: Any, moodle: Moodle
) -> None:
    moodle.enrol(Member(name="admin", password=PASSWORD, number=2, roles={2: "manager"}))
    assert (await sign_in(house, "admin")).json()["user"]["roles"] == ["STUDENT"]


@pytest.mark.parametrize(
    "withheld", ["core_user_get_users_by_field", "core_enrol_get_users_courses"]
)
async def test_a_service_that_offers_little_lets_people_in_all_the_same(
    house: Any, moodle: Moodle, withheld: str
) -> None:
    moodle.enrol(Member(name="ana", password=PASSWORD, roles={2: "teacher"}))
    moodle.withheld |= {withheld}
    user = (await sign_in(house)).json()["user"]
    expected = {
        "core_user_get_users_by_field": (None, ["TEACHER"]),
        "core_enrol_get_users_courses": ("ana@school.edu", []),
    }
    assert (user.get("email"), user["roles"]) == expected[withheld]
