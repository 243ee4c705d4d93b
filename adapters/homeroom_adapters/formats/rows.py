"""One question in one row: its parts in columns `a` to `t`, its key in `answer`."""

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL, MOST, NOTHING, Kind
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.written import Accepted, Numeric, ShortAnswer
from homeroom.exams.ports.formats import Sheet, UnheldKind, part_id
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.numbers import range_in, range_text
from homeroom_adapters.formats.pairs import matching, ordering, pairs_of

LETTERS = string.ascii_lowercase[:MOST]
COLUMNS = (
    *("reference", "objective", "kind", "question", "answer", *LETTERS),
    *("marking", "case", "difficulty", "tags", "explanation", "sources", "media"),
)
_WORTH = re.compile(r"([a-t])(?:=(-?\d{1,9}(?:/0*[1-9]\d{0,8})?))?", re.IGNORECASE)
_TAG = re.compile(r"(?:\\.|[^,\\])+")
_SOURCE = re.compile(r"(.*?)(?:\s*<([^<>\s]*)>)?")


def sheet(cells: Mapping[str, str]) -> Sheet:
    """Raises `Unread`. Cells that are empty are not among *cells*."""
    difficulty = cells.get("difficulty", "3")
    if not re.fullmatch("[1-5]", difficulty):
        raise Unread("must be from 1, easy, to 5", field="difficulty")
    content = Content(
        stem=cells.get("question", ""),
        body=_body(cells),
        explanation=cells.get("explanation", ""),
        difficulty=int(difficulty),
        tags=frozenset(_tags(cells.get("tags", ""))),
        sources=tuple(_source(line) for line in filter(None, cells.get("sources", "").split("\n"))),
        media_url=cells.get("media", ""),
    )
    return Sheet(
        content=content, reference=cells.get("reference"), objective=cells.get("objective", "")
    )


def row(one: Sheet) -> Sequence[str]:
    """Raises `UnheldKind` for what has more parts than there are columns."""
    content, body = one.content, one.content.body
    cells = _cells(body)
    if len(cells) > len(LETTERS):
        raise UnheldKind(f"A table has room for {MOST} pairs and targets. Choose another format.")
    marking = body.marking.value if isinstance(body, Multiple) else ""
    case = "yes" if isinstance(body, ShortAnswer) and body.case_matters else ""
    return [
        *(one.reference or "", one.objective, body.kind.value, content.stem, _key(body)),
        *(*cells, *[""] * (len(LETTERS) - len(cells))),
        *(marking, case, str(content.difficulty)),
        ", ".join(re.sub(r"([\\,])", r"\\\1", tag) for tag in sorted(content.tags)),
        content.explanation,
        "\n".join(_source_text(source) for source in content.sources),
        content.media_url,
    ]


def _body(cells: Mapping[str, str]) -> Body:  # noqa: PLR0911 - one for each kind
    parts = {letter: cells[letter] for letter in LETTERS if letter in cells}
    match _kind(cells):
        case Kind.SINGLE:
            return Single(options=_options(parts, cells))
        case Kind.MULTIPLE:
            return Multiple(options=_options(parts, cells), marking=_marking(cells))
        case Kind.TRUE_FALSE:
            return TrueFalse(is_true=_truth(cells))
        case Kind.SHORT_ANSWER:
            worths = _worths(parts, cells, ALL)
            accepted = tuple(Accepted(text=text, worth=worths[at]) for at, text in parts.items())
            return ShortAnswer(accepted=accepted, case_matters=cells.get("case") == "yes")
        case Kind.NUMERIC:
            worths = _worths(parts, cells, ALL)
            return Numeric(
                ranges=tuple(
                    attrs.evolve(range_in(text), worth=worths[at]) for at, text in parts.items()
                )
            )
        case Kind.MATCHING:
            return matching(_pair(text) for text in parts.values())
        case Kind.ORDERING:
            return ordering(parts.values())


def _cells(body: Body) -> list[str]:
    match body:
        case Single() | Multiple():
            return [option.text for option in body.options]
        case ShortAnswer():
            return [one.text for one in body.accepted]
        case Numeric():
            return [range_text(one) for one in body.ranges]
        case Matching():
            return [f"{_sided(one)} -> {_sided(other)}" for one, other in pairs_of(body)]
        case Ordering():
            return [item.text for item in body.items]
        case TrueFalse():
            return []


def _key(body: Body) -> str:
    match body:
        case Single() | Multiple():
            return _letters([option.worth for option in body.options], NOTHING)
        case ShortAnswer():
            return _letters([one.worth for one in body.accepted], ALL)
        case Numeric():
            return _letters([one.worth for one in body.ranges], ALL)
        case TrueFalse():
            return "true" if body.is_true else "false"
        case Matching() | Ordering():
            return ""


def _letters(worths: Sequence[Fraction], own: Fraction) -> str:
    """The columns that are worth anything else than their *own*; a letter alone is worth all."""
    told = (
        letter if worth == ALL else f"{letter}={worth}"
        for letter, worth in zip(LETTERS, worths, strict=False)
        if worth != own
    )
    return ", ".join(told)


def _kind(cells: Mapping[str, str]) -> Kind:
    said = cells.get("kind", "").lower()
    for kind in Kind:
        if kind.value.lower() == said:
            return kind
    raise Unread(f"must be one of {', '.join(kind.value for kind in Kind)}", field="kind")


def _marking(cells: Mapping[str, str]) -> Marking:
    try:
        return Marking(cells.get("marking", Marking.ALL_OR_NOTHING.value))
    except ValueError:
        known = ", ".join(marking.value for marking in Marking)
        raise Unread(f"must be one of {known}, or empty", field="marking") from None


def _truth(cells: Mapping[str, str]) -> bool:
    said = cells.get("answer", "").lower()
    if said not in {"true", "false"}:
        raise Unread("must be true or false", field="answer")
    return said == "true"


def _options(parts: Mapping[str, str], cells: Mapping[str, str]) -> tuple[Option, ...]:
    worths = _worths(parts, cells, NOTHING)
    return tuple(
        Option(id=part_id(text), text=text, worth=worths[letter]) for letter, text in parts.items()
    )


def _worths(
    parts: Mapping[str, str], cells: Mapping[str, str], own: Fraction
) -> Mapping[str, Fraction]:
    worths = dict.fromkeys(parts, own)
    for said in filter(None, (part.strip() for part in cells.get("answer", "").split(","))):
        found = _WORTH.fullmatch(said)
        if found is None or found[1].lower() not in parts:
            raise Unread(
                f"{said[:20]!r} names no answer. Write columns, such as b or a=1/2, c=1/2",
                field="answer",
            )
        worths[found[1].lower()] = Fraction(found[2]) if found[2] else ALL
    return worths


def _pair(text: str) -> tuple[str, str]:
    premise, arrow, target = text.partition("->")
    if not arrow:
        raise Unread(f"{text[:40]!r} is no pair. Write one such as Peru -> Lima.")
    return _unsided(premise), _unsided(target)


def _sided(text: str) -> str:
    return text.replace("\\", "\\\\").replace("->", "-\\>")


def _unsided(text: str) -> str:
    return re.sub(r"\\([\\>])", r"\1", text).strip()


def _tags(cell: str) -> Iterator[str]:
    for found in _TAG.finditer(cell):
        if tag := re.sub(r"\\(.)", r"\1", found[0]).strip():
            yield tag


def _source(line: str) -> Source:
    found = _SOURCE.fullmatch(line.strip())
    return Source(found[1], found[2] or "") if found else Source(line)


def _source_text(source: Source) -> str:
    if source.url or source.title.endswith(">"):
        return f"{source.title} <{source.url}>"
    return source.title
