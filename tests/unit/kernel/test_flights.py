"""Shared work: who waits for what, and who may end it."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from homeroom.kernel.flights import Abandoned, Flights, arrival

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def work(
    gate: asyncio.Event, done: list[str], name: str
) -> Callable[[], Coroutine[None, None, str]]:
    async def fly() -> str:
        await gate.wait()
        done.append(name)
        return name

    return fly


async def test_who_boards_while_one_is_under_way_flies_with_the_next() -> None:
    gate, done, flights = asyncio.Event(), list[str](), Flights[str]()
    first = flights.board("k", work(gate, done, "first"))
    second = flights.board("k", work(gate, done, "second"))
    assert flights.board("k", work(gate, done, "third")) is second
    gate.set()
    assert [await arrival(first), await arrival(second)] == done == ["first", "second"]
    assert not flights.under_way("k")


async def test_launching_what_is_under_way_does_nothing() -> None:
    gate, done, flights = asyncio.Event(), list[str](), Flights[str]()
    for name in ("first", "second"):
        flights.launch("k", work(gate, done, name))
    gate.set()
    await flights.close(grace=1)
    assert done == ["first"]


async def test_closing_waits_for_what_is_under_way_and_for_who_boarded() -> None:
    gate, done, flights = asyncio.Event(), list[str](), Flights[str]()
    for name in ("first", "second"):
        flights.board("k", work(gate, done, name))
    asyncio.get_running_loop().call_later(0.02, gate.set)
    await flights.close(grace=1)
    assert done == ["first", "second"]


async def test_what_outstays_the_grace_is_given_up_and_its_callers_are_told() -> None:
    flights = Flights[str]()
    task = flights.board("k", work(asyncio.Event(), [], "never"))
    caller = asyncio.create_task(arrival(task))
    await asyncio.sleep(0)
    await flights.close(grace=0.01)
    with pytest.raises(Abandoned):
        await caller
    assert task.cancelled()


async def test_work_that_cancels_itself_does_not_cancel_its_callers() -> None:
    async def cancelled() -> str:
        raise asyncio.CancelledError

    with pytest.raises(Abandoned):
        await arrival(Flights[str]().board("k", cancelled))


async def test_a_caller_who_goes_leaves_the_work_to_those_who_stay() -> None:
    gate, done, flights = asyncio.Event(), list[str](), Flights[str]()
    task = flights.board("k", work(gate, done, "first"))
    goes, stays = (asyncio.create_task(arrival(task)) for _ in range(2))
    await asyncio.sleep(0)
    goes.cancel()
    gate.set()
    assert await stays == "first"
    with pytest.raises(asyncio.CancelledError):
        await goes
