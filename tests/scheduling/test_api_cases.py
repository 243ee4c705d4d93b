"""The reference's cases 1 to 12: what the API of tasks promises."""

from datetime import timedelta
from typing import Any

import pytest
from sending_house import FAR, TASKS, V1, instant

pytestmark = pytest.mark.anyio

SEED = {"name": "Daily Report", "schedule": FAR, "payload": {"content": "hello"}}

NONSENSE = (
    *("", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *"),
    *("* * * * 8", "*/0 * * * *", "a * * * *", "0 0 30 2 *", "0 0 31 4 *", "5-1 * * * *"),
    "@reboot",
)
PAYLOADS = [
    ({"content": "x" * 2000}, True),
    ({"content": "x" * 2001}, False),
    ({"embeds": [{"title": "x"}] * 10}, True),
    ({"embeds": [{"title": "x"}] * 11}, False),
    ({"embeds": [{"description": "x" * 4096}]}, True),
    ({"embeds": [{"description": "x" * 4097}]}, False),
    ({"embeds": [{"description": "x" * 3000}] * 2}, True),
    ({"embeds": [{"description": "x" * 3000}, {"description": "x" * 3001}]}, False),
    ({"embeds": [{"fields": [{"name": "x", "value": "y"}] * 25}]}, True),
    ({"embeds": [{"fields": [{"name": "x", "value": "y"}] * 26}]}, False),
    ({"content": " \n\t "}, False),
    ({}, False),
    ({"content": "x", "username": "Discord helper"}, False),
    ({"content": "x", "username": "clyde"}, False),
    ({"content": "x", "username": "everyone"}, False),
    ({"content": "x", "username": "Task Scheduler Bot"}, True),
]


def at_fault(told: Any) -> set[str]:
    return {one["field"] for one in told["errors"]}


class TestCase1:
    async def test_a_valid_body_makes_an_active_task_that_knows_its_next_run_and_hides_its_webhook(
        self, house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        house.clock.set("2026-03-07T17:00Z")
        when = {"schedule": "30 2 * * *", "timezone": "America/New_York"}
        made = await house.ask(
            "POST", TASKS, 201, json={**SEED, **when, "webhookUrl": webhook.target}
        )
        assert (made["status"], made["notifier"], made["maxRetry"]) == ("ACTIVE", "discord", 3)
        assert made["nextRunAt"] == "2026-03-08T07:00:00Z"
        assert made["webhookUrl"] == f"https://discord.com/api/webhooks/…/…{webhook.token[-4:]}"

    async def test_it_is_the_same_task_under_both_addresses(self, house: Any) -> None:
        made = await house.make()
        assert await house.ask("GET", f"{TASKS}/{made['id']}") == await house.task(made)


class TestCase2:
    async def test_without_a_key_that_counts_everything_but_health_is_401(self, house: Any) -> None:
        for key in ("", "hr_" + "x" * 40):
            headers = {"X-API-Key": key}
            for path in (TASKS, V1, "/api/logs", "/api/dashboard/stats"):
                told = await house.ask("GET", path, 401, headers=headers)
                assert (told["status"], told["code"]) == (401, "unauthenticated")
                assert told.get("statusCode") == (None if path == V1 else 401)
            await house.ask("GET", "/health", headers=headers)

    async def test_the_key_may_also_come_as_a_bearer_token(self, house: Any) -> None:
        key = house.client.headers["X-API-Key"]
        headers = {"X-API-Key": "", "Authorization": f"Bearer {key}"}
        await house.ask("GET", TASKS, headers=headers)


class TestCase3:
    async def test_everything_that_is_wrong_is_told_at_once(self, house: Any) -> None:
        url = house.discord.create_webhook().target.replace("https", "http")
        for retries in (11, -1):
            body = {"name": "x" * 101, "maxRetry": retries, "schedule": "99 * * * *"}
            told = await house.ask("POST", TASKS, 400, json={**SEED, **body, "webhookUrl": url})
            assert at_fault(told) == {"name", "maxRetry", "schedule", "webhookUrl"}
            assert (told["statusCode"], told["error"]) == (400, "Bad Request")
            assert {one.partition(":")[0] for one in told["message"]} == at_fault(told)
        assert (await house.ask("GET", TASKS))["meta"]["total"] == 0

    async def test_each_is_named_as_the_caller_named_it(self, house: Any) -> None:
        body = {**SEED, "notifier": "discord", "target": {"url": "http://discord.com/"}}
        assert at_fault(await house.ask("POST", V1, 400, json=body)) == {"target.url"}

    async def test_a_schedule_that_means_nothing_or_never_comes_is_refused(
        self, house: Any
    ) -> None:
        for cron in NONSENSE:
            told = await house.ask("POST", TASKS, 400, json={**SEED, "schedule": cron})
            assert "schedule" in at_fault(told), cron

    async def test_so_is_a_zone_that_is_on_no_earth(self, house: Any) -> None:
        told = await house.ask("POST", TASKS, 400, json={**SEED, "timezone": "Mars/Base"})
        assert "timezone" in at_fault(told)

    async def test_a_change_that_is_wrong_changes_nothing(self, house: Any) -> None:
        made = await house.make()
        wrong = {"name": "other", "schedule": "0 0 30 2 *"}
        told = await house.ask("PATCH", f"{TASKS}/{made['id']}", 400, json=wrong)
        assert at_fault(told) == {"schedule"}
        assert (await house.task(made))["name"] == made["name"]


class TestCase4:
    async def test_no_retry_means_one_attempt_and_one_failed_line(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(500)
        task = await house.make_discord(webhook, maxRetry=0)
        assert task["maxRetry"] == 0
        async with house.working():
            ended = await house.sent(task)
        assert ended["status"] == "FAILED"
        assert len(webhook.received) == 1
        (line,) = await house.log(task)
        assert (line["status"], line["retryCount"], line["responseCode"]) == ("FAILED", 0, 500)
        assert (await house.task(task))["status"] == "FAILED"


class TestCase5:
    async def test_the_third_page_of_25_tasks_has_five_the_oldest_last(self, house: Any) -> None:
        names = [f"task {number}" for number in range(25)]
        for name in names:
            await house.make(name=name)
        page = await house.ask("GET", TASKS, params={"page": 3, "limit": 10})
        assert page["meta"] == {"total": 25, "page": 3, "limit": 10, "totalPages": 3}
        assert [one["name"] for one in page["data"]] == names[4::-1]
        whole = await house.ask("GET", TASKS, params={"limit": 25})
        assert [one["name"] for one in whole["data"]] == names[::-1]
        assert len((await house.ask("GET", TASKS))["data"]) == 10

    async def test_filters_by_status_tag_and_text_go_together(self, house: Any) -> None:
        await house.make(name="Weekly REPORT", tags=["reports", "weekly"])
        await house.make(name="off", description="a report too", tags=["weekly"], status="INACTIVE")
        await house.make(name="100%", tags=["Weekly"])

        async def names(**wanted: str) -> list[str]:
            found = await house.ask("GET", TASKS, params=wanted)
            return [one["name"] for one in found["data"]]

        assert await names(text="report") == ["off", "Weekly REPORT"]
        assert await names(text="report", status="ACTIVE", tag="weekly") == ["Weekly REPORT"]
        assert await names(tag="weekly", status="INACTIVE") == ["off"]
        assert await names(text="%") == ["100%"]
        assert await names(text="_") == []


class TestCases6And7:
    async def test_what_discord_would_refuse_is_refused_when_it_is_saved(self, house: Any) -> None:
        url = house.discord.create_webhook().target
        for payload, accepted in PAYLOADS:
            body = {**SEED, "webhookUrl": url, "payload": payload}
            answer = await house.client.post(TASKS, json=body)
            assert answer.status_code == (201 if accepted else 400), payload
            if not accepted:
                assert all(field.startswith("payload") for field in at_fault(answer.json()))


class TestCase8:
    async def test_an_active_task_that_is_toggled_fires_no_more(self, house: Any) -> None:
        task = await house.make(schedule="* * * * *", notifier="log")
        off = await house.ask("POST", f"{TASKS}/{task['id']}/toggle")
        assert (off["status"], off["nextRunAt"]) == ("INACTIVE", None)
        house.clock.move(hours=1)
        assert await house.fire() == 0
        assert await house.executions(task) == []

    async def test_a_failed_task_that_is_toggled_starts_anew(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(500)
        task = await house.make_discord(webhook, maxRetry=0)
        async with house.working():
            await house.sent(task)
            failed = await house.task(task)
            assert (failed["status"], failed["failure"]) == ("FAILED", "server_error")
            assert failed["nextRunAt"] is None
            on = await house.ask("POST", f"{TASKS}/{task['id']}/toggle")
            assert (on["status"], on["failure"]) == ("ACTIVE", "")
            assert instant(on["nextRunAt"]) > house.clock.now()
            assert (await house.sent(task))["status"] == "SUCCESS"


class TestCase9:
    async def test_a_new_schedule_takes_the_place_of_the_old_one(self, house: Any) -> None:
        house.clock.set("2026-01-01T00:00:01Z")
        task = await house.make(schedule="*/5 * * * *")
        changed = await house.ask("PATCH", f"{TASKS}/{task['id']}", json={"schedule": "0 12 * * *"})
        assert instant(changed["nextRunAt"]) == instant("2026-01-01T12:00Z")
        house.clock.set("2026-01-01T11:59Z")
        assert await house.fire() == 0
        house.clock.set("2026-01-01T12:00:01Z")
        assert await house.fire() == 1
        (run,) = await house.executions(task)
        assert instant(run["scheduledFor"]) == instant("2026-01-01T12:00Z")

    async def test_a_new_name_moves_nothing(self, house: Any) -> None:
        task = await house.make(every=3600)
        renamed = await house.ask("PATCH", f"{TASKS}/{task['id']}", json={"name": "Other"})
        assert renamed["name"] == "Other"
        same = task.keys() - {"name", "updatedAt"}
        assert {key: renamed[key] for key in same} == {key: task[key] for key in same}

    async def test_an_interval_counts_from_a_whole_second(self, house: Any) -> None:
        task = await house.make(every=90)
        anchor = instant(task["anchor"])
        assert anchor.microsecond == 0
        assert timedelta() <= house.clock.now() - anchor < timedelta(seconds=5)


class TestCase10:
    async def test_logs_of_a_day_are_those_of_that_day_both_ends_included(self, house: Any) -> None:
        house.clock.set("2026-05-01T00:00:00Z")
        task = await house.make(every=12 * 3600, anchor="2026-05-01T12:00:00Z", overlap="allowAll")
        other = await house.make(name="Other")
        for hour in range(12, 73, 12):
            house.clock.set("2026-05-01T00:00:00Z")
            house.clock.move(hours=hour)
            assert await house.fire() == 1
        async with house.working():
            for run in await house.executions(task):
                await house.ended(run)

        async def lines(**wanted: str) -> list[Any]:
            found = await house.ask("GET", "/api/logs", params=wanted)
            assert found["meta"]["total"] == len(found["data"])
            return found["data"]

        everything = await lines()
        assert len(everything) == 6
        assert {one["taskName"] for one in everything} == {"Daily Report"}
        assert {one["taskId"] for one in everything} == {task["id"]}
        times = [one["executionTime"] for one in everything]
        assert times == sorted(times, reverse=True)
        middle = await lines(dateFrom=times[4], dateTo=times[2])
        assert [one["executionTime"] for one in middle] == times[2:5]
        day = await lines(dateFrom="2026-05-02", dateTo="2026-05-02")
        assert [one["executionTime"] for one in day] == [
            one for one in times if one.startswith("2026-05-02")
        ]
        assert await lines(taskId=other["id"]) == []
        assert len(await lines(taskId=task["id"], status="SUCCESS")) == 6
        assert await lines(status="FAILED") == []

    async def test_executions_of_a_day_are_those_scheduled_for_it_both_ends_included(
        self, house: Any
    ) -> None:
        house.clock.set("2026-05-01T00:00:00Z")
        task = await house.make(every=12 * 3600, anchor="2026-05-01T00:00:00Z", overlap="allowAll")
        for hour in range(12, 73, 12):
            house.clock.set("2026-05-01T00:00:00Z")
            house.clock.move(hours=hour, seconds=1)
            await house.fire()
        both_ends = {"dateFrom": "2026-05-02T00:00:00Z", "dateTo": "2026-05-03T02:00:00+02:00"}
        found = await house.executions(task, **both_ends)
        assert [one["scheduledFor"] for one in found] == [
            "2026-05-02T00:00:00Z",
            "2026-05-02T12:00:00Z",
            "2026-05-03T00:00:00Z",
        ]


class TestCase11:
    async def test_a_deleted_task_is_gone_with_its_log_and_comes_not_back_with_what_it_was_sending(
        self, house: Any
    ) -> None:
        from homeroom_testing.scripted import Slow

        webhook = house.discord.create_webhook()
        task = await house.make_discord(webhook)
        path = f"{TASKS}/{task['id']}"
        async with house.working():
            await house.sent(task)
            webhook.say(Slow(0.5, 500))
            run = await house.run(task)
            await house.arrives(webhook, 2)
            assert await house.ask("DELETE", path) == {"message": "Task deleted successfully"}
            await house.answered(webhook, 2)
        for gone in (path, f"{path}/logs", f"/api/v1/executions/{run['id']}"):
            await house.ask("GET", gone, 404)
        assert (await house.ask("GET", "/api/logs"))["data"] == []
        assert (await house.ask("GET", TASKS))["data"] == []
        assert len(webhook.received) == 2
        assert house.alerts.received == []

    async def test_there_is_nothing_to_do_with_a_task_that_is_not_there(self, house: Any) -> None:
        task = await house.make()
        path = f"{TASKS}/{task['id']}"
        await house.ask("DELETE", path)
        sentence = f"Task with ID {task['id']} not found"
        asked = [("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/toggle")]
        asked += [("GET", f"{path}/logs"), ("POST", f"/api/v1/tasks/{task['id']}/run")]
        asked += [("GET", f"/api/v1/{of}?taskId={task['id']}") for of in ("logs", "executions")]
        for method, where in asked:
            told = await house.ask(
                method, where, 404, **({"json": {}} if method == "PATCH" else {})
            )
            assert (told["code"], told["detail"]) == ("task_not_found", sentence), where
            known = (None, None) if where.startswith("/api/v1") else (404, sentence)
            assert (told.get("statusCode"), told.get("message")) == known


class TestCase12:
    async def test_the_dashboard_counts_25_tasks_as_18_5_and_2_and_a_change_shows_at_once(
        self, house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        webhook.delete()
        for number in range(23):
            await house.make(status="ACTIVE" if number < 18 else "INACTIVE")
        failing = [await house.make_discord(webhook, maxRetry=0) for _ in range(2)]
        async with house.working():
            for one in failing:
                await house.sent(one)

        async def counts() -> dict[str, int]:
            stats = await house.ask("GET", "/api/dashboard/stats")
            return {name: stats[name] for name in ("total", "active", "inactive", "failed")}

        assert await counts() == {"total": 25, "active": 18, "inactive": 5, "failed": 2}
        await house.ask("POST", f"{TASKS}/{failing[0]['id']}/toggle")
        assert await counts() == {"total": 25, "active": 19, "inactive": 5, "failed": 1}
        await house.ask("DELETE", f"{TASKS}/{failing[1]['id']}")
        assert await counts() == {"total": 24, "active": 19, "inactive": 5, "failed": 0}
        same = await house.ask("GET", f"{TASKS}/dashboard/stats")
        assert {name: same[name] for name in ("total", "failed")} == {"total": 24, "failed": 0}
