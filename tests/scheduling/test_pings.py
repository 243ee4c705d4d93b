"""Pings: work that says how it goes, and the alert when it falls silent."""

import asyncio
from typing import Any

import pytest
from sending_house import V1, instant, until

pytestmark = pytest.mark.anyio

EVERY_MINUTE = {"schedule": "* * * * *", "graceSeconds": 30}


@pytest.fixture
async def watched(house: Any) -> tuple[Any, str]:
    """A task that expects a ping every minute, and where to ping."""
    house.clock.set("2026-05-04T10:00:10Z")
    task = await house.make()
    new = await house.ask("PUT", f"{V1}/{task['id']}/watch", json=EVERY_MINUTE)
    assert new["path"] == f"/api/v1/pings/{new['token']}"
    return task, new["path"]


async def watch(house: Any, task: Any) -> Any:
    return await house.ask("GET", f"{V1}/{task['id']}/watch")


class TestPings:
    async def test_nobody_waits_for_a_token_that_was_never_given(self, house: Any) -> None:
        for token in ("nonsense", "x" * 32):
            for path in ("", "/start", "/fail"):
                told = await house.ask("POST", f"/api/v1/pings/{token}{path}", 404)
                assert told["code"] == "watch_not_found"

    async def test_whoever_knows_the_token_needs_no_key(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        assert (await watch(house, task))["state"] == "new"
        nobody = {"X-API-Key": ""}
        await house.ask("POST", path, 204, headers=nobody)
        seen = await watch(house, task)
        assert (seen["state"], seen["graceSeconds"]) == ("up", 30)
        assert instant(seen["deadline"]) == instant("2026-05-04T10:01:30Z")
        await house.ask("POST", f"{path}/start", 204, headers=nobody)
        seen = await watch(house, task)
        assert seen["state"] == "started"

    async def test_a_new_token_makes_the_old_one_nobody_s(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        await house.ask("PUT", f"{V1}/{task['id']}/watch", json=EVERY_MINUTE)
        await house.ask("POST", path, 404)

    async def test_who_expects_no_more_hears_no_more(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        await house.ask("DELETE", f"{V1}/{task['id']}/watch", 204)
        await house.ask("POST", path, 404)
        told = await house.ask("GET", f"{V1}/{task['id']}/watch", 404)
        assert told["code"] == "watch_not_found"

    async def test_a_deleted_task_waits_for_nothing(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        await house.ask("DELETE", f"{V1}/{task['id']}")
        await house.ask("POST", path, 404)


class TestSilence:
    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    async def test_silence_is_told_once_and_the_next_ping_ends_it(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        async with house.working():
            await house.ask("POST", path, 204)
            house.clock.move(seconds=95)
            await house.arrives(house.alerts, 1)
            await asyncio.sleep(0.5)  # lest whoever told it still be at work, and lose its lease
            house.clock.move(minutes=10)
            await asyncio.sleep(0.5)
            assert (await watch(house, task))["state"] == "down"
            await house.ask("POST", path, 204)
            assert (await watch(house, task))["state"] == "up"
        (alert,) = house.alerts.messages
        assert alert["embeds"][0]["title"] == "Ping Missed"
        assert task["id"] in str(alert)
        assert path.rpartition("/")[2] not in str(alert)

    async def test_work_that_never_pings_at_all_is_told_of_after_the_first_instant(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, _ = watched
        deadline = instant("2026-05-04T10:01:30Z")
        assert instant((await watch(house, task))["deadline"]) == deadline
        async with house.working():
            house.clock.move(seconds=95)
            await house.arrives(house.alerts, 1)
            await until(lambda: house.alerts.messages)
            assert (await watch(house, task))["state"] == "down"
        assert "never" in str(house.alerts.messages)

    async def test_work_that_says_it_failed_is_told_of_at_once_and_once(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        async with house.working():
            await house.ask("POST", f"{path}/fail", 204)
            await until(lambda: len(house.alerts.messages) == 1)
            await house.ask("POST", f"{path}/fail", 204)
            await asyncio.sleep(0.3)
        assert len(house.alerts.messages) == 1
        assert (await watch(house, task))["state"] == "down"

    async def test_work_that_began_and_never_ended_is_told_of(
        self, house: Any, watched: tuple[Any, str]
    ) -> None:
        task, path = watched
        async with house.working():
            await house.ask("POST", f"{path}/start", 204)
            house.clock.move(seconds=31)
            await house.arrives(house.alerts, 1)
        assert (await watch(house, task))["state"] == "down"
