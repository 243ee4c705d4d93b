"""Payloads: JSON objects that somebody wrote and that are sent, as values the core can walk."""

import json
import math
from collections.abc import Mapping
from typing import TypeAlias

from homeroom.kernel.errors import Problem

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Payload: TypeAlias = Mapping[str, Json]

_DEEPEST = 16


def payload_text(payload: Payload) -> str:
    """*payload* as it is kept and sent: compact, letters as they are, keys in the given order."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_payload(text: str) -> dict[str, Json]:
    """What `payload_text` wrote. Raises `ValueError` for anything but a JSON object."""
    read: Json = json.loads(text)
    if not isinstance(read, dict):
        raise ValueError("a payload is a JSON object")  # noqa: TRY004 - as for any other bad text
    return read


def size_of(payload: Payload) -> int:
    """How many bytes go over the wire."""
    return len(payload_text(payload).encode())


def shape_problems(payload: Json, *, field: str, at_most: int) -> list[Problem]:
    """What keeps *payload* from being sent as JSON at all, whatever it is meant to say."""
    if not isinstance(payload, dict):
        return [Problem(field, "must be a JSON object")]
    if found := _unsendable(payload, field, _DEEPEST):
        return [found]
    if (size := size_of(payload)) > at_most:
        return [Problem(field, f"is {size} bytes; at most {at_most} are sent")]
    return []


def _unsendable(value: Json, path: str, deeper: int) -> Problem | None:
    """The first thing in *value* that no receiver could read."""
    match value:
        case dict() | list() if not deeper:
            return Problem(path, f"is nested deeper than {_DEEPEST} levels")
        case dict():
            if not all(map(_is_text, value)):
                return Problem(path, "has names with characters that are no text")
            inside = [(f"{path}.{name}", one) for name, one in value.items()]
        case list():
            inside = [(f"{path}[{index}]", one) for index, one in enumerate(value)]
        case str() if not _is_text(value):
            return Problem(path, "has characters that are no text")
        case float() if not math.isfinite(value):
            return Problem(path, "is a number that JSON cannot write")
        case _:
            return None
    found = (_unsendable(one, where, deeper - 1) for where, one in inside)
    return next(filter(None, found), None)


def _is_text(value: str) -> bool:
    """Whether every store and every receiver takes it: no halves of letters, and no NUL."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
