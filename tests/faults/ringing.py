"""A worker like any other, which fires and delivers; what is delivered leaves a line in a file.

    python -m ringing JOURNAL

Its settings come from the environment, and it ends when its standard input does. Messages of
kind `log` are what it delivers: each has arrived once its line is in the file beside the journal.
"""

import asyncio
import logging
import os
import sys
import threading
from pathlib import Path

import uvloop
from journal import Deed, Journal
from toiling import end_with_whoever_started_us

from homeroom_entrypoints.cli.stopping import stop_on_signals
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_entrypoints.worker.settings import Part

PARTS = frozenset({Part.SCHEDULER, Part.JOBS})


def bell_beside(journal: Path) -> Path:
    """Where deliveries are written down."""
    return journal.with_suffix(".rung")


class Bell(logging.Handler):
    """Writes down each delivery, whole or not at all, before it is known as delivered."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.INFO)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def emit(self, record: logging.LogRecord) -> None:
        rung = record.__dict__.get("delivery_id", "")
        os.write(self._file, f"{rung}\n".encode())


async def main(journal: Journal) -> None:
    """Fire and deliver until SIGTERM."""
    settings = load_settings(os.environ)
    configure_logs(settings.log)
    notifier = logging.getLogger("homeroom.notifier")
    notifier.setLevel(logging.INFO)
    notifier.propagate = False
    notifier.addHandler(Bell(bell_beside(journal.path)))
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with open_homeroom(settings) as homeroom:
        journal.note(Deed.UP)
        await run_worker(homeroom, worker_settings(settings, PARTS), stop)


if __name__ == "__main__":
    threading.Thread(target=end_with_whoever_started_us, daemon=True).start()
    uvloop.run(main(Journal(Path(sys.argv[1]))))
