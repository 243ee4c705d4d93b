"""The promises of a way to sign in: it knows its own, proves them, and tells others nothing."""

import attrs
import pytest

from homeroom.people.errors import WrongCredentials
from homeroom.people.ports.strategies import Attempt, LoginStrategy
from homeroom_testing.conformance.contract import Conformance


class LoginStrategyConformance(Conformance):
    """Subclass, provide the three fixtures, inherit the proof."""

    @pytest.fixture
    def strategy(self) -> LoginStrategy:
        """The way to sign in."""
        raise NotImplementedError("return a strategy that knows whoever signs in rightly")

    @pytest.fixture
    def right(self) -> Attempt:
        """An attempt of somebody whom this way knows, with what proves it."""
        raise NotImplementedError("return an attempt that succeeds")

    @pytest.fixture
    def nobody(self) -> Attempt:
        """An attempt of somebody whom this way does not know."""
        raise NotImplementedError("return an attempt of somebody else's")

    async def test_it_has_a_name_and_a_place_among_the_others(
        self, strategy: LoginStrategy
    ) -> None:
        assert strategy.name
        assert strategy.priority >= 0

    async def test_whoever_shows_what_is_right_is_proven(
        self, strategy: LoginStrategy, right: Attempt
    ) -> None:
        assert await strategy.can_handle(right)
        first = await strategy.authenticate(right)
        again = await strategy.authenticate(right)
        assert (first.id, first.institution_id) == (again.id, again.institution_id)

    @pytest.mark.parametrize("wrong", ["", "wrong", "\x00", "x" * 10_000])
    async def test_whoever_shows_something_else_is_refused_unquoted(
        self, strategy: LoginStrategy, right: Attempt, wrong: str
    ) -> None:
        with pytest.raises(WrongCredentials) as refused:
            await strategy.authenticate(attrs.evolve(right, password=wrong))
        assert refused.value.message == WrongCredentials().message

    async def test_somebody_else_is_left_to_others_and_refused_alike(
        self, strategy: LoginStrategy, nobody: Attempt
    ) -> None:
        assert not await strategy.can_handle(nobody)
        with pytest.raises(WrongCredentials) as refused:
            await strategy.authenticate(nobody)
        assert refused.value.message == WrongCredentials().message
