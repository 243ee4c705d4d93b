"""Hostile URLs: a listener on loopback that must never hear of them."""

from contextlib import AbstractAsyncContextManager
from ipaddress import IPv4Network

import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound, OutboundRequest, OutboundSettings
from homeroom.kernel.outbound_errors import AddressRefused, UrlRefused
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http.opening import open_outbound
from homeroom_testing.clock import FixedClock
from homeroom_testing.liars import Names, lying, say

LOOPBACK = IPv4Network("127.0.0.0/8")
ANYWHERE = ("0.0.0.0",)  # noqa: S104 - a host to be refused, not one to listen on

HOSTS = [
    *("127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.127.127.127", "127.0.0.2"),
    *("0x7f.1", "0x7f000001", "0x7f.0x0.0x0.0x1", "2130706433", "017700000001", "0177.0.0.1"),
    *("0177.1", "0x7F.1", "127.0x1", "127.00.00.01", "0", *ANYWHERE, "0x0", "00000"),
    *("localhost", "localhost.", "LOCALHOST", "LocalHost.", "a.localhost.example"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]"),
    *("[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::1%25lo]", "[::1%lo]"),
    *("[fe80::1]", "[fe80::1%25eth0]", "[fd00:ec2::254]", "[127.0.0.1]", "[localhost]", "[[::1]]"),
    *("169.254.169.254", "169.254.169.254.", "0xa9fea9fe", "2852039166", "[::ffff:a9fe:a9fe]"),
    *("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.100.100.200", "168.63.129.16"),
    *("\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "127\uff0e0.0.1", "127\uff610.0.1"),
    *("\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "\u24db\u24de\u24d2alhost", "loc\u0430lhost"),
    *(
        "%31%32%37.0.0.1",
        "%6cocalhost",
        "127.0.0.1%00",
        "127.0.0.1%2f",
        "127.0.0.1\t",
        " 127.0.0.1",
    ),
    *("public.example@127.0.0.1", "public.example:80@127.0.0.1", "127.0.0.1:80@public.example"),
    *("public.example\\@127.0.0.1", "127.0.0.1\\@public.example", "127.0.0.1#@public.example"),
    *(
        "public.example%40127.0.0.1",
        "127.0.0.1\r\nHost: public.example",
        "127.0.0.1..",
        ".127.0.0.1",
    ),
]


def out(port: int, *allow: IPv4Network) -> AbstractAsyncContextManager[Outbound]:
    """A way out on which *port* is no obstacle, so that only the address can be one."""
    loopback = [["127.0.0.1"]]
    names = Names(
        {
            "localhost": [["127.0.0.1", "::1"]],
            "a.localhost.example": loopback,
            "public.example": loopback,
        }
    )
    chosen = OutboundSettings(allow=allow, ports=(80, 443, port), tries=1)
    return open_outbound(chosen, Ambient(FixedClock(), JsonCodec()), resolver=names)


@pytest.mark.anyio
class TestHostileUrls:
    def test_there_are_enough_of_them(self) -> None:
        assert len(set(HOSTS)) >= 60

    async def test_the_listener_hears_a_call_that_the_operator_excepted(self) -> None:
        async with lying({"/": say()}) as liar, out(liar.port, LOOPBACK) as way:
            await ask(way, f"http://127.0.0.1:{liar.port}/")
        assert liar.connections == 1

    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize("host", HOSTS)
    async def test_it_hears_nothing_of_the_others(self, host: str, scheme: str) -> None:
        async with lying({"/": say()}) as liar, out(liar.port) as way:
            with pytest.raises((UrlRefused, AddressRefused)):
                await ask(way, f"{scheme}://{host}:{liar.port}/")
            with pytest.raises((UrlRefused, AddressRefused)):
                await ask(way, f"{scheme}://{host}/")
        assert liar.connections == 0

    async def test_a_proxy_named_by_the_environment_is_not_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with lying({}) as proxy, lying({"/": say(body=b"straight")}) as liar:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url())
            async with out(liar.port, LOOPBACK) as way:
                assert await ask(way, liar.url("/")) == b"straight"
        assert proxy.connections == 0


async def ask(way: Outbound, url: str) -> bytes:
    return (await way.send(OutboundRequest(url=url))).body
