"""Who a request counts against, when proxies stand in between."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import httpx
import pytest
from hypothesis import assume, given
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


class TestWhatIsCounted:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "counted"),
        [
            (STRANGER, ["2001:db8::7"], STRANGER),
            ("2001:db8:1:2::7", [], "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", [], "2001:db8:1:2::/64"),
            ("2001:db8:1:3::7", [], "2001:db8:1:3::/64"),
            ("::ffff:203.0.113.9", [], STRANGER),
            ("fe80::1%eth0", [], "fe80::/64"),
            (PROXY, ["[2001:DB8:1:2::7]:4711"], "2001:db8:1:2::/64"),
            (PROXY, ["203.0.113.9:4711"], STRANGER),
            (None, [], "unknown"),
            ("testclient", [], "testclient"),
            ("a:b", [], "a:b"),
        ],
    )
    def test_is_an_address_or_of_ipv6_the_network_it_is_in(
        self, peer: str | None, forwarded: list[str], counted: str
    ) -> None:
        assert CALLERS.counted(peer, forwarded) == counted
        if peer != PROXY:
            assert Callers().counted(peer, forwarded) == counted

    @given(st.ip_addresses(v=6))
    def test_is_the_same_for_a_whole_network_and_no_more(self, address: IPv6Address) -> None:
        assume(address.ipv4_mapped is None)
        network = ip_network(Callers().counted(str(address), []))
        assert address in network
        assert network.prefixlen == 64

    @given(st.ip_addresses(v=4))
    def test_is_the_address_itself_of_ipv4(self, address: IPv4Address) -> None:
        assert Callers().counted(str(address), []) == str(address)


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

    async def test_is_not_escaped_by_taking_another_address_of_one_network(
        self, asked_by: AskedBy
    ) -> None:
        async with asked_by(PROXY) as ask:
            mine = [await ask(f"2001:db8:1:2::{n}") for n in range(1, 5)]
            beside = await ask("2001:db8:1:3::1")
        assert (mine, beside) == ([401, 401, 429, 429], 401)

    async def test_is_not_escaped_through_a_proxy_by_writing_first(self, asked_by: AskedBy) -> None:
        async with asked_by(PROXY) as ask:
            codes = [await ask(f"198.51.100.{n}", STRANGER) for n in range(3)]
        assert codes == [401, 401, 429]
