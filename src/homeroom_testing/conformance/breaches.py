"""What every list of leaked passwords promises: it knows what it holds, to the letter."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.people.ports.breaches import BreachList
from homeroom_testing.conformance.contract import Conformance

Knowing = Callable[[Collection[str]], AbstractAsyncContextManager[BreachList]]
"""Opens a list that holds these passwords, of which there is one at least."""

LEAKED = ("plums on a warm roof", "Пароль-для-школы", "correct horse battery staple")
_MANY = [f"password number {number}" for number in range(300)]
_SOME = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_passwords = st.text(min_size=1, max_size=40)


class BreachListConformance(Conformance):
    """Subclass, provide `knowing`, inherit the proof."""

    @pytest.fixture
    def knowing(self) -> Knowing:
        raise NotImplementedError("return something that opens a list of these passwords")

    async def test_what_leaked_is_known(self, knowing: Knowing) -> None:
        async with knowing(LEAKED) as breaches:
            assert [await breaches.knows(one) for one in LEAKED] == [True] * len(LEAKED)

    @pytest.mark.parametrize(
        "password",
        ["", "plums", "plums on a warm roof ", "Plums on a warm roof", "plums on a warm roo", "é"],
    )
    async def test_nothing_else_is_known(self, knowing: Knowing, password: str) -> None:
        async with knowing(LEAKED) as breaches:
            assert not await breaches.knows(password)

    @pytest.mark.parametrize("count", [1, 2, 3, 300])
    async def test_each_of_few_and_of_many_is_found(self, knowing: Knowing, count: int) -> None:
        held = _MANY[:count]
        async with knowing(held) as breaches:
            assert [one for one in held if not await breaches.knows(one)] == []
            assert not await breaches.knows(f"password number {count}")

    async def test_several_may_ask_at_once(self, knowing: Knowing) -> None:
        async with knowing(_MANY) as breaches:
            asked = ["unknown", *_MANY[:20], "unheard of"]
            answers = await asyncio.gather(*map(breaches.knows, asked))
        assert answers == [False, *[True] * 20, False]

    @_SOME
    @given(held=st.sets(_passwords, min_size=1, max_size=20), other=_passwords)
    async def test_it_knows_what_it_holds_and_no_more(
        self, knowing: Knowing, held: set[str], other: str
    ) -> None:
        async with knowing(held) as breaches:
            assert all([await breaches.knows(one) for one in held])
            assert await breaches.knows(other) is (other in held)
