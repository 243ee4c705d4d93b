"""The scheduler works a little ahead of time; nobody can tell, but by how punctual it is."""

from datetime import timedelta
from typing import Any

import pytest
from sending_house import instant

pytestmark = pytest.mark.anyio

NOON = "2026-05-01T12:00:00+00:00"
MINUTELY = {"schedule": "* * * * *", "timezone": "UTC"}


def before(text: str, milliseconds: float) -> str:
    """So long before the instant in *text*."""
    return (instant(text) - timedelta(milliseconds=milliseconds)).isoformat()


class TestAheadOfTime:
    async def test_a_firing_is_put_in_motion_early_and_sent_when_it_is_due(
        self, house: Any
    ) -> None:
        house.clock.set(before(NOON, 30_000))
        task = await house.make(**MINUTELY)
        house.clock.set(before(NOON, 200))
        assert await house.fire() == 0
        house.clock.set(before(NOON, 90))
        assert await house.fire() == 1
        (run,) = await house.executions(task)
        assert instant(run["scheduledFor"]) == instant(NOON)
        async with house.working():
            sent = await house.ended(run)
        assert sent["status"] == "SUCCESS"
        assert instant(sent["startedAt"]) >= instant(NOON)

    async def test_whether_a_run_overlaps_is_not_decided_before_the_next_is_due(
        self, house: Any
    ) -> None:
        house.clock.set(before(NOON, 30_000))
        task = await house.make(**MINUTELY, overlap="skip")
        house.clock.set(NOON)
        assert await house.fire() == 1
        house.clock.move(seconds=59.92)
        assert await house.fire() == 0
        house.clock.move(seconds=0.1)
        assert await house.fire() == 1
        assert [run["status"] for run in await house.executions(task)] == ["PENDING", "SKIPPED"]

    async def test_what_is_called_off_before_its_job_was_taken_up_is_never_sent(
        self, house: Any
    ) -> None:
        house.clock.set(before(NOON, 30_000))
        task = await house.make(**MINUTELY)
        house.clock.set(before(NOON, 90))
        assert await house.fire() == 1
        await house.ask("POST", f"/api/v1/tasks/{task['id']}/toggle")
        (run,) = await house.executions(task)
        async with house.working():
            assert (await house.ended(run))["status"] == "CANCELLED"
