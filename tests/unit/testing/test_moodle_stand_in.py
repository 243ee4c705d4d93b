"""The Moodle on loopback answers in the shape of the real one, and to its own people alone."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from homeroom_testing.liars import say
from homeroom_testing.moodle import SERVICE, Member, Moodle, open_moodle, recorded

pytestmark = pytest.mark.anyio
PASSWORD = "plums on a warm roof"


@pytest.fixture
async def moodle() -> AsyncIterator[Moodle]:
    async with open_moodle() as opened:
        opened.enrol(Member(name="ana", password=PASSWORD, roles={2: "student", 5: "teacher"}))
        opened.enrol(Member(name="ben", password=PASSWORD, email="ben@school.edu"))
        yield opened


async def asked(moodle: Moodle, path: str, **form: str) -> Any:
    async with httpx.AsyncClient(base_url=moodle.url) as client:
        answer = await client.post(path, data=form)
    assert answer.status_code == 200
    return answer.json()


async def let_in(moodle: Moodle, name: str = "ana", password: str = PASSWORD) -> Any:
    form = {"username": name, "password": password, "service": SERVICE}
    return await asked(moodle, "/login/token.php", **form)


async def served(moodle: Moodle, token: str, function: str, **more: str) -> Any:
    form = {"wstoken": token, "wsfunction": function, "moodlewsrestformat": "json", **more}
    return await asked(moodle, "/webservice/rest/server.php", **form)


async def test_it_refuses_in_the_words_of_the_real_one(moodle: Moodle) -> None:
    assert await let_in(moodle, password="wrong") == recorded("login_refused")
    assert await let_in(moodle, "nobody") == recorded("login_refused")
    assert await served(moodle, "wrong", "core_webservice_get_site_info") == recorded(
        "invalidtoken"
    )
    token = (await let_in(moodle))["token"]
    assert await served(moodle, token, "no_such_function") == recorded("unknown_function")


async def test_names_are_written_small_as_the_real_one_does(moodle: Moodle) -> None:
    assert (await let_in(moodle, " Ana "))["token"] == (await let_in(moodle))["token"]


async def test_its_answers_have_every_field_of_the_real_ones(moodle: Moodle) -> None:
    token = (await let_in(moodle))["token"]
    info = await served(moodle, token, "core_webservice_get_site_info")
    assert (info.keys(), info["username"]) == (recorded("site_info").keys(), "ana")
    own = {"field": "id", "values[0]": str(info["userid"])}
    [user] = await served(moodle, token, "core_user_get_users_by_field", **own)
    assert (user.keys(), user["email"]) == (recorded("user").keys(), "ana@school.edu")
    courses = await served(
        moodle, token, "core_enrol_get_users_courses", userid=str(info["userid"])
    )
    assert [one["id"] for one in courses] == [2, 5]
    assert all(one.keys() == recorded("course").keys() for one in courses)
    both = {"userlist[0][userid]": str(info["userid"]), "userlist[0][courseid]": "5"}
    [member] = await served(moodle, token, "core_user_get_course_user_profiles", **both)
    assert member.keys() == recorded("member").keys()
    assert [role["shortname"] for role in member["roles"]] == ["teacher"]


async def test_nobody_is_told_of_others(moodle: Moodle) -> None:
    ana, ben = [(await let_in(moodle, name))["token"] for name in ("ana", "ben")]
    number = str((await served(moodle, ana, "core_webservice_get_site_info"))["userid"])
    asking = {
        "core_user_get_users_by_field": {"field": "id", "values[0]": number},
        "core_enrol_get_users_courses": {"userid": number},
        "core_user_get_course_user_profiles": {
            "userlist[0][userid]": number,
            "userlist[0][courseid]": "2",
        },
    }
    for function, form in asking.items():
        assert await served(moodle, ana, function, **form)
        assert await served(moodle, ben, function, **form) == []


async def test_it_says_what_it_is_told_to_and_then_goes_on(moodle: Moodle) -> None:
    moodle.say(say(200, {}, b"null"))
    assert await let_in(moodle) is None
    assert "token" in await let_in(moodle)


async def test_what_is_switched_off_or_withheld_is_refused(moodle: Moodle) -> None:
    token = (await let_in(moodle))["token"]
    moodle.withheld.add("core_webservice_get_site_info")
    refused = await served(moodle, token, "core_webservice_get_site_info")
    assert refused["errorcode"] == "accessexception"
    moodle.rest = False
    for answer in (await let_in(moodle), await served(moodle, token, "any")):
        assert answer["errorcode"] == "enablewsdescription"


async def test_nothing_recorded_is_anybody_s_secret() -> None:
    kept = json.dumps([recorded(name) for name in ("site_info", "user", "member", "course")])
    assert "token" not in kept
    assert recorded("site_info")["userprivateaccesskey"] == "0" * 32
