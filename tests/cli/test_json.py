"""`--json` prints what the API answers, so that a script may ask either."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from homeroom_entrypoints.cli.main import main
from homeroom_testing.children import free_port

PROGRAM = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()"]
CHECKUP = "operations.checkup.v1"


@attrs.frozen
class House:
    """A directory with a house in it, asked from the command line."""

    directory: Path

    def said(self, *words: str) -> str:
        ran = CliRunner().invoke(main, words)
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    def told(self, *words: str) -> Any:
        return json.loads(self.said(*words, "--json"))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address of its API. No worker runs, so nothing changes by itself."""
        port = free_port()
        command = [*PROGRAM, "web", "--port", str(port)]
        with subprocess.Popen(command, cwd=self.directory) as web:
            try:
                wait_for(f"http://127.0.0.1:{port}/health")
                yield f"http://127.0.0.1:{port}/api/v1"
            finally:
                web.terminate()


def wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own
        except OSError:
            assert time.monotonic() < until, f"{url} never answered"
            time.sleep(0.05)
        else:
            return


def got(url: str, secret: str) -> Any:
    request = urllib.request.Request(url, headers={"X-API-Key": secret})  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own
        return json.loads(answer.read())


@pytest.fixture
def house(house_dir: Path) -> House:
    return House(house_dir)


def test_every_list_and_every_job_is_what_the_api_answers(house: House) -> None:
    secret = house.told("keys", "create", "script")["secret"]
    job_id = house.said("jobs", "ask", CHECKUP).strip()
    house.said("jobs", "cancel", house.said("jobs", "ask", CHECKUP).strip())
    with house.serving() as api:
        assert house.told("jobs", "list") == got(f"{api}/ops/jobs", secret)
        assert house.told("jobs", "show", job_id) == got(f"{api}/ops/jobs/{job_id}", secret)
        assert house.told("keys", "list") == got(f"{api}/keys", secret)
        # Queues belong to the whole house: only its operator sees them.
        queues = house.told("jobs", "queues")
    (default,) = queues["data"]
    assert (default["name"], default["ready"], default["paused"]) == ("default", 1, False)


def test_a_job_has_its_own_attempts_and_a_time_that_programs_read(house: House) -> None:
    before = datetime.now(UTC)
    house.said("jobs", "ask", CHECKUP)
    (job,) = house.told("jobs", "list")["data"]
    assert (job["attempts"], job["maxAttempts"]) == (0, 3)
    assert job["runAt"].endswith("Z")
    assert before <= datetime.fromisoformat(job["runAt"]) <= datetime.now(UTC)
    assert job["finishedAt"] is None


def test_a_new_key_comes_with_its_secret_beside_it(house: House) -> None:
    made = house.told("keys", "create", "laptop", "--role", "admin")
    assert made.keys() == {"key", "secret"}
    assert made["key"]["roles"] == ["ADMIN"]
    assert made["key"]["hint"] == made["secret"][-len(made["key"]["hint"]) :]


def test_an_empty_list_is_an_answer_too(house: House) -> None:
    assert house.told("jobs", "list") == {"data": [], "nextCursor": None}
    assert house.told("jobs", "queues") == {"data": []}


@pytest.mark.parametrize(
    ("what", "words"),
    [("jobs", ("jobs", "ask", CHECKUP)), ("keys", ("keys", "create", "another"))],
    ids=["jobs", "keys"],
)
def test_a_list_goes_on_where_its_last_page_ended(
    house: House, what: str, words: tuple[str, ...]
) -> None:
    house.said(*words)
    house.said(*words)
    first = house.told(what, "list", "--limit", "1")
    rest = house.told(what, "list", "--cursor", first["nextCursor"])
    assert rest["nextCursor"] is None
    assert first["data"] + rest["data"] == house.told(what, "list")["data"]
    assert len(first["data"]) == 1
    assert len(rest["data"]) >= 1


@pytest.mark.usefixtures("house_dir")
def test_a_cursor_that_was_never_given_is_refused() -> None:
    refused = CliRunner().invoke(main, ("jobs", "list", "--cursor", "elsewhere", "--json"))
    assert refused.exit_code == 2
    assert "use nextCursor of the last page as it was given" in refused.stderr


def test_people_still_read_a_table(house: House) -> None:
    house.said("jobs", "ask", CHECKUP)
    heading, row = house.said("jobs", "list").splitlines()
    assert heading.split() == ["id", "name", "queue", "state", "attempts", "run", "at", "finished"]
    assert row.split()[1:5] == [CHECKUP, "default", "ready", "0/3"]
