"""What many ask for at once goes in one round, and nobody is forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from homeroom.kernel.together import Together

pytestmark = pytest.mark.anyio


class Rounds:
    """Doubles numbers, remembers who went together, and refuses a round with a 13 in it."""

    def __init__(self) -> None:
        self.went: list[list[int]] = []

    async def __call__(self, asked: Sequence[int]) -> Sequence[int]:
        self.went.append(list(asked))
        await asyncio.sleep(0.001)
        if 13 in asked:
            raise ValueError("not with us")
        return [2 * number for number in asked]


async def test_everybody_gets_their_own_answer() -> None:
    together: Together[int, int] = Together(Rounds())
    assert await asyncio.gather(*map(together, range(12))) == [2 * number for number in range(12)]


async def test_who_asks_in_the_same_moment_goes_in_one_round() -> None:
    rounds = Rounds()
    together: Together[int, int] = Together(rounds)
    await asyncio.gather(*map(together, range(12)))
    assert rounds.went == [list(range(12))]


async def test_who_comes_later_goes_with_the_next_round() -> None:
    rounds = Rounds()
    together: Together[int, int] = Together(rounds)
    first = asyncio.create_task(together(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(first, together(2), together(3))
    assert rounds.went == [[1], [2, 3]]


async def test_a_round_takes_no_more_than_it_may() -> None:
    rounds = Rounds()
    together: Together[int, int] = Together(rounds, at_most=4)
    await asyncio.gather(*map(together, range(10)))
    assert [len(went) for went in rounds.went] == [4, 4, 2]


async def test_a_round_that_fails_tells_all_who_went_and_nobody_else() -> None:
    together: Together[int, int] = Together(Rounds(), at_most=2)
    answers = await asyncio.gather(*map(together, (1, 13, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError, int]
    assert await together(5) == 10


async def test_what_was_asked_for_is_done_though_whoever_asked_has_gone() -> None:
    rounds = Rounds()
    together: Together[int, int] = Together(rounds)
    gone = asyncio.create_task(together(1))
    await asyncio.sleep(0)
    gone.cancel()
    assert await together(2) == 4
    assert [number for went in rounds.went for number in went] == [1, 2]
