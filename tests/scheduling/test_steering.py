"""Steering tasks: in bulk, by chains, from files, the house's own ones, and under new keys."""

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest
from sending_house import TASKS, V1, until

from homeroom.scheduling.use_cases.given import PoliciesGiven, TimingGiven
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.composition.scheduling import furnish
from homeroom_entrypoints.composition.sending import new_sealing_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def backend() -> str:
    return "sqlite"


class TestTags:
    async def test_all_that_share_a_tag_rest_resume_and_go_together(self, house: Any) -> None:
        tagged = [await house.make(tags=["exams", f"room {n}"]) for n in range(3)]
        other = await house.make(tags=["exam"])
        rest = {"note": "holidays", "until": "2099-01-01T00:00:00Z"}
        assert await house.ask("POST", "/api/v1/tags/exams/pause", json=rest) == {"count": 3}
        for task in tagged:
            assert (await house.task(task))["pause"] == rest
        assert await house.task(other) == {**other, "executions": [], "logs": []}
        assert await house.ask("POST", "/api/v1/tags/exams/resume") == {"count": 3}
        for task in tagged:
            assert (await house.task(task))["nextRunAt"] == task["nextRunAt"]
        assert await house.ask("DELETE", "/api/v1/tags/exams/tasks") == {"count": 3}
        assert await house.ask("DELETE", "/api/v1/tags/exams/tasks") == {"count": 0}
        assert [one["id"] for one in (await house.ask("GET", TASKS))["data"]] == [other["id"]]

    async def test_a_tag_may_be_any_words_that_fit_into_an_address(self, house: Any) -> None:
        tag = "Prüfung: 50 % & mehr?"
        await house.make(tags=[tag])
        assert await house.ask("POST", f"/api/v1/tags/{quote(tag)}/pause") == {"count": 1}
        body = {"name": "x", "every": 60, "tags": ["room 1/2"]}
        told = await house.ask("POST", V1, 400, json=body)
        assert [one["field"] for one in told["errors"]] == ["tags[0]"]


class TestTheHousesOwnTasks:
    @pytest.fixture
    async def own(self, house: Any) -> list[Any]:
        await furnish(house.homeroom)
        found = (await house.ask("GET", TASKS, params={"tag": "system"}))["data"]
        assert len(found) >= 3
        return [one for one in found if one["system"]]

    async def test_they_rest_and_come_at_other_times_but_are_not_deleted(
        self, house: Any, own: list[Any]
    ) -> None:
        for task in own:
            path = f"{V1}/{task['id']}"
            told = await house.ask("DELETE", path, 409)
            assert told["code"] == "system_task_stays"
            assert (await house.ask("POST", f"{path}/pause"))["nextRunAt"] is None
            assert (await house.ask("POST", f"{path}/resume"))["nextRunAt"]
            moved = await house.ask("PATCH", path, json={"schedule": "30 4 * * *"})
            assert moved["schedule"] == "30 4 * * *"
            for purpose in ({"name": "x"}, {"payload": {}}, {"notifier": "log"}):
                await house.ask("PATCH", path, 409, json=purpose)

    async def test_a_tag_takes_the_others_with_it_and_leaves_them(
        self, house: Any, own: list[Any]
    ) -> None:
        await house.make(tags=["system"])
        assert await house.ask("DELETE", "/api/v1/tags/system/tasks") == {"count": 1}
        assert (await house.ask("GET", TASKS))["meta"]["total"] == len(own)

    async def test_what_was_adjusted_stays_so_when_the_house_starts_again(
        self, house: Any, own: list[Any]
    ) -> None:
        await house.ask("PATCH", f"{V1}/{own[0]['id']}", json={"schedule": "30 4 * * *"})
        await furnish(house.homeroom)
        again = await house.task(own[0])
        assert (again["schedule"], again["id"]) == ("30 4 * * *", own[0]["id"])
        assert (await house.ask("GET", TASKS))["meta"]["total"] == len(own)

    async def test_they_run_as_anybody_s_do(self, house: Any, own: list[Any]) -> None:
        async with house.working():
            for task in own:
                ended = await house.sent(task)
                assert ended["status"] == "SUCCESS", ended


class TestChains:
    async def test_one_task_runs_after_another_as_that_one_ended(self, house: Any) -> None:
        good, bad = await house.make(name="good"), await house.make(name="bad")
        webhook = house.discord.create_webhook()
        webhook.say(204, 500)
        first = await house.make_discord(
            webhook, maxRetry=0, onSuccess=[good["id"]], onFailure=[bad["id"]]
        )
        async with house.working():
            assert (await house.sent(first))["status"] == "SUCCESS"
            (after,) = await self.runs(house, good, 1)
            assert (after["trigger"], await house.executions(bad)) == ("chain", [])
            assert (await house.sent(first))["status"] == "FAILED"
            (after,) = await self.runs(house, bad, 1)
            assert after["trigger"] == "chain"
        assert len(await house.executions(good)) == 1

    async def test_a_chain_that_bites_its_tail_ends_after_ten_links(self, house: Any) -> None:
        head = await house.make(name="head")
        tail = await house.make(name="tail", onSuccess=[head["id"]])
        await house.ask("PATCH", f"{V1}/{head['id']}", json={"onSuccess": [tail["id"]]})
        async with house.working():
            await house.sent(head)
            await self.runs(house, tail, 5)
            await self.runs(house, head, 6)
            await house.sent(await house.make(name="something else"))
        assert (len(await house.executions(head)), len(await house.executions(tail))) == (6, 5)

    async def runs(self, house: Any, task: Any, count: int) -> list[Any]:
        """The executions of *task*, once there are *count* and all have ended."""
        end = time.monotonic() + 10
        while len(found := await house.executions(task)) < count:
            assert time.monotonic() < end, f"{len(found)} of {count} runs came"
            await asyncio.sleep(0.02)
        return [await house.ended(one) for one in found]


class TestImport:
    def given(self, house: Any, webhook: Any, **policies: Any) -> list[TaskGiven]:
        from homeroom.scheduling.model.target_checks import TargetGiven
        from homeroom.scheduling.model.targets import NotifierKind

        return [
            TaskGiven(name="logged", timing=TimingGiven(every=60)),
            TaskGiven(
                name="sent",
                kind=NotifierKind.DISCORD,
                target=TargetGiven(url=webhook.target),
                payload={"content": "hello"},
                timing=TimingGiven(cron="0 9 * * *"),
                policies=PoliciesGiven(**policies),
            ),
        ]

    async def test_a_file_brought_again_changes_what_it_says_and_makes_nothing_twice(
        self, house: Any
    ) -> None:
        bring = house.homeroom.scheduling.import_tasks
        actor = await house.homeroom.people.authenticate(house.client.headers["X-API-Key"])
        webhook = house.discord.create_webhook()
        first = await bring(actor, self.given(house, webhook))
        assert [one.was_there for one in first] == [False, False]
        before = (await house.ask("GET", TASKS))["data"]
        again = await bring(actor, self.given(house, webhook))
        assert [one.was_there for one in again] == [True, True]
        assert (await house.ask("GET", TASKS))["data"] == before
        await bring(actor, self.given(house, webhook, max_retry=7))
        assert [one["maxRetry"] for one in (await house.ask("GET", TASKS))["data"]] == [7, 3]


class TestKeys:
    async def test_targets_sealed_under_an_old_key_are_opened_and_sealed_again_under_the_new(
        self, house: Any, open_house: Any
    ) -> None:
        old = (house.settings.data_dir / "sealing.key").read_text().strip()
        new = new_sealing_key()
        webhook = house.discord.create_webhook()
        task, logged = await house.make_discord(webhook), await house.make()
        async with open_house(HOMEROOM_SEALING__KEYS=f"{new},{old}") as rotating:
            async with rotating.working():
                assert (await rotating.sent(task))["status"] == "SUCCESS"
            actor = await house.homeroom.people.authenticate(house.client.headers["X-API-Key"])
            assert await rotating.homeroom.scheduling.seal_again(actor) == 2
            assert await rotating.homeroom.scheduling.seal_again(actor) == 0
        async with open_house(HOMEROOM_SEALING__KEYS=new) as rotated, rotated.working():
            assert (await rotated.sent(task))["status"] == "SUCCESS"
            assert (await rotated.sent(logged))["status"] == "SUCCESS"
            renamed = await rotated.ask("PATCH", f"{V1}/{task['id']}", json={"name": "New"})
            assert renamed["target"] == task["target"]
        await until(lambda: len(webhook.messages) == 2)
