"""What pages call by name is there: files, suites, settings, commands."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.composition.catalogue import ALIASES, PREFIX
from homeroom_entrypoints.composition.catalogue import Path as SettingPath
from homeroom_entrypoints.composition.settings import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SUITES = ROOT / "src" / "homeroom_testing" / "conformance"
ROOMS = ["", "src", "adapters", "entrypoints", "entrypoints/homeroom_entrypoints", "tests"]

_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+\.(py|md|ini|toml)")
_VARIABLE = re.compile(r"\bHOMEROOM_[A-Z][A-Z0-9_*]*[A-Z0-9*]")
_COMMAND = re.compile(r"^(?:\$ )?homeroom ([a-z]+)(?: ([a-z][a-z-]*))?", re.MULTILINE)

# Read by others than the settings: the choice of a file, the suites, and what an orchestrator
# writes by itself for a service of our name.
_OTHERS = re.compile(r"HOMEROOM_(CONFIG|TEST_.*|SERVICE_.*|PORT_.*)")


def paths(page: str) -> Iterator[str]:
    yield from (span for span in _SPAN.findall(_FENCE.sub("", page)) if _PATH.fullmatch(span))


def is_file(path: str) -> bool:
    return any((ROOT / room / path).exists() for room in ROOMS)


def suites(page: str) -> Iterator[str]:
    yield from re.findall(r"\b(\w+Conformance)\b", _FENCE.sub("", page))


def is_suite(name: str) -> bool:
    return any(f"class {name}(" in path.read_text("utf-8") for path in SUITES.glob("*.py"))


def variables(page: str) -> Iterator[str]:
    yield from (name for name in _VARIABLE.findall(page) if not _OTHERS.fullmatch(name))


def is_setting(variable: str) -> bool:
    path: SettingPath = tuple(variable.removeprefix(PREFIX).lower().split("__"))
    return variable in ALIASES or CATALOGUE.find(path) is not None


def commands(page: str) -> Iterator[str]:
    """Commands in spans, and at the beginning of lines of code."""
    code = "\n".join([*_SPAN.findall(_FENCE.sub("", page)), *_FENCE.findall(page)])
    for group, name in _COMMAND.findall(code):
        known = main.get_command(click.Context(main), group)
        yield f"{group} {name}" if name and isinstance(known, click.Group) else group


def is_command(words: str) -> bool:
    group, _, name = words.partition(" ")
    known = main.get_command(click.Context(main), group)
    if name:
        return isinstance(known, click.Group) and name in known.commands
    return known is not None


KINDS: dict[str, tuple[Callable[[str], Iterator[str]], Callable[[str], bool]]] = {
    "a file": (paths, is_file),
    "a suite": (suites, is_suite),
    "a setting": (variables, is_setting),
    "a command": (commands, is_command),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_page_names_is_there(kind: str, page: Path) -> None:
    found, is_there = KINDS[kind]
    assert [name for name in found(page.read_text("utf-8")) if not is_there(name)] == []


@pytest.mark.parametrize(
    ("kind", "page", "named"),
    [
        ("a file", "`worker/relay.py` and `worker/gone.py`", ["worker/relay.py", "worker/gone.py"]),
        ("a suite", "GoneConformance", ["GoneConformance"]),
        ("a setting", "set `HOMEROOM_WEB__PROT` as in\n```sh\nHOMEROOM_BOOTSTRAP_KEY=x\n```", None),
        ("a command", "`homeroom job list`\n```console\n$ homeroom jobs lost\n```\n", None),
    ],
)
def test_a_name_that_is_not_there_is_seen(kind: str, page: str, named: list[str] | None) -> None:
    found, is_there = KINDS[kind]
    names = list(found(page))
    assert named is None or names == named
    assert not all(map(is_there, names))


def test_each_kind_is_named_somewhere() -> None:
    every = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert [kind for kind, (found, _) in KINDS.items() if not any(found(every))] == []
