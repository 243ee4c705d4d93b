"""What the command line says to what it cannot use: one sentence, the way out, an exit code."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from homeroom_entrypoints.cli.main import main
from homeroom_testing.children import free_port

PROGRAM = "from homeroom_entrypoints.cli.main import main; main()"
NO_JOB = "00000000-0000-7000-8000-000000000000"
ONE_OF_EACH = [("up",), ("web",), ("worker",), ("db", "upgrade"), ("keys", "list")]
"""Commands by how they start: each opens the house in a way of its own."""

WITHOUT = """
import sys
class Absent:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "{library}":
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent)
"""


def environment(directory: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    return {**kept, "HOMEROOM_DATA_DIR": str(directory), "HOMEROOM_LOG__LEVEL": "error", **more}


def _limit(size: int) -> None:
    # Without the signal, writing beyond the limit fails as it does on a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@attrs.frozen
class Shell:
    """Runs `homeroom` in a directory of its own, and holds it to plain words."""

    directory: Path

    def run(
        self,
        *words: str,
        largest_file: int | None = None,
        without: str = "",
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """*without* names a library that shall not be installed."""
        absent = WITHOUT.format(library=without) if without else ""
        limit = partial(_limit, largest_file) if largest_file is not None else None
        ran = subprocess.run(
            [sys.executable, "-c", absent + PROGRAM, *words],
            env=environment(self.directory, **(env or {})),
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=limit,
        )
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran

    def refusal(self, code: int, *words: str, **more: Any) -> str:
        """What `homeroom` *words* says when it ends with *code*."""
        ran = self.run(*words, **more)
        assert ran.returncode == code, (ran.returncode, ran.stderr)
        assert ran.stdout == ""
        return ran.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


class TestSettings:
    def test_every_unknown_setting_is_named_with_what_was_meant(self, shell: Shell) -> None:
        said = shell.refusal(
            2,
            "keys",
            "list",
            env={
                "HOMEROOM_STORAGE_URL": "x",
                "HOMEROOM_WEB__PROT": "1",
                "HOMEROOM_COLOUR": "1",
            },
        )
        assert "Did you mean HOMEROOM_STORAGE__URL" in said
        assert "Did you mean HOMEROOM_WEB__PORT" in said
        assert "HOMEROOM_COLOUR (colour): is no setting. Remove it" in said

    @pytest.mark.parametrize("words", ONE_OF_EACH, ids=" ".join)
    def test_every_command_refuses_them_alike(self, shell: Shell, words: tuple[str, ...]) -> None:
        said = shell.refusal(2, *words, env={"HOMEROOM_WEB__PORT": "high"})
        assert "HOMEROOM_WEB__PORT (web.port): 'high' will not do; write a whole number" in said
        assert list(shell.directory.iterdir()) == []

    @pytest.mark.parametrize(
        ("setting", "typo", "meant"),
        [
            ("STORAGE__ADAPTER", "slq", "sql"),
            ("BUS__ADAPTER", "memroy", "memory"),
            ("CACHE__ADAPTER", "reddis", "redis"),
            ("JOBS__CARRIER", "bulmq", "bullmq"),
            ("WEB__RATE_LIMIT_STORE", "memry", "memory"),
        ],
    )
    def test_a_typo_in_an_adapter_s_name_is_answered_with_the_right_one(
        self, shell: Shell, setting: str, typo: str, meant: str
    ) -> None:
        said = shell.refusal(2, "keys", "list", env={f"HOMEROOM_{setting}": typo})
        assert f"no adapter {typo!r} among the installed " in said
        assert said.endswith(f"Did you mean {meant!r}?\n")

    @pytest.mark.parametrize("words", ONE_OF_EACH, ids=" ".join)
    def test_a_secret_may_stand_in_a_file_and_is_not_told_when_it_is_wrong(
        self, shell: Shell, words: tuple[str, ...]
    ) -> None:
        (shell.directory / "url").write_text("mysql://nobody:hunter2@127.0.0.1/x\n")
        said = shell.refusal(2, *words, env={"HOMEROOM_STORAGE__URL_FILE": "url"})
        assert "HOMEROOM_STORAGE__URL (storage.url): is no address that " in said
        assert "hunter2" not in said

    @pytest.mark.parametrize("words", ONE_OF_EACH, ids=" ".join)
    def test_queues_of_others_need_a_carrier(self, shell: Shell, words: tuple[str, ...]) -> None:
        said = shell.refusal(2, *words, env={"HOMEROOM_JOBS__ONLY_OFFER": "songs"})
        assert "HOMEROOM_JOBS__ONLY_OFFER (jobs.only_offer): needs a carrier" in said
        assert "Set HOMEROOM_JOBS__CARRIER (jobs.carrier)." in said

    @pytest.mark.parametrize("text", ["[web", "a = 1\na = 2", "[web]\nport = high"])
    def test_a_file_that_is_not_toml_is_named_with_the_line_to_mend(
        self, shell: Shell, text: str
    ) -> None:
        (shell.directory / "mine.toml").write_text(text)
        said = shell.refusal(2, "--config", "mine.toml", "keys", "list")
        assert "mine.toml: is not TOML" in said
        assert "Mend that line." in said


class TestMissingExtras:
    @pytest.mark.parametrize("library", ["click", "litestar", "cattrs"])
    def test_the_bare_package_says_what_the_command_needs(self, shell: Shell, library: str) -> None:
        said = shell.refusal(2, "up", without=library)
        assert said == f"homeroom: needs {library}. Run: pip install 'homeroom[all]'\n"

    @pytest.mark.parametrize(
        ("library", "extra", "chosen"),
        [
            ("sqlalchemy", "sql", {}),
            ("aiosqlite", "sql", {}),
            ("psycopg", "postgres", {"HOMEROOM_STORAGE__URL": "postgresql://127.0.0.1/x"}),
            (
                "redis",
                "redis",
                {"HOMEROOM_CACHE__ADAPTER": "redis", "HOMEROOM_CACHE__URL": "redis://127.0.0.1/0"},
            ),
        ],
    )
    def test_an_adapter_without_its_library_names_the_extra_to_install(
        self, shell: Shell, library: str, extra: str, chosen: dict[str, str]
    ) -> None:
        said = shell.refusal(2, "keys", "list", without=library, env=chosen)
        assert f"needs {library}. Run: pip install 'homeroom[{extra}]'" in said

    def test_the_doctor_names_it_too(self, shell: Shell) -> None:
        ill = shell.run("doctor", "--json", without="sqlalchemy")
        assert ill.returncode == 1
        row, *others = json.loads(ill.stdout)
        assert (row["what"], row["state"]) == ("storage", "missing")
        assert "pip install 'homeroom[sql]'" in row["advice"]
        assert {other["state"] for other in others} <= {"ok", "not set up"}


class TestTheDatabase:
    @pytest.mark.parametrize("words", ONE_OF_EACH, ids=" ".join)
    def test_one_that_cannot_be_reached_is_named_without_its_password(
        self, shell: Shell, words: tuple[str, ...]
    ) -> None:
        port = free_port()
        nowhere = f"postgresql://nobody:hunter2@127.0.0.1:{port}/nothing"
        said = shell.refusal(6, *words, env={"HOMEROOM_STORAGE__URL": nowhere})
        place = f"the database nothing at 127.0.0.1:{port}"
        assert said == f"homeroom: {place} cannot be reached: is it running, and may we log in?\n"

    @pytest.mark.parametrize("words", ONE_OF_EACH, ids=" ".join)
    def test_a_data_directory_that_cannot_be_is_told(
        self, shell: Shell, words: tuple[str, ...]
    ) -> None:
        (shell.directory / "file").touch()
        said = shell.refusal(6, *words, env={"HOMEROOM_DATA_DIR": "file/inside"})
        assert said.startswith("homeroom: the data directory file/inside cannot be made: ")
        assert "Set HOMEROOM_DATA_DIR to a directory that we may write to." in said

    def test_the_doctor_tells_of_the_directory_too(self, shell: Shell) -> None:
        (shell.directory / "file").touch()
        ill = shell.run("doctor", "--json", env={"HOMEROOM_DATA_DIR": "file"})
        assert ill.returncode == 1
        assert "the data directory file cannot be made" in json.loads(ill.stdout)[0]["advice"]

    @pytest.mark.parametrize("words", ONE_OF_EACH[2:], ids=" ".join)
    def test_a_half_applied_migration_stops_what_would_run_on_it(
        self, shell: Shell, words: tuple[str, ...]
    ) -> None:
        break_schema(shell)
        said = shell.refusal(6, *words)
        assert "lacks outbox: a migration stopped half-way; restore a backup" in said

    def test_the_doctor_sees_a_half_applied_migration(self, shell: Shell) -> None:
        break_schema(shell)
        ill = shell.run("doctor", "--json")
        assert ill.returncode == 1
        assert "a migration stopped half-way" in json.loads(ill.stdout)[0]["advice"]

    @pytest.mark.parametrize("words", [("db", "upgrade"), ("keys", "create", "laptop"), ("up",)])
    def test_a_disk_without_room_for_the_tables_is_told(
        self, shell: Shell, words: tuple[str, ...]
    ) -> None:
        said = shell.refusal(6, *words, largest_file=64 * 1024)
        assert "see whether it is full or broken" in said
        assert str(shell.directory) in said
        assert shell.run("db", "upgrade").returncode == 0

    def test_a_disk_that_fills_up_keeps_what_was_committed(self, shell: Shell) -> None:
        assert shell.run("keys", "create", "first").returncode == 0
        said = shell.refusal(6, "keys", "create", "second", largest_file=0)
        assert "see whether it is full or broken" in said
        listed = json.loads(shell.run("keys", "list", "--json").stdout)["data"]
        names = {row["name"] for row in listed}
        assert names == {"first administrator", "first"}


def break_schema(shell: Shell) -> None:
    """As somebody's own script does when it dies between two tables."""
    assert shell.run("db", "upgrade").returncode == 0
    with sqlite3.connect(shell.directory / "homeroom.sqlite3") as file:
        file.execute("DROP TABLE outbox")
    file.close()


class TestArguments:
    @pytest.mark.parametrize(
        ("payload", "sentence"),
        [
            ("{bad", "not a Checkup"),
            ('{"strange": 1, "odd": 2}', "unknown fields: odd, strange"),
        ],
    )
    def test_a_payload_that_does_not_fit_its_work_is_refused(
        self, shell: Shell, payload: str, sentence: str
    ) -> None:
        said = shell.refusal(2, "jobs", "ask", "operations.checkup.v1", payload)
        assert said.startswith(f"homeroom: {sentence}")
        assert json.loads(shell.run("jobs", "list", "--json").stdout)["data"] == []

    def test_unknown_work_is_answered_with_what_is_known(self, shell: Shell) -> None:
        said = shell.refusal(2, "jobs", "ask", "operations.chekup.v1")
        assert "no work to ask for is named 'operations.chekup.v1'" in said
        assert "known are: operations.checkup.v1" in said

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("jobs", "show", "seven"), "'seven' is not a valid UUID"),
            (("jobs", "list", "--limit", "0"), "0 is not in the range 1<=x<=200"),
            (("jobs", "list", "--state", "lost"), "'lost' is not one of 'scheduled', 'ready'"),
            (("keys", "create", "x", "--role", "janitor"), "'janitor' is not one of"),
            (("keys", "create", "x", "--expires-at", "soon"), "does not match the formats"),
            (("--config", "nowhere.toml", "up"), "'nowhere.toml' does not exist"),
            (("jbos",), "No such command 'jbos'"),
        ],
    )
    def test_a_word_that_does_not_belong_there_is_answered_with_those_that_do(
        self, words: tuple[str, ...], sentence: str
    ) -> None:
        ran = CliRunner().invoke(main, words)
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert sentence in ran.stderr

    def test_every_wrong_field_of_a_key_is_told(self, shell: Shell) -> None:
        said = shell.refusal(2, "keys", "create", " ", "--expires-at", "2001-01-01")
        assert "expiresAt: must be in the future" in said
        assert "name: must be 1 to 100 printable characters" in shell.refusal(
            2, "keys", "create", " "
        )

    @pytest.mark.parametrize(
        "words",
        [("jobs", "retry", NO_JOB), ("keys", "revoke", NO_JOB)],
        ids=" ".join,
    )
    def test_an_id_that_nobody_has_is_not_found(self, shell: Shell, words: tuple[str, ...]) -> None:
        assert shell.refusal(3, *words).startswith("homeroom: There is no such ")

    def test_half_of_a_character_is_no_text(self, shell: Shell) -> None:
        said = shell.refusal(2, "jobs", "list", "--queue", "\udcff")
        assert "queue: must be printable characters" in said

    def test_an_expiry_is_understood_in_utc_wherever_the_machine_stands(self, shell: Shell) -> None:
        words = ("keys", "create", "laptop", "--expires-at", "2999-01-01T12:00:00", "--json")
        made = json.loads(shell.run(*words, env={"TZ": "Asia/Manila"}).stdout)
        assert made["key"]["expiresAt"] == "2999-01-01T12:00:00Z"
