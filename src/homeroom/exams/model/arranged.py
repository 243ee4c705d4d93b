"""Questions that are answered by bringing things together, or into order."""

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

import attrs

from homeroom.exams.errors import BadAnswer
from homeroom.exams.model.answers import Answer, Kind, wrong_with
from homeroom.kernel.errors import Problem


@attrs.frozen(kw_only=True)
class Part:
    """One of the things that are to be brought together, or into order."""

    id: str
    text: str


@attrs.frozen(kw_only=True)
class Matching:
    """To each premise its target is to be found. An answer names targets in the premises' order."""

    kind: ClassVar[Kind] = Kind.MATCHING
    premises: tuple[Part, ...]
    targets: tuple[Part, ...]
    pairs: Answer
    """For each premise, in their order, the id of its target."""

    @property
    def key(self) -> Answer:
        return self.pairs

    def problems(self) -> Iterator[Problem]:
        yield from wrong_with("premises", [(one.id, one.text) for one in self.premises])
        yield from wrong_with("targets", [(one.id, one.text) for one in self.targets])
        known = {one.id for one in self.targets}
        if len(self.pairs) != len(self.premises) or not known.issuperset(self.pairs):
            yield Problem("pairs", "give each premise, in their order, the id of one target")

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`. A premise left open is an empty word."""
        known = {"", *(one.id for one in self.targets)}
        if answer and (len(answer) != len(self.premises) or not known.issuperset(answer)):
            raise BadAnswer("Answer with one target for each premise, in the order of premises.")

    def credit(self, answer: Answer) -> Fraction:
        hits = sum(given == right for given, right in zip(answer, self.pairs, strict=False))
        return Fraction(hits, len(self.pairs))


@attrs.frozen(kw_only=True)
class Ordering:
    """Items are to be brought into the order in which they stand here: all of them, or no mark."""

    kind: ClassVar[Kind] = Kind.ORDERING
    items: tuple[Part, ...]

    @property
    def key(self) -> Answer:
        return tuple(one.id for one in self.items)

    def problems(self) -> Iterator[Problem]:
        yield from wrong_with("items", [(one.id, one.text) for one in self.items])

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`."""
        if answer and sorted(answer) != sorted(self.key):
            raise BadAnswer("Answer with every item, each once.")

    def credit(self, answer: Answer) -> Fraction:
        return Fraction(answer == self.key)
