"""The bank that comes along: the exam `backend-pro`, and questions for all that it asks for."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import attrs

from homeroom.exams.model.catalogue import Outline
from homeroom.exams.model.notation import read_content, read_outline
from homeroom.exams.ports.formats import Sheet
from homeroom.kernel.ids import new_id

VENDOR = "Homeroom"
_OUTLINE = "outline.json"
_AROUND = frozenset({"reference", "objective"})
"""What a file says of a question beside what the question says."""


@attrs.frozen(kw_only=True)
class Bank:
    """An exam, and its questions in the order of its objectives."""

    outline: Outline
    questions: tuple[Sheet, ...]


def read_bank(name: str = "backend_pro") -> Bank:
    """The packaged bank of that name. Its objectives have other ids each time, but kept codes."""
    room = files("homeroom_entrypoints.demo").joinpath(name)
    groups = sorted(one.name for one in room.iterdir() if one.name.endswith(".json"))
    said = {one: json.loads(room.joinpath(one).read_text("utf-8")) for one in groups}
    outline = _outline(said.pop(_OUTLINE))
    questions = tuple(sheet for group in said.values() for sheet in map(_sheet, group))
    return Bank(outline=outline, questions=questions)


def _outline(said: Mapping[str, Any]) -> Outline:
    """In the file, objectives name their groups by code; nobody writes ids by hand."""
    ids = {one["code"]: str(new_id()) for one in said["objectives"]}
    return read_outline({**said, "objectives": [*_with_ids(said["objectives"], ids)]})


def _with_ids(objectives: list[dict[str, Any]], ids: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for one in objectives:
        above = {"parent": ids[one["parent"]]} if "parent" in one else {}
        yield {**one, "id": ids[one["code"]], **above}


def _sheet(said: Mapping[str, Any]) -> Sheet:
    content = {
        name: value for name, value in said.items() if name not in {"reference", "objective"}
    }
    return Sheet(
        content=read_content(content), reference=said["reference"], objective=said["objective"]
    )
