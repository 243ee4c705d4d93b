"""The base of every suite: a port's contract, written as tests."""

from typing import ClassVar

import attrs
import pytest


@attrs.frozen
class Capabilities:
    """What an adapter promises beyond the core contract. Skips quote this declaration."""

    transactional: bool = True
    """Leaving a unit without commit discards everything done in it."""

    durable: bool = True
    """What was committed survives opening the store again."""

    shared: bool = True
    """Two openings of the same settings see the same things."""

    side_by_side: bool = True
    """Two units may be under way at once: each holds what it has got, not the whole store."""

    isolated: bool = True
    """What a unit has not committed nobody sees, and what it holds it alone changes, however many
    units are under way at once."""

    priorities: bool = True
    """Among jobs that wait, those of higher priority come first."""

    strangers: bool = True
    """Other programs may put jobs there, and they are handed over whole."""


@pytest.mark.anyio
class Conformance:
    """A port's contract. Inherit it whole or not at all."""

    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        inherited = {
            name for base in cls.__mro__[1:] for name in vars(base) if name.startswith("test_")
        }
        if overridden := inherited & vars(cls).keys():
            raise TypeError(f"{cls.__name__} overrides contract tests: {sorted(overridden)}")

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    def require(self, capability: str) -> None:
        """Skip the running test, naming the *capability* this adapter does not declare."""
        if not getattr(self.capabilities, capability):
            pytest.skip(f"{type(self).__name__} declares {capability}=False")
