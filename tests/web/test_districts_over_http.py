"""Districts over HTTP: made, found, changed, closed, and institutions put under them."""

from typing import Any

import pytest

from homeroom.kernel.ids import new_id

pytestmark = pytest.mark.anyio

AT = "/api/v1/admin/districts"
WHOLE = {
    "name": "Camarines Sur",
    "state": "Bicol",
    "region": "V",
    "superintendentName": "Maria Santos",
    "contactEmail": "office@district.edu",
    "contactPhone": "+63 555 0100",
    "website": "https://district.edu",
    "subscriptionTier": "pro",
}


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"HOMEROOM_STORAGE__ADAPTER": "memory"}


async def made(house: Any, **said: Any) -> dict[str, Any]:
    answer = await house.client.post(AT, json={**WHOLE, **said})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_district_has_all_that_the_seed_gave_one(house: Any) -> None:
    district = await made(house)
    assert {name: district[name] for name in WHOLE} == WHOLE
    assert district["isActive"]
    shown = (await house.client.get(f"{AT}/{district['id']}")).json()
    assert shown == {"district": district, "institutions": []}


async def test_districts_are_found_by_words_page_by_page(house: Any) -> None:
    names = ["One", "Two", "Three"]
    for name in names:
        await made(house, name=name)
    page = (await house.client.get(AT, params={"search": "bICOL", "page": 2, "limit": 2})).json()
    assert [one["name"] for one in page["data"]] == ["One"]
    assert page["meta"] == {"total": 3, "page": 2, "limit": 2, "totalPages": 2}
    none = (await house.client.get(AT, params={"isActive": "false"})).json()
    assert none["data"] == []


async def test_what_is_left_out_of_a_change_stays(house: Any) -> None:
    district = await made(house)
    one = f"{AT}/{district['id']}"
    changed = (await house.client.patch(one, json={"region": "VI", "website": ""})).json()
    assert changed == {**district, "region": "VI", "website": ""}
    closed = (await house.client.patch(one, json={"isActive": False})).json()
    assert closed == {**changed, "isActive": False}


async def test_an_institution_stands_under_one_district_or_none(house: Any) -> None:
    district = await made(house)
    (home,) = (await house.client.get("/api/v1/admin/institutions")).json()["data"]
    place = f"/api/v1/admin/institutions/{home['id']}/district"
    placed = (await house.client.put(place, json={"districtId": district["id"]})).json()
    assert placed["districtId"] == district["id"]
    under = (await house.client.get(f"{AT}/{district['id']}")).json()["institutions"]
    assert under == [home]
    left = (await house.client.put(place, json={"districtId": None})).json()
    assert left["districtId"] is None


async def test_what_cannot_be_is_told_by_its_code(house: Any) -> None:
    district = await made(house)
    (home,) = (await house.client.get("/api/v1/admin/institutions")).json()["data"]
    place = f"/api/v1/admin/institutions/{home['id']}/district"
    one, never = f"{AT}/{district['id']}", str(new_id())
    await house.client.patch(one, json={"isActive": False})
    for method, path, body, status, code in (
        ("POST", AT, WHOLE, 409, "district_exists"),
        ("POST", AT, {"name": "X", "website": "district.edu"}, 400, "bad_district"),
        ("PATCH", one, {"name": " "}, 400, "bad_district"),
        ("GET", f"{AT}/{never}", None, 404, "district_not_found"),
        ("PUT", place, {"districtId": never}, 404, "district_not_found"),
        ("PUT", place, {"districtId": district["id"]}, 409, "district_closed"),
    ):
        answer = await house.client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_they_are_no_business_of_an_administrators(house: Any) -> None:
    founded = await house.client.post("/api/v1/admin/institutions", json={"name": "Bicol College"})
    theirs = {"X-API-Key": founded.json()["secret"]}
    for method in ("GET", "POST"):
        answer = await house.client.request(method, AT, headers=theirs, json=WHOLE)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
