"""Identity: UUIDv7, so that ids sort by birth and indexes stay warm."""

import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import NewType
from uuid import UUID

InstitutionId = NewType("InstitutionId", UUID)
PersonId = NewType("PersonId", UUID)
JobId = NewType("JobId", UUID)
EventId = NewType("EventId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)

_COUNTER_BITS = 42  # rand_a (12 bits) and the head of rand_b (30 bits): RFC 9562, method 2
_TAIL_BITS = 32


class Uuid7:
    """Makes UUIDv7 values that grow strictly within one process."""

    def __init__(self, milliseconds: Callable[[], int] | None = None) -> None:
        self._milliseconds = milliseconds or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._last = 0
        self._counter = 0

    def __call__(self) -> UUID:
        with self._lock:
            self._advance()
            moment, counter = self._last, self._counter
        return UUID(int=_assemble(moment, counter, int.from_bytes(os.urandom(_TAIL_BITS // 8))))

    def _advance(self) -> None:
        now = self._milliseconds()
        if now > self._last:
            self._last, self._counter = now, secrets.randbits(_COUNTER_BITS - 1)
        else:  # same millisecond, or a clock set back: keep growing
            self._counter += 1
            if self._counter >> _COUNTER_BITS:
                self._last, self._counter = self._last + 1, 0


def _assemble(moment: int, counter: int, tail: int) -> int:
    rand_a, head = counter >> 30, counter & ((1 << 30) - 1)
    return (
        (moment & ((1 << 48) - 1)) << 80
        | 0x7 << 76
        | rand_a << 64
        | 0b10 << 62
        | head << _TAIL_BITS
        | tail
    )


new_id = Uuid7()
"""A fresh id. Naming a thing is not a decision, so this may be called anywhere."""
