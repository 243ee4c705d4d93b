"""Where people belong, over HTTP: found out from the roster, assigned, and looked for by."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.personal_data import DataSubject
from homeroom.people.model.identities import Account
from homeroom.roster.model.enrolments import Enrolment, EnrolmentRole, EnrolmentSource

pytestmark = pytest.mark.anyio

USERS, NODES = "/api/v1/admin/users", "/api/v1/roster/nodes"
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


async def taken_in(house: Any, name: str, *roles: str) -> str:
    body = {"username": name, "firstName": "Ana", "lastName": "Reyes", "roles": list(roles)}
    body["password"] = "a first password"
    return str(told(await house.client.post(USERS, json=body), 201)["id"])


async def enrolled(house: Any, person: str, node: str) -> None:
    homeroom = house.homeroom
    async with homeroom.start() as unit:
        found = await unit.persons.get(PersonId(UUID(person)), reach=None)
        place = await unit.nodes.get(NodeId(UUID(node)), reach=None)
        subject = DataSubject(
            person_id=found.id, institution_id=found.institution_id, roles=found.held
        )
        now, auto = homeroom.plant.ambient.clock.now(), EnrolmentSource.AUTO
        seat = Enrolment.begin(subject, place, EnrolmentRole.STUDENT, source=auto, at=now)
        await unit.enrolments.save(seat)
        await unit.identities.save(Account.link(found, "moodle", "4711@moodle.example", at=now))
        await unit.commit()


class School:
    """MAIN: CCS with BSIT and its course IT1, and CBA."""

    def __init__(self, house: Any) -> None:
        self.house = house

    async def found(self) -> "School":
        self.campus = await a_node(self.house, "CAMPUS", "MAIN")
        self.ccs = await a_node(self.house, "DEPARTMENT", "CCS", self.campus)
        self.cba = await a_node(self.house, "DEPARTMENT", "CBA", self.campus)
        self.bsit = await a_node(self.house, "PROGRAM", "BSIT", self.ccs)
        self.course = await a_node(self.house, "COURSE", "IT1", self.bsit)
        return self

    async def assign(self, person: str, **said: str | None) -> httpx.Response:
        answer: httpx.Response = await self.house.client.patch(
            f"{USERS}/{person}/scope-assignment", json=said
        )
        return answer

    async def shown(self, person: str) -> dict[str, Any]:
        return told(await self.house.client.get(f"{USERS}/{person}"))

    async def listed(self, **by: str) -> list[str]:
        found = told(await self.house.client.get(USERS, params=by))["data"]
        return [one["userName"] for one in found]


@pytest.fixture
async def school(house: Any) -> School:
    return await School(house).found()


def spots(shown: dict[str, Any]) -> list[str | None]:
    return [shown[one] and shown[one]["code"] for one in ("campus", "department", "program")]


async def test_whoever_attends_a_course_belongs_where_it_is(house: Any, school: School) -> None:
    ben = await taken_in(house, "ben", "STUDENT")
    nowhere = await school.shown(ben)
    assert (spots(nowhere), nowhere["moodleUserId"]) == ([None, None, None], None)
    await enrolled(house, ben, school.course)
    shown = await school.shown(ben)
    assert (spots(shown), shown["moodleUserId"]) == (["MAIN", "CCS", "BSIT"], 4711)
    assert shown["department"] == {"id": school.ccs, "name": "The CCS", "code": "CCS"}
    assert (shown["departmentSource"], shown["programSource"]) == ("auto", "auto")
    login = {"username": "ben", "password": "a first password"}
    answer = await house.client.post("/api/v1/auth/login", json=login, headers=NOBODY)
    bearing = {**NOBODY, "Authorization": f"Bearer {told(answer)['token']}"}
    me = told(await house.client.get("/api/v1/auth/me", headers=bearing))
    assert (spots(me), me["moodleUserId"]) == (["MAIN", "CCS", "BSIT"], 4711)
    assert (me["picture"], me["userProfilePicture"]) == (None, None)


async def test_a_teacher_is_assigned_and_then_found_out_again(house: Any, school: School) -> None:
    ana = await taken_in(house, "ana", "TEACHER")
    shown = told(await school.assign(ana, departmentId=school.cba))
    assert (spots(shown), shown["departmentSource"]) == (["MAIN", "CBA", None], "manual")
    assert shown["campusSource"] == "auto"
    shown = told(await school.assign(ana, departmentId=school.ccs, programId=school.bsit))
    assert (spots(shown), shown["programSource"]) == (["MAIN", "CCS", "BSIT"], "manual")
    posts = told(await house.client.get(f"{USERS}/{ana}/posts"))["data"]
    assert {(one["code"], one["role"]) for one in posts} == {
        ("CCS", "TEACHER"),
        ("BSIT", "TEACHER"),
    }
    shown = told(await school.assign(ana, departmentId=None))
    assert (spots(shown), shown["departmentSource"]) == (["MAIN", "CCS", "BSIT"], "auto")
    shown = told(await school.assign(ana, programId=None))
    assert (spots(shown), shown["programSource"]) == ([None, None, None], "auto")
    log = "/api/v1/audit-logs?action=people.give_post"
    entries = told(await house.client.get(log))["data"]
    assert [one["resourceId"] for one in entries] == [ana] * 4


async def test_what_does_not_fit_is_refused_and_nothing_is_changed(
    house: Any, school: School
) -> None:
    ana, ben = await taken_in(house, "ana", "TEACHER"), await taken_in(house, "ben", "STUDENT")
    for person, said, field in (
        (ana, {"departmentId": school.bsit}, "departmentId"),
        (ana, {"departmentId": school.ccs, "programId": school.cba}, "programId"),
        (ben, {"departmentId": school.ccs}, "departmentId"),
    ):
        refused = told(await school.assign(person, **said), 400)
        assert refused["code"] == "post_refused"
        assert [one["field"] for one in refused["errors"]] == [field]
    assert told(await school.assign(ana, departmentId=ana), 404)["code"] == "place_not_found"
    assert told(await school.assign(ana), 400)["code"] == "invalid"
    assert (await school.shown(ana))["department"] is None


async def test_people_are_found_by_where_they_are(house: Any, school: School) -> None:
    ana, ben = await taken_in(house, "ana", "TEACHER"), await taken_in(house, "ben", "STUDENT")
    await taken_in(house, "cid", "TEACHER")
    await school.assign(ana, departmentId=school.cba)
    await enrolled(house, ben, school.course)
    assert await school.listed(campusId=school.campus) == ["ben", "ana"]
    assert await school.listed(departmentId=school.ccs) == ["ben"]
    assert await school.listed(departmentId=school.cba) == ["ana"]
    assert await school.listed(programId=school.bsit, campusId=school.campus) == ["ben"]
    assert await school.listed(departmentId=school.cba, programId=school.bsit) == []
    assert await school.listed(campusId=school.campus, role="FACULTY") == ["ana"]
    [row] = told(await house.client.get(USERS, params={"departmentId": school.ccs}))["data"]
    assert (spots(row), row["moodleUserId"]) == (["MAIN", "CCS", "BSIT"], 4711)


async def test_faculty_is_another_word_for_a_teacher(house: Any) -> None:
    ana = await taken_in(house, "ana", "FACULTY")
    shown = told(await house.client.get(f"{USERS}/{ana}"))
    assert shown["roles"] == ["TEACHER"]
    changed = await house.client.patch(f"{USERS}/{ana}", json={"roles": ["FACULTY", "DEAN"]})
    assert told(changed)["roles"] == ["DEAN", "TEACHER"]
    wrong = await house.client.patch(f"{USERS}/{ana}", json={"roles": ["faculty"]})
    assert told(wrong, 400)["errors"][0]["field"] == "roles[0]"


async def test_somebody_is_called_otherwise(house: Any) -> None:
    ana, other = await taken_in(house, "ana"), await taken_in(house, "ben")
    said = {"username": "Anna", "lastName": "Cruz", "email": "anna@school.edu"}
    changed = told(await house.client.patch(f"{USERS}/{ana}", json=said))
    assert (changed["userName"], changed["fullName"]) == ("anna", "Ana Cruz")
    assert changed["email"] == "anna@school.edu"
    for name in ("anna", "ANNA@school.edu"):
        login = {"username": name, "password": "a first password"}
        answer = await house.client.post("/api/v1/auth/login", json=login, headers=NOBODY)
        assert answer.status_code == 200
    taken = await house.client.patch(f"{USERS}/{other}", json={"email": "anna@school.edu"})
    assert told(taken, 409)["code"] == "person_exists"
    wrong = await house.client.patch(f"{USERS}/{ana}", json={"firstName": "\u200b", "email": "x"})
    assert {one["field"] for one in told(wrong, 400)["errors"]} == {"firstName", "email"}
    gone = told(await house.client.patch(f"{USERS}/{ana}", json={"email": None}))
    assert gone["email"] is None
    log = "/api/v1/audit-logs?action=people.change_person"
    last, first = told(await house.client.get(log))["data"]
    assert last["changes"] == {"identity.email": {"before": "•••", "after": None}}
    assert first["changes"].keys() == {
        *("identity.user_name", "identity.last_name", "identity.email")
    }
    assert "anna" not in str(first["changes"]).lower()
