"""`homeroom institutions`: taken in, listed, changed; and the doctor on a developer's way in."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Ran = Callable[..., Result]
NOBODY = "00000000-0000-7000-8000-000000000000"


def test_an_institution_is_taken_in_listed_and_changed(ran: Ran) -> None:
    made = ran("institutions", "create", "Bicol College", "--status", "trial", "--json")
    told = json.loads(made.stdout)
    new = told["institution"]["id"]
    assert told["secret"].startswith("hr_")
    listed = json.loads(ran("institutions", "list", "--json").stdout)["data"]
    assert [one["name"] for one in listed] == ["Home", "Bicol College"]
    words = ("--plan", "pro", "--until-further-notice", "--recording", "--no-ai")
    ran("institutions", "change", new, *words, "--time-zone", "Asia/Manila")
    changed = ran("institutions", "change", new, "--retention-days", "30", "--json")
    shown = json.loads(ran("institutions", "show", new, "--json").stdout)
    assert shown == json.loads(changed.stdout)
    assert shown["subscription"] == {"plan": "pro", "status": "trial", "until": None}
    assert shown["terms"] == {
        "retentionDays": 30,
        "agreements": {"recording": True, "ai": False, "dataSharing": False},
        "timeZone": "Asia/Manila",
    }
    assert "recording" in ran("institutions", "show", new).stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("create", "Home"), 5, "of this name"),
        (("create", " "), 2, "name"),
        (("create", "X", "--plan", "gold"), 2, "gold"),
        (("show", NOBODY), 3, "no such institution"),
        (("change", NOBODY, "--name", "X"), 3, "no such institution"),
        (("change", NOBODY, "--retention-days", "0"), 2, "--retention-days"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, told: str
) -> None:
    result = ran("institutions", *words)
    assert result.exit_code == code, result.output
    assert told in result.output


def test_a_zone_that_is_nowhere_is_told_by_its_option(ran: Ran) -> None:
    (home,) = json.loads(ran("institutions", "list", "--json").stdout)["data"]
    result = ran("institutions", "change", home["id"], "--time-zone", "Mars/Base")
    assert result.exit_code == 2
    assert "Asia/Manila" in result.output


def test_the_doctor_is_loud_while_developers_come_in_without_a_password(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "without a password" not in ran("doctor").stdout
    monkeypatch.setenv("HOMEROOM_DEVELOPMENT__SIGN_IN", "true")
    result = ran("doctor", "--json")
    assert result.exit_code == 1
    (told,) = [row for row in json.loads(result.stdout) if row["what"] == "sign-in"]
    assert told["state"] == "degraded"
    assert "take HOMEROOM_DEVELOPMENT__SIGN_IN away" in told["advice"]


def test_nothing_runs_in_production_with_that_door_open(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEROOM_DEVELOPMENT__SIGN_IN", "true")
    monkeypatch.setenv("HOMEROOM_ENVIRONMENT", "production")
    for command in (("doctor",), ("web",), ("institutions", "list")):
        result = ran(*command)
        assert (result.exit_code, "never in production" in result.output) == (2, True), command
