"""Sockets as processes serve them: what one of them saves, another tells; and stopping is quick."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from homeroom.house import StorageSettings
from homeroom_adapters.sql.storage import open_schema
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.children import free_port
from homeroom_testing.marked_exam import keep_marked_exam

pytestmark = pytest.mark.anyio

PROGRAM = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()", "web"]
SOON = 5.0
"""Seconds after which a change is told in every process, at the latest."""


@attrs.frozen
class Process:
    """One that answers requests and sockets."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = None if body is None else json.dumps(body).encode()
        named = {"Content-Type": "application/json", **headers}
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, said, named, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - ours
            text = answer.read().decode()
        return text if path == "/metrics" else json.loads(text)

    @asynccontextmanager
    async def socket(self, sitting_id: str, token: str = "") -> AsyncIterator[ClientConnection]:
        address = f"ws://127.0.0.1:{self.port}/ws/sessions/{sitting_id}"
        async with connect(address, compression=None) as socket:
            if token:
                await socket.send(json.dumps({"type": "auth", "token": token}))
            yield socket


@contextmanager
def serving(environ: Mapping[str, str], log: Path) -> Iterator[Process]:
    port = free_port()
    named = {**environ, "HOMEROOM_WEB__PORT": str(port)}
    with log.open("wb") as out, subprocess.Popen(PROGRAM, env=named, stderr=out) as process:
        served = Process(port, process, log)
        try:
            _wait_for(served)
            yield served
        finally:
            process.kill()


def _wait_for(served: Process) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            served.ask("GET", "/health/ready")
        except OSError:
            assert served.process.poll() is None, served.log.read_text()
            assert time.monotonic() < deadline, served.log.read_text()
            time.sleep(0.1)
        else:
            return


@attrs.frozen
class House:
    """One house, served by two processes, and somebody who takes an exam in it."""

    first: Process
    second: Process
    token: str
    exam_id: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        bearer = {"Authorization": f"Bearer {self.token}"}
        return self.first.ask(method, f"/api/v1{path}", body, **bearer)

    def keep(self, test: Any, index: int = 0) -> Any:
        """Answer a question, by the first process."""
        question = next(one for one in test["questions"] if one["type"] == "single")
        answer = {"answer": question["answers"][index]["id"]}
        return self.ask("PUT", f"/tests/{test['testId']}/answers/{question['id']}", answer)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_store"))
    url: str = request.getfixturevalue("postgres_database_url")
    asyncio.run(_upgrade(url))
    return url


async def _upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()


@pytest.fixture
async def house(address: str, tmp_path: Path) -> AsyncIterator[House]:
    own = {
        "HOMEROOM_DATA_DIR": str(tmp_path / "data"),
        "HOMEROOM_STORAGE__URL": address,
        "HOMEROOM_DEVELOPMENT__SIGN_IN": "true",
        "HOMEROOM_DEVELOPMENT__ROLE": "STUDENT",
        "HOMEROOM_WEB__PING_SECONDS": "0.5",
        "HOMEROOM_LOG__LEVEL": "info",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    with ExitStack() as stack:
        first = stack.enter_context(serving({**kept, **own}, tmp_path / "first.log"))
        token = first.ask("POST", "/api/v1/auth/development")["token"]
        async with open_homeroom(load_settings(own)) as homeroom:
            (place,) = await homeroom.plant.storage.people.institutions()
            now = homeroom.plant.ambient.clock.now()
            marked = await keep_marked_exam(homeroom.plant.storage, place.id, at=now)
        prefixed = {**kept, **own, "HOMEROOM_WEB__ROOT_PATH": "/school"}
        second = stack.enter_context(serving(prefixed, tmp_path / "second.log"))
        yield House(first, second, token, str(marked.exam.id))


async def heard(socket: ClientConnection, kind: str) -> Any:
    async with asyncio.timeout(SOON + 2):
        while True:
            told = json.loads(await socket.recv())
            if told["type"] == kind:
                return told


async def ended(socket: ClientConnection) -> int:
    async with asyncio.timeout(SOON + 2):
        while True:
            with contextlib.suppress(ConnectionClosed):
                await socket.recv()
                continue
            assert socket.close_code is not None
            return socket.close_code


@pytest.mark.timeout(200)
async def test_two_processes_tell_whoever_watches_at_either_of_them(house: House) -> None:
    test = house.ask("POST", "/tests/start", {"examId": house.exam_id})
    async with house.second.socket(test["testId"], house.token) as socket:
        assert (await heard(socket, "time_remaining"))["seconds"] > 60
        for index in (0, 1):
            began = time.monotonic()
            kept = await asyncio.to_thread(house.keep, test, index)
            told = await heard(socket, "autosave_ack")
            assert told["savedAt"] == kept["savedAt"]
            assert time.monotonic() - began < SOON
        await asyncio.to_thread(house.ask, "POST", f"/tests/{test['testId']}/submit")
        assert (await heard(socket, "result_ready"))["sessionId"] == test["testId"]
        assert await ended(socket) == 1000
    await _pages_of_others_are_refused(house, test["testId"])
    await _who_says_nothing_back_is_left(house)
    await _stopping_is_quick(house)


async def _pages_of_others_are_refused(house: House, sitting_id: str) -> None:
    address = f"ws://127.0.0.1:{house.first.port}/ws/sessions/{sitting_id}?token=not-in-the-log"
    cookie = {"Cookie": f"homeroom-session={house.token}"}
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address, origin="https://evil.example", additional_headers=cookie):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403
    async with connect(address, additional_headers={"X-API-Key": "hr_none"}) as socket:
        assert await ended(socket) in {4400, 4401}
    told = house.first.log.read_text()
    assert '"socket"' in told
    assert "not-in-the-log" not in told
    assert sitting_id not in told


async def _who_says_nothing_back_is_left(house: House) -> None:
    """A peer that neither reads nor answers pings, as one whose network is gone."""
    test = house.ask("POST", "/tests/start", {"examId": house.exam_id})
    reader, writer = await asyncio.open_connection("127.0.0.1", house.first.port)
    lines = [
        f"GET /ws/sessions/{test['testId']} HTTP/1.1",
        "Host: house",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {house.token}",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b"101" in await reader.readline()
    assert await _told(
        house.first, 'closed_total{how="gone",route="/ws/sessions/{session_id}"} 1.0'
    )
    assert await _told(house.first, 'open_sockets{route="/ws/sessions/{session_id}"} 0.0')
    writer.close()


async def _told(process: Process, line: str) -> bool:
    """Whether its page of numbers says *line*, a little later at the latest."""
    for _ in range(100):
        if line in await asyncio.to_thread(process.ask, "GET", "/metrics"):
            return True
        await asyncio.sleep(0.1)
    return False


async def _stopping_is_quick(house: House) -> None:
    test = house.ask("POST", "/tests/start", {"examId": house.exam_id})
    async with house.second.socket(test["testId"], house.token) as socket:
        await heard(socket, "time_remaining")
        began = time.monotonic()
        house.second.process.send_signal(signal.SIGTERM)
        assert await ended(socket) == 1012
        assert await asyncio.to_thread(house.second.process.wait, 10) == 0
        assert time.monotonic() - began < 5
