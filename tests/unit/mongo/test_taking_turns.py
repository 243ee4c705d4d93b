"""Who is first to write waits for others by beginning again; who has written before cannot."""

from typing import Any

import attrs
import pytest

from homeroom_adapters.mongo.asking import in_turn
from homeroom_adapters.mongo.desk import TRIES, Desk
from homeroom_adapters.mongo.errors import Crossed

pytestmark = pytest.mark.anyio


@attrs.define
class Transactions:
    """A session that only counts, in the place of MongoDB's."""

    begun: int = 0
    ended: int = 0

    async def start_transaction(self) -> None:
        self.begun += 1

    async def abort_transaction(self) -> None:
        self.ended += 1


@attrs.define
class Writing:
    """A write that others are in the way of, so and so often."""

    desk: Desk
    crossings: int
    tries: int = 0

    async def __call__(self) -> str:
        self.tries += 1
        self.desk.touched.add("days")
        if self.tries <= self.crossings:
            raise Crossed
        return "written"


@pytest.fixture
def session() -> Transactions:
    return Transactions()


@pytest.fixture
def desk(session: Any) -> Desk:
    nowhere: Any = None
    return Desk(nowhere, session)


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeroom_adapters.mongo.desk._LONGEST_WAIT", 0)


async def test_the_first_write_is_done_anew_on_what_others_committed(
    desk: Desk, session: Transactions
) -> None:
    writing = Writing(desk, crossings=3)
    assert await in_turn(desk, writing) == "written"
    assert (session.ended, session.begun) == (3, 3)
    assert desk.touched == {"days"}


async def test_who_has_written_before_is_told_to_try_again(
    desk: Desk, session: Transactions
) -> None:
    desk.touched.add("sittings")
    with pytest.raises(Crossed):
        await in_turn(desk, Writing(desk, crossings=1))
    assert session == Transactions()
    assert desk.touched == {"sittings", "days"}


async def test_nobody_waits_for_ever(desk: Desk, session: Transactions) -> None:
    writing = Writing(desk, crossings=TRIES + 1)
    with pytest.raises(Crossed):
        await in_turn(desk, writing)
    assert (writing.tries, session.begun) == (TRIES + 1, TRIES)


async def test_outside_of_any_transaction_there_is_nothing_to_begin_again() -> None:
    nowhere: Any = None
    desk = Desk(nowhere)
    with pytest.raises(Crossed):
        await in_turn(desk, Writing(desk, crossings=1))
