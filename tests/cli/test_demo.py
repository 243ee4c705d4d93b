"""`homeroom demo`: an exam to try Homeroom out with comes in by one command, and only once."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Ran = Callable[..., Result]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.create_connection", refuse)


@pytest.mark.usefixtures("no_network")
def test_without_a_network_an_exam_comes_in_and_what_to_do_next_is_told(ran: Ran) -> None:
    done = ran("demo", "exams")
    assert done.exit_code == 0, done.output
    assert "Backend Engineering is published" in done.stdout
    assert "0 were there" in done.stdout
    assert "homeroom exams take backend-pro" in done.stdout


def test_a_second_time_nothing_comes_in_and_json_is_what_the_api_answers(ran: Ran) -> None:
    first = json.loads(ran("demo", "exams", "--json").stdout)
    assert (first["code"], first["status"]) == ("backend-pro", "published")
    assert sum(float(one["weight"]) for one in first["objectives"]) == 100
    again = ran("demo", "exams", "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, first)
    assert ": 0 questions came in" in ran("demo", "exams").stdout
