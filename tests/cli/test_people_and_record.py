"""`homeroom people` and `homeroom audit`: from taking somebody in to the proof of it."""

import csv
import json
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Ran = Callable[..., Result]
NAMES = ("--first-name", "Ana", "--last-name", "Reyes")
NOBODY = "00000000-0000-7000-8000-000000000000"


def test_somebody_is_taken_in_found_changed_and_stopped(ran: Ran) -> None:
    made = json.loads(ran("people", "create", "Ana", *NAMES, "--role", "TEACHER", "--json").stdout)
    ana = made["person"]["id"]
    assert len(made["password"]) >= 10
    listed = json.loads(ran("people", "list", "--search", "rey", "--json").stdout)["data"]
    assert [one["id"] for one in listed] == [ana]
    assert ran("people", "roles", ana, "--role", "DEAN").stdout == "Roles: DEAN.\n"
    assert ran("people", "stop", ana).stdout == "Stopped.\n"
    shown = json.loads(ran("people", "show", ana, "--json").stdout)
    assert (shown["roles"], shown["isActive"]) == (["DEAN"], False)
    assert ran("people", "resume", ana).stdout == "Resumed.\n"
    assert "Ana Reyes" in ran("people", "list").stdout


def test_a_password_that_is_typed_is_not_shown(ran: Ran) -> None:
    typed = "plums on a roof\nplums on a roof\n"
    made = ran("people", "create", "ana", *NAMES, "--ask", "--json", typed=typed)
    assert "plums" not in made.stdout
    assert '"password": null' in made.stdout
    ana = json.loads(ran("people", "list", "--json").stdout)["data"][0]["id"]
    again = "pears on a roof\npears on a roof\n"
    changed = ran("people", "password", ana, typed=again)
    assert "They choose another at their next sign-in." in changed.stdout
    assert "pears" not in changed.stdout


@pytest.mark.parametrize(
    ("words", "typed", "code", "told"),
    [
        (("people", "create", "An a", *NAMES), "", 2, "username"),
        (("people", "create", "ana", *NAMES, "--ask"), "short\nshort\n", 2, "password"),
        (("people", "create", "ana", *NAMES, "--role", "KING"), "", 2, "KING"),
        (("people", "show", NOBODY), "", 3, "no such person"),
        (("people", "show", "ana"), "", 2, "UUID"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], typed: str, code: int, told: str
) -> None:
    result = ran(*words, typed=typed)
    assert result.exit_code == code
    assert told in result.output


def test_a_name_that_is_taken_is_a_conflict(ran: Ran) -> None:
    ran("people", "create", "ana", *NAMES)
    assert ran("people", "create", "ANA", *NAMES).exit_code == 5


def test_what_was_done_is_listed_exported_and_proven(ran: Ran, tmp_path: Path) -> None:
    for name in ("ana", "ben"):
        ran("people", "create", name, *NAMES)
    assert "people.take_in" in ran("audit", "list").stdout
    lines = ran("audit", "export", "--action", "people.take_in").stdout.splitlines()
    assert [json.loads(line)["resourceType"] for line in lines] == ["person", "person"]
    rows = list(csv.DictReader(ran("audit", "export", "--format", "csv").stdout.splitlines()))
    actions = [row["action"] for row in rows]
    assert actions == ["compliance.export_record", *["people.take_in"] * 2]
    assert "compliance.export_record" in ran("audit", "list").stdout
    verified = ran("audit", "verify", "--json")
    assert json.loads(verified.stdout)["whole"] is True
    assert verified.exit_code == 0
    with sqlite3.connect(tmp_path / "homeroom.sqlite3") as database:
        database.execute("DROP TRIGGER audit_entries_stay")
        database.execute("UPDATE audit_entries SET action = 'nothing' WHERE place = 2")
    touched = ran("audit", "verify", "--json")
    [verdict] = json.loads(touched.stdout)["data"]
    assert (verdict["whole"], verdict["brokenAt"]) == (False, 2)
    assert touched.exit_code == 1


def test_the_record_of_every_institution_is_proven(ran: Ran, tmp_path: Path) -> None:
    ran("people", "create", "ana", *NAMES)
    ran("institutions", "create", "Another School")
    listed = json.loads(ran("audit", "verify", "--json").stdout)
    assert (listed["whole"], len(listed["data"])) == (True, 2)
    other = min(listed["data"], key=lambda one: one["sealed"])["institutionId"]
    assert other not in ran("audit", "verify", "--institution", str(uuid.uuid4())).stdout
    first = max(listed["data"], key=lambda one: one["sealed"])["institutionId"]
    with sqlite3.connect(tmp_path / "homeroom.sqlite3") as database:
        database.execute("DROP TRIGGER audit_entries_stay")
        database.execute("UPDATE audit_entries SET action = 'nothing' WHERE place = 1")
    assert ran("audit", "verify").exit_code == 1
    assert ran("audit", "verify", "--institution", first).exit_code == 1


def test_what_was_kept_elsewhere_finds_out_a_record_that_was_written_anew(
    ran: Ran, tmp_path: Path
) -> None:
    for name in ("ana", "ben"):
        ran("people", "create", name, *NAMES)
    heads = tmp_path / "heads.json"
    heads.write_text(ran("audit", "verify", "--json").stdout)
    ran("people", "create", "cem", *NAMES)
    assert ran("audit", "verify", "--expect", str(heads)).exit_code == 0
    with sqlite3.connect(tmp_path / "homeroom.sqlite3") as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (trigger,) in found.fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("DELETE FROM audit_entries WHERE place = 1")
        database.execute("UPDATE audit_entries SET place = NULL, link = NULL")
        database.execute("DELETE FROM audit_heads")
    assert ran("audit", "verify").exit_code == 0, "it hangs together, as it is now"
    assert ran("audit", "verify", "--expect", str(heads)).exit_code == 1
    heads.write_text("no verdict")
    refused = ran("audit", "verify", "--expect", str(heads))
    assert refused.exit_code == 2
    assert "audit verify --json" in refused.stderr


def test_what_the_record_refused_is_shown_and_taken_anew(ran: Ran, tmp_path: Path) -> None:
    ran("people", "create", "ana", *NAMES)
    assert ran("audit", "dead-letters").stdout == "The record refused none.\n"
    database = tmp_path / "homeroom.sqlite3"
    with sqlite3.connect(database) as opened:
        opened.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_entries WHEN NEW.action LIKE '%find%'"
            " BEGIN SELECT RAISE(ABORT, 'no more'); END"
        )
    assert ran("people", "list").exit_code == 0
    [dead] = json.loads(ran("audit", "dead-letters", "--json").stdout)["data"]
    assert (dead["reason"], dead["entry"]["action"]) == ("conflict", "people.find_persons")
    with sqlite3.connect(database) as opened:
        opened.execute("DROP TRIGGER full")
    assert ran("audit", "replay").stdout == "Taken anew: 1.\n"
    assert ran("audit", "dead-letters").stdout == "The record refused none.\n"
    listed = json.loads(ran("audit", "list", "--json").stdout)["data"]
    assert dead["entry"] in listed
    assert listed[0]["action"] == "compliance.replay_entries"


def test_somebody_is_called_otherwise_and_faculty_is_a_teacher(ran: Ran) -> None:
    made = json.loads(ran("people", "create", "ana", *NAMES, "--role", "faculty", "--json").stdout)
    ana = made["person"]["id"]
    assert made["person"]["roles"] == ["TEACHER"]
    assert json.loads(ran("people", "list", "--role", "FACULTY", "--json").stdout)["data"] != []
    other = ("--user-name", "Anna", "--email", "anna@school.edu")
    named = json.loads(ran("people", "rename", ana, *other, "--json").stdout)
    assert (named["userName"], named["email"]) == ("anna", "anna@school.edu")
    assert named["fullName"] == "Ana Reyes"
    assert json.loads(ran("people", "rename", ana, "--email", "", "--json").stdout)["email"] is None
    wrong = ran("people", "rename", ana, "--user-name", "An na")
    assert (wrong.exit_code, "--user-name" in wrong.stderr) == (2, True)
    ran("people", "create", "ben", *NAMES)
    assert ran("people", "rename", ana, "--user-name", "ben").exit_code == 5


def test_the_record_is_searched_at_the_command_line_as_over_the_api(ran: Ran) -> None:
    made = json.loads(ran("people", "create", "ana", *NAMES, "--json").stdout)["person"]["id"]
    ran("people", "create", "ben", *NAMES)

    def found(*words: str) -> list[str]:
        listed = ran("audit", "list", "--json", *words)
        assert listed.exit_code == 0, listed.output
        exported = ran("audit", "export", *words)
        lines = [json.loads(line)["id"] for line in exported.stdout.splitlines()]
        told = [one["id"] for one in json.loads(listed.stdout)["data"]]
        assert lines[-len(told) :] == told if told else lines in ([], lines)
        return told

    everything = found("--action", "people.take_in")
    assert len(everything) == 2
    about = found("--resource", "person", "--resource-id", made)
    assert about == everything[1:]
    assert found("--search", "TAKE_", "--outcome", "done") == everything
    assert found("--search", "TAKE%") == []
    assert found("--outcome", "refused") == []
    assert found("--actor", "ana") == []
    assert found("--action", "people.take_in", "--since", "2999-01-01") == []
    assert found("--action", "people.take_in", "--until", "2999-01-01") == everything
    wrong = ran("audit", "list", "--since", "soon")
    assert (wrong.exit_code, "--since" in wrong.stderr) == (2, True)
