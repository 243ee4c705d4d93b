"""Files of tasks: YAML that says no more than JSON can, each task as the API takes it.

YAML knows more than is good for a file that two people read: `22:00` is the number 1320 to it,
`no` is false, a date is no text, and nine lines of aliases fill all memory. We read its structure
and its quotes; what stands there plainly is what it would be in JSON, else text.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec
import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from yaml.events import (  # type: ignore[import-untyped]  # as above
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from homeroom.kernel.errors import Invalid, Problem
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.web.misfits import misfits
from homeroom_entrypoints.web.task_wire import TaskBody

Read: TypeAlias = "bool | int | float | str | list[Read] | dict[str, Read] | None"
Events: TypeAlias = Iterator[Event]

LARGEST = 1024 * 1024
_DEEPEST = 24
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Read] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,2})?")
_TASKS = "must hold a list of tasks, or tasks: and the list"


class BadFile(Invalid):
    """This file cannot be read as tasks."""

    code = "bad_file"


def read_tasks(content: bytes) -> Sequence[TaskGiven]:
    """The tasks that a file with this *content* holds. Raises `BadFile` with all that is wrong."""
    if len(content) > LARGEST:
        raise BadFile(problems=[Problem("file", f"is larger than {LARGEST} bytes")])
    match read_yaml(content):
        case {"tasks": list(found), **others} if not others:
            tasks = found
        case list(found):
            tasks = found
        case _:
            raise BadFile(problems=[Problem("file", _TASKS)])
    given: list[TaskGiven] = []
    problems: list[Problem] = []
    for index, one in enumerate(tasks):
        try:
            given.append(msgspec.convert(one, TaskBody).given())
        except msgspec.ValidationError:
            problems += misfits(one, TaskBody, at=f"tasks[{index}]")
        except Invalid as refused:
            problems += [attributed(each, index) for each in refused.problems]
    if problems:
        raise BadFile(problems=problems)
    return given


def attributed(problem: Problem, index: int) -> Problem:
    """*problem*, said of the task with this *index* in its file."""
    return Problem(f"tasks[{index}].{problem.field}", problem.message)


def read_yaml(content: bytes) -> Read:
    """What *content* says, in JSON's terms. Raises `BadFile`, quoting nothing: it holds secrets."""
    try:
        events: Events = iter(yaml.parse(content.decode("utf-8-sig"), Loader=_LOADER))
        next(events)  # the stream begins
        if isinstance(next(events), yaml.StreamEndEvent):
            return None
        read = _value(events, next(events), _DEEPEST)
        next(events)  # the document ends
        if not isinstance(another := next(events), yaml.StreamEndEvent):
            raise _refusal("is a second document; one file is one", another)
    except UnicodeDecodeError:
        raise BadFile(problems=[Problem("file", "is not UTF-8")]) from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        wrong = f"{line}{error.problem}; quote what begins with one of * & ! % @ ` or holds ': '"
        raise BadFile(problems=[Problem("file", wrong)]) from None
    except yaml.YAMLError:
        raise BadFile(problems=[Problem("file", "has characters that are no text")]) from None
    return read


def _value(events: Events, event: Event, deeper: int) -> Read:
    if not isinstance(event, ScalarEvent | CollectionStartEvent) or event.anchor is not None:
        raise _refusal("anchors and aliases are not read: write it out", event)
    if event.tag is not None:
        raise _refusal("tags such as !!str are not read", event)
    if isinstance(event, ScalarEvent):
        return str(event.value) if event.style else _scalar(event.value)
    if not deeper:
        raise _refusal(f"is nested deeper than {_DEEPEST} levels", event)
    if isinstance(event, SequenceStartEvent):
        return list(_items(events, deeper - 1))
    return _fields(events, deeper - 1)


def _items(events: Events, deeper: int) -> Iterator[Read]:
    while not isinstance(event := next(events), SequenceEndEvent):
        yield _value(events, event, deeper)


def _fields(events: Events, deeper: int) -> dict[str, Read]:
    found: dict[str, Read] = {}
    while not isinstance(event := next(events), MappingEndEvent):
        if not isinstance(event, ScalarEvent):
            raise _refusal("a name must be text", event)
        name = str(event.value)
        if name in found:
            raise _refusal("this name stands here twice", event)
        found[name] = _value(events, next(events), deeper)
    return found


def _scalar(text: str) -> Read:
    """What stands there without quotes: JSON's words and numbers, else text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _refusal(wrong: str, event: Event) -> BadFile:
    return BadFile(problems=[Problem("file", f"line {event.start_mark.line + 1}: {wrong}")])
