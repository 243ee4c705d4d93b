"""How alike two questions are: the same in all but capitals and points, or nearly the same."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator

import attrs

from homeroom.exams.model.answers import ALL
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.questions import Content
from homeroom.exams.model.written import Numeric, ShortAnswer
from homeroom.kernel.ids import QuestionId

NEAR = 0.8
"""Two questions that share so much of their text are nearly the same."""

_SIZE = 5
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """The words of *text* alone, in one way of writing them, with one blank between any two."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def gist(content: Content) -> str:
    """What a question asks, and what is right: what makes it another question than others."""
    return plain(" ".join([content.stem, *sorted(_right(content.body))]))


def name_of_gist(content: Content) -> str:
    """One name for all questions of one gist, so that a database can tell that there is one."""
    return f"gist:{hashlib.sha256(gist(content).encode()).hexdigest()[:32]}"


def shingles(text: str) -> frozenset[str]:
    """Every run of five characters of *text*, which are the whole of a shorter one."""
    return frozenset(text[at : at + _SIZE] for at in range(max(1, len(text) - _SIZE + 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """What they share of all that either has, from 0 to 1."""
    return len(one & other) / (len(one | other) or 1)


@attrs.frozen
class Twin:
    """The question that is most like another one, and how much."""

    question_id: QuestionId
    likeness: float

    @property
    def is_same(self) -> bool:
        return self.likeness == 1.0


@attrs.define
class Gists:
    """What is asked already, by what it comes down to."""

    _same: dict[str, QuestionId] = attrs.field(factory=dict, init=False, alias="same")
    _pieces: dict[QuestionId, frozenset[str]] = attrs.field(
        factory=dict, init=False, alias="pieces"
    )

    def add(self, question_id: QuestionId, content: Content) -> None:
        said = gist(content)
        self._same.setdefault(said, question_id)
        self._pieces[question_id] = shingles(said)

    def __len__(self) -> int:
        return len(self._pieces)

    def twin(self, content: Content) -> Twin | None:
        """The one that says the same, or else the nearest of those that are near enough."""
        said = gist(content)
        if said in self._same:
            return Twin(self._same[said], 1.0)
        own = shingles(said)
        near = [
            Twin(question_id, min(0.99, alike))
            for question_id, pieces in self._pieces.items()
            if (alike := likeness(own, pieces)) >= NEAR
        ]
        return max(near, key=lambda one: one.likeness, default=None)


def _right(body: Body) -> Iterable[str]:
    match body:
        case Single() | Multiple():
            return (one.text for one in body.options if one.is_right)
        case TrueFalse() | Numeric():
            return body.key
        case ShortAnswer():
            return (one.text for one in body.accepted if one.worth == ALL)
        case Matching():
            return _parts(body)
        case Ordering():
            return (one.text for one in body.items)


def _parts(body: Matching) -> Iterator[str]:
    yield from (one.text for one in (*body.premises, *body.targets))
