"""What the API answers while its storage is away or full, and how it comes back."""

import asyncio
import json
import re
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from homeroom.house import StorageSettings
from homeroom_adapters.sql.storage import open_schema
from homeroom_testing.children import Child, free_port
from homeroom_testing.faults import TcpFaults, tcp_faults

pytestmark = pytest.mark.anyio

JOBS, JOB = "/api/v1/ops/jobs", {"name": "operations.checkup.v1"}


def unavailable(answer: httpx.Response) -> str:
    """What a 503 says in its detail."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    told: dict[str, str] = answer.json()
    assert told["code"] == "unavailable"
    return told["detail"]


LATER = "This does not work right now. Try again later."


@pytest.mark.service("postgres")
class TestBehindABadLine:
    """The server is there, and cannot be reached for a while."""

    @pytest.fixture
    async def line(self, postgres_schema_url: str) -> AsyncIterator[TcpFaults]:
        await upgrade(postgres_schema_url)
        server = sa.make_url(postgres_schema_url)
        async with tcp_faults(server.host or "127.0.0.1", server.port or 5432) as line:
            yield line

    @pytest.fixture
    async def overrides(self, line: TcpFaults, postgres_schema_url: str) -> dict[str, str]:
        url = sa.make_url(postgres_schema_url).set(host="127.0.0.1", port=line.port)
        return {"HOMEROOM_STORAGE__URL": url.render_as_string(hide_password=False)}

    async def test_an_outage_is_told_and_passes(
        self, house: Any, line: TcpFaults, postgres_schema_url: str
    ) -> None:
        line.refuse = True
        line.reset()
        with capture_logs() as logged:
            assert unavailable(await house.client.post(JOBS, json=JOB)) == LATER
        (reason,) = [one["reason"] for one in logged if one["event"] == "unavailable"]
        assert re.search("was lost|cannot be reached", reason)
        assert f"127.0.0.1:{line.port}" in reason
        password = sa.make_url(postgres_schema_url).password
        assert not password or f":{password}@" not in reason
        health = [(await house.client.get(f"/health/{of}")).status_code for of in ("ready", "live")]
        assert health == [503, 200]
        line.heal()
        for _ in range(300):
            if (await house.client.get("/health/ready")).status_code == 200:
                break
            await asyncio.sleep(0.05)
        assert (await house.client.post(JOBS, json=JOB)).status_code == 201


async def upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()


@attrs.frozen
class Served:
    """A house in a process of its own."""

    child: Child
    client: httpx.Client

    def limit_files(self, size: int) -> None:
        """No file of the process may grow beyond *size* from now on, as on a full disk."""
        resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log that tell of *event*."""
        lines = self.child.log.read_text("utf-8").splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        return [one for one in told if one["msg"] == event]


ROOM_FOR_THE_LOG = 8 * 1024
"""Bytes, and fewer than what the database writes of one job."""

SERVE = "from homeroom_entrypoints.cli.main import main; main(['web'])"


@contextmanager
def served(directory: Path, **more: str) -> Iterator[Served]:
    """A house behind a socket, and a client with its administrator's key."""
    port, key = free_port(), "hr_" + "k" * 40
    environment = {
        "HOMEROOM_DATA_DIR": str(directory),
        "HOMEROOM_WEB__PORT": str(port),
        "HOMEROOM_BOOTSTRAP_KEY": key,
        "HOMEROOM_LOG__LEVEL": "warning",
        **more,
    }
    child = Child([sys.executable, "-c", SERVE], directory, environment)
    child.start()
    try:
        child.wait_for_port(port, within=30)
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, headers={"X-API-Key": key}, timeout=30) as client:
            yield Served(child, client)
    finally:
        child.kill()


class TestAFullDisk:
    async def test_it_is_told_and_work_goes_on_once_there_is_room(self, tmp_path: Path) -> None:
        with served(tmp_path) as house:
            before = house.client.post(JOBS, json=JOB)
            house.limit_files(ROOM_FOR_THE_LOG)
            assert unavailable(house.client.post(JOBS, json=JOB)) == LATER
            (line,) = house.logged("unavailable")
            assert str(tmp_path / "homeroom.sqlite3") in line["reason"]
            assert "see whether it is full or broken" in line["reason"]
            assert house.client.get(JOBS).status_code == 200
            house.limit_files(resource.RLIM_INFINITY)
            after = house.client.post(JOBS, json=JOB)
            listed = [row["id"] for row in house.client.get(JOBS).json()["data"]]
            assert listed == [after.json()["id"], before.json()["id"]]
