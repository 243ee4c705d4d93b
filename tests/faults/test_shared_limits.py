"""One webhook that takes five messages in two seconds, and two processes that send to it."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import pytest
from backends import BACKENDS
from grounds import Ground
from workers import WorkerProcess, until

from homeroom.kernel.actor import Actor, Role
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.policies import Overlap
from homeroom.scheduling.model.target_checks import TargetGiven
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.use_cases.given import PoliciesGiven, TimingGiven
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.discord import Discord, Webhook, open_discord
from homeroom_testing.discord_limits import Rate

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

RATE = Rate(5, per=2)
MESSAGES = 30
NAMES = ("127.0.0.1", "localhost")


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with open_discord(rate=RATE) as discord:
        yield discord


@pytest.fixture
def settings(settings: Mapping[str, str], discord: Discord) -> Mapping[str, str]:
    """One key for all of them is in the data directory, which they share."""
    return {
        **settings,
        "HOMEROOM_DISCORD__BASE_URL": discord.url,
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
        "HOMEROOM_SCHEDULING__ALLOW_HTTP": "true",
    }


async def hire(ground: Ground, discord: Discord) -> None:
    """A worker for each of the names."""
    for name in NAMES:
        base = discord.url.replace("127.0.0.1", name)
        own = {**ground.settings, "HOMEROOM_DISCORD__BASE_URL": base}
        program = (sys.executable, "-m", "ringing")
        ground.workers.append(WorkerProcess(own, ground.journal.path, program))
    for worker in ground.workers:
        worker.start()
    for worker in ground.workers:
        await worker.until_up(ground.journal)


async def ask_for(ground: Ground, webhook: Webhook, count: int) -> None:
    """So many messages at once, to one webhook."""
    async with open_homeroom(load_settings(dict(ground.settings))) as homeroom:
        house = Institution.found("A school", at=datetime.now(UTC))
        async with homeroom.start() as unit:
            await unit.institutions.add(house)
            await unit.commit()
        actor = Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))
        given = TaskGiven(
            name="Bell",
            kind=NotifierKind.DISCORD,
            target=TargetGiven(url=webhook.target),
            payload={"content": "It rings."},
            timing=TimingGiven(cron="@yearly"),
            policies=PoliciesGiven(overlap=Overlap.ALLOW_ALL),
        )
        task = await homeroom.scheduling.create_task(actor, given)
        for _ in range(count):
            await homeroom.scheduling.run_now(actor, task.id)


def senders(webhook: Webhook) -> Counter[str]:
    """How many messages came from each process: each calls the host by a name of its own."""
    return Counter(one.headers["host"].partition(":")[0] for one in webhook.received)


@pytest.mark.parametrize("backend", [BACKENDS[1].as_parameter(), BACKENDS[0].as_parameter()])
async def test_two_processes_share_what_one_webhook_takes(ground: Ground, discord: Discord) -> None:
    webhook = discord.create_webhook()
    await hire(ground, discord)
    begun = datetime.now(UTC)
    await ask_for(ground, webhook, MESSAGES)
    await until(lambda: len(webhook.received) >= MESSAGES, within=60, step=0.1)
    took = (datetime.now(UTC) - begun).total_seconds()
    assert [one.status for one in webhook.received] == [200] * MESSAGES
    assert discord.offences == []
    assert senders(webhook).keys() == set(NAMES)
    assert took >= (MESSAGES / RATE.limit - 1) * RATE.per * 0.9, "faster than it takes them"
