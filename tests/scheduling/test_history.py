"""What is kept of runs and shown of them, how far back, and within which bounds tasks run."""

from typing import Any

import pytest
from sending_house import FAR, TASKS, V1, instant

pytestmark = pytest.mark.anyio

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MINUTELY = {"schedule": "* * * * *", "overlap": "allowAll", "missed": "all"}


@pytest.fixture
def backend() -> str:
    return "sqlite"


async def fired_until(house: Any, task: Any, end: str) -> list[str]:
    """The instants that *task* fired for while a scheduler came by every time it was due."""
    while (due := (await house.task(task))["nextRunAt"]) is not None and due <= end:
        house.clock.set(due)
        house.clock.move(seconds=0.001)
        assert await house.fire() == 1
    return [run["scheduledFor"] for run in await house.executions(task)]


class TestOneTask:
    async def test_it_comes_with_its_last_50_runs_and_lines_the_newest_first(
        self, house: Any
    ) -> None:
        task = await house.make(**MINUTELY)
        past = {"from": "2026-01-05T00:00:00Z", "to": "2026-01-05T00:50:00Z", "dryRun": False}
        runs = await house.ask("POST", f"{V1}/{task['id']}/backfill", json=past)
        assert len(runs["executions"]) == 51
        async with house.working():
            await house.all_ended(51)
        seen = await house.task(task)
        times = [run["scheduledFor"] for run in seen["executions"]]
        assert times == [f"2026-01-05T00:{minute:02}:00Z" for minute in range(50, 0, -1)]
        written = [line["executionTime"] for line in seen["logs"]]
        assert (len(written), written) == (50, sorted(written, reverse=True))

    async def test_its_log_is_read_page_by_page_and_by_status(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(500, 500)
        task = await house.make_discord(webhook, backoff={"base": 0.05})
        other = await house.make(notifier="log")
        async with house.working():
            for one in (task, other):
                await house.sent(one)

        async def lines(**wanted: Any) -> Any:
            return await house.ask("GET", f"{TASKS}/{task['id']}/logs", params=wanted)

        last = await lines(page=2, limit=2)
        assert last["meta"] == {"total": 3, "page": 2, "limit": 2, "totalPages": 2}
        assert [(one["status"], one["retryCount"]) for one in last["data"]] == [("RETRYING", 1)]
        retried = await lines(status="RETRYING")
        assert [one["retryCount"] for one in retried["data"]] == [2, 1]

    async def test_a_run_tells_why_it_ran_when_how_late_and_every_attempt(self, house: Any) -> None:
        house.clock.set("2026-05-04T09:59:59Z")
        endpoint = house.receiver.create_endpoint(SECRET)
        endpoint.say(503)
        target = {"url": endpoint.url, "secret": SECRET}
        when = {"at": "2026-05-04T10:00:00Z", "backoff": {"base": 0.05}}
        task = await house.make(**when, notifier="webhook", target=target)
        house.clock.set("2026-05-04T10:00:02Z")
        await house.fire()
        async with house.working():
            (run,) = await house.executions(task)
            ended = await house.ended(run)
        assert (ended["trigger"], ended["status"], ended["retryCount"]) == (
            *("schedule", "SUCCESS"),
            1,
        )
        assert ended["scheduledFor"] == "2026-05-04T10:00:00Z"
        late = instant(ended["startedAt"]) - instant(ended["scheduledFor"])
        assert ended["latenessMs"] == pytest.approx(late.total_seconds() * 1000, abs=0.01)
        assert ended["latenessMs"] >= 2_000
        failed, delivered = ended["attempts"]
        assert [failed[name] for name in ("status", "responseCode")] == ["RETRYING", 503]
        assert [delivered[name] for name in ("status", "responseCode")] == ["SUCCESS", 200]
        assert instant(failed["executionTime"]) < instant(delivered["executionTime"])
        assert all(one["latencyMs"] > 0 for one in (failed, delivered))


class TestBounds:
    async def test_nothing_fires_before_the_start_nor_after_the_end_and_both_belong_to_it(
        self, house: Any
    ) -> None:
        house.clock.set("2026-05-04T09:00:30Z")
        bounds = {"startAt": "2026-05-04T10:00:00Z", "endAt": "2026-05-04T10:02:00Z"}
        task = await house.make(**MINUTELY, **bounds)
        assert task["nextRunAt"] == bounds["startAt"]
        named = [f"2026-05-04T10:0{minute}:00Z" for minute in range(3)]
        assert await fired_until(house, task, "2026-05-05") == named
        async with house.working():
            await house.comes_to(task, "INACTIVE")

    async def test_it_ends_after_so_many_runs(self, house: Any) -> None:
        house.clock.set("2026-05-04T09:59:30Z")
        task = await house.make(**MINUTELY, maxRuns=2)
        named = ["2026-05-04T10:00:00Z", "2026-05-04T10:01:00Z"]
        assert await fired_until(house, task, "2026-05-05") == named
        assert (await house.task(task))["fired"] == 2

    async def test_what_falls_into_closed_hours_and_days_does_not_fire(self, house: Any) -> None:
        house.clock.set("2026-05-04T19:30:00Z")
        closed = [{"start": "21:00", "end": "23:00"}, {"from": "2026-05-05", "until": "2026-05-06"}]
        task = await house.make(schedule="0 20-23 * * *", overlap="allowAll", blackouts=closed)
        assert await fired_until(house, task, "2026-05-07T21") == [
            "2026-05-04T20:00:00Z",
            "2026-05-04T23:00:00Z",
            "2026-05-07T20:00:00Z",
        ]


class TestWhatIsKept:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_SCHEDULING__KEEP_DAYS": "3"}

    async def test_history_that_is_old_is_forgotten_by_a_task_of_the_house_and_tasks_stay(
        self, house: Any
    ) -> None:
        from homeroom_entrypoints.composition.scheduling import furnish

        task = await house.make(notifier="log")
        async with house.working():
            old = await house.sent(task)
            house.clock.move(days=2)
            young = await house.sent(task)
            house.clock.move(days=2)
            await furnish(house.homeroom)
            wanted = {"text": "Forget old executions"}
            (own,) = (await house.ask("GET", TASKS, params=wanted))["data"]
            await house.sent(own)
            await house.gone(f"/api/v1/executions/{old['id']}")
        assert [one["id"] for one in await house.executions(task)] == [young["id"]]
        assert len(await house.log(task)) == 1
        assert (await house.task(task))["status"] == "ACTIVE"

    async def test_the_dashboard_looks_back_48_hours(self, house: Any) -> None:
        house.clock.set("2026-05-04T10:30:00Z")
        task = await house.make(schedule=FAR)
        async with house.working():
            await house.sent(task)

        async def counted() -> list[tuple[str, int]]:
            stats = await house.ask("GET", "/api/dashboard/stats")
            return [(hour["hour"], hour["runs"]) for hour in stats["hours"] if hour["runs"]]

        house.clock.set("2026-05-06T09:59:59Z")
        assert await counted() == [("2026-05-04T10:00:00Z", 1)]
        house.clock.set("2026-05-06T10:00:00Z")
        assert await counted() == []


async def test_a_word_that_names_no_instant_is_refused_with_the_reason(house: Any) -> None:
    body = {"name": "x", "schedule": "@reboot"}
    (told,) = (await house.ask("POST", TASKS, 400, json=body))["errors"]
    assert told["field"] == "schedule"
    assert told["message"].startswith("@reboot names no instant")


async def test_a_task_and_a_line_have_every_field_that_the_seed_names(house: Any) -> None:
    task = await house.make(notifier="log")
    seed = {"id", "name", "schedule", "webhookUrl", "payload", "maxRetry", "status"}
    assert seed | {"createdAt", "updatedAt"} <= task.keys()
    async with house.working():
        await house.sent(task)
    (line,) = (await house.ask("GET", "/api/logs"))["data"]
    assert {"id", "taskId", "taskName", "executionTime", "status", "retryCount", "message"} <= (
        line.keys()
    )
    listed = await house.ask("GET", TASKS)
    assert listed.keys() == {"data", "meta"}
    assert (await house.task(task))["logs"][0] == line
