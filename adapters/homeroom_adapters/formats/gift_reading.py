"""One question in GIFT: its words, and what stands in its braces."""

import re
from collections.abc import Iterator
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL, NOTHING
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer
from homeroom.exams.ports.formats import part_id
from homeroom_adapters.formats.html_text import text_of
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.numbers import range_in, share_in
from homeroom_adapters.formats.pairs import matching

ESCAPED = "\\~=#{}:>n"
"""What may stand behind a backslash. The sign `>` is ours, so that `->` can be in a text."""

_ESCAPE = re.compile(r"\\([\\~=#{}:>n])")
_HIDDEN = re.compile("\0(.)")
_TITLE = re.compile(r"::.*?::", re.DOTALL)
_MARKUP = re.compile(r"\[(html|markdown|plain|moodle)\]")
_TRUTH = re.compile(r"(T|F|TRUE|FALSE)\s*(?:#(.*))?", re.DOTALL | re.IGNORECASE)
_SHARE = re.compile(r"\s*%(-?[0-9.]+)%")
_BLANK = "_____"
_NOTE = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)+)\]")


@attrs.frozen
class ReadQuestion:
    """What is in the words and in the braces."""

    stem: str
    body: Body
    explanation: str


def question(text: str) -> ReadQuestion:
    """Raises `Unread`."""
    hidden = _ESCAPE.sub(lambda found: f"\0{chr(65 + ESCAPED.index(found[1]))}", text).strip()
    hidden = hidden[found.end() :].lstrip() if (found := _TITLE.match(hidden)) else hidden
    markup = _MARKUP.match(hidden)
    reader = _Reader(is_html=bool(markup and markup[1] == "html"))
    before, answers, after = _apart(hidden[markup.end() :] if markup else hidden)
    stem = f"{before}{_BLANK}{after}" if after.strip() else before
    answers, _, explanation = answers.partition("####")
    body = reader.body(answers.strip())
    return ReadQuestion(reader.text(stem), body, reader.text(explanation))


def noted(comments: str, name: str) -> Iterator[str]:
    """What a comment says in `[id:…]` or `[tag:…]`."""
    for found in _NOTE.finditer(comments):
        if found[1] == name:
            yield re.sub(r"\\(.)", r"\1", found[2])


def _apart(text: str) -> tuple[str, str, str]:
    before, opened, rest = text.partition("{")
    answers, closed, after = rest.partition("}")
    if not opened:
        raise Unread("has no answers. Write them in braces behind the question.")
    if not closed or "{" in answers or "{" in after or "}" in before + after:
        raise Unread("must have one pair of braces. Write other braces as \\{ and \\}.")
    return before, answers, after


@attrs.frozen
class _Reader:
    is_html: bool

    def text(self, hidden: str) -> str:
        shown = _HIDDEN.sub(lambda found: _shown(found[1]), hidden.strip())
        return text_of(shown) if self.is_html else shown

    def body(self, answers: str) -> Body:
        if not answers:
            raise Unread("asks for an essay, which cannot be kept. Write answers in its braces.")
        if answers.startswith("#"):
            return self._numeric(answers[1:].strip())
        if "~" in answers:
            return self._choices(answers)
        if truth := _TRUTH.fullmatch(answers):
            return self._true_false(truth[1][0] in "Tt", truth[2] or "")
        if "=" not in answers:
            raise Unread("must have = or ~ before each answer.")
        entries = [rest for _, rest in _entries(answers)]
        return self._matching(entries) if "->" in answers else self._short_answer(entries)

    def _choices(self, answers: str) -> Body:
        entries = list(_entries(answers.replace("~=", "=")))
        options = tuple(self._option(mark, rest) for mark, rest in entries)
        if any(mark == "=" for mark, _ in entries):
            return Single(options=options)
        return Multiple(options=options, marking=Marking.WEIGHTED)

    def _option(self, mark: str, rest: str) -> Option:
        worth, text, hint = self._answer(rest, ALL if mark == "=" else NOTHING)
        return Option(id=part_id(text), text=text, worth=worth, explanation=hint)

    def _true_false(self, is_true: bool, hints: str) -> TrueFalse:
        wrong, _, right = (self.text(part) for part in hints.partition("#"))
        why_true, why_false = (right, wrong) if is_true else (wrong, right)
        return TrueFalse(is_true=is_true, why_true=why_true, why_false=why_false)

    def _short_answer(self, entries: list[str]) -> ShortAnswer:
        answers = (self._answer(rest, ALL) for rest in entries)
        return ShortAnswer(
            accepted=tuple(Accepted(text=text, worth=w, explanation=e) for w, text, e in answers)
        )

    def _numeric(self, answers: str) -> Numeric:
        if "~" in answers:
            raise Unread("has ~ before a number; only numbers that count can be kept, with =.")
        entries = [rest for _, rest in _entries(answers)] if "=" in answers else [answers]
        return Numeric(ranges=tuple(self._range(rest) for rest in entries))

    def _range(self, rest: str) -> Range:
        worth, text, hint = self._answer(rest, ALL)
        return attrs.evolve(range_in(text), worth=worth, explanation=hint)

    def _matching(self, entries: list[str]) -> Body:
        if not all("->" in rest for rest in entries):
            raise Unread("must have -> in each answer, or in none.")
        sides = (rest.partition("->") for rest in entries)
        return matching((self.text(premise), self.text(target)) for premise, _, target in sides)

    def _answer(self, rest: str, worth: Fraction) -> tuple[Fraction, str, str]:
        if found := _SHARE.match(rest):
            worth, rest = share_in(found[1]), rest[found.end() :]
        text, _, hint = rest.partition("#")
        return worth, self.text(text), self.text(hint)


def _entries(answers: str) -> Iterator[tuple[str, str]]:
    """Each answer, and the sign before it."""
    first, *parts = re.split("([=~])", answers)
    if first.strip():
        raise Unread("must have = or ~ before each answer, the first as well.")
    yield from zip(parts[::2], parts[1::2], strict=True)


def _shown(code: str) -> str:
    sign = ESCAPED[ord(code) - 65]
    return "\n" if sign == "n" else sign
