"""The reference's cases 13 to 24: when tasks fire, as anybody sees it from outside."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from sending_house import V1, instant

from homeroom_testing.firings import FIRINGS

pytestmark = pytest.mark.anyio

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"


async def fired_at(house: Any, task: Any, *, skipped: bool = False) -> list[Any]:
    """The instants that *task* fired for, in order."""
    runs = await house.executions(task)
    return [instant(run["scheduledFor"]) for run in runs if skipped or run["status"] != "SKIPPED"]


class TestCases13To16:
    async def test_the_preview_and_the_scheduler_name_the_same_instants(self, house: Any) -> None:
        for row in FIRINGS:
            cron, expected = str(row), list(row.fires)
            house.clock.set(row.after.isoformat())
            when = {"schedule": row.expression, "timezone": row.zone}
            asked = {**when, "after": row.after.isoformat(), "count": len(expected)}
            seen = await house.ask("POST", f"{V1}/preview", json=asked)
            assert [instant(one["utc"]) for one in seen["firings"]] == expected, cron
            task = await house.make(**when, overlap="allowAll")
            for one in expected:
                assert instant((await house.task(task))["nextRunAt"]) == one, cron
                house.clock.set(one.isoformat())
                house.clock.move(seconds=-1)
                assert await house.fire() == 0, cron
                house.clock.move(seconds=1.001)
                assert await house.fire() == 1, cron
            assert await fired_at(house, task) == expected, cron
            await house.ask("DELETE", f"{V1}/{task['id']}")

    async def test_the_preview_says_what_is_meant_and_notes_what_the_clocks_move(
        self, house: Any
    ) -> None:
        asked = {"schedule": "30 2 * * *", "timezone": NEW_YORK, "count": 2}
        seen = await house.ask(
            "POST", f"{V1}/preview", json={**asked, "after": "2026-03-07T17:00:00Z"}
        )
        assert "02:30" in seen["description"]
        moved, usual = seen["firings"]
        assert (moved["utc"], moved["local"]) == (
            "2026-03-08T07:00:00Z",
            "2026-03-08T03:00:00-04:00",
        )
        assert moved["note"]
        assert "note" not in usual


class TestCase17:
    async def test_who_starts_within_the_repeated_hour_fires_no_earlier_than_the_next_day(
        self, house: Any, open_house: Any
    ) -> None:
        house.clock.set("2026-10-31T16:00Z")
        task = await house.make(schedule="30 1 * * *", timezone=NEW_YORK)
        house.clock.set("2026-11-01T05:30:00.5Z")
        await house.fire()
        house.clock.set("2026-11-01T06:10Z")
        async with open_house() as restarted:
            assert await restarted.fire() == 0
            assert (await restarted.task(task))["nextRunAt"] == "2026-11-02T06:30:00Z"
            house.clock.set("2026-11-02T06:29:59Z")
            assert await restarted.fire() == 0
        fresh = await house.make(schedule="30 1 * * *", timezone=NEW_YORK)
        assert fresh["nextRunAt"] == "2026-11-02T06:30:00Z"


class TestCase18:
    async def test_half_hours_fire_six_times_through_the_repeated_hour(self, house: Any) -> None:
        house.clock.set("2026-11-01T04:45Z")
        task = await house.make(schedule="*/30 * * * *", timezone=NEW_YORK, overlap="allowAll")
        half_hours = [instant("2026-11-01T05:00Z") + timedelta(minutes=30 * n) for n in range(6)]
        for one in half_hours:
            for minutes in (-1, 1, 2):
                house.clock.set(one.isoformat())
                house.clock.move(minutes=minutes)
                await house.fire()
        assert await fired_at(house, task) == half_hours


class TestCase19:
    async def missed(self, house: Any, **policy: Any) -> Any:
        """A task of every minute that nobody fired from 10:00 to 10:46."""
        house.clock.set("2026-05-04T09:58:30Z")
        task = await house.make(schedule="* * * * *", notifier="log", **policy)
        house.clock.set("2026-05-04T09:59:00.1Z")
        await house.fire()
        async with house.working():
            (run,) = await house.executions(task)
            await house.ended(run)
        house.clock.set("2026-05-04T10:46:30Z")
        await house.fire()
        return task

    async def test_who_skips_runs_none_and_notes_47(self, house: Any) -> None:
        task = await self.missed(house, missed="skip")
        _, noted = await house.executions(task)
        assert (noted["status"], noted["result"], noted["missed"]) == ("SKIPPED", "missed", 47)
        assert (noted["missedFrom"], noted["scheduledFor"]) == (
            "2026-05-04T10:00:00Z",
            "2026-05-04T10:46:00Z",
        )
        (line,) = (await house.log(task))[1:]
        assert line["status"] == "SKIPPED_MISSED"

    async def test_who_fires_once_runs_once_for_47(self, house: Any) -> None:
        task = await self.missed(house, missed="fireOnce")
        _, once = await house.executions(task)
        assert (once["trigger"], once["missed"]) == ("catchUp", 47)
        assert once["scheduledFor"] == "2026-05-04T10:46:00Z"

    async def test_who_makes_up_for_ten_minutes_runs_ten_in_order(self, house: Any) -> None:
        task = await self.missed(house, missed="all", catchUpWindow=600)
        noted, *made_up = (await house.executions(task))[1:]
        assert (noted["status"], noted["missed"]) == ("SKIPPED", 37)
        minutes = [instant(one["scheduledFor"]).minute for one in made_up]
        assert minutes == list(range(37, 47))
        async with house.working():
            ended = [await house.ended(one) for one in made_up]
        starts = [one["startedAt"] for one in ended]
        assert starts == sorted(starts)

    async def test_who_makes_up_for_all_runs_47(self, house: Any) -> None:
        task = await self.missed(house, missed="all")
        made_up = (await house.executions(task))[1:]
        assert len(made_up) == 47
        assert {one["trigger"] for one in made_up} == {"catchUp"}
        assert (await house.task(task))["nextRunAt"] == "2026-05-04T10:47:00Z"


class TestCase20:
    async def minutes(self, house: Any, overlap: str, count: int) -> Any:
        """A task of every minute whose first run is still on its way."""
        house.clock.set("2026-05-04T09:59:30Z")
        task = await house.make(schedule="* * * * *", notifier="log", overlap=overlap)
        for minute in range(count):
            house.clock.set("2026-05-04T10:00:00.1Z")
            house.clock.move(minutes=minute)
            await house.fire()
        return task

    async def statuses(self, house: Any, task: Any) -> list[str]:
        return [one["status"] for one in await house.executions(task)]

    async def test_skip_skips_the_minute_and_says_so(self, house: Any) -> None:
        task = await self.minutes(house, "skip", 2)
        assert await self.statuses(house, task) == ["PENDING", "SKIPPED"]
        (line,) = await house.log(task)
        assert (line["status"], line["reason"]) == ("SKIPPED_OVERLAP", "overlap")

    async def test_buffer_one_has_exactly_one_follow(self, house: Any) -> None:
        task = await self.minutes(house, "bufferOne", 3)
        assert await self.statuses(house, task) == ["PENDING", "BUFFERED", "SKIPPED"]
        async with house.working():
            _, second, _ = await house.executions(task)
            await house.ended(second)
        assert await self.statuses(house, task) == ["SUCCESS", "SUCCESS", "SKIPPED"]
        assert await fired_at(house, task) == [
            instant("2026-05-04T10:00Z"),
            instant("2026-05-04T10:01Z"),
        ]

    async def test_buffer_all_has_all_follow_in_order(self, house: Any) -> None:
        task = await self.minutes(house, "bufferAll", 4)
        assert await self.statuses(house, task) == ["PENDING", *["BUFFERED"] * 3]
        async with house.working():
            ended = [await house.ended(one) for one in await house.executions(task)]
        starts = [one["startedAt"] for one in ended]
        assert starts == sorted(starts)
        assert {one["status"] for one in ended} == {"SUCCESS"}

    async def test_cancel_other_calls_off_the_one_before(self, house: Any) -> None:
        task = await self.minutes(house, "cancelOther", 2)
        assert await self.statuses(house, task) == ["CANCELLED", "PENDING"]
        async with house.working():
            await house.ended((await house.executions(task))[-1])
        assert await self.statuses(house, task) == ["CANCELLED", "SUCCESS"]

    async def test_allow_all_lets_them_run_side_by_side(self, house: Any) -> None:
        task = await self.minutes(house, "allowAll", 3)
        assert await self.statuses(house, task) == ["PENDING"] * 3

    async def test_who_runs_a_task_by_hand_is_under_the_same_policy(self, house: Any) -> None:
        expected = {
            "skip": ["PENDING", "SKIPPED", "SKIPPED"],
            "bufferOne": ["PENDING", "BUFFERED", "SKIPPED"],
            "bufferAll": ["PENDING", "BUFFERED", "BUFFERED"],
            "cancelOther": ["CANCELLED", "CANCELLED", "PENDING"],
            "allowAll": ["PENDING", "PENDING", "PENDING"],
        }
        for overlap, statuses in expected.items():
            task = await house.make(notifier="log", overlap=overlap)
            told = [(await house.run(task))["status"] for _ in range(3)]
            assert told == ["PENDING" if one == "CANCELLED" else one for one in statuses], overlap
            assert await self.statuses(house, task) == statuses, overlap
            runs = await house.executions(task)
            assert {run["trigger"] for run in runs} == {"manual"}


class TestCase21:
    async def test_three_schedulers_fire_a_thousand_due_tasks_once_each(
        self, house: Any, open_house: Any
    ) -> None:
        from homeroom.scheduling.use_cases.given import TimingGiven
        from homeroom.scheduling.use_cases.writing import TaskGiven

        actor = await house.homeroom.people.authenticate(house.client.headers["X-API-Key"])
        due = house.clock.now() + timedelta(hours=1)
        given = [
            TaskGiven(name=f"task {number}", timing=TimingGiven(at=due)) for number in range(1000)
        ]
        await house.homeroom.scheduling.import_tasks(actor, given)
        house.clock.move(hours=1, seconds=1)
        async with AsyncExitStack() as stack:
            others = [await stack.enter_async_context(open_house()) for _ in range(2)]
            fired = await asyncio.gather(*(one.fire() for one in (house, *others)))
            assert sum(fired) == 1000
            async with house.working(), others[0].working(), others[1].working():
                await house.all_ended(1000)
        stats = await house.ask("GET", "/api/dashboard/stats")
        assert sum(hour["runs"] for hour in stats["hours"]) == 1000
        assert (stats["inactive"], stats["successRate"]) == (1000, 1.0)
        assert (await house.ask("GET", "/api/logs"))["meta"]["total"] == 1000


class TestCase22:
    async def test_jitter_delays_by_no_more_than_it_says_and_always_by_as_much(
        self, house: Any
    ) -> None:
        house.clock.set("2026-05-04T09:59:30Z")
        tasks = [await house.make(schedule="* * * * *", jitter=30) for _ in range(8)]
        named = instant("2026-05-04T10:00Z")
        due = [instant(task["nextRunAt"]) for task in tasks]
        assert all(named <= one <= named + timedelta(seconds=30) for one in due)
        assert len(set(due)) > 1
        for task, before in zip(tasks, due, strict=True):
            path = f"{V1}/{task['id']}"
            await house.ask("PATCH", path, json={"jitter": 0})
            again = await house.ask("PATCH", path, json={"jitter": 30})
            assert instant(again["nextRunAt"]) == before
        house.clock.set(max(due).isoformat())
        house.clock.move(seconds=0.1)
        await house.fire()
        for task, before in zip(tasks, due, strict=True):
            (run,) = await house.executions(task)
            assert (instant(run["scheduledFor"]), instant(run["dueAt"])) == (named, before)


class TestCase23:
    async def test_a_rest_until_then_fires_nothing_before_and_makes_up_for_nothing(
        self, house: Any
    ) -> None:
        house.clock.set("2026-05-04T09:59:30Z")
        task = await house.make(schedule="* * * * *", missed="all", overlap="allowAll")
        rest = {"note": "exam week", "until": "2026-05-04T10:30:00Z"}
        resting = await house.ask("POST", f"{V1}/{task['id']}/pause", json=rest)
        assert resting["pause"] == rest
        assert (resting["status"], resting["nextRunAt"]) == ("ACTIVE", "2026-05-04T10:30:00Z")
        house.clock.set("2026-05-04T10:29:59Z")
        assert await house.fire() == 0
        house.clock.set("2026-05-04T10:30:01Z")
        assert await house.fire() == 1
        assert await fired_at(house, task, skipped=True) == [instant("2026-05-04T10:30Z")]
        assert (await house.task(task))["pause"] is None

    async def test_a_rest_without_an_end_lasts_until_somebody_ends_it(self, house: Any) -> None:
        house.clock.set("2026-05-04T09:59:30Z")
        task = await house.make(schedule="* * * * *", missed="all", overlap="allowAll")
        resting = await house.ask("POST", f"{V1}/{task['id']}/pause")
        assert (resting["pause"], resting["nextRunAt"]) == ({"note": "", "until": None}, None)
        house.clock.set("2026-05-05T10:00:30Z")
        assert await house.fire() == 0
        again = await house.ask("POST", f"{V1}/{task['id']}/resume")
        assert (again["pause"], again["nextRunAt"]) == (None, "2026-05-05T10:01:00Z")

    @pytest.mark.parametrize("overlap", ["skip", "allowAll"])
    async def test_a_rest_that_outlasts_the_schedule_ends_and_the_task_with_it(
        self, house: Any, overlap: str
    ) -> None:
        house.clock.set("2026-05-04T09:59:30Z")
        bounded = {"schedule": "* * * * *", "endAt": "2026-05-04T10:10:00Z"}
        tasks = [
            await house.make(**when, missed="all", overlap=overlap)
            for when in (bounded, {"at": "2026-05-04T10:05:00Z"})
        ]
        rest = {"note": "exam week", "until": "2026-05-04T10:30:00Z"}
        for task in tasks:
            resting = await house.ask("POST", f"{V1}/{task['id']}/pause", json=rest)
            assert (resting["status"], resting["nextRunAt"]) == ("ACTIVE", None)
        assert (await house.ask("GET", "/api/dashboard/stats"))["upcoming"] == []
        house.clock.set("2026-05-04T10:29:59Z")
        assert await house.fire() == 0
        house.clock.set("2026-05-04T10:30:01Z")
        assert await house.fire() == 2
        async with house.working():
            for task in tasks:
                over = await house.comes_to(task, "INACTIVE")
                assert (over["pause"], over["nextRunAt"], over["executions"]) == (None, None, [])


class TestCase24:
    async def test_a_dry_run_lists_three_days_and_a_real_one_runs_for_them(
        self, house: Any
    ) -> None:
        receiver = house.receiver.create_endpoint(SECRET)
        target = {"url": receiver.url, "secret": SECRET}
        task = await house.make(schedule="0 9 * * *", notifier="webhook", target=target)
        path = f"{V1}/{task['id']}/backfill"
        days = {"from": "2026-01-01T09:00:00Z", "to": "2026-01-03T09:00:00Z"}
        named = [f"2026-01-0{day}T09:00:00Z" for day in (1, 2, 3)]
        dry = await house.ask("POST", path, json=days)
        assert dry == {"firings": named, "executions": []}
        assert await house.executions(task) == []
        real = await house.ask("POST", path, json={**days, "dryRun": False})
        assert real["firings"] == named
        async with house.working():
            ended = [await house.ended(one) for one in real["executions"]]
        assert [(one["trigger"], one["scheduledFor"]) for one in ended] == [
            ("backfill", one) for one in named
        ]
        assert {one["status"] for one in ended} == {"SUCCESS"}
        assert len(receiver.accepted) == 3
        assert (await house.task(task))["nextRunAt"] == task["nextRunAt"]


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
