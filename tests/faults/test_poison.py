"""Jobs that harm whoever runs them: they are ended by themselves, and the others go on."""

import asyncio
from collections.abc import Sequence

import pytest
from backends import EVERY_BACKEND, Backend
from grounds import Ground, under_load
from toiling import BLOCKING, EXITING, Toil
from workers import until

from homeroom.kernel.jobs import WorkPolicy

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

LEASE = 1.0
RATE = 30.0
POISON = 1_000_000

UNREADABLE = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"n"',
    "{}",
    '{"n": "seven"}',
    '{"n": 1.5}',
    '{"n": 1, "strange": true}',
    "[" * 5_000,
    "\N{SNOWMAN}",
    "\x7f\x1b[2J",
]


@EVERY_BACKEND
async def test_a_handler_that_blocks_the_loop_for_three_leases_starts_once(
    ground: Ground, backend: Backend
) -> None:
    workers = [ground.worker(jobs__lease_seconds=LEASE) for _ in range(2)]
    for worker in workers:
        await worker.until_up(ground.journal)
    async with under_load(ground, RATE):
        await ground.client.ask(Toil(n=POISON, seconds=3.3 * LEASE, way=BLOCKING))
        await asyncio.sleep(4 * LEASE)
    await ground.until_settled(within=30)
    account = ground.account()
    assert account.findings(lease=LEASE) == []
    assert account.starts()[POISON] == 1
    assert account.jobs[POISON].attempts == 1
    (blocked,) = [span for span in account.spans() if span.n == POISON]
    meanwhile = [s for s in account.spans() if blocked.begun + LEASE < s.begun < blocked.ended]
    # A loop that stands still in the middle of a transaction keeps SQLite's only lock.
    if backend.storage != "sqlite":
        assert len(meanwhile) > LEASE * RATE / 3, "the other worker should have gone on"


@EVERY_BACKEND
async def test_a_handler_that_ends_its_process_is_dead_after_its_attempts_and_others_flow(
    ground: Ground,
) -> None:
    worker = ground.worker(jobs__lease_seconds=LEASE)
    async with under_load(ground, RATE), ground.kept_up(worker):
        policy = WorkPolicy(max_attempts=3)
        await ground.client.ask(Toil(n=POISON, way=EXITING), policy=policy)
        await until(lambda: ground.ledger.jobs()[POISON].state == "dead", within=60, step=0.2)
    await worker.until_up(ground.journal)
    await ground.until_settled(within=30)
    account = ground.account()
    poison = account.jobs[POISON]
    assert (poison.attempts, account.starts()[POISON], len(account.deaths)) == (3, 3, 3)
    assert "lease ran out" in (poison.last_error or "")
    assert account.lost() == [POISON]
    assert account.effects_too_many() == []
    assert account.twice_at_once() == []


@EVERY_BACKEND
async def test_what_cannot_be_read_goes_straight_to_the_dead_letters(ground: Ground) -> None:
    await ground.client.ask_some(len(UNREADABLE) + 1)
    stranger, *spoilt = _ids(ground)
    for job_id, payload in zip(spoilt, UNREADABLE, strict=True):
        ground.ledger.database.rows("UPDATE jobs SET payload = ? WHERE id = ?", payload, job_id)
    rename = "UPDATE jobs SET name = 'faults.unheard_of.v1' WHERE id = ?"
    ground.ledger.database.rows(rename, stranger)
    await ground.client.ask_some(20)
    ground.worker(jobs__lease_seconds=LEASE)
    await ground.until_settled(within=30)
    jobs = {job_id: (state, attempts, why) for job_id, state, attempts, why in _ends(ground)}
    assert {jobs[job_id][:2] for job_id in (stranger, *spoilt)} == {("dead", 1)}
    assert jobs[stranger][2].startswith("unknown_work")
    assert all(jobs[job_id][2].startswith("undecodable") for job_id in spoilt)
    assert len(ground.ledger.effects()) == 20


def _ids(ground: Ground) -> Sequence[object]:
    return [row[0] for row in ground.ledger.database.rows("SELECT id FROM jobs ORDER BY id")]


def _ends(ground: Ground) -> Sequence[tuple[object, str, int, str]]:
    asked = "SELECT id, state, attempts, coalesce(last_error, '') FROM jobs"
    return [(row[0], row[1], row[2], row[3]) for row in ground.ledger.database.rows(asked)]
