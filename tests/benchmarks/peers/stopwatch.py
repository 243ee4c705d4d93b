"""What a call costs in CPU time, measured inside the process that makes it.

Standard library only: peers measure themselves with it, in environments of their own.
"""

import statistics
import time
from collections.abc import Awaitable, Callable

BATCHES = 10


def per_call(work: Callable[[], object], calls: int) -> float:
    """CPU microseconds of one call: the median of batches, after a warm-up."""
    repeat(work, max(1, calls // 5))
    size = max(1, calls // BATCHES)
    costs: list[float] = []
    for _ in range(BATCHES):
        began = time.process_time()
        repeat(work, size)
        costs.append((time.process_time() - began) / size)
    return statistics.median(costs) * 1e6


def repeat(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


async def per_await(work: Callable[[], Awaitable[object]], calls: int) -> float:
    """As `per_call`, for what has to be awaited; threads it makes use of are counted too."""
    await repeat_awaiting(work, max(1, calls // 5))
    size = max(1, calls // BATCHES)
    costs: list[float] = []
    for _ in range(BATCHES):
        began = time.process_time()
        await repeat_awaiting(work, size)
        costs.append((time.process_time() - began) / size)
    return statistics.median(costs) * 1e6


async def repeat_awaiting(work: Callable[[], Awaitable[object]], times: int) -> None:
    for _ in range(times):
        await work()
