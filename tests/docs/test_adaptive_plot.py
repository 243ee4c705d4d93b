"""The page about adaptive tests shows what the functions say: its plot is drawn by them."""

from pathlib import Path

from homeroom_testing.adaptive_plot import CUT, LENGTH, TRUE_ABILITY, course, drawn

PLOT = Path(__file__).parents[2] / "docs" / "contexts" / "exam-adaptive.svg"


def test_the_plot_is_what_the_functions_say() -> None:
    how = "python -m homeroom_testing.adaptive_plot docs/contexts/exam-adaptive.svg"
    assert PLOT.read_text("utf-8") == drawn(), f"Draw it anew: {how}"


def test_the_course_goes_as_the_page_says() -> None:
    """The true ability is in the interval, which from the eleventh answer on is above the cut."""
    known = course()
    assert len(known) == LENGTH + 1
    low, high = known[-1].interval(0.9)
    assert low < TRUE_ABILITY < high
    open_ones = [number for number, one in enumerate(known) if one.interval(0.9)[0] <= CUT]
    assert max(open_ones) == 10
