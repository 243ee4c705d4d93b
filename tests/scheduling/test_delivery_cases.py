"""The reference's cases 25 to 36: what is sent, how often, and what is learnt from answers.

Waits are real and short: the seconds that tasks wait by themselves are proven with a clock in
hand beside the rules; here the same chain is walked in twentieths.
"""

import asyncio
import itertools
from typing import Any

import pytest
from sending_house import BACKENDS, V1, instant, until

from homeroom_testing.discord_limits import Rate
from homeroom_testing.scripted import Limited, Slow

pytestmark = pytest.mark.anyio

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
QUICK = {"base": 0.05}


@pytest.fixture
def backend() -> str:
    return "sqlite"


def gaps(received: Any) -> list[float]:
    """Seconds between one request and the next."""
    times = [one.at for one in received]
    return [(later - before).total_seconds() for before, later in itertools.pairwise(times)]


async def signed(house: Any, **body: Any) -> tuple[Any, Any]:
    """A task that sends signed messages to an endpoint, and that endpoint."""
    endpoint = house.receiver.create_endpoint(SECRET)
    target = {"url": endpoint.url, "secret": SECRET}
    payload = {"type": "report.due", "data": {"n": 1}}
    body = {"notifier": "webhook", "target": target, "payload": payload, **body}
    return await house.make(**body), endpoint


class TestCase25:
    async def test_what_discord_takes_is_a_success_that_keeps_the_message_s_id(
        self, house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        task = await house.make_discord(webhook, payload={"content": "{{task.name}} is due"})
        async with house.working():
            ended = await house.sent(task)
        assert (ended["status"], ended["retryCount"]) == ("SUCCESS", 0)
        (message,) = webhook.messages
        assert (ended["messageId"], message["content"]) == (message["id"], "Daily Report is due")
        (line,) = ended["attempts"]
        assert (line["status"], line["responseCode"], line["snippet"]) == ("SUCCESS", 200, "")
        assert webhook.received[0].query["wait"] == "true"
        assert 0 <= ended["latenessMs"] < 1_000


class TestCase26:
    async def test_500_500_204_is_two_retries_and_a_success(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(500, 500, 204)
        task = await house.make_discord(webhook, maxRetry=3, backoff=QUICK)
        async with house.working():
            ended = await house.sent(task)
        lines = [(one["status"], one["retryCount"]) for one in ended["attempts"]]
        assert lines == [("RETRYING", 1), ("RETRYING", 2), ("SUCCESS", 2)]
        assert (ended["status"], ended["retryCount"]) == ("SUCCESS", 2)
        first, second = gaps(webhook.received)
        assert 0.05 <= first < 1.0
        assert 0.10 <= second < 1.0
        assert house.alerts.received == []


class TestCase26WhereNothingIsCounted:
    @pytest.fixture
    def rate(self) -> None:
        return None

    async def test_a_failure_that_tells_no_count_keeps_its_retry_from_nothing(
        self, house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(500, 500)
        task = await house.make_discord(webhook, backoff=QUICK)
        async with house.working():
            ended = await house.sent(task)
        statuses = [one["status"] for one in ended["attempts"]]
        assert statuses == ["RETRYING", "RETRYING", "SUCCESS"]


class TestCase27:
    async def test_500_for_ever_ends_with_one_alert_elsewhere_and_no_more_firing(
        self, house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(then=500)
        task = await house.make_discord(webhook, every=1, maxRetry=3, backoff=QUICK)
        async with house.working():
            await house.arrives(house.alerts, 1)
            await asyncio.sleep(1.2)
        assert [one.status for one in webhook.received] == [500] * 4
        assert all(
            gap >= at_least
            for gap, at_least in zip(gaps(webhook.received), (0.05, 0.1, 0.2), strict=True)
        )
        (run,) = await house.executions(task)
        lines = [(one["status"], one["retryCount"]) for one in run["attempts"]]
        assert lines == [("RETRYING", 1), ("RETRYING", 2), ("RETRYING", 3), ("FAILED", 3)]
        failed = await house.task(task)
        assert (failed["status"], failed["nextRunAt"]) == ("FAILED", None)
        (alert,) = house.alerts.messages
        assert alert["embeds"][0]["title"] == "Task Failed"
        assert task["id"] in str(alert)

    async def test_a_task_on_the_alert_channel_itself_is_told_of_in_the_log(
        self, house: Any, lines: Any
    ) -> None:
        house.alerts.say(then=500)
        task = await house.make_discord(house.alerts, maxRetry=0)
        async with house.working():
            await house.sent(task)
            await until(lambda: "task.failed" in lines.getvalue())
        assert len(house.alerts.received) == 1

    async def test_an_alert_channel_that_is_gone_is_called_once_and_the_log_tells_the_rest(
        self, house: Any, lines: Any
    ) -> None:
        gone = house.discord.create_webhook()
        for one in (gone, house.alerts):
            one.delete()
        tasks = [await house.make_discord(gone) for _ in range(2)]
        async with house.working():
            for told, task in enumerate(tasks, start=1):
                await house.sent(task)
                await until(lambda told=told: lines.getvalue().count("task.failed") == told)
        assert (len(house.alerts.received), house.discord.offences) == (1, [])

    async def test_many_tasks_that_fail_at_once_alert_without_a_429(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        webhook.delete()
        tasks = [await house.make_discord(webhook) for _ in range(8)]
        async with house.working():
            for task in tasks:
                await house.sent(task)
            await until(lambda: len(house.alerts.messages) >= len(tasks))
        assert [one.status for one in house.alerts.received] == [200] * len(tasks)
        assert house.discord.offences == []


class TestCase28:
    async def test_429_waits_as_told_uses_up_no_retry_and_holds_up_nobody_else(
        self, house: Any
    ) -> None:
        limited, other = house.discord.create_webhook(), house.discord.create_webhook()
        limited.say(Limited(1.1))
        task = await house.make_discord(limited, maxRetry=0)
        fellow, elsewhere = await house.make_discord(limited), await house.make_discord(other)
        async with house.working():
            run = await house.run(task)
            await house.answered(limited)
            theirs, free = await house.run(fellow), await house.run(elsewhere)
            await house.ended(free)
            assert len(limited.received) == 1
            ended, later = await house.ended(run), await house.ended(theirs)
        assert [one["status"] for one in ended["attempts"]] == ["WAITING", "SUCCESS"]
        assert (ended["retryCount"], later["status"]) == (0, "SUCCESS")
        assert gaps(limited.received)[0] >= 1.1
        assert house.discord.offences == []

    async def test_a_global_429_holds_up_everybody(self, house: Any) -> None:
        limited, other = house.discord.create_webhook(), house.discord.create_webhook()
        limited.say(Limited(1.1, everywhere=True))
        task, elsewhere = await house.make_discord(limited), await house.make_discord(other)
        async with house.working():
            run = await house.run(task)
            await house.answered(limited)
            await asyncio.sleep(0.1)
            theirs = await house.run(elsewhere)
            for one in (run, theirs):
                assert (await house.ended(one))["status"] == "SUCCESS"
        (told,) = (one for one in limited.received if one.status == 429)
        assert (other.received[0].at - told.at).total_seconds() >= 1.1
        assert house.discord.offences == []


class TestCase29:
    @pytest.fixture(params=BACKENDS)
    def backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def rate(self) -> Rate:
        return Rate(2, per=1.0)

    async def test_what_remains_is_heeded_by_every_process_so_that_no_429_happens(
        self, house: Any, open_house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        tasks = [await house.make_discord(webhook) for _ in range(7)]
        async with open_house() as other, house.working(), other.working():
            runs = [await house.run(task) for task in tasks]
            for run in runs:
                assert (await house.ended(run))["retryCount"] == 0
        assert [one.status for one in webhook.received] == [200] * 7
        assert house.discord.offences == []


class TestCase30:
    @pytest.fixture(params=BACKENDS)
    def backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    async def test_a_webhook_that_is_gone_is_never_called_again_until_its_address_changes(
        self, house: Any, open_house: Any
    ) -> None:
        gone, good = house.discord.create_webhook(), house.discord.create_webhook()
        gone.delete()
        task, fellow = await house.make_discord(gone), await house.make_discord(gone)
        async with house.working():
            ended = await house.sent(task)
            (line,) = ended["attempts"]
            assert (line["status"], line["responseCode"]) == ("FAILED", 404)
            assert (ended["result"], len(gone.received)) == ("webhook_gone", 1)
            failed = await house.task(task)
            assert (failed["status"], failed["failure"]) == ("FAILED", "webhook_gone")
            assert (await house.sent(fellow))["result"] == "webhook_gone"
            await house.ask("POST", f"{V1}/{task['id']}/toggle")
            assert (await house.sent(task))["result"] == "webhook_gone"
        async with open_house() as restarted, restarted.working():
            assert (await restarted.sent(task))["result"] == "webhook_gone"
            assert len(gone.received) == 1
            changed = {"webhookUrl": good.target, "status": "ACTIVE"}
            await restarted.ask("PATCH", f"{V1}/{task['id']}", json=changed)
            assert (await restarted.sent(task))["status"] == "SUCCESS"
        assert house.discord.offences == []


class TestCase31:
    async def test_a_payload_that_discord_refuses_is_not_sent_again_and_its_reason_is_kept(
        self, house: Any
    ) -> None:
        forum = house.discord.create_webhook(forum=True)
        task = await house.make_discord(forum)
        async with house.working():
            ended = await house.sent(task)
        (line,) = ended["attempts"]
        assert (line["status"], line["responseCode"]) == ("FAILED", 400)
        assert (ended["result"], len(forum.received)) == ("thread_needed", 1)
        assert "thread" in line["message"]
        assert (await house.task(task))["status"] == "FAILED"


class TestCase32:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_DISCORD__TIMEOUT_SECONDS": "0.3"}

    async def test_no_answer_in_time_is_an_unknown_result_that_is_tried_again_and_says_so(
        self, house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        webhook.say(Slow(1.0))
        task = await house.make_discord(webhook, backoff=QUICK)
        async with house.working():
            ended = await house.sent(task)
        first, second = ended["attempts"]
        assert (first["status"], first["reason"]) == ("RETRYING", "unknown_result")
        assert "duplicate" in first["message"]
        assert (second["status"], ended["status"]) == ("SUCCESS", "SUCCESS")


class TestCase33:
    async def test_nobody_is_mentioned_unless_the_payload_says_whom(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        payload = {"content": "@everyone look"}
        task = await house.make_discord(webhook, payload=payload)
        async with house.working():
            await house.sent(task)
        assert webhook.received[0].message["allowed_mentions"] == {"parse": []}
        seen = await house.ask("POST", f"{V1}/preview-message", json={"payload": payload})
        assert seen["body"] == webhook.received[0].message


class TestCase34:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [(401, "webhook_denied"), (403, "webhook_denied"), (404, "webhook_not_found")],
    )
    async def test_eleven_denials_in_ten_minutes_open_a_circuit_that_one_probe_closes(
        self, house: Any, status: int, reason: str
    ) -> None:
        _, endpoint = await signed(house, name="first")
        target = {"url": endpoint.url, "secret": SECRET}
        body = {"notifier": "webhook", "target": target, "payload": {"type": "x"}}
        endpoint.say(then=status)
        tasks = [await house.make(**body) for _ in range(13)]
        async with house.working():
            for task in tasks[:11]:
                assert (await house.sent(task))["result"] == reason
            closed = await house.sent(tasks[11])
            assert (closed["status"], closed["result"]) == ("FAILED", "circuit_open")
            assert len(endpoint.received) == 11
            assert (await house.task(tasks[11]))["status"] == "ACTIVE"
            house.clock.move(minutes=5, seconds=1)
            endpoint.say(then=200)
            assert (await house.sent(tasks[12]))["status"] == "SUCCESS"
            assert (await house.sent(tasks[11]))["status"] == "SUCCESS"


class TestCase35:
    async def test_what_is_sent_is_signed_as_another_library_has_it(self, house: Any) -> None:
        task, endpoint = await signed(house, backoff=QUICK)
        endpoint.say(500)
        async with house.working():
            ended = await house.sent(task)
        assert all(endpoint.is_signed(one) for one in endpoint.received)
        first, second = (one.headers["webhook-id"] for one in endpoint.received)
        assert first == second == f"msg_{ended['id'].replace('-', '')}"
        assert endpoint.received[0].message["type"] == "report.due"

    async def test_while_a_secret_is_rotated_both_sign_and_then_the_new_one_alone(
        self, house: Any
    ) -> None:
        task, endpoint = await signed(house)
        path = f"{V1}/{task['id']}/signing-secret"
        assert (await house.ask("GET", path))["secret"] == SECRET
        new = (await house.ask("POST", f"{path}/rotate"))["secret"]
        async with house.working():
            await house.sent(task)
            endpoint.secrets = (new,)
            await house.sent(task)
            await house.ask("POST", f"{path}/settle", 204)
            await house.sent(task)
            endpoint.secrets = (SECRET,)
            last = await house.sent(task)
        assert [one.status for one in endpoint.received] == [200, 200, 200, 401]
        assert last["status"] == "FAILED"
        endpoint.secrets = (SECRET, new)
        assert (await house.ask("GET", path))["secret"] == new

    async def test_only_what_is_signed_has_a_secret(self, house: Any) -> None:
        task = await house.make()
        for method, path in (("GET", ""), ("POST", "/rotate"), ("POST", "/settle")):
            told = await house.ask(method, f"{V1}/{task['id']}/signing-secret{path}", 404)
            assert told["code"] == "nothing_signed"


class TestCase36:
    async def test_410_closes_the_endpoint_at_once(self, house: Any) -> None:
        task, endpoint = await signed(house)
        endpoint.say(410)
        async with house.working():
            assert (await house.sent(task))["result"] == "webhook_gone"
            assert (await house.task(task))["status"] == "FAILED"
            assert (await house.sent(task))["result"] == "webhook_gone"
        assert len(endpoint.received) == 1

    async def test_a_redirect_is_a_failure_and_is_not_followed(self, house: Any) -> None:
        trap = house.receiver.create_endpoint(SECRET)
        task, endpoint = await signed(house, maxRetry=1, backoff=QUICK)
        endpoint.say(then=302)
        async with house.working():
            ended = await house.sent(task)
        assert (ended["status"], ended["result"]) == ("FAILED", "redirected")
        assert len(endpoint.received) == 2
        assert trap.received == []


class TestTheDashboard:
    async def test_its_numbers_are_those_of_what_was_sent(self, house: Any) -> None:
        good, bad = house.discord.create_webhook(), house.discord.create_webhook()
        bad.delete()
        tasks = [await house.make_discord(one) for one in (good, good, good, bad)]
        due = await house.make(name="Soon", every=3600)
        async with house.working():
            for task in tasks:
                await house.sent(task)
        stats = await house.ask("GET", "/api/dashboard/stats")
        assert sum(hour["runs"] for hour in stats["hours"]) == 4
        assert sum(hour["failures"] for hour in stats["hours"]) == 1
        assert stats["successRate"] == 0.75
        for spread in (stats["latenessMs"], stats["latencyMs"]):
            assert 0 <= spread["p50"] <= spread["p95"] < 10_000
        first = stats["upcoming"][0]
        assert (first["taskId"], first["taskName"]) == (due["id"], "Soon")
        assert instant(first["nextRunAt"]) == instant(due["nextRunAt"])
        assert len(stats["upcoming"]) == 4
