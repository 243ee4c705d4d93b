"""`homeroom exams take`: an exam at a terminal, answered by a script in a person's place."""

import asyncio
import json
import os
import pty
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from homeroom.exams.model.answers import Kind
from homeroom_entrypoints.cli.exams_take import something_to_read
from homeroom_entrypoints.cli.main import main
from homeroom_testing.marked_exam import MARK, RIGHT

Ran = Callable[..., Result]


@pytest.fixture
def ran(exam_house: Path) -> Ran:
    """A command, run in a house that has an exam; what is typed is said as `typed`."""

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, words, input=typed)

    return run


def told(ran: Ran, *words: str) -> Any:
    done = ran("exams", *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def take(ran: Ran, typed: str, *words: str) -> str:
    done = ran("exams", "take", "MARKED-1", *words, typed=typed)
    assert done.exit_code == 0, done.output
    return done.stdout


def shown(said: str) -> Iterator[tuple[str, list[str]]]:
    """The kinds of questions, in the order in which they were asked, with their choices."""
    for part in said.split("Question ")[1:]:
        lines = part.splitlines()
        choices = [
            line.partition(") ")[2] for line in lines if line.startswith("  ") and ")" in line
        ]
        yield lines[1].removeprefix("A question that is "), choices


def right_at(kind: str, choices: list[str]) -> str:
    """What to type so that it is wholly right."""
    known = {one.split()[-1].lower(): number for number, one in enumerate(choices, start=1)}
    answer = RIGHT[Kind(kind)]
    return " ".join(str(known[word]) if known else word for word in answer)


def test_an_exam_is_looked_through_left_and_gone_on_with_and_passed(ran: Ran) -> None:
    first = take(ran, "n\n" * 7 + "q\n")
    asked = list(shown(first))[:7]
    assert {kind for kind, _ in asked} == {kind.value for kind in Kind}
    assert MARK not in first
    assert "What you answered is kept." in first
    typed = "\n".join(right_at(kind, choices) for kind, choices in asked)
    second = take(ran, f"{typed}\nl\ns\n")
    assert "Question 1 of 7 · 1:2" in second  # an hour and some 29 minutes are left
    assert "Passed with 100.0 % (65.0 % is needed): 7 right" in second
    assert "To choose" in second
    assert "strong" in second
    (only,) = told(ran, "results")["data"]
    assert (only["status"], only["score"], only["passed"]) == ("submitted", 100.0, True)


def test_what_is_not_answered_is_asked_about_before_it_is_submitted(ran: Ran) -> None:
    said = take(ran, "s\ns\n")
    assert "Not answered yet: 1, 2, 3, 4, 5, 6, 7." in said
    assert "Not passed with 0.0 %" in said
    assert "7 not answered" in said


def test_one_may_flag_jump_change_and_take_back(ran: Ran) -> None:
    (kind, choices), *_ = shown(take(ran, "q\n"))
    answer = right_at(kind, choices)
    said = take(ran, f"f\n{answer}\ng 1\nx\np\nl\ng 99\n?\nq\n")
    assert "flagged" in said
    assert "So far: " in said
    assert "   1  flagged, not answered" in said
    assert "Say which question, from 1 to 7" in said
    assert "take the answer back" in said


def test_what_is_no_answer_is_told_and_asked_again(ran: Ran) -> None:
    questions = [kind for kind, _ in list(shown(take(ran, "n\n" * 7 + "q\n")))[:7]]
    here = {kind: number for number, kind in enumerate(questions, start=1)}
    typed = [
        *(f"g {here['single']}", "9", "1 2"),
        *(f"g {here['numeric']}", "many", "=3"),
        *(f"g {here['matching']}", "1"),
        "q",
    ]
    said = take(ran, "\n".join(typed) + "\n")
    assert "Type numbers from 1 to 3, or ? for help." in said
    assert "Choose one of the options a, b, c" in said
    assert "Answer with one number" in said
    assert "Answer with one target for each premise" in said


def test_the_end_of_a_script_leaves_the_exam_as_it_stands(ran: Ran) -> None:
    assert "Time goes on" in take(ran, "")
    (only,) = told(ran, "results")["data"]
    assert only["status"] == "active"


def test_to_study_tells_at_once_what_is_right_and_why(ran: Ran) -> None:
    each = "".join(f"g {number}\n2\n" for number in range(1, 8))
    said = take(ran, f"{each}s\ns\n", "--study", "--questions", "7")
    assert " left" not in said
    assert f"{MARK} explained" in said
    assert f"Read: {MARK} book https://{MARK}.example.org" in said
    assert "Not right: 0% of the mark." in said
    assert "The answer is: 1) True" in said
    assert told(ran, "results")["data"][0]["status"] == "completed"


def test_a_result_shows_each_question_with_its_key(ran: Ran) -> None:
    take(ran, "s\ns\n")
    (only,) = told(ran, "results")["data"]
    full = ran("exams", "results", only["id"]).stdout
    assert "Not answered." in full
    assert f"{MARK} explained" in full
    assert len(told(ran, "results", only["id"])["questions"]) == 7


def test_whose_it_is_may_be_said(ran: Ran) -> None:
    names = ("--first-name", "Ben", "--last-name", "Cruz")
    assert ran("people", "create", "ben", *names).exit_code == 0
    take(ran, "s\ns\n", "--as", "Ben")
    assert len(told(ran, "results", "--as", "ben")["data"]) == 1
    assert told(ran, "results")["data"] == []
    people = json.loads(ran("people", "list", "--json").stdout)["data"]
    assert {one["userName"]: one["roles"] for one in people}["ana"] == ["STUDENT"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("take", "NONE-1"), 3, "no such exam"),
        (("take", "MARKED-1", "--as", "nobody"), 3, "no such person"),
        (("take", "MARKED-1", "--questions", "3"), 2, "as many as the exam says"),
        (("results", "00000000-0000-7000-8000-000000000000"), 3, "no such sitting"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, told: str
) -> None:
    done = ran("exams", *words)
    assert done.exit_code == code, done.output
    assert told in done.output


class TestAtATerminal:
    @pytest.fixture
    def keyboard(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
        """A terminal in the place of standard input, and where to type."""
        keyboard, line = pty.openpty()
        with os.fdopen(line) as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            yield keyboard
        os.close(keyboard)

    def test_somebody_is_waited_for_as_long_as_there_is_time(self, keyboard: int) -> None:
        with pytest.raises(TimeoutError):
            asyncio.run(something_to_read(timedelta(milliseconds=20)))
        os.write(keyboard, b"q\n")
        asyncio.run(something_to_read(timedelta(seconds=20)))
        assert sys.stdin.readline() == "q\n"
