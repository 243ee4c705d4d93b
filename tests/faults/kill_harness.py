"""A storm of kills: workers die at random points under load and are started again at once.

Two workers share the work, so that a job which ran twice at once would show. Whoever dies next,
and where, is drawn from a seed. One worker is always up: how long the orphans of a house without
any worker wait is no question to a queue.

How much a session does, over all four backends together, is said by `--kills`:

| | `--kills 50`, the default, as in CI | `--kills 500`, as by `tox -e faults` |
|---|---|---|
| `kill -9` | 13 on each backend | 125 on each |
| SIGTERM under load | 5 on each backend, 20 in all | 20 on each |
| lease | 3 s, so the last orphan within 4 s | 15 s, the default, so within 16 s |

From `backends.LONG_RUN` kills on, a session is a long one. The bounds are the same in both: none
lost, no effect twice, the last orphan done within lease + 1 s. That one bound gives way by what
jobs which no kill concerned are late, by 2 s at most; on SQLite, where no process wakes another,
most are. A storm whose orphans were late, or on a machine too busy to tell, is followed by another,
and the third time the session fails; what is lost, or done twice, fails it at once.
What faults are drawn from is printed; `--fault-seed` repeats it.
"""

import asyncio
import random
from collections.abc import Sequence

import attrs
from accounts import Account, Death
from grounds import Ground, under_load
from workers import Moment, WorkerProcess

RATE = 60.0
"""Jobs asked for in a second. With `Client.longest`, about a third of what two workers can do."""

GAP = (0.05, 1.2)
"""Seconds from one kill to the next, at least and at most; some find a worker just starting."""

CALM = 0.6
"""Seconds after a death by which the database has ended the dead worker's last transaction."""


@attrs.frozen
class Storm:
    """*kills* kills of workers that hold each job under a *lease* of so many seconds."""

    kills: int
    lease: float
    seed: int
    moments: Sequence[Moment] = tuple(Moment)
    calm: float = 1.0
    """How many times less load than usual, and how many times longer from kill to kill."""

    async def over(self, ground: Ground) -> Account:
        """Let it pass over *ground*; what is known once all is settled and the workers stopped."""
        luck = random.Random(self.seed)
        workers = [ground.worker(jobs__lease_seconds=self.lease) for _ in range(2)]
        for worker in workers:
            await worker.until_up(ground.journal)
        async with under_load(ground, RATE / self.calm):
            for _ in range(self.kills):
                await asyncio.sleep(self.calm * luck.uniform(*GAP))
                victim, survivor = luck.sample(workers, 2)
                await survivor.until_up(ground.journal)
                await _strike(ground, victim, luck.choice(self.moments))
        await ground.until_settled(within=self.lease + 60)
        for worker in workers:
            await worker.until_up(ground.journal)
            await worker.terminate(within=30)
        return await asyncio.to_thread(ground.account)


async def _strike(ground: Ground, victim: WorkerProcess, moment: Moment) -> None:
    """Kill *victim* and start it again; write down what it left."""
    pid = victim.pid
    died_at = await victim.die(moment)
    victim.start()
    await asyncio.sleep(CALM)
    held = await asyncio.to_thread(ground.ledger.held_by, pid)
    ground.deaths.append(Death(pid, died_at, held))
