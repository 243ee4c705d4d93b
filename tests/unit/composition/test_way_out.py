"""The way out as an operator's settings open it: each matters, and by default it is shut."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import trustme

from homeroom.kernel.errors import Invalid
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest, OutboundSettings
from homeroom.kernel.outbound_errors import (
    AddressRefused,
    AnswerRefused,
    NotSent,
    OutcomeUnknown,
    PeerUntrusted,
)
from homeroom_adapters.memory.outbound import MemoryOutbound, Reply, answers
from homeroom_entrypoints.composition.application import open_homeroom, outbound_settings
from homeroom_entrypoints.composition.plugins import MissingLibrary
from homeroom_entrypoints.composition.settings import Settings, SettingsInvalid, load_settings
from homeroom_testing.liars import Heard, Liar, lying, say, wait

pytestmark = [pytest.mark.anyio, pytest.mark.adapter("http")]

LOOPBACK = "127.0.0.0/8"
OPENS = """
import asyncio, sys
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings

async def main():
    async with open_homeroom(load_settings({"HOMEROOM_STORAGE__ADAPTER": "memory"})) as homeroom:
        await homeroom.plant.outbound.ping()

asyncio.run(main())
print(*sorted({"httpx", "httpcore", "tenacity", "purgatory"} & set(sys.modules)))
"""

Open = Callable[..., AbstractAsyncContextManager[Outbound]]


@pytest.fixture
def open_out(tmp_path: Path) -> Open:
    """Opens a house with a test's `HOMEROOM_OUTBOUND__*`, and hands over its way out."""

    @asynccontextmanager
    async def opening(**chosen: str) -> AsyncIterator[Outbound]:
        async with open_homeroom(in_memory(tmp_path, **chosen)) as homeroom:
            yield homeroom.plant.outbound

    return opening


def in_memory(data: Path, **chosen: str) -> Settings:
    environ = {"HOMEROOM_DATA_DIR": str(data), "HOMEROOM_STORAGE__ADAPTER": "memory"}
    (data / "homeroom.toml").touch()
    ours = {f"HOMEROOM_OUTBOUND__{name}": text for name, text in chosen.items()}
    return load_settings({**environ, **ours}, data / "homeroom.toml")


async def get(out: Outbound, url: str) -> OutboundAnswer:
    return await out.send(OutboundRequest(url=url, idempotent=False))


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    lies = {"/": say(body=b"." * 100), "/slow": wait(3600, say())}
    async with lying(lies) as liar:
        yield liar


async def test_loopback_is_refused_as_long_as_nobody_allows_it(open_out: Open, liar: Liar) -> None:
    async with open_out(PORTS=f"80,443,{liar.port}") as out:
        with pytest.raises(AddressRefused, match="HOMEROOM_OUTBOUND__ALLOW"):
            await get(out, liar.url())
    assert liar.connections == 0


async def test_what_the_operator_allows_is_reached(open_out: Open, liar: Liar) -> None:
    async with open_out(ALLOW=LOOPBACK) as out:
        assert (await get(out, liar.url())).ok
    assert liar.connections == 1


async def test_what_the_operator_denies_is_not(open_out: Open, liar: Liar) -> None:
    async with open_out(ALLOW=LOOPBACK, DENY="127.0.0.1/32") as out:
        with pytest.raises(AddressRefused):
            await get(out, liar.url())
    assert liar.connections == 0


async def test_the_public_internet_is_refused_on_a_port_that_was_taken_away(open_out: Open) -> None:
    async with open_out(PORTS="443") as out:
        with pytest.raises(AddressRefused):
            await get(out, "http://8.8.8.8/")


async def test_it_is_reached_on_a_port_that_was_opened(open_out: Open) -> None:
    for ports, reached in (("80,443", False), ("80,8443", True)):
        async with open_out(ADAPTER="memory", PORTS=ports) as out:
            assert isinstance(out, MemoryOutbound)
            moodle = out.neighbours.settle("https://moodle.example:8443", answers(Reply()))
            if reached:
                await get(out, "https://moodle.example:8443/login")
            else:
                with pytest.raises(AddressRefused):
                    await get(out, "https://moodle.example:8443/login")
        assert [heard.path for heard in moodle.heard] == ["/login"] * reached


async def test_a_call_takes_no_longer_than_the_operator_says(open_out: Open, liar: Liar) -> None:
    async with open_out(ALLOW=LOOPBACK, TIMEOUT_SECONDS="0.3") as out, asyncio.timeout(5):
        with pytest.raises(OutcomeUnknown):
            await get(out, liar.url("/slow"))


@pytest.mark.parametrize(("limit", "taken"), [("100", True), ("99", False)])
async def test_an_answer_is_no_larger_than_the_operator_says(
    open_out: Open, liar: Liar, limit: str, taken: bool
) -> None:
    async with open_out(ALLOW=LOOPBACK, RESPONSE_LIMIT_BYTES=limit) as out:
        if taken:
            assert len((await get(out, liar.url())).body) == 100
        else:
            with pytest.raises(AnswerRefused):
                await get(out, liar.url())


@pytest.mark.parametrize("most", [1, 4])
async def test_no_more_calls_go_out_at_once_than_the_operator_says(
    open_out: Open, most: int
) -> None:
    counts = [0]

    async def count(writer: asyncio.StreamWriter, heard: Heard) -> None:
        counts.append(counts[-1] + 1)
        await asyncio.sleep(0.05)
        await say()(writer, heard)
        counts.append(counts[-1] - 1)

    async with lying({"/": count}) as liar, open_out(ALLOW=LOOPBACK, CONNECTIONS=str(most)) as out:
        await asyncio.gather(*(get(out, liar.url()) for _ in range(8)))
    assert max(counts) == most


async def test_an_authority_of_the_school_is_trusted_when_its_file_is_named(
    open_out: Open, tmp_path: Path
) -> None:
    authority, trusted = trustme.CA(), tmp_path / "school.pem"
    authority.cert_pem.write_to_path(str(trusted))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    async with lying({"/": say()}, tls=tls) as liar:
        async with open_out(ALLOW=LOOPBACK, CA_FILE=str(trusted)) as out:
            assert (await get(out, liar.url())).ok
        async with open_out(ALLOW=LOOPBACK) as out:
            with pytest.raises(PeerUntrusted):
                await get(out, liar.url())


@pytest.mark.parametrize("text", [None, "no certificate"])
async def test_a_file_without_certificates_is_told_at_the_start(
    open_out: Open, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "school.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Invalid, match="HOMEROOM_OUTBOUND__CA_FILE"):
        async with open_out(CA_FILE=str(file)):
            pass


async def test_in_memory_nobody_is_called_but_whoever_a_test_settled(open_out: Open) -> None:
    async with open_out(ADAPTER="memory") as out:
        assert isinstance(out, MemoryOutbound)
        out.neighbours.settle("https://moodle.example", answers(Reply(body=b"[]")))
        assert (await get(out, "https://moodle.example/rest?token=x")).body == b"[]"
        with pytest.raises(NotSent):
            await get(out, "https://elsewhere.example/")


async def test_an_adapter_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="HOMEROOM_OUTBOUND__ADAPTER"):
        in_memory(tmp_path, ADAPTER="htp")


@pytest.mark.parametrize("library", ["httpcore", "tenacity", "purgatory"])
async def test_a_missing_extra_is_told_at_the_start_with_what_to_install(
    open_out: Open, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibrary, match=rf"{library}\. Run: pip install 'homeroom\[http\]'"):
        async with open_out():
            pass


async def test_a_house_that_calls_nobody_loads_nothing_that_speaks_http(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


async def test_once_the_house_is_closed_nothing_is_sent(open_out: Open, liar: Liar) -> None:
    async with open_out(ALLOW=LOOPBACK) as out:
        await get(out, liar.url())
    with pytest.raises(NotSent):
        await get(out, liar.url())
    assert len(liar.heard) == 1
    async with asyncio.timeout(3):
        while liar.open:  # noqa: ASYNC110 - a plain count
            await asyncio.sleep(0.01)


def test_what_holds_if_nobody_decides_is_said_once() -> None:
    assert outbound_settings(Settings()) == OutboundSettings()


def test_what_an_operator_decides_arrives() -> None:
    environ = {
        "HOMEROOM_OUTBOUND__ALLOW": "10.0.0.0/8",
        "HOMEROOM_OUTBOUND__DENY": "10.1.0.0/16",
        "HOMEROOM_OUTBOUND__PORTS": "8443",
        "HOMEROOM_OUTBOUND__CA_FILE": "school.pem",
        "HOMEROOM_OUTBOUND__TIMEOUT_SECONDS": "1.5",
        "HOMEROOM_OUTBOUND__RESPONSE_LIMIT_BYTES": "7",
        "HOMEROOM_OUTBOUND__CONNECTIONS": "3",
    }
    assert outbound_settings(load_settings(environ)) == OutboundSettings(
        allow=(IPv4Network("10.0.0.0/8"),),
        deny=(IPv4Network("10.1.0.0/16"),),
        ports=(8443,),
        ca_file=Path("school.pem"),
        deadline=1.5,
        max_body=7,
        connections=3,
    )
