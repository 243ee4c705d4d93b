"""Ports are narrow and come with proof; whoever uses them is given few."""

import importlib
import inspect
import pkgutil
import re
from typing import Protocol

import attrs
import pytest

import homeroom
from homeroom.kernel.unit_of_work import UnitOfWork

CLASSES: list[type] = [
    thing
    for found in pkgutil.walk_packages(homeroom.__path__, "homeroom.")
    for thing in vars(importlib.import_module(found.name)).values()
    if isinstance(thing, type) and thing.__module__ == found.name
]


def ports() -> list[type]:
    """The protocols that an adapter fits: neither units, proven as one, nor plain callables."""
    protocols = [one for one in CLASSES if getattr(one, "_is_protocol", False)]
    return [one for one in protocols if one is UnitOfWork or not _combines(one)]


def _combines(protocol: type) -> bool:
    own = {name for name, thing in vars(protocol).items() if inspect.isfunction(thing)}
    asks = {name for name in own if not name.startswith("_") or name == "__call__"}
    return UnitOfWork in protocol.__mro__ or asks == {"__call__"}


def suite_of(port: type) -> type:
    """The suite that the docstring of *port* names. Raises `LookupError` without one."""
    named = re.search(
        r"(?:Conformance:|Proven through) `([\w.]+)\.(\w+Conformance)`", port.__doc__ or ""
    )
    if named is None or not hasattr(module := importlib.import_module(named[1]), named[2]):
        raise LookupError(f"{port.__qualname__}: no such suite: {named and named[0]}")
    suite: type = getattr(module, named[2])
    return suite


def clauses(suite: type) -> list[str]:
    return [name for name in dir(suite) if name.startswith("test_")]


def has_suite(port: type) -> bool:
    try:
        return bool(clauses(suite_of(port)))
    except LookupError:
        return False


def asked_of(port: type) -> list[str]:
    """What an adapter must offer to fit *port*: methods and properties."""
    offered = (inspect.isfunction, lambda thing: isinstance(thing, property))
    return [
        name
        for name, thing in vars(port).items()
        if not name.startswith("_") and any(is_one(thing) for is_one in offered)
    ]


class TestPorts:
    def test_a_port_names_the_suite_that_proves_it(self) -> None:
        unproven = {port.__qualname__ for port in ports() if not has_suite(port)}
        assert not unproven

    @pytest.mark.parametrize("port", ports(), ids=lambda port: port.__qualname__)
    def test_a_port_is_narrow(self, port: type) -> None:
        assert 1 <= len(asked_of(port)) <= 5

    def test_a_wide_port_is_seen(self) -> None:
        class Wide(Protocol):
            @property
            def a(self) -> int: ...
            def b(self) -> int: ...
            async def c(self) -> int: ...
            def __call__(self) -> int: ...

        assert asked_of(Wide) == ["a", "b", "c"]

    def test_a_port_without_proof_is_seen(self) -> None:
        class Rumours(Protocol):
            """What people say. Conformance: `homeroom_testing.conformance.kernel.Nowhere`."""

            async def hear(self) -> str: ...

        class Whispers(Rumours, Protocol):
            """Conformance: `homeroom_testing.conformance.kernel.NowhereConformance`."""

        assert not has_suite(Rumours)
        assert not has_suite(Whispers)


def use_cases() -> list[type]:
    return [one for one in CLASSES if one.__module__.endswith(".use_cases") and callable_once(one)]


def callable_once(cls: type) -> bool:
    return inspect.iscoroutinefunction(vars(cls).get("__call__"))


class TestUseCases:
    @pytest.mark.parametrize("use_case", use_cases(), ids=lambda one: one.__qualname__)
    def test_a_use_case_is_given_five_things_at_most(self, use_case: type) -> None:
        assert 1 <= len(attrs.fields(use_case)) <= 5

    @pytest.mark.parametrize("use_case", use_cases(), ids=lambda one: one.__qualname__)
    def test_a_use_case_keeps_nothing_of_its_own(self, use_case: type) -> None:
        assert "__setattr__" in vars(use_case)  # as attrs refuses changes to what is frozen

    @pytest.mark.parametrize("use_case", use_cases(), ids=lambda one: one.__qualname__)
    def test_a_use_case_says_what_step_it_is(self, use_case: type) -> None:
        assert re.match(r"[A-Z].+[.:;]", use_case.__doc__ or "")
