"""Coverage is counted where tests are about the core; all the others run at their own speed.

Counting lines nearly doubles what a test takes. What suites of adapters, of the web or of the
command line pass through on their way would count as covered, although nobody looked at it.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest


class Counting(Protocol):
    """What counts lines, and can rest."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...


@attrs.define(eq=False)
class Measuring:
    """Lets the counting rest in every test that is not in one of *rooms*."""

    rooms: frozenset[Path]
    counting: Callable[[], Counting | None]
    _rests: bool = attrs.field(default=False, init=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        counting = self.counting()
        may_rest = self.rooms.isdisjoint(item.path.parents)
        if counting is not None and may_rest is not self._rests:
            self._rests = may_rest
            (counting.pause if may_rest else counting.resume)()
        return (yield)


def install(config: pytest.Config, *rooms: Path) -> None:
    """Count in *rooms* alone, if this session counts; call it from ``pytest_configure``."""

    def counting() -> Counting | None:
        plugin: Any = config.pluginmanager.getplugin("_cov")
        controller: Counting | None = plugin and plugin.cov_controller
        return controller

    config.pluginmanager.register(Measuring(frozenset(rooms), counting), "homeroom-measuring")
