"""Every suite has been seen to bite: a saboteur was caught by a clause of its own.

A module that proves it says so in `CAUGHT_BY`, which maps saboteurs (classes bound to a suite)
to the clause that catches them, or a suite to such a mapping of broken parts.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import homeroom_testing.conformance
from homeroom_testing.conformance.contract import Conformance

HERE = Path(__file__).parent
Caught = tuple[type, str]
"""A suite, or a saboteur bound to it, and the clause of it that catches something."""


def clauses_of(suite: type) -> set[str]:
    """What *suite* adds to the suites it is made of."""
    return {name for name in vars(suite) if name.startswith("test_")}


def suites() -> list[type]:
    """Every class of the testing kit that holds clauses."""
    found = set[type]()
    for module in pkgutil.iter_modules(homeroom_testing.conformance.__path__):
        room = importlib.import_module(f"{homeroom_testing.conformance.__name__}.{module.name}")
        classes = (thing for thing in vars(room).values() if isinstance(thing, type))
        found |= {one for one in classes if issubclass(one, Conformance) and clauses_of(one)}
    return sorted(found, key=lambda suite: suite.__name__)


@cache
def caught() -> frozenset[Caught]:
    """What the modules beside this one say that they catch, and do catch."""
    return frozenset(one for path in HERE.glob("test_*.py") for one in told_in(path))


def told_in(path: Path) -> Iterator[Caught]:
    text = path.read_text("utf-8")
    if path == Path(__file__) or "CAUGHT_BY" not in text or "broken_clauses(" not in text:
        return
    spec = importlib.util.spec_from_file_location(f"read_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for bound, clauses in module.CAUGHT_BY.items():
        for clause in [clauses] if isinstance(clauses, str) else clauses.values():
            yield bound, clause


def bites(suite: type) -> bool:
    own = clauses_of(suite)
    return any(issubclass(bound, suite) and clause in own for bound, clause in caught())


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.__name__)
def test_a_saboteur_is_caught_by(suite: type) -> None:
    assert bites(suite)


def test_all_suites_are_looked_at() -> None:
    known = {suite.__name__ for suite in suites()}
    assert {"CodecConformance", "LeasesConformance", "CacheAgeing", "CarrierWays"} <= known


def test_a_suite_without_a_saboteur_is_seen() -> None:
    class Toothless(Conformance):
        def test_nothing(self) -> None: ...

    assert not bites(Toothless)
