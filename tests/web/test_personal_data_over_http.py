"""What is held about somebody, over HTTP: taken out, erased, and what they agreed to."""

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

USERS = "/api/v1/admin/users"
ANA = {"username": "ana", "firstName": "Ana", "lastName": "Reyes", "email": "ana@school.edu"}
PASSWORD = {"password": "a first password"}
AGREED = {"kind": "recording", "givenBy": "Maria Reyes", "evidence": "form 7, the green box"}
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def ana(house: Any) -> str:
    answer = await house.client.post(USERS, json={**ANA, **PASSWORD})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def sign_in(house: Any) -> Any:
    who = {"username": "ana", **PASSWORD}
    return await house.client.post("/api/v1/auth/login", json=who, headers={"X-API-Key": ""})


async def test_everything_is_taken_out_and_nobody_on_its_way_keeps_it(house: Any, ana: str) -> None:
    await sign_in(house)
    answer = await house.client.get(f"{USERS}/{ana}/export")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    people = {one["name"]: one["rows"] for one in told["contexts"]["people"]}
    assert people["person"][0]["lastName"] == "Reyes"
    assert len(people["sessions"]) == 1
    assert "hashed" not in people["password"][0]
    entries = {one["name"]: one["rows"] for one in told["contexts"]["compliance"]}
    assert [one["action"] for one in entries["entriesByThem"]] == ["people.sign_in"]


async def test_everybody_takes_out_their_own(house: Any, ana: str) -> None:
    token = (await sign_in(house)).json()["token"]
    hers = {"X-API-Key": "", "Authorization": f"Bearer {token}"}
    told = (await house.client.get("/api/v1/auth/me/export", headers=hers)).json()
    assert told["personId"] == ana
    refused = await house.client.get(f"{USERS}/{ana}/export", headers=hers)
    assert refused.status_code == 403


async def test_who_was_erased_is_signed_out_at_once_and_their_name_is_free(
    house: Any, ana: str
) -> None:
    token = (await sign_in(house)).json()["token"]
    hers = {"X-API-Key": "", "Authorization": f"Bearer {token}"}
    assert (await house.client.get("/api/v1/auth/me", headers=hers)).status_code == 200
    erased = await house.client.delete(f"{USERS}/{ana}/personal-data")
    assert erased.json()["takenAway"]["people.sessions"] == 1
    assert (await house.client.get("/api/v1/auth/me", headers=hers)).status_code == 401
    assert (await sign_in(house)).status_code == 401
    again = await house.client.delete(f"{USERS}/{ana}/personal-data")
    assert (again.status_code, again.json()["code"]) == (409, "person_erased")
    text = (await house.client.get(f"{USERS}/{ana}")).text
    assert not [value for value in ANA.values() if value in text]
    assert (await house.client.post(USERS, json=ANA)).status_code == 201


async def test_an_erased_person_gets_no_password(house: Any, ana: str) -> None:
    await house.client.delete(f"{USERS}/{ana}/personal-data")
    answer = await house.client.put(f"{USERS}/{ana}/password", json=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (409, "person_erased")


async def test_somebody_withdraws_what_they_agreed_to_and_not_what_a_parent_did(
    house: Any, ana: str
) -> None:
    given = (await house.client.post(f"{USERS}/{ana}/consents", json=AGREED)).json()
    parental = {**AGREED, "kind": "parental"}
    parents = (await house.client.post(f"{USERS}/{ana}/consents", json=parental)).json()
    token = (await sign_in(house)).json()["token"]
    hers, mine = {"X-API-Key": "", "Authorization": f"Bearer {token}"}, "/api/v1/me/consents"
    listed = (await house.client.get(mine, headers=hers)).json()["data"]
    assert [one["id"] for one in listed] == [parents["id"], given["id"]]
    path = f"{mine}/{given['id']}/withdraw"
    assert (await house.client.post(path, headers=hers)).json()["counts"] is False
    again = await house.client.post(path, headers=hers)
    assert (again.status_code, again.json()["code"]) == (409, "consent_already_withdrawn")
    refused = await house.client.post(f"{mine}/{parents['id']}/withdraw", headers=hers)
    assert (refused.status_code, refused.json()["code"]) == (403, "parental_consent")
    assert "A parent agreed" in refused.json()["detail"]
    record = await house.client.get("/api/v1/audit-logs", params={"resourceId": given["id"]})
    assert [one["action"] for one in record.json()["data"]] == [
        "compliance.withdraw_own_consent",
        "compliance.give_consent",
    ]


async def test_nobody_withdraws_what_others_agreed_to(house: Any, ana: str) -> None:
    other = (await house.client.post(USERS, json={**ANA, "username": "b", "email": None})).json()
    path = f"{USERS}/{other['id']}/consents"
    given = (await house.client.post(path, json=AGREED)).json()
    token = (await sign_in(house)).json()["token"]
    hers = {"X-API-Key": "", "Authorization": f"Bearer {token}"}
    answer = await house.client.post(f"/api/v1/me/consents/{given['id']}/withdraw", headers=hers)
    assert (answer.status_code, answer.json()["code"]) == (404, "consent_not_found")
    listed = (await house.client.get(path)).json()["data"]
    assert [one["counts"] for one in listed] == [True]


async def test_a_consent_counts_until_it_is_withdrawn(house: Any, ana: str) -> None:
    given = await house.client.post(f"{USERS}/{ana}/consents", json=AGREED)
    assert given.status_code == 201
    consent = given.json()
    assert (consent["counts"], consent["givenBy"]) == (True, "Maria Reyes")
    path = f"/api/v1/admin/consents/{consent['id']}/withdraw"
    withdrawn = (await house.client.post(path)).json()
    assert withdrawn["counts"] is False
    assert (await house.client.get(f"{USERS}/{ana}/consents")).json()["data"] == [withdrawn]
    twice = await house.client.post(path)
    assert (twice.status_code, twice.json()["code"]) == (409, "consent_already_withdrawn")


async def test_the_record_tells_of_a_consent_but_not_who_gave_it(house: Any, ana: str) -> None:
    await house.client.post(f"{USERS}/{ana}/consents", json=AGREED)
    text = (await house.client.get("/api/v1/audit-logs?action=compliance.give_consent")).text
    assert ana in text
    assert "Maria" not in text
    assert "green box" not in text


async def test_an_erasure_takes_the_evidence_and_leaves_the_consent(house: Any, ana: str) -> None:
    await house.client.post(f"{USERS}/{ana}/consents", json=AGREED)
    await house.client.delete(f"{USERS}/{ana}/personal-data")
    (left,) = (await house.client.get(f"{USERS}/{ana}/consents")).json()["data"]
    assert (left["kind"], left["givenBy"], left["evidence"]) == ("recording", "", "")
    assert left["counts"] is False


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"givenBy": " "}, "givenBy"),
        ({"evidence": "\u0000"}, "evidence"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
    ],
)
async def test_a_consent_that_proves_nothing_is_refused(
    house: Any, ana: str, said: dict[str, str], field: str
) -> None:
    answer = await house.client.post(f"{USERS}/{ana}/consents", json={**AGREED, **said})
    assert answer.status_code == 400, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_nobody_agrees_to_nothing(house: Any) -> None:
    for path in (f"{USERS}/{NOBODY}/consents", f"{USERS}/{NOBODY}/export"):
        assert (await house.client.get(path)).json()["code"] == "person_not_found"
    path = f"/api/v1/admin/consents/{NOBODY}/withdraw"
    assert (await house.client.post(path)).json()["code"] == "consent_not_found"


@pytest.mark.parametrize(
    ("born", "band", "missing"),
    [
        (None, "child", ["parental", "recording"]),
        ("1990-05-17", "adult", ["recording"]),
        ("2999-01-01", "too_young", ["parental", "recording"]),
    ],
)
async def test_what_is_missing_is_told_by_age(
    house: Any, ana: str, born: str | None, band: str, missing: list[str]
) -> None:
    path = f"{USERS}/{ana}/consents/check"
    asked = {"kind": "recording", "birthDate": born}
    told = (await house.client.post(path, json=asked)).json()
    assert told == {"allowed": False, "ageBand": band, "missing": missing}
    for kind in missing:
        await house.client.post(f"{USERS}/{ana}/consents", json={**AGREED, "kind": kind})
    told = (await house.client.post(path, json=asked)).json()
    assert told == {"allowed": band != "too_young", "ageBand": band, "missing": []}


class TestTeens:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_COMPLIANCE__TEENS_NEED_CONSENT": "false"}

    async def test_the_house_decides_about_teens(self, house: Any, ana: str) -> None:
        now = house.homeroom.plant.ambient.clock.now()
        born = f"{now.year - 15}-01-01"
        asked = {"kind": "ai", "birthDate": born}
        told = (await house.client.post(f"{USERS}/{ana}/consents/check", json=asked)).json()
        assert (told["ageBand"], told["missing"]) == ("teen", ["ai"])
