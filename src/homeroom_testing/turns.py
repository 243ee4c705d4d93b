"""Tests in several processes at once, but for those that must have the machine to themselves.

A test marked ``@pytest.mark.alone`` measures time, or starts and kills processes. It runs when
everything else is done, and while no other process of the session runs a test.
"""

import fcntl
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import attrs
import pytest


@attrs.frozen(eq=False)
class Turns:
    """Hands the session's one lock to its tests: shared by most, kept by one that runs alone."""

    lock: Path

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=wants_to_be_alone)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        with self.lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX if wants_to_be_alone(item) else fcntl.LOCK_SH)
            return (yield)


def wants_to_be_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


def install(config: pytest.Config) -> None:
    """Let tests take turns in this session; call it from ``pytest_configure``."""
    config.addinivalue_line("markers", "alone: runs last, and while no other test does")
    works_for_another = hasattr(config, "workerinput")
    session = os.getppid() if works_for_another else os.getpid()
    lock = Path(tempfile.gettempdir()) / f"homeroom-test-turns-{session}"
    config.pluginmanager.register(Turns(lock), "homeroom-turns")
    if not works_for_another:
        config.add_cleanup(lambda: lock.unlink(missing_ok=True))
