"""What a benchmark must know about its machine: who is on which core, and what it used of it.

The contender's own process is pinned to core 0, load and stores to core 1, where the machine has
two cores and lets us choose.
"""

import asyncio
import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

WORKER_CORE, STORE_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def can_pin() -> bool:
    return shutil.which("taskset") is not None and cores() > 1


def on_core(core: int, command: Sequence[str]) -> list[str]:
    """The *command*, to be run on one core only where that is possible."""
    return ["taskset", "-c", str(core), *command] if can_pin() else list(command)


def pin(pids: Iterable[int], core: int) -> None:
    """Keep running processes, and those they start later, on one core."""
    if not can_pin():
        return
    for pid in pids:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {core})


def cpu_seconds(group: int) -> float:
    """CPU time that a process group has used so far, its finished children included."""
    used = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                used += sum(map(int, fields[11:15]))
    return used / TICKS


@attrs.define
class Meter:
    """CPU microseconds per operation of a process group, between `start` and `per_operation`."""

    group: int
    _began: float = attrs.field(default=0.0, init=False, alias="began")

    def start(self) -> None:
        self._began = cpu_seconds(self.group)

    def per_operation(self, operations: int) -> float:
        return (cpu_seconds(self.group) - self._began) * 1_000_000 / operations


def _busy_and_total() -> tuple[int, int]:
    first = Path("/proc/stat").read_text().partition("\n")[0]
    ticks = [int(field) for field in first.split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


async def quiet(*, below: float = 0.15, at_most: float = 20.0) -> bool:
    """Wait until the rest of the machine uses less than *below* of it, or patience ends."""
    deadline = time.monotonic() + at_most
    while time.monotonic() < deadline:
        busy, total = _busy_and_total()
        await asyncio.sleep(0.25)
        busy_later, total_later = _busy_and_total()
        if busy_later - busy < below * (total_later - total):
            return True
    return False


class ChildFailed(Exception):
    """A benchmark child ended without its line of figures."""


async def figures_of(
    command: Sequence[str],
    *,
    core: int = WORKER_CORE,
    settings: Sequence[tuple[str, str]] = (),
    within: float = 600,
) -> dict[str, float]:
    """Run *command* in a process of its own; its last line is a JSON object of figures."""
    child = await asyncio.create_subprocess_exec(
        *on_core(core, command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONSAFEPATH": "", **dict(settings)},
        start_new_session=True,
    )
    try:
        out, err = await asyncio.wait_for(child.communicate(), within)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, 9)
    if child.returncode != 0 or not out.strip():
        raise ChildFailed(f"{command[1]}: {err.decode(errors='replace').strip()[-300:]}")
    figures: dict[str, float] = json.loads(out.decode().strip().splitlines()[-1])
    return figures
