"""Refusals: a kind to act on, a code to branch on, a sentence for people."""

import importlib
import pkgutil
import re
from collections import Counter

import pytest

import homeroom
from homeroom.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Refusal,
    Stale,
    Unauthenticated,
    Unavailable,
)

KINDS = (NotFound, Forbidden, Conflict, Invalid, Unavailable, Unauthenticated)


def refusals() -> list[type[Refusal]]:
    """Every refusal that the core knows."""
    for found in pkgutil.walk_packages(homeroom.__path__, "homeroom."):
        importlib.import_module(found.name)
    known: list[type[Refusal]] = [Refusal]
    for one in known:
        known.extend(one.__subclasses__())
    return [one for one in known if one.__module__.startswith("homeroom.")]


class TestARefusal:
    def test_it_says_its_own_sentence_when_nobody_says_more(self) -> None:
        assert NotFound().message == "There is no such thing here."

    def test_it_says_what_it_was_given(self) -> None:
        refusal = Conflict("the room is taken")
        assert refusal.message == str(refusal) == "the room is taken"

    def test_only_the_first_line_of_a_longer_story_is_said(self) -> None:
        class Closed(Conflict):
            """The survey is closed.

            Nobody can answer it any more.
            """

        assert Closed().message == "The survey is closed."

    def test_without_a_sentence_its_code_must_do(self) -> None:
        class Silent(Invalid):
            code = "silent"

        assert Silent().message == "silent"

    def test_problems_are_kept_as_they_were_found(self) -> None:
        problems = [Problem("name", "is missing"), Problem("age", "is negative")]
        refusal = Invalid(problems=problems)
        problems.clear()
        assert [one.field for one in refusal.problems] == ["name", "age"]
        assert Invalid("no").problems == ()

    def test_what_is_unavailable_may_say_when_it_is_worth_trying(self) -> None:
        assert Unavailable(retry_after=1.5).retry_after == 1.5
        assert Unavailable().retry_after is None

    def test_a_stale_save_is_a_conflict(self) -> None:
        with pytest.raises(Conflict):
            raise Stale


class TestEveryRefusal:
    def test_it_has_a_code_of_its_own(self) -> None:
        counted = Counter(one.code for one in refusals())
        assert [code for code, count in counted.items() if count > 1] == []
        assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in counted)

    def test_it_has_a_sentence_that_fits_a_line(self) -> None:
        for one in refusals():
            sentence = (one.__doc__ or "").partition("\n")[0]
            assert re.fullmatch(r"[A-Z].{10,90}\.", sentence), one

    def test_it_stands_under_a_kind_that_the_edges_can_translate(self) -> None:
        untold = [one for one in refusals() if not issubclass(one, KINDS)]
        assert untold == [Refusal]
