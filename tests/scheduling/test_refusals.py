"""What cannot be meant is refused: with a status, the field, and a reason; never with a crash."""

import json
import uuid
from typing import Any

import pytest
from sending_house import FAR, TASKS, V1

pytestmark = pytest.mark.anyio

NOBODY = uuid.UUID(int=1)
FIELDS = (
    *("schedule", "every", "anchor", "at", "timezone", "startAt", "endAt", "maxRuns", "jitter"),
    *("blackouts", "name", "description", "tags", "notifier", "target", "webhookUrl", "payload"),
    *("maxRetry", "status", "overlap", "missed", "catchUpWindow", "backoff"),
    *("onSuccess", "onFailure"),
)
ODD: tuple[Any, ...] = (
    *(None, "", "x", "\0", "a\0b", "x" * 5_000, -1, 0, 1.5, 10**18, 10**30, 1e308, True),
    *([], {}, [None], ["x"], {"a": 1}, [{}], {"base": 0}, {"base": 10**30, "cap": 10**30}),
    *("2026-01-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01"),
    *([{"from": "2026-01-02", "until": "2026-01-01"}], [{"start": "10:00:00", "end": "10:00:00"}]),
    *([{"start": "10:00:00Z", "end": "11:00:00Z"}], [{"from": "9999-12-31"}], {"url": "x\0"}),
)
BODIES: tuple[tuple[str, str, Any], ...] = (
    ("POST", V1, {"name": "x", "schedule": FAR}),
    ("PATCH", f"{V1}/{{id}}", {}),
    ("POST", f"{V1}/{{id}}/pause", {}),
    ("POST", f"{V1}/{{id}}/backfill", {}),
    ("PUT", f"{V1}/{{id}}/watch", {}),
    ("POST", f"{V1}/preview", {}),
    ("POST", f"{V1}/preview-message", {}),
    ("POST", "/api/v1/tags/x/pause", {}),
)
LOOKS = (
    *(TASKS, V1, "/api/logs", "/api/v1/executions", "/api/dashboard/stats"),
    *(f"{V1}/{NOBODY}", f"{TASKS}/{NOBODY}/logs", f"{V1}/{NOBODY}/watch"),
)
PARAMETERS: tuple[tuple[str, dict[str, str]], ...] = (
    *((V1, {"page": odd}) for odd in ("0", "-1", "x", "1.5", str(10**30))),
    *((V1, {"limit": odd}) for odd in ("0", "201", "x")),
    *((V1, {"status": odd}) for odd in ("active", "GONE", "")),
    *((V1, {"tag": "\0"}), (V1, {"text": "\0"}), (V1, {"text": "x" * 101})),
    *(("/api/logs", {"dateFrom": odd}) for odd in ("2026-01-01T00:00:00", "soon", "")),
    *(("/api/logs", {"dateTo": odd}) for odd in ("2026-13-01", "0001-01-01T00:00:00Z")),
    ("/api/logs", {"dateFrom": "2026-05-02", "dateTo": "2026-05-01"}),
    *(("/api/logs", {"taskId": "me"}), ("/api/logs", {"status": "PENDING"})),
    ("/api/v1/executions", {"dateFrom": "2026-01-01T00:00:00"}),
    ("/api/v1/executions", {"dateFrom": "2026-05-02", "dateTo": "2026-05-01"}),
    ("/api/v1/executions", {"status": "WAITING"}),
    ("/api/v1/ops/jobs", {"state": "asleep"}),
)


@pytest.fixture
def backend() -> str:
    return "sqlite"


def at_fault(told: Any) -> set[str]:
    return {one["field"] for one in told["errors"]}


async def test_odd_values_of_every_field_are_taken_or_refused_by_name(house: Any) -> None:
    task = await house.make()
    for field in FIELDS:
        for odd in ODD:
            body = {"name": "Odd", "schedule": FAR, field: odd}
            for method, path, said in (
                ("POST", V1, body),
                ("PATCH", f"{V1}/{task['id']}", {field: odd}),
                ("PUT", f"{V1}/{task['id']}/watch", {"every": 60, field: odd}),
                ("POST", f"{V1}/preview", {"every": 60, field: odd}),
            ):
                answer = await house.client.request(method, path, content=json.dumps(said))
                assert answer.status_code in (200, 201, 400), (field, odd, answer.text)
                if answer.status_code == 400:
                    assert at_fault(answer.json()), (field, odd, answer.text)


async def test_an_unknown_field_and_malformed_json_are_refused(house: Any) -> None:
    task = await house.make()
    for method, path, body in BODIES:
        where = path.format(id=task["id"])
        told = await house.ask(method, where, 400, json={**body, "colour": "red"})
        assert "colour" in at_fault(told), where
        for broken in (b"{bad", b"[1]", b'"text"', b"\xff", b"{} {}"):
            await house.ask(method, where, 400, content=broken)
    assert (await house.task(task))["updatedAt"] == task["updatedAt"]


async def test_a_parameter_that_nobody_reads_is_refused(house: Any) -> None:
    for path in LOOKS:
        told = await house.ask("GET", path, 400, params={"colour": "red"})
        assert at_fault(told) == {"colour"}, path


async def test_a_parameter_that_cannot_be_meant_is_refused_by_name(house: Any) -> None:
    for path, query in PARAMETERS:
        told = await house.ask("GET", path, 400, params=query)
        assert at_fault(told) & query.keys(), (query, told)


async def test_a_parameter_that_is_there_twice_is_refused(house: Any) -> None:
    told = await house.ask("GET", V1, 400, params={"page": ["1", "2"]})
    assert told["errors"] == [{"field": "page", "message": "is there twice: say it once"}]


async def test_a_rest_that_ends_nowhere_or_before_it_begins_is_refused(house: Any) -> None:
    task = await house.make(tags=["x"])
    for path in (f"{V1}/{task['id']}/pause", "/api/v1/tags/x/pause"):
        for until in ("2026-01-01T00:00:00", "2001-01-01T00:00:00Z"):
            told = await house.ask("POST", path, 400, json={"until": until})
            assert at_fault(told) == {"until"}
    assert (await house.task(task))["pause"] is None


async def test_a_tag_that_no_task_can_have_is_refused(house: Any) -> None:
    for method, path in (("POST", "pause"), ("POST", "resume"), ("DELETE", "tasks")):
        for tag in ("%00", "a%2Cb", "x" * 51):
            told = await house.ask(method, f"/api/v1/tags/{tag}/{path}", 400)
            assert at_fault(told) == {"tag"}


async def test_one_of_the_ways_to_say_when_is_needed_and_only_one(house: Any) -> None:
    for given in ({}, {"schedule": FAR, "every": 60}):
        told = await house.ask("POST", V1, 400, json={"name": "x", **given})
        assert at_fault(told) == {"schedule"}
    told = await house.ask("POST", V1, 400, json={"name": "x", "at": "2001-01-01T00:00:00Z"})
    assert at_fault(told) == {"at"}


async def test_every_blackout_that_cannot_be_meant_is_told_by_its_place(house: Any) -> None:
    fine, wrong = {"from": "2026-12-19"}, ({}, {"start": "25:00", "end": "1"})
    body = {"name": "x", "schedule": FAR, "blackouts": [wrong[0], fine, wrong[1]]}
    told = await house.ask("POST", V1, 400, json=body)
    assert at_fault(told) == {"blackouts[0]", "blackouts[2]"}


class TestChains:
    async def test_a_task_that_is_not_there_is_named_with_the_field_that_names_it(
        self, house: Any
    ) -> None:
        known, gone, mine = await house.make(), await house.make(), await house.make()
        await house.ask("DELETE", f"{V1}/{gone['id']}")
        body = {"onSuccess": [known["id"], gone["id"]], "onFailure": [str(NOBODY)]}
        for method, path, name in (("POST", V1, ""), ("PATCH", f"{V1}/{mine['id']}", "")):
            told = await house.ask(method, path, 400, json={"name": name, "schedule": FAR, **body})
            assert {(one["field"], one["message"]) for one in told["errors"]} >= {
                ("onSuccess[1]", f"there is no task {gone['id']}"),
                ("onFailure[0]", f"there is no task {NOBODY}"),
            }
            assert at_fault(told) == {"onSuccess[1]", "onFailure[0]", "name"}

    async def test_a_task_does_not_run_after_itself(self, house: Any) -> None:
        mine, other = await house.make(), await house.make(name="other")
        body = {"onFailure": [other["id"], mine["id"]]}
        told = await house.ask("PATCH", f"{V1}/{mine['id']}", 400, json=body)
        wanted = f"must not name the task itself, {mine['id']}"
        assert told["errors"] == [{"field": "onFailure[1]", "message": wanted}]

    async def test_a_change_of_something_else_does_not_ask_for_them_again(self, house: Any) -> None:
        gone = await house.make()
        mine = await house.make(onSuccess=[gone["id"]])
        await house.ask("DELETE", f"{V1}/{gone['id']}")
        changed = await house.ask("PATCH", f"{V1}/{mine['id']}", json={"name": "other"})
        assert changed["onSuccess"] == [gone["id"]]


async def test_a_task_that_has_fired_as_often_as_it_may_is_not_switched_on(house: Any) -> None:
    task = await house.make(every=60, maxRuns=1)
    house.clock.move(seconds=61)
    assert await house.fire() == 1
    toggle = f"{V1}/{task['id']}/toggle"
    assert (await house.ask("POST", toggle))["status"] == "INACTIVE"
    told = await house.ask("POST", toggle, 400)
    wanted = "must be more than 1: so often it has fired already"
    assert told["errors"] == [{"field": "maxRuns", "message": wanted}]
    again = {"maxRuns": 2, "status": "ACTIVE"}
    assert (await house.ask("PATCH", f"{V1}/{task['id']}", json=again))["nextRunAt"]


async def test_an_address_that_is_missing_or_masked_is_said_to_be(house: Any) -> None:
    webhook = {"name": "x", "schedule": FAR, "notifier": "webhook"}
    (told,) = (await house.ask("POST", V1, 400, json=webhook))["errors"]
    assert told == {"field": "target.url", "message": "is needed: say where messages go"}
    for url in ("https://hooks.example/…abcd", "https://discord.com/api/webhooks/…/…abcd"):
        body = {"name": "x", "schedule": FAR, "payload": {"content": "x"}, "webhookUrl": url}
        (told,) = (await house.ask("POST", V1, 400, json=body))["errors"]
        assert told["field"] == "webhookUrl"
        assert told["message"].startswith("is masked")


async def test_one_address_is_enough(house: Any) -> None:
    url = house.discord.create_webhook().target
    body = {"name": "x", "schedule": FAR, "webhookUrl": url, "target": {"url": url}}
    assert at_fault(await house.ask("POST", V1, 400, json=body)) == {"webhookUrl"}


async def test_nobody_makes_a_task_that_has_failed(house: Any) -> None:
    task = await house.make()
    body = {"status": "FAILED"}
    assert at_fault(await house.ask("PATCH", f"{TASKS}/{task['id']}", 400, json=body)) == {"status"}


async def test_a_range_to_backfill_is_whole_past_and_not_too_long(house: Any) -> None:
    task = await house.make(schedule="* * * * *")
    path, year = f"{V1}/{task['id']}/backfill", {"from": "2025-01-01T00:00:00Z"}
    for wrong in ("2024-12-31T00:00:00Z", "2025-01-02T00:00:00", "2099-01-01T00:00:00Z"):
        told = await house.ask("POST", path, 400, json={**year, "to": wrong})
        assert at_fault(told) == {"to"}
    told = await house.ask("POST", path, 400, json={**year, "to": "2025-01-02T00:00:00Z"})
    assert "500" in told["errors"][0]["message"]
