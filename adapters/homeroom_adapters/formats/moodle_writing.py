"""One question as Moodle's XML has it, written."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from xml.sax.saxutils import escape

from homeroom.exams.model.answers import ALL, NOTHING
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.written import Numeric, Range, ShortAnswer
from homeroom.exams.ports.formats import Sheet
from homeroom_adapters.formats.numbers import percent, plainly, weights
from homeroom_adapters.formats.pairs import pairs_of
from homeroom_adapters.formats.xml_parts import legal

_LONGEST_NAME = 80
_PLAIN = ' format="plain_text"'


def category(objective: str) -> str:
    path = f"$course$/top/{objective}" if objective else "$course$/top"
    return f'<question type="category">{_words("category", path)}</question>\n'


def question(sheet: Sheet) -> str:
    """One element, each of its parts on a line."""
    content = sheet.content
    kind, parts = _told(content.body)
    return "\n".join(
        [
            f'<question type="{kind}">',
            _words("name", content.stem[:_LONGEST_NAME]),
            _words("questiontext", content.stem, _PLAIN),
            _words("generalfeedback", content.explanation, _PLAIN),
            *([f"<idnumber>{_safe(sheet.reference)}</idnumber>"] if sheet.reference else []),
            *parts,
            *(f"<tags>{_words('tag', tag)}</tags>" for tag in sorted(content.tags)),
            "</question>\n",
        ]
    )


def _told(body: Body) -> tuple[str, Iterable[str]]:  # noqa: PLR0911 - one for each kind
    """What Moodle calls this kind, and what it has of its own."""
    match body:
        case Single():
            told = ((one.worth, one.text, one.explanation) for one in body.options)
            return "multichoice", ["<single>true</single>", *_answers(told)]
        case Multiple():
            told = ((worth, one.text, one.explanation) for one, worth in weights(body))
            return "multichoice", ["<single>false</single>", *_answers(told)]
        case TrueFalse():
            return "truefalse", _truths(body)
        case ShortAnswer():
            told = ((one.worth, one.text, one.explanation) for one in body.accepted)
            case = f"<usecase>{int(body.case_matters)}</usecase>"
            return "shortanswer", [case, *_answers(told)]
        case Numeric():
            return "numerical", map(_range, body.ranges)
        case Matching():
            return "matching", (_pair(one, other) for one, other in pairs_of(body))
        case Ordering():
            texts = enumerate((item.text for item in body.items), start=1)
            return "ordering", (_answer(str(place), text, "") for place, text in texts)


def _answers(told: Iterable[tuple[Fraction, str, str]]) -> Iterator[str]:
    for worth, text, hint in told:
        yield _answer(percent(worth), text, hint)


def _answer(fraction: str, text: str, hint: str) -> str:
    feedback = _words("feedback", hint, _PLAIN) if hint else ""
    return f'<answer fraction="{fraction}"{_PLAIN}><text>{_safe(text)}</text>{feedback}</answer>'


def _truths(body: TrueFalse) -> Iterator[str]:
    for is_true, hint in ((True, body.why_true), (False, body.why_false)):
        worth = ALL if is_true == body.is_true else NOTHING
        yield _answer(percent(worth), str(is_true).lower(), hint)


def _range(one: Range) -> str:
    middle, tolerance = (one.low + one.high) / 2, (one.high - one.low) / 2
    feedback = _words("feedback", one.explanation, _PLAIN) if one.explanation else ""
    return (
        f'<answer fraction="{percent(one.worth)}"><text>{plainly(middle)}</text>'
        f"<tolerance>{plainly(tolerance)}</tolerance>{feedback}</answer>"
    )


def _pair(premise: str, target: str) -> str:
    words = f"<text>{_safe(premise)}</text>{_words('answer', target)}"
    return f"<subquestion{_PLAIN}>{words}</subquestion>"


def _words(name: str, text: str, written: str = "") -> str:
    return f"<{name}{written}><text>{_safe(text)}</text></{name}>"


def _safe(text: str) -> str:
    return escape(legal(text))
