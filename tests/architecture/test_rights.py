"""No use case lacks a rule: each asks a right before it looks at anything, or says why it need not.

Of a use case that an actor asks for, every step asks a right, by the name the class gives it.
"""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

import attrs
import pytest

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.rights import Right, rights
from homeroom_testing.rights_matrix import (
    UNASKED,
    asked_steps,
    fault_of,
    is_use_case,
    rights_of,
    use_cases,
)

EVERY = use_cases()
ASKED = {name: cls for name, cls in EVERY.items() if name not in UNASKED}
A_RIGHT = Right("made.up", frozenset({Role.DEAN}), "Do something.", everywhere=True)

Step = ast.AsyncFunctionDef | ast.FunctionDef


def steps_of(cls: type) -> dict[str, Step]:
    """The source of the steps of *cls* that an actor asks for."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(tree, ast.ClassDef)
    every = {node.name: node for node in tree.body if isinstance(node, Step)}
    return {name: every[name] for name in asked_steps(cls)}


def requirements(tree: ast.AST) -> Iterator[ast.Call]:
    """Every `actor.require(…)` in *tree*."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("actor.require"):
            yield node


def asks_first(step: Step) -> bool:
    """Whether *step*'s first statement after its docstring asks one of the class's own rights."""
    body = step.body[1:] if ast.get_docstring(step) else step.body
    first = body[0]
    return isinstance(first, ast.Expr) and any(
        ast.unparse(call).startswith("actor.require(self.right") for call in requirements(first)
    )


def asked_in(module: str) -> set[str]:
    """What is asked in *module*, in its own words."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {ast.unparse(argument) for call in requirements(tree) for argument in call.args}


ROOMS = sorted({cls.__module__ for cls in EVERY.values()})


class TestUseCases:
    def test_they_are_found_in_every_context(self) -> None:
        assert {"people.IssueKey", "operations.Tidy", "scheduling.ChangeTagged"} <= EVERY.keys()

    @pytest.mark.parametrize("name", EVERY)
    def test_a_use_case_asks_a_right_or_says_why_it_asks_none(self, name: str) -> None:
        assert fault_of(name, EVERY[name]) == ""

    @pytest.mark.parametrize("name", ASKED)
    def test_each_of_its_steps_asks_before_it_does_anything_else(self, name: str) -> None:
        steps = steps_of(ASKED[name])
        assert steps
        assert [one for one, step in steps.items() if not asks_first(step)] == []

    @pytest.mark.parametrize("name", ASKED)
    def test_it_asks_all_that_it_says_it_asks(self, name: str) -> None:
        source = inspect.getsource(ASKED[name])
        asked = {
            it
            for it in rights_of(ASKED[name])
            if re.search(rf"actor\.require\(self\.{it}[,)]", source)
        }
        assert asked == set(rights_of(ASKED[name]))

    @pytest.mark.parametrize("room", ROOMS)
    def test_nothing_but_rights_of_the_table_is_asked(self, room: str) -> None:
        assert {
            it for it in asked_in(room) if not it.startswith(("self.right", "rights."))
        } == set()

    def test_who_asks_for_nothing_by_name_is_there(self) -> None:
        assert UNASKED.keys() - EVERY.keys() == set()
        assert all(UNASKED.values())

    def test_every_right_is_asked_for_and_stands_in_its_own_context(self) -> None:
        said = {(cls.__module__, it) for cls in EVERY.values() for it in rights_of(cls).values()}
        for room in ROOMS:
            table = vars(importlib.import_module(room)).get("rights")
            named = {it.partition(".") for it in asked_in(room)}
            said |= {(room, getattr(table, it)) for head, _, it in named if head == "rights"}
        assert {right for _, right in said} == set(rights)
        strange = {r.name for room, r in said if r.name.split(".")[0] != room.split(".")[1]}
        assert strange == set()


@attrs.frozen
class Forgetful:
    """A made-up use case of which nobody says who may."""

    async def __call__(self, actor: Actor) -> None: ...


@attrs.frozen
class Streaming:
    """Another one, which answers piece by piece."""

    async def every(self, actor: Actor) -> AsyncIterator[Actor]:
        yield actor


@attrs.frozen
class Careless:
    """A made-up use case that names a right, and looks before it asks."""

    right: ClassVar[Right] = A_RIGHT
    seen: list[Actor]

    async def __call__(self, actor: Actor) -> None:
        self.seen.append(actor)
        actor.require(self.right)

    async def also(self, actor: Actor) -> None:
        self.seen.append(actor)

    async def well(self, actor: Actor) -> None:
        """Asks first."""
        actor.require(self.right)
        self.seen.append(actor)


@attrs.frozen
class Part:
    """Not a use case: nobody calls it, and no actor asks it anything."""

    async def send(self, text: str) -> None: ...


class TestWhatIsMissing:
    @pytest.mark.parametrize("cls", [Forgetful, Streaming])
    def test_a_use_case_without_a_rule_is_seen(self, cls: type) -> None:
        assert is_use_case(cls)
        assert "no right" in fault_of("made.Up", cls)

    def test_a_reason_does_not_excuse_one_that_an_actor_asks_for(self) -> None:
        assert "takes an actor" in fault_of("made.Forgetful", Forgetful, {"made.Forgetful": "so"})
        assert "asks a right" in fault_of("made.Careless", Careless, {"made.Careless": "so"})

    def test_a_step_that_asks_late_or_never_is_seen(self) -> None:
        asking = {name: asks_first(step) for name, step in steps_of(Careless).items()}
        assert asking == {"__call__": False, "also": False, "well": True}
        assert fault_of("made.Careless", Careless) == ""

    def test_a_part_of_one_needs_no_rule(self) -> None:
        assert not is_use_case(Part)
