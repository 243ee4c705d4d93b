"""What the suites over a carrier share: openings on one broker, jobs, and ways to receive them."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest

from homeroom.kernel.carrier import Carrier, Parcel, Ready
from homeroom.kernel.ids import JobId, new_id
from homeroom_testing.conformance.contract import Conformance

QUEUE = "lessons"
SHORT = 0.3
LONG = 5.0

ODD_TEXTS = (
    "",
    " ",
    "{",
    "plain words",
    '{"a": "\\\\ tab\\t"}\t\n\\N ñ 🎓',
    '{"n": 12345678901234567890, "f": 0.1, "deep": [[[{}]]], "é": null}',
    "[1e999, NaN]",
    "\u2028\u2029 line separators, \ufeff a mark, \x7f\x1b controls",
    "true",
    "'\"`$(x) %s {0} --",
)
"""Payloads that have broken somebody's transport: not all of them are JSON."""

Empty = Callable[[], Awaitable[None]]
"""A backdoor: the broker loses all it has, at once."""


class Smuggle(Protocol):
    """A backdoor: another program puts a job named *name* into *queue*; *data* is JSON."""

    async def __call__(self, queue: str, name: str, data: str) -> None: ...


class OpenHere(Protocol):
    """Opens a carrier as another process on the same broker would."""

    def __call__(self, environment: str = ...) -> AbstractAsyncContextManager[Carrier]: ...


class CarrierGround(Conformance):
    """Subclass, provide `open_here` and `empty`, inherit the proof."""

    @pytest.fixture
    def open_here(self) -> OpenHere:
        """Opens carriers on one broker, which carries nothing when the test begins."""
        raise NotImplementedError("return something that opens carriers on one empty broker")

    @pytest.fixture
    def empty(self) -> Empty:
        raise NotImplementedError("return something that makes the broker forget everything")

    @pytest.fixture
    def smuggle(self) -> Smuggle:
        self.require("strangers")
        raise NotImplementedError("return something that puts a stranger's job into a queue")

    @pytest.fixture
    async def carrier(self, open_here: OpenHere) -> AsyncIterator[Carrier]:
        async with open_here() as carrier:
            yield carrier

    @pytest.fixture
    async def other(self, open_here: OpenHere) -> AsyncIterator[Carrier]:
        """The same carrier as another process sees it."""
        async with open_here() as carrier:
            yield carrier


def a_job(
    job_id: JobId | None = None,
    *,
    token: int = 0,
    payload: str = '{"n": 1}',
    queue: str = QUEUE,
    priority: int = 0,
) -> Ready:
    """A ready job as a storage would tell of it."""
    return Ready(
        id=job_id or JobId(new_id()),
        token=token,
        name="workshop.chore.v1",
        payload=payload,
        queue=queue,
        priority=priority,
        trace_id="5f0c",
    )


async def collect(
    carrier: Carrier, count: int, *, queue: str = QUEUE, limit: int = 10, at_most: float = LONG
) -> list[Parcel]:
    """Receive until there are *count* parcels or *at_most* seconds are over; all are held."""
    until = time.monotonic() + at_most
    held: list[Parcel] = []
    while len(held) < count and (left := until - time.monotonic()) > 0:
        room = min(limit, count - len(held))
        held += await carrier.receive(queue, limit=room, at_most=left)
    return held


async def nothing_for(carrier: Carrier, queue: str = QUEUE) -> None:
    assert list(await carrier.receive(queue, limit=10, at_most=SHORT)) == []


def ids(parcels: Sequence[Parcel]) -> list[JobId]:
    """The ids of our jobs in *parcels*, in order."""
    return [parcel.job_id for parcel in parcels if parcel.job_id is not None]
