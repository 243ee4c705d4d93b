"""A storm of `kill -9`: nothing is lost, every effect happens once, orphans do not wait long."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from backends import BACKENDS, EVERY_BACKEND, Extent
from grounds import Ground
from kill_harness import Storm
from toiling import CARELESS
from workers import Moment

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(3600)]


CALM = (1.0, 1.0, 2.0)
"""How calm storms are, from the first to the last that a busy machine is given."""


@EVERY_BACKEND
async def test_no_kill_loses_a_job_or_repeats_an_effect(
    another_ground: Callable[[], AbstractAsyncContextManager[Ground]], extent: Extent, seed: int
) -> None:
    for calm in CALM:
        async with another_ground() as ground:
            storm = Storm(extent.kills_each, extent.lease, seed, calm=calm)
            account = await storm.over(ground)
        print(account.sentence())
        assert account.lost() == []
        assert account.effects_too_many() == []
        assert account.twice_at_once() == []
        assert [worker.exit_code for worker in ground.workers] == [0, 0]
        assert sum(len(death.held) for death in account.deaths) > 0, "no kill hit any work"
        findings = account.findings(lease=extent.lease, longest=ground.client.longest)
        if not findings:
            break
    assert findings == []


@pytest.mark.parametrize("backend", [BACKENDS[0].as_parameter()])
async def test_the_harness_catches_a_handler_that_asks_no_inbox(ground: Ground, seed: int) -> None:
    ground.client.way = CARELESS
    account = await Storm(3, 1.0, seed, [Moment.AFTER_EFFECT]).over(ground)
    assert account.effects_too_many()
    assert account.lost() == []
