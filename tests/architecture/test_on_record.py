"""Whoever may ask for a change leaves an entry by it: read from the use cases themselves.

`tests/web/test_rights_over_http.py` asks every endpoint and looks into the record; this finds the
use case that no endpoint reaches yet, and the next one that somebody writes.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import homeroom

_CORE = Path(homeroom.__file__).parent
_NOTES = (".audit.note(", ".looks.note(")

_TIME_IS_UP = frozenset({"expect_time", "end_if_run_out", "ended"})
"""What notes that a sitting ended, whoever asked for something else."""

KEPT_ELSEWHERE: Mapping[str, str] = {
    "AnswerQuestion": "the sitting keeps every answer, and when it was given",
    "FlagQuestion": "the sitting keeps it, and nobody is judged by it",
    **dict.fromkeys(
        ("SeeAdaptive", "SeeAnswers", "SeeSitting"),
        "looks at one's own; what it commits is that time is up, which is noted",
    ),
    "TellEvents": "the events are a record themselves, and cannot be changed",
}
"""Use cases that leave no entry, and why none is missed."""


def modules(core: Path) -> list[ast.Module]:
    files = [*core.glob("*/use_cases/*.py"), *core.glob("*/use_cases.py")]
    return [ast.parse(file.read_text("utf-8")) for file in sorted(files)]


def silent(trees: list[ast.Module]) -> Iterator[str]:
    """The use cases that ask for a right and commit, themselves or by another, and note nothing."""
    helpers, committing = doing(trees, _NOTES), doing(trees, (".commit()",))
    for tree in trees:
        for one in tree.body:
            if not isinstance(one, ast.ClassDef):
                continue
            text = ast.unparse(one)
            commits = ".commit()" in text or named(one) & committing
            changes = "right: ClassVar" in text and commits
            notes = any(note in text for note in _NOTES) or named(one) & helpers - _TIME_IS_UP
            if changes and not notes:
                yield one.name


def doing(trees: list[ast.Module], what: tuple[str, ...]) -> set[str]:
    """Functions that do one of *what*, by themselves or by one of the others."""
    functions = {
        one.name: one
        for tree in trees
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found: set[str] = set()
    while more := {
        name
        for name, one in functions.items()
        if name not in found
        and (any(word in ast.unparse(one) for word in what) or named(one) & found)
    }:
        found |= more
    return found


def named(node: ast.AST) -> set[str]:
    """The functions that *node* calls by their names."""
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {one.id for one in calls if isinstance(one, ast.Name)}


def test_every_use_case_that_changes_something_notes_it_or_says_why_not() -> None:
    assert set(silent(modules(_CORE))) == KEPT_ELSEWHERE.keys()


SILENT = """
class Change:
    right: ClassVar[Right] = rights.CHANGE
    async def __call__(self, actor):
        async with self.start() as unit:
            await unit.commit()
"""


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", {"Change"}),
        ("            # unit.audit.note(what)", {"Change"}),
        ("            await unit.audit.note(what)", set()),
        ("            await by_another(unit)", set()),
        ("            note = unit.note", {"Change"}),
    ],
    ids=["silent", "only said", "noted", "noted by another", "called so"],
)
def test_one_that_says_nothing_is_found(more: str, found: set[str]) -> None:
    another = "async def by_another(unit):\n    await note(unit)\n"
    note = "async def note(unit):\n    await unit.audit.note(what)\n"
    trees = [ast.parse(SILENT + more), ast.parse(another), ast.parse(note)]
    assert set(silent(trees)) == found
