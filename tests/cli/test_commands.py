"""The command line as a person and a script use it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from homeroom_testing.children import free_port


def environment(directory: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    return {**kept, "HOMEROOM_DATA_DIR": str(directory), "HOMEROOM_LOG__LEVEL": "error", **more}


def homeroom(directory: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()"]
    return subprocess.run(
        [*program, *words],
        env=environment(directory, **more),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_knows_its_version(tmp_path: Path) -> None:
    assert homeroom(tmp_path, "--version").stdout.startswith("homeroom, version ")


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    made = json.loads(homeroom(tmp_path, "keys", "create", "laptop", "--json").stdout)
    assert made["secret"].startswith("hr_")
    listed = json.loads(homeroom(tmp_path, "keys", "list", "--json").stdout)["data"]
    assert {key["name"] for key in listed} == {"first administrator", "laptop"}
    assert made["secret"] not in homeroom(tmp_path, "keys", "list").stdout
    assert homeroom(tmp_path, "keys", "revoke", made["key"]["id"]).returncode == 0
    assert homeroom(tmp_path, "keys", "revoke", made["key"]["id"]).returncode == 5


def test_an_unknown_job_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    unknown = homeroom(tmp_path, "jobs", "show", "00000000-0000-7000-8000-000000000000")
    assert (unknown.returncode, unknown.stderr) == (3, "homeroom: There is no such job.\n")


def test_a_job_is_asked_for_and_called_off(tmp_path: Path) -> None:
    job_id = homeroom(tmp_path, "jobs", "ask", "operations.checkup.v1").stdout.strip()
    assert homeroom(tmp_path, "jobs", "cancel", job_id).returncode == 0
    (job,) = json.loads(homeroom(tmp_path, "jobs", "list", "--json").stdout)["data"]
    assert (job["id"], job["state"]) == (job_id, "cancelled")


def test_a_misspelt_setting_is_named_and_no_secret_is_told(tmp_path: Path) -> None:
    secret = "hr_" + "s" * 40
    wrong = homeroom(
        tmp_path, "keys", "list", HOMEROOM_STORRAGE__URL="x", HOMEROOM_BOOTSTRAP_KEY=secret
    )
    assert wrong.returncode == 2
    assert "HOMEROOM_STORRAGE__URL" in wrong.stderr
    assert secret not in wrong.stderr + wrong.stdout


def test_an_adapter_nobody_installed_is_told_with_those_that_are(tmp_path: Path) -> None:
    wrong = homeroom(tmp_path, "keys", "list", HOMEROOM_STORAGE__ADAPTER="oracle")
    assert wrong.returncode == 2
    assert "oracle" in wrong.stderr
    assert "sql" in wrong.stderr


def test_the_schema_of_a_new_file_is_behind_until_it_is_upgraded(tmp_path: Path) -> None:
    assert homeroom(tmp_path, "db", "status").returncode == 1
    assert homeroom(tmp_path, "db", "upgrade").returncode == 0
    assert homeroom(tmp_path, "db", "status").returncode == 0


def test_the_doctor_finds_a_healthy_house(tmp_path: Path) -> None:
    healthy = homeroom(tmp_path, "doctor", "--json")
    assert healthy.returncode == 0
    assert {row["state"] for row in json.loads(healthy.stdout)} == {"ok", "not set up"}


def test_the_doctor_says_that_the_database_is_away(tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody:hunter2@127.0.0.1:{free_port()}/nothing"
    ill = homeroom(tmp_path, "doctor", HOMEROOM_STORAGE__URL=nowhere)
    assert ill.returncode == 1
    assert "cannot be reached" in ill.stdout
    assert "hunter2" not in ill.stdout + ill.stderr


def answered(url: str, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.05)
    return False


def test_up_serves_runs_jobs_and_ends_in_order(tmp_path: Path) -> None:
    port = free_port()
    program = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()"]
    with subprocess.Popen(
        [*program, "up", "--port", str(port)],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as house:
        try:
            assert answered(f"http://127.0.0.1:{port}/health", within=20)
            check = homeroom(tmp_path, "jobs", "check")
            assert check.returncode == 0, check.stderr
            house.send_signal(signal.SIGTERM)
            told, _ = house.communicate(timeout=20)
        finally:
            house.kill()
    assert house.returncode == 0
    assert "administrator key, shown this once: hr_" in told


@pytest.mark.parametrize(
    "words", [("jobs", "purge", "--yes"), ("jobs", "replay"), ("jobs", "queues")]
)
def test_an_empty_house_has_nothing_to_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert homeroom(tmp_path, *words).returncode == 0
