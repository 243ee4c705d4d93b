"""What a way out promises of where it leads: to no address but those that an operator lets it."""

import pytest

from homeroom.kernel.errors import Invalid, Refusal
from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom.kernel.outbound_errors import AddressRefused, Redirected, RequestRefused, UrlRefused
from homeroom_testing.conformance.outbound_ground import (
    LOOPBACK,
    NAME,
    OpenHere,
    OtherSide,
    OutboundGround,
    Said,
    ask,
    excepting,
    url,
)

GUARDED = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200"),
    *("0.0.0.0", "[::1]", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:127.0.0.1]"),  # noqa: S104
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"),
]
DISGUISED = ["127.1", "0x7f.1", "2130706433", "017700000001", "[fe80::1%25lo]", "a@127.0.0.1"]
UNSAYABLE: list[dict[str, object]] = [
    {"method": "get"},
    {"method": "CONNECT"},
    {"headers": {"X-A": "1\r\nX-B: 2"}},
    {"headers": {"X A": "1"}},
    {"headers": {"Host": "other.example"}},
    {"headers": {"traceparent": "00"}},
    {"idempotency_key": "a\r\nb"},
]


class OutboundGuarded(OutboundGround):
    """Part of the suite over a way out: where it does not lead, and what it does not say."""

    async def test_loopback_is_refused_unless_the_operator_excepts_it(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        async with open_here(excepting(allow=(), ports=(other.port,))) as out:
            with pytest.raises(AddressRefused) as refused:
                await out.send(ask(other))
        assert isinstance(refused.value, Invalid)
        assert "HOMEROOM_OUTBOUND__ALLOW" in refused.value.message
        assert not other.heard

    @pytest.mark.parametrize("host", GUARDED)
    async def test_an_address_that_is_not_public_is_refused(
        self, open_here: OpenHere, other: OtherSide, host: str
    ) -> None:
        async with open_here(excepting(allow=(), ports=(other.port,))) as out:
            with pytest.raises(AddressRefused):
                await out.send(OutboundRequest(url=url(other, host=host)))
        assert not other.heard

    @pytest.mark.parametrize("host", DISGUISED)
    async def test_an_address_in_disguise_is_no_url(
        self, out: Outbound, other: OtherSide, host: str
    ) -> None:
        with pytest.raises(UrlRefused):
            await out.send(OutboundRequest(url=url(other, host=host)))
        assert not other.heard

    @pytest.mark.parametrize("meaning", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["fe80::1%lo"]])
    async def test_a_name_is_judged_by_all_that_it_means(
        self, open_here: OpenHere, other: OtherSide, meaning: list[str]
    ) -> None:
        async with open_here(excepting(allow=(), ports=(other.port,)), {NAME: meaning}) as out:
            with pytest.raises(AddressRefused):
                await out.send(OutboundRequest(url=url(other, host=NAME)))
        assert not other.heard

    async def test_what_is_denied_stays_closed_though_it_is_excepted(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        async with open_here(excepting(deny=(LOOPBACK,))) as out:
            with pytest.raises(AddressRefused):
                await out.send(ask(other))
        assert not other.heard

    @pytest.mark.parametrize("port", ["", ":22", ":8080"])
    async def test_the_public_internet_is_called_on_the_chosen_ports_only(
        self, open_here: OpenHere, port: str
    ) -> None:
        async with open_here(excepting(ports=(443,))) as out:
            with pytest.raises(AddressRefused):
                await out.send(OutboundRequest(url=f"http://8.8.8.8{port}/"))

    @pytest.mark.parametrize("wrong", UNSAYABLE, ids=str)
    async def test_what_http_cannot_say_is_refused_unsent(
        self, out: Outbound, other: OtherSide, wrong: dict[str, object]
    ) -> None:
        with pytest.raises(RequestRefused):
            await out.send(ask(other, **wrong))
        assert not other.heard

    @pytest.mark.parametrize("text", ["", "campus.example", "ftp://campus.example/", "http://a/#b"])
    async def test_what_is_no_url_of_the_web_is_refused(self, out: Outbound, text: str) -> None:
        with pytest.raises(UrlRefused):
            await out.send(OutboundRequest(url=text))

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_a_redirect_is_refused_and_not_followed(
        self, out: Outbound, other: OtherSide, status: int
    ) -> None:
        other.agree("/", Said(status=status, headers={"Location": url(other, "/there")}))
        with pytest.raises(Redirected):
            await out.send(ask(other))
        assert [heard.path for heard in other.heard] == ["/"]

    async def test_no_refusal_tells_more_than_who_was_called(
        self, out: Outbound, other: OtherSide
    ) -> None:
        secret = "/hooks/hush?token=hush"
        other.agree(
            "/hooks/hush", Said(lost=True), Said(status=302), Said(status=500), Said(body=b"hush")
        )
        for more in ({}, {}, {}, {"max_body": 1}, {"headers": {"hush hush": "hush"}}):
            with pytest.raises(Refusal) as refused:
                await out.send(ask(other, secret, method="POST", **more))
            assert "hush" not in refused.value.message
