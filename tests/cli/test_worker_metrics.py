"""Ports that commands listen on: the worker's numbers, and what is said of a taken port."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from homeroom_testing.children import free_port

PROGRAM = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()"]


def environment(directory: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    return {**kept, "HOMEROOM_DATA_DIR": str(directory), "HOMEROOM_LOG__LEVEL": "error", **more}


def homeroom(directory: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *words],
        env=environment(directory, **more),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def got(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())
    except OSError:
        return None


def until(url: str, holds: str, *, within: float = 20.0) -> str:
    """The page at *url* once it contains *holds*."""
    deadline = time.monotonic() + within
    while holds not in (page := got(url) or ""):
        assert time.monotonic() < deadline, f"{url} never said {holds!r}: {page[:2000]}"
        time.sleep(0.05)
    return page


@contextmanager
def running(directory: Path, *words: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*PROGRAM, *words],
        env=environment(directory, **more),
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


DONE = (
    'homeroom_jobs_finished_total{name="operations.checkup.v1",outcome="succeeded",'
    'queue="default"} 1.0'
)


def test_a_worker_alone_shows_its_numbers_and_its_health(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "worker", HOMEROOM_WORKER__METRICS_PORT=str(port)) as worker:
        until(f"http://127.0.0.1:{port}/health/ready", '"status":"ok"')
        assert '"status":"ok"' in (got(f"http://127.0.0.1:{port}/health/live") or "")
        assert homeroom(tmp_path, "jobs", "check").returncode == 0
        until(f"http://127.0.0.1:{port}/metrics", DONE)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == 0
    assert got(f"http://127.0.0.1:{port}/health/live") is None


def test_up_shows_the_workers_numbers_beside_the_webs(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "up", "--port", str(port)):
        until(f"http://127.0.0.1:{port}/health", '"status":"ok"')
        assert homeroom(tmp_path, "jobs", "check").returncode == 0
        page = until(f"http://127.0.0.1:{port}/metrics", DONE)
    assert 'http_requests_total{method="GET",route="/health",status="200"}' in page


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("up", "HOMEROOM_WEB__PORT"),
        ("web", "HOMEROOM_WEB__PORT"),
        ("worker", "HOMEROOM_WORKER__METRICS_PORT"),
    ],
)
def test_a_taken_port_is_told_with_the_variable_to_change(
    tmp_path: Path, command: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        told = homeroom(tmp_path, command, **{variable: str(port)})
    assert told.returncode == 5
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use." in told.stderr
    assert variable in told.stderr
    assert "answers at" not in told.stdout


def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    told = homeroom(tmp_path, "web", "--host", "192.0.2.1", "--port", str(free_port()))
    assert told.returncode == 5
    assert "cannot listen on 192.0.2.1" in told.stderr
