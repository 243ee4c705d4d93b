"""`homeroom roster`: a tree is built, changed and looked at, and people are enrolled in it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Ran = Callable[..., Result]
NOBODY = "00000000-0000-7000-8000-000000000000"


def told(ran: Ran, *words: str) -> Any:
    done = ran("roster", *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_tree_is_built_changed_and_looked_at(ran: Ran) -> None:
    main_campus = told(ran, "create", "MAIN", "--kind", "campus", "--name", "Main campus")["node"]
    annex = told(ran, "create", "ANNEX", "--kind", "campus", "--name", "Annex")["node"]
    below = ("--below", main_campus["id"])
    course = told(ran, "create", "PHY1", "--kind", "course", "--name", "Physics 1", *below)["node"]
    assert course["parentId"] == main_campus["id"]
    assert "MAIN" in ran("roster", "show", course["id"]).stdout
    assert told(ran, "list", *below)["data"] == [course]
    assert [one["code"] for one in told(ran, "list", "--kind", "campus")["data"]] == [
        "ANNEX",
        "MAIN",
    ]
    told(ran, "change", course["id"], "--name", "Physics", "--reference", "course:7")
    told(ran, "move", course["id"], "--below", annex["id"])
    told(ran, "close", annex["id"])
    shown = told(ran, "show", course["id"])
    assert shown["node"]["name"] == "Physics"
    assert [one["code"] for one in shown["above"]] == ["ANNEX"]
    assert shown["isOpen"] is False
    assert told(ran, "reopen", annex["id"])["isOpen"] is True


def test_somebody_is_enrolled_and_that_ends(ran: Ran) -> None:
    names = ("--first-name", "Ana", "--last-name", "Reyes")
    person = json.loads(ran("people", "create", "ana", *names, "--json").stdout)["person"]["id"]
    course = told(ran, "create", "PHY1", "--kind", "course", "--name", "Physics")["node"]["id"]
    seat = told(ran, "enrol", person, course, "--role", "teacher")
    assert (seat["role"], seat["source"], seat["node"]["code"]) == ("TEACHER", "manual", "PHY1")
    assert told(ran, "enrolments", "--node", course)["data"] == [seat]
    assert "PHY1" in ran("roster", "enrolments", "--person", person).stdout
    assert ran("roster", "unenrol", seat["id"]).exit_code == 0
    assert told(ran, "enrolments", "--person", person)["data"][0]["isActive"] is False


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("create", " ", "--kind", "CAMPUS", "--name", "X"), 2, "code"),
        (("create", "X", "--kind", "PLANET", "--name", "X"), 2, "PLANET"),
        (("create", "X", "--kind", "COURSE", "--name", "X", "--below", NOBODY), 3, "no such place"),
        (("show", NOBODY), 3, "no such place"),
        (("unenrol", NOBODY), 3, "no such enrolment"),
        (("enrolments", "--node", NOBODY), 3, "no such place"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, told: str
) -> None:
    done = ran("roster", *words)
    assert done.exit_code == code, done.output
    assert told in done.output
