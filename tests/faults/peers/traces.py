"""What every peer's program shares: the lines it leaves, the length of a job, and its end.

Called as `<peer>_toiler.py load URL JOBS` it asks for that many jobs; as `<peer>_toiler.py work
URL JOURNAL` it does them, ten at a time, until it is killed.
"""

import asyncio
import os
import sys
import threading
import time
from typing import Protocol

SLOTS = 10
SECONDS = 0.3


class Toiler(Protocol):
    """A queue, used as its own documentation shows, with its defaults but for `SLOTS`."""

    async def load(self, url: str, jobs: int) -> None: ...

    async def work(self, url: str) -> None: ...


def note(deed: str, n: int) -> None:
    """One line in the journal, as `journal.Journal` writes them."""
    line = f"{deed} {n} 1 {os.getpid()} {time.monotonic():.6f}\n"
    descriptor = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(descriptor, line.encode())
    os.close(descriptor)


async def toil(n: int) -> None:
    """The job."""
    note("S", n)
    await asyncio.sleep(SECONDS)
    note("D", n)


def main(toiler: Toiler) -> None:
    """Do what the command line says; never outlive whoever started us."""
    command, url, last = sys.argv[1:]
    if command == "load":
        asyncio.run(toiler.load(url, int(last)))
    else:
        threading.Thread(target=_end_with_whoever_started_us, daemon=True).start()
        asyncio.run(_work(toiler, url))


async def _work(toiler: Toiler, url: str) -> None:
    note("U", 0)
    await toiler.work(url)


def _end_with_whoever_started_us() -> None:
    os.read(0, 1)
    os._exit(3)
