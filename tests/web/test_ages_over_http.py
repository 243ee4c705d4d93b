"""Ages over HTTP: kept under seal, shown in no list, and what consents are checked by."""

from typing import Any
from uuid import UUID

import pytest

from homeroom.kernel.ids import PersonId

pytestmark = pytest.mark.anyio

USERS, BORN = "/api/v1/admin/users", "2014-05-17"
ANA = {"username": "ana", "firstName": "Ana", "lastName": "Reyes", "email": "ana@school.edu"}


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"HOMEROOM_STORAGE__ADAPTER": "memory"}


async def taken_in(house: Any, **said: Any) -> str:
    answer = await house.client.post(USERS, json={**ANA, **said})
    assert answer.status_code == 201, answer.text
    assert BORN not in answer.text
    found: str = answer.json()["id"]
    return found


async def band(house: Any, person: str, **said: Any) -> str:
    check = f"{USERS}/{person}/consents/check"
    answer = await house.client.post(check, json={"kind": "recording", **said})
    told: str = answer.json()["ageBand"]
    return told


async def test_a_birth_date_is_sealed_told_to_who_asks_and_in_no_list(house: Any) -> None:
    ana = await taken_in(house, birthDate=BORN)
    async with house.homeroom.start() as unit:
        kept = await unit.ages.of(PersonId(UUID(ana)))
    assert kept is not None
    assert BORN not in str(kept.sealed)
    shown = await house.client.get(f"{USERS}/{ana}/age")
    assert shown.json() == {"birthDate": BORN, "attestation": None}
    assert shown.headers["cache-control"] == "no-store"
    for path in (USERS, f"{USERS}/{ana}", "/api/v1/audit-logs"):
        assert BORN not in (await house.client.get(path)).text


async def test_who_is_invited_may_have_one_too(house: Any) -> None:
    body = {"email": "ben@school.edu", "firstName": "Ben", "lastName": "Cruz", "birthDate": BORN}
    invited = await house.client.post(f"{USERS}/invitations", json=body)
    assert invited.status_code == 201, invited.text
    (ben,) = (await house.client.get(USERS)).json()["data"]
    shown = await house.client.get(f"{USERS}/{ben['id']}/age")
    assert shown.json()["birthDate"] == BORN


async def test_consents_are_checked_by_what_is_known_and_then_by_what_is_said(house: Any) -> None:
    ana = await taken_in(house)
    said = {"birthDate": "1990-01-01"}
    assert (await band(house, ana), await band(house, ana, **said)) == ("child", "adult")
    attest = f"/api/v1/users/{ana}/age-attestation"
    word = await house.client.post(attest, json={"evidence": "saw her card"})
    assert (word.status_code, word.json()["evidence"]) == (201, "saw her card")
    assert await band(house, ana) == "teen"
    day = f"{USERS}/{ana}/birth-date"
    assert (await house.client.put(day, json={"birthDate": "2999-01-01"})).status_code == 400
    await house.client.put(day, json={"birthDate": "2005-01-01"})
    assert await band(house, ana, birthDate="2020-01-01") == "adult"
    refused = await house.client.post(attest, json={"evidence": "saw her card"})
    assert (refused.status_code, refused.json()["code"]) == (409, "birth_date_known")
    forgotten = (await house.client.put(day, json={"birthDate": None})).json()
    assert (forgotten["birthDate"], forgotten["attestation"]["evidence"]) == (None, "saw her card")
    assert await band(house, ana) == "teen"


async def test_who_is_under_four_is_let_in_by_nobodys_consent(house: Any) -> None:
    today = house.homeroom.plant.ambient.clock.now().date().isoformat()
    ana = await taken_in(house, birthDate=today)
    for kind in ("parental", "recording"):
        agreed = {"kind": kind, "givenBy": "Maria Reyes", "evidence": "form 7"}
        await house.client.post(f"{USERS}/{ana}/consents", json=agreed)
    check = f"{USERS}/{ana}/consents/check"
    answer = (await house.client.post(check, json={"kind": "recording"})).json()
    assert answer == {"allowed": False, "ageBand": "too_young", "missing": []}


async def test_it_is_taken_out_with_the_rest_and_erased_with_it(house: Any) -> None:
    ana = await taken_in(house, birthDate=BORN)
    told = (await house.client.get(f"{USERS}/{ana}/export")).json()["contexts"]["ages"]
    assert told[0]["rows"][0]["birthDate"] == BORN
    erased = (await house.client.delete(f"{USERS}/{ana}/personal-data")).json()
    assert erased["takenAway"]["ages.ages"] == 1
    left = (await house.client.get(f"{USERS}/{ana}/age")).json()
    assert left == {"birthDate": None, "attestation": None}
    answer = await house.client.put(f"{USERS}/{ana}/birth-date", json={"birthDate": BORN})
    assert (answer.status_code, answer.json()["code"]) == (409, "person_erased")
    attested = await house.client.post(
        f"/api/v1/users/{ana}/age-attestation", json={"evidence": "saw her card"}
    )
    assert (attested.status_code, attested.json()["code"]) == (409, "person_erased")


async def test_what_was_done_is_on_record_without_the_day(house: Any) -> None:
    ana = await taken_in(house)
    await house.client.put(f"{USERS}/{ana}/birth-date", json={"birthDate": BORN})
    params = {"resourceId": ana, "action": "people.change_person"}
    (entry,) = (await house.client.get("/api/v1/audit-logs", params=params)).json()["data"]
    assert entry["changes"] == {"birth_date": {"before": None, "after": "•••"}}
