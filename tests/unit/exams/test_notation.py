"""What is written of questions and exams can be read again, and what is wrong is told at once."""

import contextlib
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.errors import BadExam, BadQuestion
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.catalogue import Outline, Terms
from homeroom.exams.model.choices import Marking, Multiple, Option, Single
from homeroom.exams.model.notation import (
    body_said,
    content_said,
    outline_said,
    read_body,
    read_content,
    read_outline,
)
from homeroom.exams.model.questions import Content
from homeroom_testing.exam_strategies import bodies, contents, outlines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "options", "id", "stem", "body"]), inner)
    ),
    max_leaves=12,
)


def through_a_file(said: object) -> Any:
    return json.loads(json.dumps(said, allow_nan=False))


@given(bodies)
def test_every_kind_of_body_comes_back_as_it_was(body: Body) -> None:
    assert read_body(through_a_file(body_said(body))) == body


@given(contents)
def test_a_content_comes_back_as_it_was_and_is_sound(content: Content) -> None:
    read = read_content(through_a_file(content_said(content)))
    assert read == content
    read.expect_sound()


@given(outlines())
def test_an_outline_comes_back_as_it_was_and_is_sound(outline: Outline) -> None:
    read = read_outline(through_a_file(outline_said(outline)))
    assert read == outline
    read.expect_sound()


@given(JSON)
def test_whatever_comes_is_read_or_refused(said: object) -> None:
    for read in (read_content, read_body, read_outline):
        with contextlib.suppress(BadQuestion, BadExam):
            read(said)


def test_a_worth_is_an_exact_text() -> None:
    options = (Option(id="a", text="A", worth=Fraction(1, 3)), Option(id="b", text="B"))
    said = body_said(Multiple(options=options, marking=Marking.HALVES))
    assert said == {
        "kind": "multiple",
        "options": [
            {"id": "a", "text": "A", "worth": "1/3"},
            {"id": "b", "text": "B", "worth": "0"},
        ],
        "marking": "halves",
    }


@pytest.mark.parametrize("worth", [1, 1.0, "1", "1.0", "2/2", "+1"])
def test_numbers_mean_what_their_texts_mean(worth: object) -> None:
    options = [{"id": "a", "text": "A", "worth": worth}, {"id": "b", "text": "B"}]
    body = read_body({"kind": "single", "options": options})
    right, wrong = Option(id="a", text="A", worth=Fraction(1)), Option(id="b", text="B")
    assert body == Single(options=(right, wrong))


@pytest.mark.parametrize(
    "worth", ["1e9", "1/0", "NaN", "half", " 1", True, [], "9" * 26, 10**90, float("inf")]
)
def test_what_is_no_plain_number_is_refused_at_once(worth: object) -> None:
    with pytest.raises(BadQuestion) as refused:
        read_body({"kind": "single", "options": [{"id": "a", "text": "A", "worth": worth}]})
    assert [one.field for one in refused.value.problems] == ["body.options[0].worth"]


def test_all_that_cannot_be_read_is_told_at_once() -> None:
    said = {
        "stem": 7,
        "body": {"kind": "numeric", "ranges": [{"low": "x"}, "no object"], "options": []},
        "difficulty": "hard",
        "tags": ["a", 1],
        "points": 3,
    }
    with pytest.raises(BadQuestion) as refused:
        read_content(said)
    assert {(one.field, one.message.partition(" such")[0]) for one in refused.value.problems} == {
        ("stem", "must be a text"),
        ("difficulty", "must be a whole number"),
        ("tags", "must be texts"),
        ("points", "is not known here; leave it out"),
        ("body.ranges[0].low", "must be a number"),
        ("body.ranges[0].high", "is missing"),
        ("body.ranges[1]", "must be an object"),
        ("body.ranges[1].low", "is missing"),
        ("body.ranges[1].high", "is missing"),
        ("body.options", "is not known here; leave it out"),
    }


def test_of_a_body_of_no_known_kind_only_the_kind_is_wrong() -> None:
    with pytest.raises(BadQuestion) as refused:
        read_content({"stem": "?", "body": {"kind": "essay", "length": 3}})
    (problem,) = refused.value.problems
    assert problem.field == "body.kind"
    assert "trueFalse" in problem.message


def test_what_an_outline_leaves_out_is_as_usual_and_objectives_get_ids() -> None:
    objectives = [{"code": "1.1", "name": "Ports", "weight": "100"}]
    outline = read_outline({"code": "N10-008", "name": "Network+", "objectives": objectives})
    assert (outline.description, outline.terms) == ("", Terms())
    (objective,) = outline.objectives
    assert outline.weights == {objective.id: 100}


def test_attempts_may_be_null_for_any_number() -> None:
    outline = read_outline({"code": "A", "name": "A", "terms": {"attempts": None}})
    assert outline.terms.attempts is None


def test_a_list_that_is_too_long_is_refused_and_not_looked_through() -> None:
    with pytest.raises(BadQuestion) as refused:
        read_body({"kind": "ordering", "items": [{}] * 1_001})
    assert [one.field for one in refused.value.problems] == ["body.items"]
