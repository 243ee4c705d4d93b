"""Who looked at whom is in the record too; and the record is taken out, as lines or as a table."""

import asyncio
import csv
import json
from typing import Any

import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution

pytestmark = pytest.mark.anyio

ANA = {"username": "ana", "firstName": "Ana", "lastName": "Reyes", "email": "ana@school.edu"}
EXPORT = "/api/v1/audit-logs/export"


async def take_in(house: Any, **more: Any) -> dict[str, Any]:
    answer = await house.client.post("/api/v1/admin/users", json={**ANA, **more})
    found: dict[str, Any] = answer.json()
    return found


async def noted(house: Any, action: str, *, times: int) -> list[Entry]:
    """The entries of *action*, newest first, once there are so many."""
    wanted = EntryFilter(reach=None, action=action)
    async with asyncio.timeout(5):
        while True:
            page = await house.homeroom.plant.storage.record.entries(
                wanted, CursorRequest(limit=200)
            )
            if len(page.items) >= times:
                return list(page.items)
            await asyncio.sleep(0.01)


async def note(house: Any, *actions: str, **more: Any) -> None:
    [first] = await house.homeroom.plant.storage.people.institutions()
    at = SystemClock().now()
    async with house.homeroom.start() as unit:
        for action in actions:
            entry = Entry(at=at, institution_id=first.id, action=action, resource="x", **more)
            await unit.audit.note(entry)
        await unit.commit()


PERSON, NODE = "/api/v1/admin/users/{person}", "/api/v1/roster/nodes/{node}"
DISTRICTS = "/api/v1/admin/districts"
LOOKS = (
    (f"{PERSON}/consents", "compliance.see_consents", "person"),
    (f"{PERSON}/age", "people.see_age", "person"),
    (f"{PERSON}/posts", "people.see_person", "person"),
    (f"{PERSON}/tier", "exams.see_tier", "person"),
    (f"{NODE}/posts", "people.see_posts", "node"),
    ("/api/v1/admin/users/invitations", "people.see_invitations", None),
    (DISTRICTS, "people.find_districts", None),
    (f"{DISTRICTS}/{{district}}", "people.see_district", "district"),
    ("/api/v1/roster/enrolments", "roster.see_enrolments", None),
    ("/api/v1/roster/enrolments?personId={person}", "roster.see_enrolments", "person"),
    ("/api/v1/roster/enrolments?nodeId={node}", "roster.see_enrolments", "node"),
    ("/api/v1/disputes", "exams.see_disputes", None),
)
"""What is looked at, the action that it is noted as, and whose id stands in the entry."""


async def ground(house: Any) -> dict[str, str]:
    """The ids of somebody, of a place and of a district."""
    campus = {"kind": "CAMPUS", "code": "main", "name": "Main campus"}
    place = await house.client.post("/api/v1/roster/nodes", json=campus)
    district = await house.client.post(DISTRICTS, json={"name": "Bicol"})
    return {
        "person": (await take_in(house))["id"],
        "node": place.json()["node"]["id"],
        "district": district.json()["id"],
    }


async def lines(house: Any, query: str = "") -> list[dict[str, Any]]:
    answer = await house.client.get(f"{EXPORT}{query}")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


class TestLooks:
    async def test_whoever_looks_at_somebody_leaves_an_entry(self, house: Any) -> None:
        ana = await take_in(house)
        answer = await house.client.get(f"/api/v1/admin/users/{ana['id']}")
        assert answer.status_code == 200
        [entry] = await noted(house, "people.see_person", times=1)
        assert (entry.resource, str(entry.resource_id)) == ("person", ana["id"])
        assert entry.api_key_id is not None
        assert entry.trace_id == answer.headers["X-Trace-Id"]

    @pytest.mark.parametrize(("path", "action", "about"), LOOKS)
    async def test_each_look_leaves_one_entry_and_no_other(
        self, house: Any, path: str, action: str, about: str | None
    ) -> None:
        made = await ground(house)
        answer = await house.client.get(path.format(**made))
        assert answer.status_code == 200, answer.text
        [entry] = await noted(house, action, times=1)
        assert str(entry.resource_id) == (made[about] if about else "None")
        assert entry.api_key_id is not None
        assert entry.trace_id == answer.headers["X-Trace-Id"]
        assert sum(way.tally.taken for way in house.homeroom.plant.handovers) == 1

    async def test_whoever_searches_leaves_one_that_tells_nobodys_name(self, house: Any) -> None:
        await take_in(house, roles=["TEACHER"])
        await house.client.get("/api/v1/admin/users?search=Reyes&role=TEACHER")
        [entry] = await noted(house, "people.find_persons", times=1)
        told = {name: one.after for name, one in entry.changes.items()}
        assert told == {"text": "•••", "role": "TEACHER", "found": "1"}
        record = (await house.client.get("/api/v1/audit-logs")).text
        assert "Reyes" not in record

    async def test_whoever_finds_nobody_looked_at_nobody(self, house: Any) -> None:
        missing = "/api/v1/admin/users/00000000-0000-7000-8000-000000000000"
        assert (await house.client.get(missing)).status_code == 404
        ana = await take_in(house)
        await house.client.get(f"/api/v1/admin/users/{ana['id']}")
        assert len(await noted(house, "people.see_person", times=1)) == 1

    async def test_looking_waits_for_nobody_who_writes(self, house: Any) -> None:
        ana = await take_in(house)
        async with house.homeroom.start() as unit:  # holds the one place where SQLite writes
            key = Entry(
                at=SystemClock().now(),
                institution_id=(await house.homeroom.plant.storage.people.institutions())[0].id,
                action="x.y",
                resource="z",
            )
            await unit.audit.note(key)
            async with asyncio.timeout(1):
                answer = await house.client.get(f"/api/v1/admin/users/{ana['id']}")
        assert answer.status_code == 200
        assert len(await noted(house, "people.see_person", times=1)) == 1

    async def test_whoever_proves_anothers_record_leaves_an_entry_in_it(self, house: Any) -> None:
        other = Institution.found("Elsewhere", at=SystemClock().now())
        async with house.homeroom.start() as unit:
            await unit.institutions.add(other)
            await unit.commit()
        theirs = {"institutionId": str(other.id)}
        answer = await house.client.post("/api/v1/audit-logs/verify", params=theirs)
        assert (answer.json()["whole"], answer.json()["sealed"]) == (True, 0)
        [entry] = await noted(house, "compliance.verify_record", times=1)
        assert (entry.institution_id, entry.api_key_id is not None) == (other.id, True)


class TestExport:
    async def test_lines_are_the_entries_of_the_list(self, house: Any) -> None:
        for name in ("one", "two", "three"):
            await take_in(house, username=name, email=None)
        answer = await house.client.get(f"{EXPORT}?action=people.take_in")
        assert answer.headers["content-type"] == "application/jsonl"
        assert answer.headers["content-disposition"] == 'attachment; filename="audit-logs.jsonl"'
        listed = (await house.client.get("/api/v1/audit-logs?action=people.take_in")).json()
        assert [json.loads(line) for line in answer.text.splitlines()] == listed["data"]

    async def test_the_same_filters_hold_and_signs_mean_themselves(self, house: Any) -> None:
        await note(house, "a.100%_sure", "a.plain", "a.100_and")
        for query, actions in (
            ("?search=%25", ["a.100%_sure"]),
            ("?search=0_", ["a.100_and"]),
            ("?resourceType=x&action=a.plain", ["a.plain"]),
            ("?dateTo=2001-01-01", []),
        ):
            assert [one["action"] for one in await lines(house, query)] == actions, query

    async def test_it_goes_over_many_pages(self, house: Any) -> None:
        await note(house, *(f"a.b{n}" for n in range(450)))
        found = await lines(house, "?resourceType=x")
        assert [one["action"] for one in found] == [f"a.b{n}" for n in reversed(range(450))]

    async def test_a_table_gives_no_orders_to_a_spreadsheet(self, house: Any) -> None:
        orders = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", 'a,"b"']
        for order in orders:
            await note(house, "a.b", trace_id=order)
        answer = await house.client.get(f"{EXPORT}?format=csv&action=a.b")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(answer.text.splitlines(keepends=True)))
        told = [one["traceId"] for one in rows[::-1]]
        assert told == [*(f"'{order}" for order in orders[:-1]), orders[-1]]
        assert {one["changes"] for one in rows} == {"{}"}

    async def test_who_took_it_stands_in_it(self, house: Any) -> None:
        await lines(house, "?action=a.b&search=Reyes")
        [entry] = await noted(house, "compliance.export_record", times=1)
        told = {name: one.after for name, one in entry.changes.items()}
        assert told == {"action": "a.b", "words": "•••"}

    @pytest.mark.parametrize("query", ["?format=xlsx", "?dateFrom=yesterday", "?limit=3"])
    async def test_what_cannot_be_is_refused_before_anything_leaves(
        self, house: Any, query: str
    ) -> None:
        answer = await house.client.get(f"{EXPORT}{query}")
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/problem+json")

    async def test_whoever_may_not_is_refused_before_anything_leaves(self, house: Any) -> None:
        teacher = {"name": "kiosk", "roles": ["TEACHER"]}
        made = (await house.client.post("/api/v1/keys", json=teacher)).json()
        answer = await house.client.get(EXPORT, headers={"X-API-Key": made["secret"]})
        assert answer.status_code == 403
