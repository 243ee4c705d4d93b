"""`homeroom districts`: made, listed, changed, closed; and institutions put under them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main

Ran = Callable[..., Result]
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def ran(house_dir: Path) -> Ran:
    """A command, run in a house of its own."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ("districts", *words))

    return run


def test_a_district_is_made_changed_closed_and_opened_again(ran: Ran) -> None:
    words = ("--state", "V", "--contact-email", "office@district.edu", "--plan", "pro")
    made = json.loads(ran("create", "Bicol", *words, "--json").stdout)
    assert (made["state"], made["subscriptionTier"], made["isActive"]) == ("V", "pro", True)
    changed = json.loads(ran("change", made["id"], "--region", "South", "--json").stdout)
    assert changed == {**made, "region": "South"}
    assert "South" in ran("show", made["id"]).stdout
    assert json.loads(ran("close", made["id"], "--json").stdout)["isActive"] is False
    assert json.loads(ran("list", "--open", "--json").stdout)["data"] == []
    assert json.loads(ran("reopen", made["id"], "--json").stdout) == changed
    listed = json.loads(ran("list", "--search", "bicol", "--json").stdout)
    assert (listed["data"], listed["meta"]["total"]) == ([changed], 1)


def test_an_institution_is_put_under_a_district_and_taken_out(ran: Ran) -> None:
    made = json.loads(ran("create", "Bicol", "--json").stdout)
    shown = CliRunner().invoke(main, ("institutions", "list", "--json"))
    (home,) = json.loads(shown.stdout)["data"]
    added = json.loads(ran("add", made["id"], home["id"], "--json").stdout)
    assert added["districtId"] == made["id"]
    assert home["name"] in ran("show", made["id"]).stdout
    removed = json.loads(ran("remove", home["id"], "--json").stdout)
    assert removed["districtId"] is None
    assert "no districts" in ran("list", "--closed").stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("create", " "), 2, "name"),
        (("create", "X", "--website", "nowhere"), 2, "--website"),
        (("create", "X", "--plan", "gold"), 2, "gold"),
        (("show", NOBODY), 3, "no such district"),
        (("close", NOBODY), 3, "no such district"),
        (("remove", NOBODY), 3, "no such institution"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, told: str
) -> None:
    result = ran(*words)
    assert result.exit_code == code, result.output
    assert told in result.output
