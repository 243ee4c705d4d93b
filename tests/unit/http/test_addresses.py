"""Addresses: what the public internet is, decided by our own lists."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.outbound import OutboundSettings
from homeroom.kernel.outbound_addresses import (
    AddressPolicy,
    canonical,
    is_public,
    read_address,
)

CLOSED = [
    text
    for line in (
        "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255",
        "127.0.0.1 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2",
        "172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1",
        "198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1",
        "255.255.255.255 :: ::1 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1",
        "::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 64:ff9b:1::808:808 100::1 2001::1 2001:0:7f00:1::",
        "2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 2002:808:808::",
        "3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fd12::1 fe80::1 fe80::a9fe:a9fe fec0::1",
        "ff02::1 ff0e::1 ffff::1",
    )
    for text in line.split()
]

OPEN = [
    text
    for line in (
        "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 93.184.216.34 100.63.255.255 100.128.0.1",
        "168.63.129.17 172.15.255.255 172.32.0.1 192.0.1.1 198.17.255.255 198.20.0.1",
        "223.255.255.255 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:200::1 2001:4860:4860::8888",
        "2003::1 2606:4700::1111 2a00:1450::1 3ffe::1",
    )
    for text in line.split()
]

v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
v6 = st.integers(0, 2**128 - 1).map(IPv6Address)


class TestWhatIsPublic:
    @pytest.mark.parametrize("text", CLOSED)
    def test_nobody_on_the_internet_is_at(self, text: str) -> None:
        assert not is_public(ip_address(text))

    @pytest.mark.parametrize("text", OPEN)
    def test_somebody_on_the_internet_may_be_at(self, text: str) -> None:
        assert is_public(ip_address(text))

    @given(v4)
    def test_a_mapped_address_is_judged_as_the_one_inside(self, address: IPv4Address) -> None:
        mapped = IPv6Address(0xFFFF << 32 | int(address))
        assert is_public(mapped) == is_public(address)
        assert canonical(mapped) == address

    @given(v4)
    def test_a_translated_address_is_judged_as_the_one_inside(self, address: IPv4Address) -> None:
        translated = IPv6Address(0x64FF9B << 96 | int(address))
        assert is_public(translated) == is_public(address)

    @given(v4, st.integers(0, 2**80 - 1), st.integers(0, 2**64 - 1))
    def test_no_tunnel_is_public_whatever_it_hides(
        self, address: IPv4Address, rest: int, client: int
    ) -> None:
        six_to_four = IPv6Address(0x2002 << 112 | int(address) << 80 | rest)
        teredo = IPv6Address(0x20010000 << 96 | int(address) << 64 | client)
        compatible = IPv6Address(int(address))
        assert not any(map(is_public, (six_to_four, teredo, compatible)))

    @given(st.one_of(v4, v6))
    def test_we_are_never_laxer_than_the_standard_library(
        self, address: IPv4Address | IPv6Address
    ) -> None:
        canonical_one = canonical(address)
        if is_public(address) and not str(canonical_one).startswith("64:ff9b::"):
            assert not canonical_one.is_private
            assert not canonical_one.is_reserved
            assert not canonical_one.is_multicast


class TestAnOperatorsPolicy:
    def test_an_allowed_network_is_admitted_on_every_port(self) -> None:
        policy = OutboundSettings(allow=(ip_network("10.1.0.0/16"),)).policy()
        assert policy.admits(ip_address("10.1.2.3"), 8080)
        assert policy.admits(ip_address("::ffff:10.1.2.3"), 8080)
        assert not policy.admits(ip_address("10.2.0.1"), 443)

    def test_an_allowed_network_does_not_open_its_disguises(self) -> None:
        policy = OutboundSettings(allow=(ip_network("10.0.0.0/8"),)).policy()
        assert not policy.admits(ip_address("64:ff9b::10.1.2.3"), 443)
        assert not policy.admits(ip_address("2002:a01:203::"), 443)

    @pytest.mark.parametrize(
        ("settings", "admitted"),
        [(OutboundSettings(), {80, 443}), (OutboundSettings(ports=(443, 8443)), {443, 8443})],
    )
    def test_the_public_internet_is_admitted_on_the_operators_ports_only(
        self, settings: OutboundSettings, admitted: set[int]
    ) -> None:
        ports, address = (22, 80, 443, 8443), ip_address("8.8.8.8")
        assert {port for port in ports if settings.policy().admits(address, port)} == admitted

    def test_a_denied_network_stays_closed_though_allowed_or_translated(self) -> None:
        policy = OutboundSettings(
            allow=(ip_network("0.0.0.0/0"),), deny=(ip_network("8.8.8.0/24"),)
        ).policy()
        assert not policy.admits(ip_address("8.8.8.8"), 443)
        assert not policy.admits(ip_address("64:ff9b::8.8.8.8"), 443)
        assert policy.admits(ip_address("8.8.4.4"), 443)

    @given(v6 | v4, st.integers(1, 65_535))
    def test_nothing_is_admitted_by_itself_that_is_not_public(
        self, address: IPv4Address | IPv6Address, port: int
    ) -> None:
        if AddressPolicy().admits(address, port):
            assert is_public(address)
            assert port in {80, 443}

    def test_a_port_beyond_the_last_is_refused(self) -> None:
        with pytest.raises(ValueError, match="70000 is not a port"):
            OutboundSettings(ports=(70_000,))


class TestReadingAnAddress:
    @given(st.one_of(v4, v6))
    def test_an_address_reads_back(self, address: IPv4Address | IPv6Address) -> None:
        assert read_address(str(address)) == address

    @pytest.mark.parametrize(
        "text",
        ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "fe80::1%eth0", "[::1]", "\uff11.1.1.1"],
    )
    def test_an_odd_spelling_is_no_address(self, text: str) -> None:
        assert read_address(text) is None
