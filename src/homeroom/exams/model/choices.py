"""Questions that are answered by choosing."""

import enum
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import ClassVar

import attrs

from homeroom.exams.errors import BadAnswer
from homeroom.exams.model.answers import (
    ALL,
    NO_ANSWER,
    NOTHING,
    Answer,
    Kind,
    is_share,
    wrong_with,
)
from homeroom.kernel.errors import Problem


class Marking(enum.Enum):
    """What a choice of several options is worth when it is not wholly right."""

    ALL_OR_NOTHING = "allOrNothing"
    EVERY_DECISION = "everyDecision"
    """The share of options that were rightly chosen or rightly left."""

    HALVES = "halves"
    """Half for one error among three options or more, a quarter for two among five or more."""

    WEIGHTED = "weighted"
    """What the chosen options are worth together, but never less than nothing."""


@attrs.frozen(kw_only=True)
class Option:
    """Something to choose. *worth* is its share of the mark; less than nothing takes away."""

    id: str
    text: str
    worth: Fraction = NOTHING
    explanation: str = ""

    @property
    def is_right(self) -> bool:
        return self.worth > 0


@attrs.frozen(kw_only=True)
class Single:
    """One option is to be chosen."""

    kind: ClassVar[Kind] = Kind.SINGLE
    options: tuple[Option, ...]

    @property
    def key(self) -> Answer:
        return tuple(option.id for option in self.options if option.worth == ALL)[:1]

    def problems(self) -> Iterator[Problem]:
        yield from _wrong_with_options(self.options)
        if sum(option.worth == ALL for option in self.options) != 1:
            yield Problem("options", "mark exactly one option as right")

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`."""
        _choose(answer, self.options, most=1)

    def credit(self, answer: Answer) -> Fraction:
        return max(NOTHING, _worth_of(answer, self.options))


@attrs.frozen(kw_only=True)
class Multiple:
    """All right options are to be chosen, and none of the others."""

    kind: ClassVar[Kind] = Kind.MULTIPLE
    options: tuple[Option, ...]
    marking: Marking = Marking.ALL_OR_NOTHING

    @property
    def key(self) -> Answer:
        return tuple(option.id for option in self.options if option.is_right)

    def problems(self) -> Iterator[Problem]:
        yield from _wrong_with_options(self.options)
        right = [option.worth for option in self.options if option.is_right]
        if not right:
            yield Problem("options", "mark at least one option as right")
        if self.marking is Marking.WEIGHTED and right and sum(right) != ALL:
            yield Problem("options", f"what is right must be worth 1 together, not {sum(right)}")

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`."""
        _choose(answer, self.options, most=len(self.options))

    def credit(self, answer: Answer) -> Fraction:
        if not answer:
            return NOTHING
        errors = len(frozenset(answer) ^ frozenset(self.key))
        match self.marking:
            case Marking.ALL_OR_NOTHING:
                return NOTHING if errors else ALL
            case Marking.EVERY_DECISION:
                return Fraction(len(self.options) - errors, len(self.options))
            case Marking.HALVES:
                forgiven = len(self.options) > 2 * errors
                return Fraction(1, 2**errors) if forgiven and errors <= 2 else NOTHING
            case Marking.WEIGHTED:
                return min(ALL, max(NOTHING, _worth_of(answer, self.options)))


@attrs.frozen(kw_only=True)
class TrueFalse:
    """A statement is to be judged."""

    kind: ClassVar[Kind] = Kind.TRUE_FALSE
    is_true: bool
    why_true: str = ""
    """What to tell whoever says it is true."""

    why_false: str = ""

    @property
    def key(self) -> Answer:
        return ("true",) if self.is_true else ("false",)

    def problems(self) -> Iterator[Problem]:
        yield from ()

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`."""
        if answer not in (NO_ANSWER, ("true",), ("false",)):
            raise BadAnswer("Answer true or false.")

    def credit(self, answer: Answer) -> Fraction:
        return Fraction(answer == self.key)


def _wrong_with_options(options: tuple[Option, ...]) -> Iterator[Problem]:
    yield from wrong_with("options", [(one.id, one.text) for one in options])
    for number, option in enumerate(options):
        if not is_share(option.worth):
            yield Problem(f"options[{number}].worth", "must be from -1 to 1")


def _worth_of(answer: Answer, options: Iterable[Option]) -> Fraction:
    return sum((option.worth for option in options if option.id in answer), start=NOTHING)


def _choose(answer: Answer, options: tuple[Option, ...], *, most: int) -> None:
    known = {option.id for option in options}
    if len(answer) > most or len(set(answer)) < len(answer) or not known.issuperset(answer):
        ids = ", ".join(sorted(known))
        raise BadAnswer(f"Choose {'one' if most == 1 else 'any'} of the options {ids}, by id.")
