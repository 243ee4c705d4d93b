"""The process that hashes for another: each line that it is sent, it answers by one.

It has its turn when nobody else on the machine wants one, which a thread must not do: put aside
while it holds the interpreter, it would hold up all the others. It leaves when its input ends,
as it does however the process ended that began it.
"""

import base64
import json
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any, BinaryIO

import attrs

from homeroom.people.ports.hashing import PasswordHasherSettings
from homeroom_adapters.argon2.beside import THREADS, at_once
from homeroom_adapters.argon2.work import Work


@attrs.frozen(eq=False)
class Desk:
    """Does *work* in the threads of *pool*, and answers into *out*, whole lines at a time."""

    work: Work
    pool: Executor
    out: BinaryIO
    lock: Lock = attrs.field(factory=Lock)
    asked: dict[int, Future[None]] = attrs.field(factory=dict)

    def take(self, asked: Mapping[str, Any]) -> None:
        """Whoever asked and went away is not worked for, if it was not their turn yet."""
        number = asked["number"]
        if asked["what"] == "leave":
            waits = self.asked.get(number)
            if waits is not None:
                waits.cancel()
        else:
            doing = self.asked[number] = self.pool.submit(self._answer, asked)
            doing.add_done_callback(lambda _: self.asked.pop(number, None))

    def _answer(self, asked: Mapping[str, Any]) -> None:
        told = json.dumps({"number": asked["number"], **self._done(asked)}).encode()
        with self.lock:
            self.out.write(told + b"\n")
            self.out.flush()

    def _done(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        secret = base64.b64decode(asked["secret"])
        try:
            if asked["what"] == "hash":
                return {"hashed": self.work.hash(secret)}
            return attrs.asdict(self.work.check(secret, asked["hashed"]))
        except Exception:  # noqa: BLE001 - whoever asked waits for a line, whatever ails us
            return {"busy": True}


def _stand_back() -> None:
    """The threads that are begun after this stand back, too."""
    with suppress(OSError, AttributeError):  # no such turn on this system
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main() -> None:
    for stop in (signal.SIGINT, signal.SIGTERM):  # who began us says when it is over
        signal.signal(stop, signal.SIG_IGN)
    _stand_back()
    settings = PasswordHasherSettings(**json.loads(sys.argv[1]))
    with ThreadPoolExecutor(at_once(settings), THREADS) as pool:
        desk = Desk(Work(settings), pool, sys.stdout.buffer)
        for line in sys.stdin.buffer:
            desk.take(json.loads(line))
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main()
