"""Who a request counts against, when proxies stand in between."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.web.callers import Callers

PROXY, STRANGER = "10.0.0.1", "203.0.113.9"
CALLERS = Callers((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))

hops = st.lists(st.ip_addresses().map(str) | st.text(max_size=40))


class TestAnAddress:
    @given(hops)
    def test_of_a_stranger_is_the_strangers_own_whatever_it_writes(
        self, forwarded: list[str]
    ) -> None:
        assert CALLERS.address(STRANGER, forwarded) == STRANGER

    @given(hops)
    def test_is_the_peers_where_nobody_is_trusted(self, forwarded: list[str]) -> None:
        assert Callers().address(PROXY, forwarded) == PROXY

    @given(hops)
    def test_is_what_a_trusted_proxy_wrote_whatever_stands_before(
        self, forwarded: list[str]
    ) -> None:
        assert CALLERS.address(PROXY, [*forwarded, STRANGER]) == STRANGER

    @pytest.mark.parametrize(
        ("peer", "forwarded", "caller"),
        [
            (PROXY, [], PROXY),
            (PROXY, [""], PROXY),
            (PROXY, ["198.51.100.7, 203.0.113.9"], STRANGER),
            (PROXY, ["198.51.100.7", "203.0.113.9"], STRANGER),
            (PROXY, ["203.0.113.9, 10.0.0.2"], STRANGER),
            (PROXY, ["203.0.113.9, 10.0.0.3 , 10.0.0.2"], STRANGER),
            (PROXY, ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (PROXY, ["203.0.113.9, unknown"], PROXY),
            (PROXY, ["203.0.113.9, not an address, 10.0.0.2"], "10.0.0.2"),
            (PROXY, ["203.0.113.9:4711"], STRANGER),
            (PROXY, ["[2001:db8::7]:4711"], "2001:db8::7"),
            (PROXY, ["2001:DB8:0::7"], "2001:db8::7"),
            (PROXY, ["::ffff:203.0.113.9"], STRANGER),
            ("::ffff:10.0.0.1", ["203.0.113.9"], STRANGER),
            ("fd00::1", ["203.0.113.9"], STRANGER),
            (None, ["203.0.113.9"], "unknown"),
            ("testclient", ["203.0.113.9"], "testclient"),
        ],
    )
    def test_is_the_last_hop_before_those_we_trust(
        self, peer: str | None, forwarded: list[str], caller: str
    ) -> None:
        assert CALLERS.address(peer, forwarded) == caller


Ask = Callable[..., Awaitable[int]]
AskedBy = Callable[[str], AbstractAsyncContextManager[Ask]]


@pytest.mark.anyio
class TestTheLimit:
    @pytest.fixture
    def asked_by(self, tmp_path: Path) -> AskedBy:
        """Opens a house that answers two requests a minute, for one connected peer."""
        settings = load_settings(
            {
                "HOMEROOM_DATA_DIR": str(tmp_path),
                "HOMEROOM_LOG__ACCESS": "false",
                "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "2",
                "HOMEROOM_WEB__TRUSTED_PROXIES": "10.0.0.0/8",
            }
        )

        @asynccontextmanager
        async def opened(peer: str) -> AsyncIterator[Ask]:
            async with open_homeroom(settings) as homeroom:
                app = create_app(homeroom, settings)
                transport = httpx.ASGITransport(app, client=(peer, 4711))  # type: ignore[arg-type]
                async with httpx.AsyncClient(
                    transport=transport, base_url="http://house"
                ) as client:

                    async def ask(*forwarded: str) -> int:
                        headers = [("X-Forwarded-For", one) for one in forwarded]
                        return (await client.get("/api/v1/keys", headers=headers)).status_code

                    yield ask

        return opened

    async def test_is_not_escaped_by_a_stranger_who_writes_other_addresses(
        self, asked_by: AskedBy
    ) -> None:
        async with asked_by(STRANGER) as ask:
            codes = [await ask(f"198.51.100.{n}") for n in range(4)]
        assert codes == [401, 401, 429, 429]

    async def test_is_kept_apart_for_the_callers_behind_a_trusted_proxy(
        self, asked_by: AskedBy
    ) -> None:
        async with asked_by(PROXY) as ask:
            one = [await ask("203.0.113.1") for _ in range(3)]
            other = [await ask("203.0.113.2") for _ in range(3)]
        assert one == other == [401, 401, 429]

    async def test_is_not_escaped_through_a_proxy_by_writing_first(self, asked_by: AskedBy) -> None:
        async with asked_by(PROXY) as ask:
            codes = [await ask(f"198.51.100.{n}", STRANGER) for n in range(3)]
        assert codes == [401, 401, 429]
