"""Files of questions: how they are read and written, whatever the format."""

import enum
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.answers import Kind
from homeroom.exams.model.questions import Content
from homeroom.kernel.errors import Invalid, Problem

LONGEST_PIECE = 1_000_000
"""How many bytes of a file one question may take. Nothing longer is ever held in memory."""


class UnreadableFile(Invalid):
    """This file cannot be read as what it is said to be."""

    code = "unreadable_file"


class UnheldKind(Invalid):
    """This format has no way to write a question of this kind."""

    code = "unheld_kind"


def part_id(text: str) -> str:
    """The id of an option or a part in a file that has none: the same wherever that text stands,
    for an id that told its place would give away the order that is asked for."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class Trait(enum.Enum):
    """What a file may tell of a question beside its words and its key."""

    CASE = "case"
    """Whether capitals matter in a short answer."""

    DIFFICULTY = "difficulty"
    EXPLANATION = "explanation"
    HINTS = "hints"
    """What to tell whoever gave one answer or the other."""

    IDS = "ids"
    """The ids of options and parts. Without them, each is called as `part_id` has it."""

    LINES = "lines"
    """Texts of several lines. Without it, they are one line each."""

    MARKING = "marking"
    """How choices of several options are marked. Without it, what is read is weighted."""

    MEDIA = "media"
    OBJECTIVE = "objective"
    REFERENCE = "reference"
    SOURCES = "sources"
    TAGS = "tags"
    WORTH = "worth"
    """Answers that are worth a share of the mark."""


@attrs.frozen
class Holds:
    """What a format has room for. What it has none for is not written, and not read."""

    kinds: frozenset[Kind]
    traits: frozenset[Trait]


@attrs.frozen(kw_only=True)
class Sheet:
    """A question as a file has it: what it says, and what it and its objective are called."""

    content: Content
    reference: str | None = None
    objective: str = ""
    """The code or the name of what it is asked for; empty where the file says nothing of it."""


@attrs.frozen(kw_only=True)
class Found:
    """Something in a file that is, or ought to be, a question."""

    line: int
    """Where it begins, counted from 1."""

    sheet: Sheet | None = None
    problems: tuple[Problem, ...] = ()
    """Why there is no sheet."""


class QuestionSource(Protocol):
    """Bytes that are read once, from the first to the last: an open file is one.

    Proven through `homeroom_testing.conformance.formats.QuestionFormatConformance`.
    """

    def read(self, size: int, /) -> bytes:
        """At most *size* of those that come next; none at the end."""
        ...


@runtime_checkable
class QuestionFormat(Protocol):
    """One way to write questions in a file.

    What is written and read again is equal in all that `holds` names. Reading is lazy and holds
    one question at a time; whatever is wrong with one is told of it, and the others come through.
    Blanks at the ends of texts are not kept. Nothing outside the file is ever looked at.

    Conformance: `homeroom_testing.conformance.formats.QuestionFormatConformance`.
    """

    @property
    def endings(self) -> tuple[str, ...]:
        """What the names of such files end in, such as `.gift`; the first is the usual one."""
        ...

    @property
    def media_type(self) -> str: ...

    @property
    def holds(self) -> Holds: ...

    def read(self, source: QuestionSource) -> Iterator[Found]:
        """Raises `UnreadableFile` for what is no such file at all, or a dangerous one."""
        ...

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        """The file, piece by piece: a sheet is asked for once all of those before it
        are told. Raises `UnheldKind`."""
        ...


@runtime_checkable
class OpenQuestionFormat(Protocol):
    """Opens the installed format of a name. Raises `Invalid`, which tells the names there are."""

    def __call__(self, name: str, /) -> AbstractAsyncContextManager[QuestionFormat]: ...
