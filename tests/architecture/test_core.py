"""The core keeps its promises: quick and pure, facts with names and nothing about people."""

import ast
import enum
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, NewType
from uuid import UUID

import attrs
import pytest

import homeroom
from homeroom.kernel.aggregates import Event, event_names
from homeroom.kernel.jobs import Work, policy_of, work_names
from homeroom.kernel.names import Names
from homeroom.kernel.privacy import Personal, is_personal

MODULES = {
    found.name: importlib.import_module(found.name)
    for found in pkgutil.walk_packages(homeroom.__path__, "homeroom.")
}
CLASSES: list[type] = [
    thing
    for name, module in MODULES.items()
    for thing in vars(module).values()
    if isinstance(thing, type) and thing.__module__ == name
]

LUCK_AND_TIME = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.environ",
    "os.getenv",
    "os.urandom",
    "random",
    "secrets",
    "time",
    "uuid.uuid1",
    "uuid.uuid4",
}
ALLOWED = {
    "homeroom.kernel.clock": {"datetime.datetime.now"},  # the one clock
    "homeroom.kernel.ids": {"os.urandom", "secrets", "time"},  # fresh ids: naming is not a decision
    "homeroom.kernel.tracing": {"secrets"},  # fresh ids of traces and spans
    "homeroom.kernel.codec": {"random"},  # what `Ambient` offers as luck, to be given away
    "homeroom.kernel.cache_backend": {"secrets"},  # epochs and locks that nobody can guess
    "homeroom.people.model.keys": {"secrets"},  # the secret of a key
    "homeroom.people.model.openid": {"secrets"},  # what comes back is what was asked for
    "homeroom.people.model.sessions": {"secrets"},  # the proof of a refresh token
    "homeroom.people.model.tickets": {"secrets"},  # the secret of a ticket
    "homeroom.scheduling.model.signatures": {"secrets"},  # what webhooks are signed with
    "homeroom.scheduling.model.watches": {"secrets"},  # the token of a watch
}


def in_a_fresh_interpreter(program: str) -> list[str]:
    """The words that *program* prints, run without what this process has loaded."""
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.split()


WHAT_LOADS = """
import sys
before = set(sys.modules)
{loading}
print(*sorted({{name.partition(".")[0] for name in sys.modules.keys() - before}}))
"""
HOW_LONG = """
from time import perf_counter
start = perf_counter()
import homeroom
print(perf_counter() - start)
"""
EVERYTHING = """
import homeroom, importlib, pkgutil
for module in pkgutil.walk_packages(homeroom.__path__, "homeroom."):
    importlib.import_module(module.name)
"""


class TestImporting:
    @pytest.mark.parametrize("loading", ["import homeroom", "import homeroom.house", EVERYTHING])
    def test_it_loads_the_standard_library_and_attrs_alone(self, loading: str) -> None:
        loaded = set(in_a_fresh_interpreter(WHAT_LOADS.format(loading=loading)))
        assert "homeroom" in loaded
        # The standard library's own as well, named after the machine: zoneinfo asks it for a path.
        built = {name for name in loaded if name.startswith("_sysconfigdata_")}
        assert loaded - built - sys.stdlib_module_names <= {"homeroom", "attr", "attrs"}

    def test_it_takes_less_than_60_ms(self) -> None:
        took = min(float(in_a_fresh_interpreter(HOW_LONG)[0]) for _ in range(5))
        assert took < 0.060


def named_by(base: type) -> list[type]:
    return [one for one in CLASSES if issubclass(one, base) and one is not base]


class TestWireNames:
    @pytest.mark.parametrize(
        ("base", "names"), [(Event, event_names), (Work, work_names)], ids=["event", "work"]
    )
    def test_every_class_has_chosen_one_of_its_context(self, base: type, names: Names[Any]) -> None:
        classes = named_by(base)
        assert classes
        for cls in classes:
            context = cls.__module__.removeprefix("homeroom.published").split(".")[1]
            assert re.fullmatch(rf"{context}\.[a-z0-9_.]+\.v\d+", names.name_of(cls)), cls

    def test_every_work_has_a_policy(self) -> None:
        assert all(policy_of(cls).queue for cls in named_by(Work))

    def test_what_is_published_is_an_event_or_a_word_of_one(self) -> None:
        told = [one for one in CLASSES if one.__module__.startswith("homeroom.published.")]
        assert all(issubclass(one, Event | enum.Enum) for one in told)


def told_by(annotation: object) -> Iterator[object]:
    """The plain types that *annotation* comes down to; a privacy mark comes out as it is."""
    if is_personal(annotation):
        yield annotation
    elif isinstance(annotation, NewType):
        yield from told_by(annotation.__supertype__)
    elif typing.get_origin(annotation) is not None or isinstance(annotation, types.UnionType):
        for part in typing.get_args(annotation):
            yield from told_by(part)
    else:
        yield annotation


def is_harmless(plain: object) -> bool:
    if plain in {UUID, datetime, int, bool, types.NoneType, ...}:
        return True
    return isinstance(plain, type) and issubclass(plain, enum.Enum)


def telling_fields(cls: type) -> list[str]:
    """The fields of an event that could tell about a person."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [field.name for field in attrs.fields(cls)]
    return [name for name in fields if not all(map(is_harmless, told_by(hints[name])))]


@attrs.frozen(kw_only=True)
class Gossip(Event):
    """Nobody should hear this."""

    name: str
    mark: float | None
    nick: Annotated[int, Personal]
    places: tuple[str, ...]
    heard: tuple[UUID, ...]
    loud: bool | None


class TestPublishedFacts:
    @pytest.mark.parametrize("cls", named_by(Event), ids=lambda cls: cls.__qualname__)
    def test_a_fact_tells_ids_times_and_counts_but_nothing_of_people(self, cls: type) -> None:
        assert telling_fields(cls) == []

    @pytest.mark.parametrize("cls", named_by(Event), ids=lambda cls: cls.__qualname__)
    def test_a_fact_does_not_change(self, cls: type) -> None:
        assert "__setattr__" in vars(cls)  # as attrs refuses changes to what is frozen

    def test_a_telling_field_is_seen(self) -> None:
        assert telling_fields(Gossip) == ["name", "mark", "nick", "places"]


def spoken(source: str) -> set[str]:
    """Every dotted name that *source* uses of what it imports, in full."""
    tree = ast.parse(source)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            known |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    used = {_dotted(node).partition(".") for node in ast.walk(tree)}
    return set(known.values()) | {
        f"{known[head]}.{rest}" for head, _, rest in used if head in known
    }


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def taken_from_outside(source: str) -> set[str]:
    """Which sources of time, luck and environment *source* draws from."""
    names = spoken(source)
    return {one for one in LUCK_AND_TIME if any(f"{name}.".startswith(f"{one}.") for name in names)}


class TestDecisionsAreRepeatable:
    def test_time_luck_and_environment_come_in_where_they_may(self) -> None:
        drawn = {
            name: taken_from_outside(inspect.getsource(module)) for name, module in MODULES.items()
        }
        assert {name: taken for name, taken in drawn.items() if taken} == ALLOWED

    @pytest.mark.parametrize(
        "source",
        [
            "from datetime import datetime\nat = datetime.now()",
            "import datetime as dt\nat = dt.datetime.utcnow()",
            "from datetime import date\nday = date.today()",
            "import uuid\none = uuid.uuid4()",
            "from uuid import uuid4",
            "def late():\n    import random",
            "from random import shuffle",
            "import os\nhome = os.environ['HOME']",
            "from os import getenv",
            "from time import monotonic",
        ],
    )
    def test_drawing_on_them_is_seen(self, source: str) -> None:
        assert taken_from_outside(source)

    def test_namesakes_are_not(self) -> None:
        assert not taken_from_outside(
            "from datetime import datetime, time\nfrom uuid import UUID\n"
            "import os.path\nat = datetime(2026, 1, 1)\nclock.now()\nrandom = 4"
        )
