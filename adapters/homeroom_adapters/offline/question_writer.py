"""A question writer that takes words out of sentences, and asks which of them belongs there.

Its questions are only as good as the text: they ask for what stands there, and for nothing that
has to be understood. The same text makes the same questions, always.
"""

import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import attrs

from homeroom.exams.model.answers import Answer
from homeroom.exams.ports.formats import part_id
from homeroom.exams.ports.writer import (
    Brief,
    Puzzle,
    QuestionWriter,
    Solved,
    WriterSettings,
    Written,
)
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom_adapters.offline.sentences import Sentence, rarity, sentences

MODEL = "cloze-1"
_GAP = "_____"
_OTHERS, _FEWEST_OTHERS = 3, 2
_ASKED = "Which word or words are missing here? "
_MEANT = "What does this text speak of? "
_DEFINED = re.compile(
    r"(?:An?|The)?\s*(?P<term>[^\W\d_][\w'\u2019-]*(?: [\w'\u2019-]+){0,3})"
    r" (?:is|are|means|refers to) (?P<meaning>(?:an?|the|any|one|what|who|when|how) .{20,})[.!]"
)


@attrs.frozen(kw_only=True)
class Gap:
    """A sentence to ask about, and the term that is right."""

    sentence: str
    term: str
    stem: str


@attrs.frozen
class OfflineWriter:
    """Writes and solves questions by rules. It costs nothing, and asks nobody."""

    @property
    def method(self) -> str:
        return "offline"

    def estimate(self, brief: Brief) -> int:
        return 0

    async def write(self, brief: Brief) -> Written:
        gaps = list(_gaps(sentences(brief.source)))
        terms = list({gap.term.casefold(): gap.term for gap in gaps}.values())
        said = [one for gap in gaps if (one := _question(gap, terms, brief)) is not None]
        return Written(said=tuple(said[: brief.count]), model=MODEL)

    async def solve(self, puzzles: Sequence[Puzzle], source: str) -> Solved:
        known = frozenset(one.text for one in sentences(source))
        return Solved(answers=tuple(_solution(one, known) for one in puzzles), model=MODEL)


@asynccontextmanager
async def open_writer(
    settings: WriterSettings, ambient: Ambient, outbound: Outbound
) -> AsyncIterator[QuestionWriter]:
    """The writer behind entry point `homeroom.question_writer`, name `offline`."""
    yield OfflineWriter()


def _gaps(every: Sequence[Sentence]) -> Iterator[Gap]:
    """One for each sentence that has a term to ask for."""
    often = rarity(every)
    for sentence in every:
        defined = _DEFINED.fullmatch(sentence.text)
        if defined is not None:
            term, meaning = defined["term"], defined["meaning"]
            if term.casefold() not in meaning.casefold():
                yield Gap(sentence=sentence.text, term=term, stem=f"{_MEANT}“{meaning}.”")
                continue
        if term := _term(sentence, often):
            stem = _ASKED + f"“{_blank(sentence.text, term)}”"
            yield Gap(sentence=sentence.text, term=term, stem=stem)


def _term(sentence: Sentence, often: Counter[str]) -> str:
    """What is marked, or else what stands in few other sentences; empty if there is nothing."""
    once = [
        one
        for one in sentence.terms
        if len(re.findall(_whole(one), sentence.text, re.IGNORECASE)) == 1
    ]
    marked = [one for one in once if one in sentence.marked]
    return min(marked or once, key=lambda term: often[term.casefold()], default="")


def _question(gap: Gap, terms: Sequence[str], brief: Brief) -> object | None:
    """As `homeroom.exams.model.notation` has it; None where there is too little to choose from."""
    said = gap.sentence.casefold()
    others = sorted(
        (term for term in terms if term.casefold() not in said),
        key=lambda term: (term[:1].isupper() != gap.term[:1].isupper(), _mixed(gap, term)),
    )[:_OTHERS]
    if len(others) < _FEWEST_OTHERS:
        return None
    options = sorted([gap.term, *others], key=lambda term: _mixed(gap, term))
    return {
        "stem": gap.stem,
        "body": {
            "kind": "single",
            "options": [
                {"id": part_id(term), "text": term, "worth": "1" if term == gap.term else "0"}
                for term in options
            ],
        },
        "explanation": f"The text says: “{gap.sentence}”",
        "difficulty": brief.difficulty,
    }


def _solution(puzzle: Puzzle, known: frozenset[str]) -> Answer | None:
    """The one choice with which the text says what the puzzle says; none if that is not clear."""
    fitting = [
        one.id
        for one in puzzle.choices
        if any(_fits(sentence, puzzle.stem, one.text) for sentence in known)
    ]
    return (fitting[0],) if len(fitting) == 1 else None


def _fits(sentence: str, stem: str, text: str) -> bool:
    if stem.startswith(_MEANT):
        defined = _DEFINED.fullmatch(sentence)
        meant = stem.removeprefix(_MEANT).strip("“.”")
        return defined is not None and (defined["term"], defined["meaning"]) == (text, meant)
    return _GAP in stem and stem.removeprefix(_ASKED).strip("“”") == _blank(sentence, text)


def _blank(sentence: str, term: str) -> str:
    return re.sub(_whole(term), _GAP, sentence, count=1, flags=re.IGNORECASE)


def _whole(term: str) -> str:
    return rf"(?<!\w){re.escape(term)}(?!\w)"


def _mixed(gap: Gap, term: str) -> str:
    """By which options are put in an order that tells nothing, and is the same each time."""
    return hashlib.sha256(f"{gap.sentence}\0{term}".encode()).hexdigest()
