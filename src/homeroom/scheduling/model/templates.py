"""Templates: `{{task.name}}` and the like, filled with text and nothing else.

A template is looked up, never evaluated. What it is filled with is not read again: a task that
is called `{{now}}` is called just that. Keys stay as they were written. A literal `{{` is
written `{{'{{'}}`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

from homeroom.kernel.clock import as_utc
from homeroom.kernel.errors import Problem
from homeroom.scheduling.model.payloads import Json, Payload

_SPOT = re.compile(r"\{\{(\s*+'\{\{'\s*+|[^{}]*+)\}\}")
_LITERAL = "'{{'"


@attrs.frozen(kw_only=True)
class Values:
    """What templates may speak of: one attempt of one execution of one task."""

    task_name: str
    task_id: str
    execution_id: str
    now: datetime
    scheduled_for: datetime
    attempt: int
    """1 for the first."""

    def by_name(self) -> Mapping[str, str]:
        """Every variable, as it is written between the braces, and its text."""
        return {
            "task.name": self.task_name,
            "task.id": self.task_id,
            "execution.id": self.execution_id,
            "attempt": str(self.attempt),
            **_moments("now", self.now),
            **_moments("scheduledFor", self.scheduled_for),
        }


def _moments(name: str, instant: datetime) -> dict[str, str]:
    """An instant in the three ways it can be asked for: ISO 8601, Unix seconds, and the day."""
    instant = as_utc(instant).replace(microsecond=0)
    return {
        name: instant.isoformat().replace("+00:00", "Z"),
        f"{name}|unix": str(int(instant.timestamp())),
        f"{name}|date": instant.date().isoformat(),
    }


VARIABLES = (
    "task.name",
    "task.id",
    "execution.id",
    "attempt",
    *("now", "now|unix", "now|date"),
    *("scheduledFor", "scheduledFor|unix", "scheduledFor|date"),
)


def has_variables(text: str) -> bool:
    """Whether *text* will change when it is filled."""
    return _SPOT.search(text) is not None


def template_problems(value: Json, *, field: str) -> list[Problem]:
    """Every variable in *value* that nobody knows, and every `{{` that is no variable."""
    match value:
        case str():
            return _text_problems(value, field)
        case list():
            parts = [(f"{field}[{index}]", one) for index, one in enumerate(value)]
        case dict():
            parts = [(f"{field}.{key}", one) for key, one in value.items()]
        case _:
            return []
    return [problem for path, one in parts for problem in template_problems(one, field=path)]


def _text_problems(text: str, field: str) -> list[Problem]:
    names = [_name(spot) for spot in _SPOT.finditer(text)]
    unknown = dict.fromkeys(name for name in names if name not in {_LITERAL, *VARIABLES})
    known = ", ".join(VARIABLES)
    found = [
        Problem(field, f"{{{{{name}}}}} is no variable; there are {known}") for name in unknown
    ]
    if "{{" in _SPOT.sub(" ", text):
        found.append(Problem(field, "has a {{ that begins no variable; write it {{'{{'}}"))
    return found


def fill_text(text: str, values: Values, escape: Callable[[str], str] = str) -> str:
    """*text* with its variables replaced, each value through *escape*, in one pass.

    What is no variable stays as it is written.
    """
    if "{{" not in text:
        return text
    known = values.by_name()

    def replace(spot: re.Match[str]) -> str:
        name = _name(spot)
        if name == _LITERAL:
            return "{{"
        return escape(known[name]) if name in known else spot[0]

    return _SPOT.sub(replace, text)


def fill(payload: Payload, values: Values) -> dict[str, Json]:
    """*payload* with every text in it filled, however deep."""
    return {key: _fill(one, values) for key, one in payload.items()}


def _fill(value: Json, values: Values) -> Json:
    match value:
        case str():
            return fill_text(value, values)
        case list():
            return [_fill(one, values) for one in value]
        case dict():
            return fill(value, values)
        case _:
            return value


def _name(spot: re.Match[str]) -> str:
    """The variable as it is looked up: spaces around it and around its filter do not count."""
    return "|".join(part.strip() for part in spot[1].split("|"))
