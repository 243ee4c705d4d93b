"""`homeroom people invite` and what becomes of invitations, at the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main

Ran = Callable[..., Result]
ANA = ("ana@school.edu", "--first-name", "Ana", "--last-name", "Reyes", "--role", "TEACHER")
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def ran(house_dir: Path) -> Ran:
    """A command, run in a house of its own."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["people", *words])

    return run


def test_somebody_is_invited_again_and_taken_back(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = json.loads(ran("invite", *ANA, "--json").stdout)
    assert made["token"].startswith("hr_ticket_")
    monkeypatch.setenv("HOMEROOM_PEOPLE__PUBLIC_URL", "https://school.example")
    again = ran("invite-again", made["invitation"]["id"])
    assert "shown once: https://school.example/invitation#token=hr_ticket_" in again.stdout
    listed = json.loads(ran("invitations", "--json").stdout)["data"]
    assert [one["state"] for one in listed] == ["open", "revoked"]
    assert ran("uninvite", listed[0]["id"]).stdout == "Taken back.\n"
    assert "Ana Reyes" in ran("invitations").stdout


def test_where_letters_go_out_nothing_is_shown(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEROOM_PEOPLE__COURIER", "memory")
    made = ran("invite", *ANA)
    assert "by mail" in made.stdout
    assert "hr_ticket_" not in made.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("invite", "nobody", *ANA[1:]), 2, "email"),
        (("invite", *ANA, "--expires-at", "2020-01-01"), 2, "must be in the future"),
        (("uninvite", NOBODY), 3, "no such invitation"),
        (("invite-again", NOBODY), 3, "no such invitation"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, told: str
) -> None:
    result = ran(*words)
    assert result.exit_code == code, result.output
    assert told in result.output
