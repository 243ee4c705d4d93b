"""`homeroom people export`, `people erase` and `consents`."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Ran = Callable[..., Result]
ANA = ("people", "create", "ana", "--first-name", "Ana", "--last-name", "Reyes", "--json")
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def ana(ran: Ran) -> str:
    made: str = json.loads(ran(*ANA).stdout)["person"]["id"]
    return made


def test_all_that_is_held_is_written_as_json(ran: Ran, ana: str) -> None:
    told = json.loads(ran("people", "export", ana).stdout)
    assert told["contexts"]["people"][0]["rows"][0]["lastName"] == "Reyes"


def test_nobody_is_erased_by_a_slip_of_the_hand(ran: Ran, ana: str) -> None:
    asked = ran("people", "erase", ana, typed="n\n")
    assert asked.exit_code == 1
    assert "This cannot be undone" in asked.output
    assert "Reyes" in ran("people", "show", ana).stdout
    assert ran("people", "erase", ana, typed="y\n").exit_code == 0
    assert "Reyes" not in ran("people", "show", ana).stdout


def test_who_is_erased_is_counted_once_and_gone_for_good(ran: Ran, ana: str) -> None:
    erased = json.loads(ran("people", "erase", ana, "--yes", "--json").stdout)
    assert erased["takenAway"]["people.credentials"] == 1
    again = ran("people", "erase", ana, "--yes")
    assert again.exit_code == 5
    assert "This person was erased, for good." in again.output
    assert ran(*ANA).exit_code == 0


def test_a_consent_is_given_listed_and_withdrawn(ran: Ran, ana: str) -> None:
    words = ("--kind", "recording", "--by", "Maria Reyes", "--evidence", "form 7")
    given = json.loads(ran("consents", "give", ana, *words, "--json").stdout)
    assert given["counts"] is True
    assert "Maria Reyes" in ran("consents", "list", ana).stdout
    withdrawn = json.loads(ran("consents", "withdraw", given["id"], "--json").stdout)
    assert withdrawn["counts"] is False
    assert ran("consents", "withdraw", given["id"]).exit_code == 5


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("people", "export", NOBODY), 3, "no such person"),
        (("people", "erase", NOBODY, "--yes"), 3, "no such person"),
        (("consents", "list", NOBODY), 3, "no such person"),
        (("consents", "withdraw", NOBODY), 3, "no such consent"),
        (("people", "erase", "ana", "--yes"), 2, "UUID"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, told: str
) -> None:
    result = ran(*words)
    assert result.exit_code == code
    assert told in result.output


def test_a_consent_of_the_past_is_told_of_its_option(ran: Ran, ana: str) -> None:
    words = ("--kind", "ai", "--by", "Ana", "--evidence", "a letter", "--until", "2020-01-01")
    result = ran("consents", "give", ana, *words)
    assert result.exit_code == 2
    assert "must be in the future" in result.output


def test_what_is_missing_is_told_and_the_exit_code_says_so(ran: Ran, ana: str) -> None:
    missing = ran("consents", "check", ana, "--kind", "email", "--born", "1990-05-17")
    assert missing.exit_code == 1
    assert "email" in missing.stdout
    ran("consents", "give", ana, "--kind", "email", "--by", "Ana", "--evidence", "a letter")
    cleared = ran("consents", "check", ana, "--kind", "email", "--born", "1990-05-17", "--json")
    assert cleared.exit_code == 0
    assert json.loads(cleared.stdout)["allowed"] is True
