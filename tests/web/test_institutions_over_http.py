"""Institutions over HTTP: taken in, looked at, changed, and what a subscription lets in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role

pytestmark = pytest.mark.anyio

AT = "/api/v1/admin/institutions"
PASSWORD = "plums on a warm roof"
TERMS = {
    "retentionDays": 30,
    "agreements": {"recording": True, "ai": False, "dataSharing": True},
    "timeZone": "Asia/Manila",
}


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"HOMEROOM_STORAGE__ADAPTER": "memory"}


async def founded(house: Any, **more: Any) -> dict[str, Any]:
    answer = await house.client.post(AT, json={"name": "Bicol College", **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


async def test_a_new_institution_has_what_nobody_said_otherwise_and_a_first_key(house: Any) -> None:
    made = await founded(house)
    new = made["institution"]
    assert new["subscription"] == {"plan": "basic", "status": "active", "until": None}
    assert new["terms"]["retentionDays"] == 2555
    assert not any(new["terms"]["agreements"].values())
    theirs = {"X-API-Key": made["secret"]}
    listed = (await house.client.get(AT, headers=theirs)).json()["data"]
    assert [one["id"] for one in listed] == [new["id"]]
    assert (await house.client.get(f"{AT}/{new['id']}", headers=theirs)).json() == new
    assert len((await house.client.get(AT)).json()["data"]) == 2
    everything = EntryFilter(
        reach=InstitutionId(UUID(new["id"])), action="people.create_institution"
    )
    entries = await house.homeroom.plant.storage.record.entries(everything, CursorRequest())
    assert len(entries.items) == 1


async def test_a_trial_that_nobody_set_an_end_to_ends_after_30_days(house: Any) -> None:
    new = (await founded(house, subscription={"status": "trial"}))["institution"]
    assert new["subscription"]["until"] > new["createdAt"]


async def test_an_administrator_changes_their_terms_and_not_what_was_subscribed_to(
    house: Any,
) -> None:
    made = await founded(house)
    theirs, one = {"X-API-Key": made["secret"]}, f"{AT}/{made['institution']['id']}"
    changed = await house.client.patch(one, json={"terms": TERMS}, headers=theirs)
    assert changed.json()["terms"] == TERMS
    for more in ({"name": "Ours"}, {"subscription": {"plan": "pro"}}):
        refused = await house.client.patch(one, json=more, headers=theirs)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    plan = {"plan": "pro", "status": "active", "until": "2999-01-01T00:00:00Z"}
    body = {"name": "Bicol University", "subscription": plan}
    both = (await house.client.patch(one, json=body)).json()
    assert (both["name"], both["subscription"], both["terms"]) == (body["name"], plan, TERMS)


async def test_what_was_changed_stands_in_the_record_and_what_was_not_does_not(house: Any) -> None:
    new = (await founded(house))["institution"]
    for _ in range(2):
        await house.client.patch(f"{AT}/{new['id']}", json={"terms": {"retentionDays": 30}})
    wanted = EntryFilter(reach=InstitutionId(UUID(new["id"])), action="people.change_institution")
    (entry,) = (await house.homeroom.plant.storage.record.entries(wanted, CursorRequest())).items
    change = entry.changes["terms.retention_days"]
    assert (change.before, change.after) == ("2555", "30")


WRONG: list[tuple[dict[str, Any], str]] = [
    *(({"terms": {"retentionDays": days}}, "retentionDays") for days in (-1, 0, 3651, 10**12)),
    *(({"terms": {"timeZone": zone}}, "timeZone") for zone in ("", "Mars/Base", "../../etc")),
    ({"name": " "}, "name"),
]


async def test_what_cannot_be_is_told_by_field(house: Any) -> None:
    new = (await founded(house))["institution"]
    for body, field in WRONG:
        refused = await house.client.patch(f"{AT}/{new['id']}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_institution"), body
        assert [one["field"] for one in refused.json()["errors"]] == [field]


async def test_a_name_that_is_taken_is_a_conflict(house: Any) -> None:
    new = (await founded(house))["institution"]
    again = await house.client.post(AT, json={"name": "Bicol College"})
    taken = await house.client.patch(f"{AT}/{new['id']}", json={"name": "Home"})
    assert [(one.status_code, one.json()["code"]) for one in (again, taken)] == [
        (409, "institution_exists")
    ] * 2


async def test_another_institution_is_not_found(house: Any) -> None:
    made = await founded(house)
    (home,) = [
        one["id"]
        for one in (await house.client.get(AT)).json()["data"]
        if one["id"] != made["institution"]["id"]
    ]
    theirs = {"X-API-Key": made["secret"]}
    for wanted in (home, new_id()):
        for method in ("GET", "PATCH"):
            answer = await house.client.request(
                method, f"{AT}/{wanted}", json={"terms": TERMS}, headers=theirs
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "institution_not_found")


class TestASubscriptionThatDoesNotCount:
    @pytest.fixture
    async def signed_in(self, house: Any) -> httpx.Response:
        (home,) = await house.homeroom.plant.storage.people.institutions()
        for name, role in (("ana", Role.TEACHER), ("root", Role.SUPER_ADMIN)):
            body = {"username": name, "firstName": "A", "lastName": "B", "password": PASSWORD}
            made = await house.client.post(
                "/api/v1/admin/users", json={**body, "roles": [role.value]}
            )
            assert made.status_code == 201, made.text
        answer = await self.login(house)
        assert answer.status_code == 200, answer.text
        now = house.homeroom.plant.ambient.clock.now()
        ended = {"subscription": {"until": (now - timedelta(seconds=1)).isoformat()}}
        await house.client.patch(f"{AT}/{home.id}", json=ended)
        return answer

    async def login(self, house: Any, name: str = "ana") -> httpx.Response:
        body = {"username": name, "password": PASSWORD}
        answer: httpx.Response = await house.client.post("/api/v1/auth/login", json=body)
        return answer

    async def test_lets_nobody_in_nor_go_on(self, house: Any, signed_in: httpx.Response) -> None:
        refused = await self.login(house)
        assert (refused.status_code, refused.json()["code"]) == (403, "subscription_inactive")
        body = {"refreshToken": signed_in.json()["refreshToken"]}
        refused = await house.client.post("/api/v1/auth/refresh", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "subscription_inactive")

    async def test_lets_them_go_on_once_it_counts_again(
        self, house: Any, signed_in: httpx.Response
    ) -> None:
        body = {"refreshToken": signed_in.json()["refreshToken"]}
        assert (await house.client.post("/api/v1/auth/refresh", json=body)).status_code == 403
        (home,) = await house.homeroom.plant.storage.people.institutions()
        await house.client.patch(f"{AT}/{home.id}", json={"subscription": {}})
        assert (await house.client.post("/api/v1/auth/refresh", json=body)).status_code == 200

    async def test_tells_nobody_who_has_not_proven_who_they_are(
        self, house: Any, signed_in: httpx.Response
    ) -> None:
        assert signed_in.status_code == 200
        body = {"username": "ana", "password": "not hers at all"}
        refused = await house.client.post("/api/v1/auth/login", json=body)
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")

    async def test_keeps_no_super_admin_out(self, house: Any, signed_in: httpx.Response) -> None:
        assert signed_in.status_code == 200
        assert (await self.login(house, "root")).status_code == 200
