"""One question as GIFT has it."""

import re
from collections.abc import Iterable
from fractions import Fraction

from homeroom.exams.model.answers import ALL, NOTHING
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Option, Single, TrueFalse
from homeroom.exams.model.written import Numeric, ShortAnswer
from homeroom.exams.ports.formats import Sheet, UnheldKind
from homeroom_adapters.formats.numbers import percent, range_text, weights
from homeroom_adapters.formats.pairs import pairs_of

_SIGNS = re.compile(r"[\\~=#{}:]")
_ARROW_HEAD = re.compile("(?<=-)>")


def question(sheet: Sheet) -> str:
    """Its comment, its words and its braces, and an empty line behind them."""
    content = sheet.content
    notes = [f"[tag:{_note(tag)}]" for tag in sorted(content.tags)]
    if sheet.reference:
        notes.insert(0, f"[id:{_note(sheet.reference)}]")
    comment = f"// {' '.join(notes)}\n" if notes else ""
    explanation = f"####{_words(content.explanation)}\n" if content.explanation else ""
    return f"{comment}[plain]{_words(content.stem)} {{{_answers(content.body)}{explanation}}}\n\n"


def _answers(body: Body) -> str:
    match body:
        case Single():
            return _lines(_option(one, one.worth) for one in body.options)
        case Multiple():
            return _lines(_weighted(one, worth) for one, worth in weights(body))
        case TrueFalse():
            return _truth(body)
        case ShortAnswer():
            return _lines(
                f"={_share(one.worth, ALL, one.text)}{_text(one.text)}{_hint(one.explanation)}"
                for one in body.accepted
            )
        case Numeric():
            return "#" + _lines(
                f"={_share(one.worth, ALL)}{range_text(one)}{_hint(one.explanation)}"
                for one in body.ranges
            )
        case Matching():
            return _lines(f"={_text(one)} -> {_text(other)}" for one, other in pairs_of(body))
        case Ordering():
            raise UnheldKind("GIFT has no way to ask for an order. Choose another format.")


def _option(one: Option, worth: Fraction) -> str:
    mark, own = ("=", ALL) if worth == ALL else ("~", NOTHING)
    return f"{mark}{_share(worth, own, one.text)}{_text(one.text)}{_hint(one.explanation)}"


def _weighted(one: Option, worth: Fraction) -> str:
    return f"~{_share(worth, NOTHING, one.text)}{_text(one.text)}{_hint(one.explanation)}"


def _share(worth: Fraction, own: Fraction, text: str = "") -> str:
    """Left out where it goes without saying, and the text does not look like one."""
    return "" if worth == own and not text.startswith("%") else f"%{percent(worth)}%"


def _truth(body: TrueFalse) -> str:
    right, wrong = body.why_true, body.why_false
    if not body.is_true:
        right, wrong = wrong, right
    hints = f"#{_text(wrong)}#{_text(right)}" if right else _hint(wrong)
    return f"{'T' if body.is_true else 'F'}{hints}"


def _lines(answers: Iterable[str]) -> str:
    return "".join(f"\n{one}" for one in answers) + "\n"


def _hint(explanation: str) -> str:
    return f"#{_text(explanation)}" if explanation else ""


def _text(text: str) -> str:
    """What stands among answers, where an arrow would be read as one."""
    return _ARROW_HEAD.sub(r"\\>", _words(text))


def _words(text: str) -> str:
    signs = _SIGNS.sub(lambda found: f"\\{found[0]}", text.strip())
    return signs.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _note(text: str) -> str:
    return re.sub(r"([\]\\])", r"\\\1", " ".join(text.split()))
