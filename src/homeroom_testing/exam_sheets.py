"""Hypothesis strategies for files of questions: sheets that hold no more than a format does."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import attrs
from hypothesis import strategies as st

from homeroom.exams.model.answers import ALL, NOTHING, Kind
from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer
from homeroom.exams.ports.formats import Holds, Sheet, Trait, part_id

_signs = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"])
_signs_of_formats = st.sampled_from("\\~=#{}:>-%[]()<>&\"',;/$_*|\n")
_any_text = st.text(st.one_of(_signs, _signs_of_formats), max_size=30)
_one_line = _any_text.map(lambda text: " ".join(text.split()))
_names = _one_line.filter(bool)
_codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True).filter(
    lambda code: code != "top"
)
_ids = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
_pages = st.from_regex(r"https://[a-z]{1,12}\.example/[a-z0-9]{0,9}", fullmatch=True)
_numbers = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4)


@lru_cache
def sheets(holds: Holds) -> st.SearchStrategy[Sheet]:
    """Sound questions of which a format that has room for *holds* keeps everything."""
    return _Sheets(holds).sheets()


@attrs.frozen
class _Sheets:
    holds: Holds

    def sheets(self) -> st.SearchStrategy[Sheet]:
        return st.builds(
            Sheet,
            content=self._contents(),
            reference=self._if(Trait.REFERENCE, st.none() | _names, None),
            objective=self._if(Trait.OBJECTIVE, st.just("") | _codes, ""),
        )

    def _contents(self) -> st.SearchStrategy[Content]:
        sources = st.lists(st.builds(Source, _names, st.just("") | _pages), max_size=3)
        return st.builds(
            Content,
            stem=self._texts(),
            body=st.one_of([self._bodies(kind) for kind in Kind if kind in self.holds.kinds]),
            explanation=self._if(Trait.EXPLANATION, self._texts() | st.just(""), ""),
            difficulty=self._if(Trait.DIFFICULTY, st.integers(1, 5), 3),
            tags=self._if(Trait.TAGS, st.frozensets(_names, max_size=3), frozenset[str]()),
            sources=self._if(Trait.SOURCES, sources.map(tuple), ()),
            media_url=self._if(Trait.MEDIA, st.just("") | _pages, ""),
        )

    def _bodies(self, kind: Kind) -> st.SearchStrategy[Body]:
        known: dict[Kind, st.SearchStrategy[Body]] = {
            Kind.SINGLE: self._singles(),
            Kind.MULTIPLE: self._multiples(),
            Kind.TRUE_FALSE: st.builds(
                TrueFalse, is_true=st.booleans(), why_true=self._hints(), why_false=self._hints()
            ),
            Kind.SHORT_ANSWER: self._short_answers(),
            Kind.NUMERIC: self._numerics(),
            Kind.MATCHING: self._matchings(),
            Kind.ORDERING: self._several(2).map(
                lambda texts: Ordering(
                    items=tuple(Part(id=part_id(one), text=one) for one in texts)
                )
            ),
        }
        return known[kind]

    def _if(self, trait: Trait, given: st.SearchStrategy, otherwise: object) -> st.SearchStrategy:
        return given if trait in self.holds.traits else st.just(otherwise)

    def _texts(self) -> st.SearchStrategy[str]:
        kept = self._if(Trait.LINES, _any_text.map(str.strip), "")
        return (kept if Trait.LINES in self.holds.traits else _one_line).filter(bool)

    def _hints(self) -> st.SearchStrategy[str]:
        return self._if(Trait.HINTS, self._texts() | st.just(""), "")

    def _several(self, least: int) -> st.SearchStrategy[list[str]]:
        return st.lists(self._texts(), min_size=least, max_size=4, unique=True)

    def _shares(self, low: int, high: int) -> st.SearchStrategy[Fraction]:
        return st.integers(low, high).map(lambda twelfths: Fraction(twelfths, 12))

    @st.composite
    @staticmethod
    def _option(draw: st.DrawFn, self: "_Sheets", text: str, worth: Fraction) -> Option:
        own = draw(self._if(Trait.IDS, _ids, part_id(text)))
        return Option(id=own, text=text, worth=worth, explanation=draw(self._hints()))

    def _singles(self) -> st.SearchStrategy[Single]:
        @st.composite
        def drawn(draw: st.DrawFn) -> Single:
            first, *others = draw(self._several(2))
            worths = self._if(Trait.WORTH, self._shares(-12, 11), NOTHING)
            options = [draw(self._option(self, first, ALL))]
            options += [draw(self._option(self, text, draw(worths))) for text in others]
            return Single(options=tuple(draw(st.permutations(_apart(options)))))

        return drawn()

    def _multiples(self) -> st.SearchStrategy[Multiple]:
        @st.composite
        def drawn(draw: st.DrawFn) -> Multiple:
            texts = draw(self._several(2))
            right = draw(st.integers(1, len(texts)))
            options = [draw(self._option(self, text, Fraction(1, right))) for text in texts[:right]]
            options += [
                draw(self._option(self, text, draw(self._shares(-12, 0)))) for text in texts[right:]
            ]
            marking = self._if(Trait.MARKING, st.sampled_from(Marking), Marking.WEIGHTED)
            shuffled = draw(st.permutations(_apart(options)))
            return Multiple(options=tuple(shuffled), marking=draw(marking))

        return drawn()

    def _short_answers(self) -> st.SearchStrategy[ShortAnswer]:
        @st.composite
        def drawn(draw: st.DrawFn) -> ShortAnswer:
            worths = self._if(Trait.WORTH, self._shares(1, 12), ALL)
            accepted = [
                Accepted(
                    text=text,
                    worth=draw(worths) if number else ALL,
                    explanation=draw(self._hints()),
                )
                for number, text in enumerate(draw(self._several(1)))
            ]
            case = draw(self._if(Trait.CASE, st.booleans(), False))
            return ShortAnswer(accepted=tuple(accepted), case_matters=case)

        return drawn()

    def _numerics(self) -> st.SearchStrategy[Numeric]:
        @st.composite
        def drawn(draw: st.DrawFn) -> Numeric:
            worths = self._if(Trait.WORTH, self._shares(1, 12), ALL)
            return Numeric(
                ranges=tuple(
                    Range(
                        low=low,
                        high=low + draw(st.decimals(0, 100, places=4)),
                        worth=draw(worths) if number else ALL,
                        explanation=draw(self._hints()),
                    )
                    for number, low in enumerate(draw(st.lists(_numbers, min_size=1, max_size=3)))
                )
            )

        return drawn()

    def _matchings(self) -> st.SearchStrategy[Matching]:
        @st.composite
        def drawn(draw: st.DrawFn) -> Matching:
            premises, targets = draw(self._several(2)), draw(self._several(2))
            pairs = [draw(st.sampled_from(targets)) for _ in premises]
            in_order = dict.fromkeys([*pairs, *targets])  # as they come first in a file
            return Matching(
                premises=tuple(Part(id=part_id(one), text=one) for one in premises),
                targets=tuple(Part(id=part_id(one), text=one) for one in in_order),
                pairs=tuple(part_id(one) for one in pairs),
            )

        return drawn()


def _apart(options: list[Option]) -> list[Option]:
    """No two of one id, which were drawn apart."""
    ids = [option.id for option in options]
    return [
        attrs.evolve(one, id=f"{one.id}-{number}") if ids.count(one.id) > 1 else one
        for number, one in enumerate(options)
    ]


def plain_sheet(stem: str) -> Sheet:
    """A question that every format holds."""
    options = tuple(
        Option(id=part_id(text), text=text, worth=ALL if text == "Lima" else NOTHING)
        for text in ("Quito", "Lima", "La Paz")
    )
    return Sheet(content=Content(stem=stem, body=Single(options=options)))


def sheet_of(kind: Kind) -> Sheet:
    """A question of that kind."""
    one, two = (Part(id=part_id(text), text=text) for text in ("one", "two"))
    options = tuple(
        Option(id=part.id, text=part.text, worth=ALL if part is one else NOTHING)
        for part in (one, two)
    )
    bodies: dict[Kind, Body] = {
        Kind.SINGLE: Single(options=options),
        Kind.MULTIPLE: Multiple(options=options),
        Kind.TRUE_FALSE: TrueFalse(is_true=True),
        Kind.SHORT_ANSWER: ShortAnswer(accepted=(Accepted(text="one"),)),
        Kind.NUMERIC: Numeric(ranges=(Range.around(Decimal(1), Decimal(0)),)),
        Kind.MATCHING: Matching(premises=(one, two), targets=(one, two), pairs=(one.id, two.id)),
        Kind.ORDERING: Ordering(items=(one, two)),
    }
    return Sheet(content=Content(stem="one or two?", body=bodies[kind]))
