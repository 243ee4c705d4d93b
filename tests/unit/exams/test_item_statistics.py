"""Item statistics: known values, and what must hold whatever people answer."""

import math
import statistics as plain
from collections.abc import Sequence
from fractions import Fraction
from random import Random

import attrs
import pytest
from answered import EXAM, MATRIX, Said, choice, counted, of_matrix, over, question, right_or_wrong
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.reliability import error_of_measurement
from homeroom.exams.model.statistics import (
    Flag,
    QuestionFigures,
    QuestionStatistics,
    exam_figures,
    question_figures,
    question_statistics,
)
from homeroom.exams.model.sums import Pairs, interval
from homeroom.exams.model.tallies import ExamTally

NEAR = 1e-6

marks = st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 3)])
shares = st.fractions(0, 1, max_denominator=60)


@st.composite
def tables(draw: st.DrawFn) -> list[list[Fraction]]:
    """Persons and what they got for each question; all had the same ones."""
    questions = draw(st.integers(2, 6))
    row = st.lists(marks, min_size=questions, max_size=questions)
    return draw(st.lists(row, min_size=2, max_size=25))


def tally_of(table: Sequence[Sequence[Fraction]]) -> ExamTally:
    return counted([over([(("a",), credit) for credit in row]) for row in table])


def figures_of(tally: ExamTally) -> list[QuestionFigures]:
    return [question_figures(one) for _, one in sorted(tally.questions.items())]


def found(tally: ExamTally, number: int = 0) -> QuestionStatistics:
    every = question_statistics(EXAM, tally)
    return next(one for one in every if one.question_id == question(number))


def naive_correlation(xs: Sequence[Fraction], ys: Sequence[Fraction]) -> float | None:
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        return None
    return plain.correlation([float(x) for x in xs], [float(y) for y in ys])


def naive_difference(got: Sequence[Fraction], totals: Sequence[Fraction]) -> float:
    """D27 of a list of people, each of whom got what all of the same total got on the average."""
    alike = {
        total: plain.mean([c for c, t in zip(got, totals, strict=True) if t == total])
        for total in set(totals)
    }
    even = [alike[total] for total in sorted(totals)]
    size = max(1, math.floor(0.27 * len(even) + 0.5))
    return float(plain.mean(even[-size:]) - plain.mean(even[:size]))


class TestTheKnownMatrix:
    """Ten persons and six questions, worked out by hand and by others."""

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("facility", [0.9, 0.8, 0.6, 0.4, 0.3, 0.4]),
            ("point_biserial", [0.534522, 0.300669, 0.763763, 0.736485, 0.699854, 0.327327]),
            ("corrected", [0.367607, 0.035007, 0.560112, 0.517549, 0.482682, 0]),
            ("discrimination", [1 / 3, 1 / 3, 1, 1, 2 / 3, 1 / 3]),
        ],
        ids=["facility", "point_biserial", "corrected", "discrimination"],
    )
    def test_of_each_question(self, name: str, expected: list[float]) -> None:
        values = [getattr(one, name) for one in figures_of(of_matrix())]
        assert values == pytest.approx(expected, abs=NEAR)

    def test_of_the_whole(self) -> None:
        figures = exam_figures(of_matrix())
        assert figures.mean * 6 == pytest.approx(3.4)
        assert figures.reliability == pytest.approx(0.567857, abs=NEAR)
        assert figures.kr21 == pytest.approx(0.410714, abs=NEAR)
        assert figures.error is not None
        assert figures.error * 6 == pytest.approx(1.037090, abs=NEAR)
        assert (figures.is_kr20, figures.same_questions, figures.length) == (True, True, 6)
        assert figures.distribution == (0, 1, 0, 2, 0, 3, 1, 0, 2, 1)

    def test_the_error_of_a_whole_population(self) -> None:
        assert error_of_measurement(math.sqrt(2.24), 0.567857) == pytest.approx(0.98387, abs=1e-5)

    def test_nine_responses_are_too_few_to_tell_anything(self) -> None:
        few, enough = found(of_matrix(MATRIX[:9])), found(of_matrix())
        assert (few.responses, few.figures) == (9, None)
        assert enough.figures is not None


class TestWhateverPeopleAnswer:
    @given(tables())
    def test_each_figure_is_what_its_definition_says(self, table: list[list[Fraction]]) -> None:
        totals = [sum(row, start=Fraction(0)) for row in table]
        for number, figures in enumerate(figures_of(tally_of(table))):
            got = [row[number] for row in table]
            rests = [total - credit for total, credit in zip(totals, got, strict=True)]
            assert figures.facility == pytest.approx(float(plain.mean(got)), abs=NEAR)
            for value, beside in ((figures.point_biserial, totals), (figures.corrected, rests)):
                assert value == pytest.approx(naive_correlation(got, beside), abs=NEAR)
            naive = naive_difference(got, totals)
            assert figures.discrimination == pytest.approx(naive, abs=NEAR)

    @given(tables())
    def test_alpha_is_what_its_definition_says(self, table: list[list[Fraction]]) -> None:
        totals = [float(sum(row)) for row in table]
        columns = [[float(one) for one in column] for column in zip(*table, strict=True)]
        reliability = exam_figures(tally_of(table)).reliability
        if len({sum(row) for row in table}) == 1:
            assert reliability is None
            return
        k, across = len(columns), sum(plain.pvariance(one) for one in columns)
        naive = k / (k - 1) * (1 - across / plain.pvariance(totals))
        assert reliability == pytest.approx(naive, abs=1e-5)

    @given(tables())
    def test_all_of_it_lies_within_its_bounds(self, table: list[list[Fraction]]) -> None:
        for figures in figures_of(tally_of(table)):
            assert 0 <= figures.facility <= 1
            for value in (figures.point_biserial, figures.corrected, figures.discrimination):
                assert value is None or -1 <= value <= 1
            if figures.interval is not None and figures.corrected is not None:
                low, high = figures.interval
                assert -1 <= low <= figures.corrected <= high <= 1
        whole = exam_figures(tally_of(table))
        assert sum(whole.distribution) == len(table)
        assert whole.reliability is None or whole.reliability <= 1

    @given(tables(), st.randoms(use_true_random=False))
    def test_the_order_in_which_people_are_counted_makes_no_difference(
        self, table: list[list[Fraction]], chance: Random
    ) -> None:
        other = list(table)
        chance.shuffle(other)
        assert figures_of(tally_of(table)) == figures_of(tally_of(other))
        assert exam_figures(tally_of(table)) == exam_figures(tally_of(other))

    @given(tables())
    def test_everybody_twice_changes_no_correlation(self, table: list[list[Fraction]]) -> None:
        once, twice = figures_of(tally_of(table)), figures_of(tally_of([*table, *table]))
        assert [one.facility for one in once] == [one.facility for one in twice]
        assert [one.corrected for one in once] == pytest.approx(
            [one.corrected for one in twice], abs=1e-12
        )

    @given(st.lists(st.tuples(shares, shares), min_size=1, max_size=30))
    def test_two_things_go_together_the_same_from_either_side(
        self, pairs: list[tuple[Fraction, Fraction]]
    ) -> None:
        there, back = Pairs.of(pairs), Pairs.of([(y, x) for x, y in pairs])
        assert there.correlation == back.correlation
        against = Pairs.of([(x, 1 - y) for x, y in pairs]).correlation
        assert (there.correlation is None) == (against is None)
        if there.correlation is not None and against is not None:
            assert against == pytest.approx(-there.correlation, abs=1e-4)


def test_what_was_not_answered_counts_for_nothing_and_is_told_apart() -> None:
    table = [over([right_or_wrong("1"), right_or_wrong("1")]) for _ in range(9)]
    skipped = over([right_or_wrong("1"), ((), Fraction(0))])
    one = found(counted([*table, skipped]), 1)
    assert (one.responses, one.answered) == (10, 9)
    assert one.figures is not None
    assert one.figures.facility == pytest.approx(0.9)


def test_who_answered_nothing_at_all_tells_nothing() -> None:
    nobody = over([((), Fraction(0))] * 6)
    sat = [over([right_or_wrong(mark) for mark in row]) for row in MATRIX]
    assert exam_figures(counted([*sat, nobody])) == exam_figures(of_matrix())


def test_a_correlation_of_three_is_nothing_to_go_by() -> None:
    assert interval(0.9, 3) is None
    low, high = interval(0.5, 28) or (0, 0)
    assert (low, high) == pytest.approx((0.156, 0.736), abs=1e-3)


def test_forms_that_are_drawn_have_figures_too() -> None:
    rows = ["1100", "1110", "0011", "0111", "1010", "1000"] * 2
    sittings = [
        over([right_or_wrong(mark) for mark in row[:3]], [0, 1, 2] if even % 2 else [1, 2, 3])
        for even, row in enumerate(rows)
    ]
    figures = exam_figures(counted(sittings))
    assert (figures.same_questions, figures.length) == (False, 3)
    assert figures.reliability is not None


class TestFlags:
    def answered(self, *patterns: tuple[int, str, str]) -> QuestionFigures:
        """Of the first of five questions: so many chose this option, and got this for the rest."""
        sittings = []
        for many, chosen, rest in patterns:
            said: Said = ((chosen,), Fraction(chosen == "a"))
            sittings += [over([said, *map(right_or_wrong, rest)]) for _ in range(many)]
        figures = found(counted(sittings, choice())).figures
        assert figures is not None
        return figures

    def test_a_good_question_has_none(self) -> None:
        good = self.answered(
            (20, "a", "1111"), (4, "b", "1100"), (4, "c", "0000"), (4, "d", "1000")
        )
        assert good.flags == frozenset()
        assert good.corrected is not None
        assert good.corrected > 0.7

    def test_what_nobody_chooses_is_dead(self) -> None:
        dead = self.answered((20, "a", "1111"), (6, "b", "0000"), (6, "c", "0000"))
        assert dead.flags == {Flag.DEAD_DISTRACTOR}
        assert [one.mean_rest for one in dead.options] == [1, 0, 0, None]

    def test_what_nearly_all_know_is_too_easy_and_what_nearly_nobody_knows_too_hard(self) -> None:
        easy = self.answered((39, "a", "1111"), (1, "b", "0000"))
        hard = self.answered((4, "a", "1111"), (12, "b", "0000"), (12, "c", "0000"))
        assert Flag.TOO_EASY in easy.flags
        assert Flag.TOO_HARD in hard.flags

    def test_where_those_who_know_choose_what_is_held_wrong_the_key_is_suspected(self) -> None:
        wrong = self.answered((12, "a", "0000"), (20, "b", "1111"), (4, "c", "1000"))
        assert {Flag.MIS_KEYED, Flag.NEGATIVE} <= wrong.flags
        assert wrong.options[1].interval is not None
        assert wrong.options[1].interval[0] > 0

    def test_of_few_answers_no_key_is_suspected(self) -> None:
        few = self.answered((10, "a", "0000"), (15, "b", "1111"), (4, "c", "1000"))
        assert Flag.NEGATIVE in few.flags
        assert Flag.MIS_KEYED not in few.flags

    def test_what_does_not_tell_people_apart_is_poor_or_weak_and_never_both(self) -> None:
        ladder = (
            ((10, "a", "1111"), (10, "a", "0000"), (10, "b", "1111"), (10, "b", "0000")),
            ((12, "a", "1111"), (10, "a", "0000"), (10, "b", "1111"), (12, "b", "0000")),
            ((13, "a", "1111"), (9, "a", "0000"), (10, "b", "1111"), (12, "b", "0000")),
        )
        told = [self.answered(*rung).flags - {Flag.DEAD_DISTRACTOR} for rung in ladder]
        assert told == [{Flag.POOR}, {Flag.POOR}, {Flag.WEAK}]

    def test_the_flags_are_a_matter_of_the_edition(self) -> None:
        sat = over([right_or_wrong(mark) for mark in "11"])
        later = attrs.evolve(
            sat,
            form=attrs.evolve(
                sat.form, items=tuple(attrs.evolve(one, edition=2) for one in sat.form.items)
            ),
        )
        every = question_statistics(EXAM, counted([sat] * 3 + [later] * 2))
        told = [(one.edition, one.responses) for one in every if one.question_id == question(0)]
        assert told == [(1, 3), (2, 2)]
