"""Ends that take only so many messages in a time: each message waits for its own place, once."""

from typing import Any

import pytest

from homeroom.kernel.jobs import work_names
from homeroom.kernel.page import CursorRequest
from homeroom.operations.model import JobFilter
from homeroom.scheduling.use_cases.firing import DeliverExecution
from homeroom_testing.discord_limits import Rate

pytestmark = pytest.mark.anyio

MANY = 40


async def deliveries_asked_for(house: Any) -> int:
    """How many jobs there ever were that send."""
    wanted = JobFilter(reach=None, name=work_names.name_of(DeliverExecution))
    queries, found, after = house.homeroom.plant.storage.job_queries, 0, None
    while True:
        page = await queries.find(wanted, CursorRequest(after, limit=200))
        found, after = found + len(page.items), page.next
        if after is None:
            return found


class TestManyToOneWebhook:
    @pytest.fixture
    def rate(self) -> Rate:
        return Rate(5, per=0.5)

    async def test_each_waits_about_once_whichever_process_sends_it(
        self, house: Any, open_house: Any
    ) -> None:
        webhook = house.discord.create_webhook()
        task = await house.make_discord(webhook, overlap="allowAll")
        for _ in range(MANY):
            await house.run(task)
        async with open_house() as other, house.working(), other.working():
            await house.all_ended(MANY)
        runs = await house.executions(task)
        assert {run["status"] for run in runs} == {"SUCCESS"}
        assert [one.status for one in webhook.received] == [200] * MANY
        assert house.discord.offences == []
        for run in runs:
            seen = await house.ask("GET", f"/api/v1/executions/{run['id']}")
            noted = [line["status"] for line in seen["attempts"]]
            assert noted in (["SUCCESS"], ["WAITING", "SUCCESS"])
        assert await deliveries_asked_for(house) <= 2.2 * MANY
