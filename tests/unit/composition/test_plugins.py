"""Plugins: adapters found by entry point, and refused in plain words."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeroom.kernel.errors import Invalid
from homeroom_entrypoints.composition.plugins import (
    AmbiguousAdapter,
    BrokenAdapter,
    MissingLibrary,
    UnknownAdapter,
    find_adapter,
    installed_adapters,
)

FAKE_DIST = Path(__file__).parents[2] / "plugin_package" / "fake_dist"


@pytest.fixture(autouse=True)
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two packages with adapters, as if somebody had installed them."""
    monkeypatch.syspath_prepend(FAKE_DIST)
    yield
    for name in [name for name in sys.modules if name.startswith("stranger_")]:
        del sys.modules[name]


async def opened(name: str) -> str:
    async with find_adapter("fake", name)("us") as adapter:
        return str(adapter)


class TestFinding:
    def test_a_strangers_adapter_is_found_opened_and_closed(self) -> None:
        assert asyncio.run(opened("working")) == "open for us"
        assert sys.modules["stranger_adapter"].closed == ["us"]

    def test_our_own_adapters_come_in_by_the_same_door(self) -> None:
        assert "sql" in installed_adapters("storage")

    def test_a_typo_is_answered_with_what_is_installed_and_what_was_meant(self) -> None:
        with pytest.raises(UnknownAdapter) as refusal:
            find_adapter("fake", "workign")
        assert "working" in refusal.value.message.partition("Did you mean")[2]
        assert all(name in refusal.value.message for name in installed_adapters("fake"))

    def test_a_port_nobody_serves_says_so(self) -> None:
        with pytest.raises(UnknownAdapter, match="no other is installed"):
            find_adapter("nobody_serves_this", "sql")

    def test_a_name_claimed_twice_names_both_packages(self) -> None:
        with pytest.raises(AmbiguousAdapter, match=r"rival \(.*\) and stranger \(.*\)"):
            find_adapter("fake", "contested")

    def test_an_adapter_is_not_imported_before_somebody_asks_for_it(self) -> None:
        installed_adapters("fake")
        with pytest.raises(UnknownAdapter):
            find_adapter("fake", "nobody")
        assert "stranger_adapter" not in sys.modules


class TestWhatIsBroken:
    def test_a_missing_library_names_the_extra_to_install(self) -> None:
        with pytest.raises(MissingLibrary, match=r"pip install 'stranger\[fast\]'"):
            find_adapter("fake", "needy")

    def test_a_library_missed_only_on_opening_names_the_extra_too(self) -> None:
        with pytest.raises(MissingLibrary, match=r"pip install 'stranger\[fast\]'"):
            asyncio.run(opened("late"))

    @pytest.mark.parametrize("name", ["gone", "nameless", "constant"])
    def test_an_entry_that_points_nowhere_is_refused(self, name: str) -> None:
        with pytest.raises(BrokenAdapter, match=name):
            find_adapter("fake", name)

    @pytest.mark.parametrize("name", ["nobody", "contested", "needy", "gone"])
    def test_every_refusal_is_of_the_kind_that_is_never_tried_again(self, name: str) -> None:
        with pytest.raises(Invalid):
            find_adapter("fake", name)

    def test_what_fails_while_the_adapter_is_in_use_is_not_called_a_plugins_fault(self) -> None:
        async def use() -> None:
            async with find_adapter("fake", "working")("us"):
                raise ModuleNotFoundError("ours", name="surely_absent_library")

        with pytest.raises(ModuleNotFoundError, match="ours"):
            asyncio.run(use())
