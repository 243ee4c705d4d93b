"""What was served is judged by another key where the answers to it can be, and reads as it did."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content
from homeroom.exams.model.rekeying import rekeyed
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer

IDS = ("a", "b", "c")


def single(right: str, *ids: str, words: str = "Option") -> Single:
    options = (Option(id=one, text=f"{words} {one}", worth=Fraction(one == right)) for one in ids)
    return Single(options=tuple(options))


def parts(*ids: str) -> tuple[Part, ...]:
    return tuple(Part(id=one, text=f"Part {one}") for one in ids)


def content(body: Body) -> Content:
    return Content(stem="Which one is it?", body=body, explanation=f"So says {body.kind.value}.")


@given(st.permutations(IDS), st.sampled_from(IDS), st.sampled_from(IDS))
def test_options_stand_as_they_were_served_and_count_by_the_new_key(
    order: list[str], wrong: str, right: str
) -> None:
    served, key = content(single(wrong, *IDS)), content(single(right, *order, words="Said anew"))
    judged = rekeyed(served, key)
    assert judged is not None
    assert isinstance(judged.body, Single)
    assert [one.text for one in judged.body.options] == ["Option a", "Option b", "Option c"]
    assert judged.stem == served.stem
    for one in IDS:
        assert judged.body.credit((one,)) == (one == right)


OTHERWISE: dict[str, tuple[Body, Body]] = {
    "another kind": (single("a", *IDS), TrueFalse(is_true=True)),
    "one option more": (single("a", "a", "b"), single("a", *IDS)),
    "another item": (Ordering(items=parts("p", "q")), Ordering(items=parts("p", "r"))),
    "another premise": (
        Matching(premises=parts("x", "y"), targets=parts("k", "l"), pairs=("k", "l")),
        Matching(premises=parts("x", "z"), targets=parts("k", "l"), pairs=("k", "l")),
    ),
    "a target that was not there": (
        Matching(premises=parts("x", "y"), targets=parts("k", "l"), pairs=("k", "l")),
        Matching(premises=parts("x", "y"), targets=parts("k", "m"), pairs=("k", "m")),
    ),
}


@pytest.mark.parametrize("bodies", OTHERWISE.values(), ids=OTHERWISE)
def test_answers_to_something_else_cannot_be_judged_by_it(bodies: tuple[Body, Body]) -> None:
    served, key = bodies
    assert rekeyed(content(served), content(key)) is None


def test_premises_keep_the_order_in_which_they_were_answered() -> None:
    served = Matching(premises=parts("x", "y"), targets=parts("k", "l"), pairs=("k", "l"))
    right = Matching(premises=parts("y", "x"), targets=parts("l", "k"), pairs=("k", "l"))
    judged = rekeyed(content(served), content(right))
    assert judged is not None
    assert judged.body.key == ("l", "k")


FREE: dict[str, tuple[Body, Body, str]] = {
    "true or false": (TrueFalse(is_true=True), TrueFalse(is_true=False), "false"),
    "a word": (
        ShortAnswer(accepted=(Accepted(text="stub"),)),
        ShortAnswer(accepted=(Accepted(text="mock"), Accepted(text="spy"))),
        "spy",
    ),
    "a number": (
        Numeric(ranges=(Range(low=Decimal(1), high=Decimal(2)),)),
        Numeric(ranges=(Range(low=Decimal(3), high=Decimal(4)),)),
        "3.5",
    ),
}


@pytest.mark.parametrize(("served", "key", "said"), FREE.values(), ids=FREE)
def test_what_is_not_chosen_among_options_counts_by_the_new_key(
    served: Body, key: Body, said: str
) -> None:
    judged = rekeyed(content(served), content(key))
    assert judged is not None
    assert (served.credit((said,)), judged.body.credit((said,))) == (0, 1)


def test_several_options_count_by_the_new_marks() -> None:
    half = Fraction(1, 2)
    served = Multiple(
        options=(Option(id="a", text="A", worth=Fraction(1)), Option(id="b", text="B"))
    )
    right = Multiple(
        options=(Option(id="b", text="B", worth=half), Option(id="a", text="A", worth=half))
    )
    judged = rekeyed(content(served), content(right))
    assert judged is not None
    assert judged.body.credit(("a", "b")) == 1
