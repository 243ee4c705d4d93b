"""People sign in a few at a time, and nobody is held up for good by who stays long."""

import asyncio
from collections.abc import Callable

import attrs
import pytest
from litestar.types import Receive, Scope, Send

from homeroom_entrypoints.web.desk import AT_ONCE, MOST_WAITING, Desk

LOGIN = {"type": "http", "path": "/api/v1/auth/login"}
LONG = 30.0

pytestmark = pytest.mark.anyio


@attrs.define(eq=False)
class House:
    """An application whose work on a request ends when it is told to."""

    inside: int = 0
    seen: int = 0
    most: int = 0
    may_end: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.inside += 1
        self.seen += 1
        self.most = max(self.most, self.inside)
        try:
            await self.may_end.wait()
        finally:
            self.inside -= 1


async def nothing(*_: object) -> None: ...


def asked(desk: Desk, times: int, **scope: str) -> list[asyncio.Task[None]]:
    asking = {**LOGIN, **scope}
    return [asyncio.create_task(desk(asking, nothing, nothing)) for _ in range(times)]  # type: ignore[arg-type]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while True:
            if true():
                return
            await asyncio.sleep(0)


async def a_few_turns() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/school/api/v1/auth/login"])
async def test_a_few_sign_in_at_a_time_and_all_are_served(path: str) -> None:
    house = House()
    tasks = asked(Desk(house, longest_stay=LONG, longest_wait=LONG), 20, path=path)
    await a_few_turns()
    assert house.inside == AT_ONCE
    house.may_end.set()
    await asyncio.gather(*tasks)
    assert (house.seen, house.most) == (20, AT_ONCE)


@pytest.mark.parametrize(
    "scope", [{"path": "/api/v1/auth/me"}, {"type": "websocket"}], ids=["looks", "sockets"]
)
async def test_whoever_asks_for_something_else_waits_for_nobody(scope: dict[str, str]) -> None:
    house = House()
    desk = Desk(house, longest_stay=LONG, longest_wait=LONG)
    tasks = [*asked(desk, 5), *asked(desk, 20, **scope)]
    await a_few_turns()
    assert house.inside == AT_ONCE + 20
    house.may_end.set()
    await asyncio.gather(*tasks)


async def test_who_stays_long_makes_place_and_gives_back_no_second_one() -> None:
    house = House()
    desk = Desk(house, longest_stay=0.001, longest_wait=LONG)
    stayed = asked(desk, 10)
    await until(lambda: house.inside == 10)
    house.may_end.set()
    await asyncio.gather(*stayed)
    house.may_end.clear()
    desk.longest_stay = LONG
    tasks = asked(desk, 10)
    await a_few_turns()
    assert house.inside == AT_ONCE
    house.may_end.set()
    await asyncio.gather(*tasks)


async def test_who_waited_long_goes_ahead() -> None:
    house = House()
    tasks = asked(Desk(house, longest_stay=LONG, longest_wait=0.001), 10)
    await until(lambda: house.inside == 10)
    house.may_end.set()
    await asyncio.gather(*tasks)


async def test_no_more_wait_than_a_house_can_keep() -> None:
    house = House()
    tasks = asked(Desk(house, longest_stay=LONG, longest_wait=LONG), AT_ONCE + MOST_WAITING + 7)
    await a_few_turns()
    assert house.inside == AT_ONCE + 7
    house.may_end.set()
    await asyncio.gather(*tasks)


async def test_who_leaves_the_queue_or_the_desk_takes_no_place_along() -> None:
    house = House()
    tasks = asked(Desk(house, longest_stay=LONG, longest_wait=LONG), 10)
    await a_few_turns()
    for task in tasks[1:8]:  # one at the desk, and six who wait
        task.cancel()
    await a_few_turns()
    assert house.inside == AT_ONCE
    house.may_end.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert house.seen == 4


async def test_an_application_that_fails_gives_its_place_back() -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("it broke")

    desk = Desk(broken, longest_stay=LONG, longest_wait=LONG)
    ended = await asyncio.gather(*asked(desk, 10), return_exceptions=True)
    assert [str(one) for one in ended] == ["it broke"] * 10
