"""`homeroom exams adaptive`: a test that adapts, at a terminal, answered by a script."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main
from homeroom_testing.marked_exam import MARK

Ran = Callable[..., Result]


@pytest.fixture
def ran(exam_house: Path) -> Ran:
    """A command, run in a house that has an exam; what is typed is said as `typed`."""

    def run(*words: str, typed: str = "") -> Result:
        done = CliRunner().invoke(main, ["exams", *words], input=typed)
        assert done.exit_code == 0, done.output
        return done

    return run


class TestAtATerminal:
    def test_it_asks_until_it_is_over_and_says_what_it_came_to(self, ran: Ran) -> None:
        said = ran("adaptive", "MARKED-1", "--most", "3", typed="1\n1 2\n1 2 3 4\n" * 9).stdout
        assert "at most 3 questions" in said
        assert "Question 3" in said
        assert "Question 4" not in said
        assert "after 3 answers" in said
        assert "passes." in said
        assert MARK not in said

    def test_whoever_leaves_goes_on_with_the_same_question(self, ran: Ran) -> None:
        first = ran("adaptive", "MARKED-1", typed="q\n").stdout
        assert "What you answered is kept." in first
        second = ran("adaptive", "MARKED-1").stdout
        assert asked(first) == asked(second)

    def test_it_can_be_stopped(self, ran: Ran) -> None:
        said = ran("adaptive", "MARKED-1", typed="?\ns\n").stdout
        assert "stop here" in said
        assert "after 0 answers" in said

    def test_what_is_unclear_is_asked_again(self, ran: Ran) -> None:
        said = ran("adaptive", "MARKED-1", typed="ninety ninety\nq\n").stdout
        assert said.count("Question 1") >= 1


class TestForAuthors:
    def test_what_is_known_of_the_pool_is_shown(self, ran: Ran) -> None:
        rows = json.loads(ran("pool", "MARKED-1", "--json").stdout)["data"]
        assert [one["source"] for one in rows] == ["assumed"] * 7
        assert "assumed" in ran("pool", "MARKED-1").stdout

    def test_a_worker_is_asked_to_learn(self, ran: Ran) -> None:
        first, second = [
            json.loads(ran("calibrate", "MARKED-1", "--json").stdout) for _ in range(2)
        ]
        assert first == second


def asked(said: str) -> str:
    return said.split(" left\n")[1].split("> ", maxsplit=1)[0]
