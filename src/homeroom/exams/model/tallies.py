"""What is counted of how people answered: sums, and nothing that tells of anybody.

A tally holds as much as there are questions, however many sat for them.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import NO_ANSWER, NOTHING, Answer
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.forms import Contents
from homeroom.exams.model.sittings import Reply, Sitting
from homeroom.exams.model.sums import PARTS, Pairs, in_parts
from homeroom.kernel.ids import QuestionId

Key = tuple[QuestionId, int]
"""A question, as it read in one edition."""

_STEPS = 1000
_GROUP = Fraction(27, 100)


@attrs.define
class Group:
    """Of all whose totals were alike to the thousandth: how many, and what they got."""

    n: int = 0
    credit: int = 0

    def count(self, credit: int) -> None:
        self.n += 1
        self.credit += credit


Groups = dict[int, Group]
"""By the total, in thousandths."""


@attrs.define
class ChoiceTally:
    """Of those who chose an option: how many, and how they did in the rest of the exam."""

    is_right: bool
    chosen: int = 0
    rests: int = 0


@attrs.frozen
class Place:
    """How somebody did in a whole sitting, beside which a question of it is looked at."""

    total: int
    step: int


@attrs.define
class QuestionTally:
    """What is counted of one edition of a question."""

    choices: Mapping[str, ChoiceTally]
    answered: int = 0
    with_rest: Pairs = attrs.field(factory=Pairs)
    with_total: Pairs = attrs.field(factory=Pairs)
    by_total: Groups = attrs.field(factory=dict[int, Group])

    def count(self, said: Answer, credit: int, rest: int, place: Place) -> None:
        """One answer, and what it and all the others of its sitting came to, in parts."""
        self.with_rest.count(credit, rest)
        self.with_total.count(credit, place.total)
        self.by_total.setdefault(place.step, Group()).count(credit)
        self.answered += said != NO_ANSWER
        for choice in (self.choices[one] for one in said if one in self.choices):
            choice.chosen += 1
            choice.rests += rest

    def of_choice(self, choice: ChoiceTally) -> Pairs:
        """Whether *choice* was chosen, beside the rest of the exam."""
        every = self.with_rest
        return Pairs(
            n=every.n,
            x=choice.chosen * PARTS,
            y=every.y,
            xx=choice.chosen * PARTS**2,
            yy=every.yy,
            xy=choice.rests * PARTS,
        )


@attrs.define
class ExamTally:
    """What is counted of an exam: timed sittings that are over, in which something was answered."""

    questions: dict[Key, QuestionTally] = attrs.field(factory=dict[Key, QuestionTally])
    asked: int = 0
    """How many questions there were in all of the sittings."""

    totals: Pairs = attrs.field(factory=Pairs)
    by_total: Groups = attrs.field(factory=dict[int, Group])

    def unknown(self, sittings: Iterable[Sitting]) -> frozenset[Key]:
        """The questions of *sittings* that were never counted here."""
        return frozenset(
            item.key
            for one in sittings
            for item in one.form.items
            if item.key not in self.questions
        )

    def know(self, contents: Contents) -> None:
        """Be ready to count what *contents* ask."""
        for key, content in contents.items():
            self.questions.setdefault(key, QuestionTally(choices_of(content.body)))

    def count(self, sitting: Sitting) -> None:
        """Count one whose questions are all known; but who answered nothing at all tells nothing,
        and what was invalidated does not count.

        What was not answered counts for nothing, as it does in the score.
        """
        items = sitting.form.items
        nothing = all(one.answer == NO_ANSWER for one in sitting.replies.values())
        if nothing or sitting.invalidation is not None:
            return
        replies = [sitting.replies.get(item.question_id) for item in items]
        got = [_credit(reply) for reply in replies]
        whole = sum(got, start=NOTHING)
        place = Place(in_parts(whole / len(items)), round(whole / len(items) * _STEPS))
        beside = _beside(frozenset(got), whole, len(items))
        for item, reply, credit in zip(items, replies, got, strict=True):
            said = NO_ANSWER if reply is None else reply.answer
            self.questions[item.key].count(said, *beside[credit], place)
        self.asked += len(items)
        self.totals.count(place.total, 0)
        self.by_total.setdefault(place.step, Group()).count(place.total)

    @property
    def length(self) -> float:
        """How many questions a sitting had, on the average."""
        return self.asked / self.totals.n

    @property
    def of_questions(self) -> float:
        """The variances of the questions of a form, summed: each as often as it was asked."""
        return sum(
            one.with_total.variance * one.with_total.n / self.totals.n
            for one in self.questions.values()
            if one.with_total.n
        )


def choices_of(body: Body) -> Mapping[str, ChoiceTally]:
    """What there is to choose from, and what of it is right; nothing where people write."""
    match body:
        case Single() | Multiple():
            return {one.id: ChoiceTally(one.is_right) for one in body.options}
        case TrueFalse():
            return {
                "true": ChoiceTally(body.is_true),
                "false": ChoiceTally(not body.is_true),
            }
        case _:
            return {}


def upper_lower(groups: Mapping[int, Group], n: int) -> float:
    """D27: what the best 27 in 100 got, less what the worst 27 in 100 got.

    Of those whose totals are alike, and of whom only some belong to the 27, the average counts:
    so it makes no difference in what order they are counted.
    """
    size = max(1, math.floor(_GROUP * n + Fraction(1, 2)))
    rising = [groups[step] for step in sorted(groups)]
    best, worst = _mean_of_first(reversed(rising), size), _mean_of_first(iter(rising), size)
    return float(best - worst)


def _mean_of_first(groups: Iterator[Group], size: int) -> Fraction:
    left, credit = size, NOTHING
    for group in groups:
        taken = min(left, group.n)
        credit += Fraction(group.credit * taken, group.n)
        left -= taken
        if not left:
            break
    return credit / (size * PARTS)


def _credit(reply: Reply | None) -> Fraction:
    return NOTHING if reply is None or reply.credit is None else reply.credit


def _beside(
    credits_got: Iterable[Fraction], whole: Fraction, questions: int
) -> Mapping[Fraction, tuple[int, int]]:
    """Each credit in parts, and what the rest of the sitting came to beside it. There are few of
    them, and many questions: so each is worked out once."""
    others = questions - 1
    return {
        one: (in_parts(one), in_parts((whole - one) / others) if others else 0)
        for one in credits_got
    }
