"""How alike questions are, and what makes one doubtful."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.choices import Multiple, Option, Single, TrueFalse
from homeroom.exams.model.likeness import Gists, gist, likeness, name_of_gist, plain, shingles
from homeroom.exams.model.questions import Content
from homeroom.exams.model.suspicions import suspicions
from homeroom.kernel.ids import QuestionId, new_id
from homeroom_testing.exam_strategies import contents

STEM = "Which exchange ignores the routing key?"


def asked(stem: str = STEM, right: str = "fanout", *wrong: str) -> Content:
    options = [Option(id="a", text=right, worth=Fraction(1))]
    options += [
        Option(id=f"w{at}", text=text) for at, text in enumerate(wrong or ("topic", "direct"))
    ]
    return Content(stem=stem, body=Single(options=tuple(options)), explanation="It says so.")


class TestGists:
    @pytest.mark.parametrize(
        "stem", [STEM.upper(), f"  {STEM} ", "which exchange, ignores: the ROUTING key"]
    )
    def test_capitals_points_and_blanks_make_no_other_question(self, stem: str) -> None:
        assert gist(asked(stem)) == gist(asked())
        assert name_of_gist(asked(stem)) == name_of_gist(asked())

    def test_what_is_right_makes_another_question(self) -> None:
        assert name_of_gist(asked(STEM, "headers")) != name_of_gist(asked())
        true, false = (Content(stem=STEM, body=TrueFalse(is_true=it)) for it in (True, False))
        assert gist(true) != gist(false)

    def test_the_twin_says_the_same_or_is_the_nearest_that_is_near_enough(self) -> None:
        known, one, other = Gists(), QuestionId(new_id()), QuestionId(new_id())
        known.add(one, asked())
        known.add(other, asked(f"{STEM} Now?"))
        same, near = known.twin(asked()), known.twin(asked("Which exchange ignores routing keys?"))
        assert same is not None
        assert (same.question_id, same.is_same) == (one, True)
        assert near is None or not near.is_same
        nearest = known.twin(asked(f"{STEM} Now!?"))
        assert nearest is not None
        assert (nearest.question_id, nearest.is_same) == (other, True)
        assert known.twin(asked("How does a broker say that it is full?", "flow")) is None

    @given(contents)
    def test_every_question_is_its_own_twin(self, content: Content) -> None:
        known, one = Gists(), QuestionId(new_id())
        known.add(one, content)
        twin = known.twin(content)
        assert twin is not None
        assert twin.is_same
        assert len(name_of_gist(content)) <= 200


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_mutual_from_0_to_1_and_1_for_the_same(one: str, other: str) -> None:
    here, there = shingles(plain(one)), shingles(plain(other))
    assert likeness(here, there) == likeness(there, here)
    assert 0 <= likeness(here, there) <= 1
    assert likeness(here, here) == 1


@given(st.text(max_size=80))
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


class TestSuspicions:
    def test_a_good_question_raises_none(self) -> None:
        assert list(suspicions(asked())) == []

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (asked("Which one?"), "fewer than 20"),
            (asked("What does a fanout exchange ignore, if any?"), "answer in it"),
            (asked(STEM, "fanout", "topic", "All of the above."), "no real one"),
            (asked(STEM, "fanout", "topic", "Topic!"), "say the same"),
            (asked(STEM, "fan " * 20, "a topic exchange"), "by far the longest"),
            (Content(stem=STEM, body=asked().body), "Nothing explains"),
        ],
        ids=["short", "told", "lazy", "twice", "longest", "unexplained"],
    )
    def test_what_can_be_guessed_or_not_be_learnt_from_does(
        self, content: Content, told: str
    ) -> None:
        assert any(told in one for one in suspicions(content))

    def test_a_choice_of_which_all_is_right_does(self) -> None:
        options = tuple(Option(id=it, text=it * 3, worth=Fraction(1)) for it in "ab")
        content = Content(stem=STEM, body=Multiple(options=options), explanation="So.")
        assert list(suspicions(content)) == ["Every option is right."]
