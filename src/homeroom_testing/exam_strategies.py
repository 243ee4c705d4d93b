"""Hypothesis strategies for exams: sound questions of every kind, outlines, and answers to them."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from homeroom.exams.model.answers import LONGEST_ANSWER, Answer
from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.catalogue import Objective, Outline, Terms
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer
from homeroom.kernel.ids import ObjectiveId, new_id

prose = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
"""What people write: in any script, in several lines, with whatever else a file may hold."""

said = prose.filter(str.strip)
"""Prose that says something."""

lines = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40)
"""Names and the like: one line that can be printed."""

_ids = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
_shares = st.fractions(0, 1, max_denominator=60).filter(bool)
_wrong_worths = st.fractions(-1, Fraction(59, 60), max_denominator=60)
_numbers = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=6)
_pages = st.from_regex(r"https://[a-z]{1,12}\.example/[a-z0-9]{0,9}", fullmatch=True)


def _things(least: int = 2, most: int = 5) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Ids and texts, no two alike."""
    ids = st.lists(_ids, min_size=least, max_size=most, unique=True)
    texts = st.lists(said, min_size=most, max_size=most, unique=True)
    return st.tuples(ids, texts).map(lambda both: list(zip(*both, strict=False)))


_parts = _things().map(lambda found: tuple(Part(id=one, text=text) for one, text in found))


@st.composite
def singles(draw: st.DrawFn) -> Single:
    """One option is right; others may be worth something, or take something away."""
    things = draw(_things())
    right = draw(st.integers(0, len(things) - 1))
    options = (
        Option(
            id=one,
            text=text,
            worth=Fraction(1) if number == right else draw(_wrong_worths),
            explanation=draw(prose),
        )
        for number, (one, text) in enumerate(things)
    )
    return Single(options=tuple(options))


@st.composite
def multiples(draw: st.DrawFn) -> Multiple:
    """One option or more is right; together they are worth 1."""
    things = draw(_things())
    right = draw(st.integers(1, len(things)))
    taken = draw(st.fractions(-1, 0, max_denominator=60))
    options = (
        Option(
            id=one,
            text=text,
            worth=Fraction(1, right) if number < right else taken,
            explanation=draw(prose),
        )
        for number, (one, text) in enumerate(things)
    )
    shuffled = draw(st.permutations(tuple(options)))
    return Multiple(options=tuple(shuffled), marking=draw(st.sampled_from(Marking)))


true_falses = st.builds(TrueFalse, is_true=st.booleans(), why_true=prose, why_false=prose)


@st.composite
def short_answers(draw: st.DrawFn) -> ShortAnswer:
    """The first text is worth all."""
    texts = draw(st.lists(said, min_size=1, max_size=4))
    worths = [Fraction(1), *(draw(_shares) for _ in texts[1:])]
    accepted = (
        Accepted(text=text, worth=worth, explanation=draw(prose))
        for text, worth in zip(texts, worths, strict=True)
    )
    return ShortAnswer(accepted=tuple(accepted), case_matters=draw(st.booleans()))


@st.composite
def numerics(draw: st.DrawFn) -> Numeric:
    """The first range is worth all."""
    ranges = []
    for number in range(draw(st.integers(1, 3))):
        low, high = sorted((draw(_numbers), draw(_numbers)))
        worth = draw(_shares) if number else Fraction(1)
        ranges.append(Range(low=low, high=high, worth=worth, explanation=draw(prose)))
    return Numeric(ranges=tuple(ranges))


@st.composite
def matchings(draw: st.DrawFn) -> Matching:
    premises, targets = draw(_parts), draw(_parts)
    pairs = tuple(draw(st.sampled_from(targets)).id for _ in premises)
    return Matching(premises=premises, targets=targets, pairs=pairs)


orderings = st.builds(Ordering, items=_parts)

bodies: st.SearchStrategy[Body] = st.one_of(
    singles(),
    multiples(),
    true_falses,
    short_answers(),
    numerics(),
    matchings(),
    orderings,
)
"""Sound bodies of every kind."""

contents: st.SearchStrategy[Content] = st.builds(
    Content,
    stem=said,
    body=bodies,
    explanation=prose,
    difficulty=st.integers(1, 5),
    tags=st.frozensets(st.one_of(lines, prose.filter(bool).map(lambda one: one[:50])), max_size=4),
    sources=st.lists(
        st.builds(Source, title=said, url=st.one_of(st.just(""), _pages)), max_size=3
    ).map(tuple),
    media_url=st.one_of(st.just(""), _pages),
)
"""Sound contents of questions."""


def answers(body: Body) -> st.SearchStrategy[Answer]:
    """What somebody may answer to *body*: right, wrong, or nothing."""
    return st.one_of(st.just(()), st.just(body.key), _guesses(body))


def _guesses(body: Body) -> st.SearchStrategy[Answer]:
    match body:
        case Single() | Multiple():
            ids = st.sampled_from([option.id for option in body.options])
            most = 1 if isinstance(body, Single) else None
            return st.lists(ids, min_size=1, max_size=most, unique=True).map(tuple)
        case TrueFalse():
            return st.sampled_from([("true",), ("false",)])
        case ShortAnswer():
            return st.tuples(prose.map(lambda text: text[:LONGEST_ANSWER]))
        case Numeric():
            return st.tuples(_numbers.map(str))
        case Matching():
            targets = ["", *(one.id for one in body.targets)]
            return st.tuples(*(st.sampled_from(targets) for _ in body.premises))
        case Ordering():
            return st.permutations(body.key).map(tuple)


_limits = st.integers(1, 480).map(lambda minutes: timedelta(minutes=minutes))
_tenths = st.integers(0, 1_000).map(lambda tenths: Decimal(tenths) / 10)

terms: st.SearchStrategy[Terms] = st.builds(
    Terms,
    questions=st.integers(1, 500),
    time_limit=_limits,
    passing=_tenths,
    attempts=st.one_of(st.none(), st.integers(1, 1_000)),
)


@st.composite
def outlines(draw: st.DrawFn, *, code: str | None = None) -> Outline:
    """Outlines that can be published: maybe with groups, and weights that sum to 100."""
    groups = [_objective(draw, f"{number}.0") for number in range(draw(st.integers(0, 2)))]
    count = draw(st.integers(1, 4))
    above: list[ObjectiveId | None] = [one.id for one in groups] or [None]
    leaves = [
        _objective(draw, f"9.{number}", Fraction(100, count), above[number % len(above)])
        for number in range(count)
    ]
    return Outline(
        code=code or draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)),
        name=draw(lines),
        description=draw(prose),
        objectives=(*groups, *leaves),
        terms=draw(terms),
    )


def _objective(
    draw: st.DrawFn,
    code: str,
    weight: Fraction = Fraction(0),
    parent_id: ObjectiveId | None = None,
) -> Objective:
    return Objective(
        id=ObjectiveId(new_id()), code=code, name=draw(lines), weight=weight, parent_id=parent_id
    )
