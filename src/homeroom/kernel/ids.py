"""Identity: UUIDv7, so that ids sort by birth and indexes stay warm."""

import os
import secrets
import struct
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
TaskId = NewType("TaskId", UUID)
ExecutionId = NewType("ExecutionId", UUID)
SessionId = NewType("SessionId", UUID)
TokenId = NewType("TokenId", UUID)
EntryId = NewType("EntryId", UUID)
ConsentId = NewType("ConsentId", UUID)
TicketId = NewType("TicketId", UUID)
VendorId = NewType("VendorId", UUID)
ExamId = NewType("ExamId", UUID)
ObjectiveId = NewType("ObjectiveId", UUID)
QuestionId = NewType("QuestionId", UUID)
SittingId = NewType("SittingId", UUID)
NoteId = NewType("NoteId", UUID)
DisputeId = NewType("DisputeId", UUID)
RegradeId = NewType("RegradeId", UUID)
GenerationId = NewType("GenerationId", UUID)
NodeId = NewType("NodeId", UUID)
EnrolmentId = NewType("EnrolmentId", UUID)
DistrictId = NewType("DistrictId", UUID)

_COUNTER_BITS = 42  # rand_a (12 bits) and the head of rand_b (30 bits): RFC 9562, method 2
_TAIL_BITS = 32
_HEAD = (1 << 30) - 1


class Uuid7:
    """Makes UUIDv7 values that grow strictly within one process."""

    def __init__(self, milliseconds: Callable[[], int] | None = None) -> None:
        self._milliseconds = milliseconds or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._last = 0
        self._counter = 0

    def __call__(self) -> UUID:
        return self.many(1)[0]

    def many(self, count: int) -> list[UUID]:
        """*count* of them, in order, in half the time that they take one by one."""
        with self._lock:
            moment, first = self._advance(count)
        tails = struct.unpack(f"={count}I", os.urandom(_TAIL_BITS // 8 * count))
        marks = (moment & ((1 << 48) - 1)) << 80 | 0x7 << 76 | 0b10 << 62
        return [
            UUID(int=marks | (counter >> 30) << 64 | (counter & _HEAD) << _TAIL_BITS | tail)
            for counter, tail in enumerate(tails, first)
        ]

    def _advance(self, count: int) -> tuple[int, int]:
        """The moment and the first of *count* counters that are taken now."""
        now = self._milliseconds()
        if now > self._last:
            self._last, first = now, secrets.randbits(_COUNTER_BITS - 1)
        else:  # same millisecond, or a clock set back: keep growing
            first = self._counter + 1
        if (first + count - 1) >> _COUNTER_BITS:
            self._last, first = self._last + 1, 0
        self._counter = first + count - 1
        return self._last, first


new_id = Uuid7()
"""A fresh id. Naming a thing is not a decision, so this may be called anywhere."""
