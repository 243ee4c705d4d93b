"""The guard: nothing is dialled that was not judged, and what was judged is what is dialled."""

from collections.abc import Iterable
from ipaddress import IPv4Network

import attrs
import httpcore
import pytest

from homeroom.kernel.outbound import OutboundSettings
from homeroom.kernel.outbound_errors import AddressRefused, NotSent
from homeroom_adapters.http.dial import GuardedDialler
from homeroom_adapters.http.guard import AddressGuard, SystemResolver
from homeroom_testing.liars import Names

PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1::1"

FORBIDDEN_ANSWERS = [
    text
    for line in (
        "0.0.0.0 0.0.0.1 10.0.0.1 10.255.255.254 100.64.0.1 100.100.100.200 127.0.0.1 127.0.0.53",
        "127.1.2.3 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 169.254.169.123",
        "172.16.0.1 172.17.0.1 172.31.255.254 192.0.0.1 192.0.0.8 192.0.0.170 192.0.0.192",
        "192.0.2.7 192.88.99.1 192.168.0.1 192.168.1.1 192.168.255.254 198.18.0.1 198.19.0.1",
        "198.51.100.7 203.0.113.7 224.0.0.1 224.0.0.251 239.255.255.250 240.0.0.1 255.255.255.255",
        ":: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:10.0.0.1",
        "::ffff:169.254.169.254 ::ffff:7f00:1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1",
        "64:ff9b::169.254.169.254 64:ff9b:1::7f00:1 100::1 2001::1 2001:0:4136:e378:8000:63bf::1",
        "2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808::",
        "3fff::1 4000::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fe80::1",
        "fe80::1%eth0 fe80::a9fe:a9fe febf::1 fec0::1 ff02::1 ff02::fb ff05::1 nonsense 127.1",
    )
    for text in line.split()
]


@attrs.define
class Wire(httpcore.AsyncNetworkBackend):
    """A network on which some addresses are dead; remembers what was dialled."""

    dead: frozenset[str] = frozenset()
    dialled: list[str] = attrs.field(factory=list)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the backend's own signature
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(f"{host} {port} {timeout}")
        if host in self.dead:
            raise httpcore.ConnectTimeout
        return httpcore.AsyncNetworkStream()


def dialler(wire: Wire, names: Names, *allow: IPv4Network) -> GuardedDialler:
    policy = OutboundSettings(allow=allow).policy()
    return GuardedDialler(AddressGuard(policy, names), wire)


@pytest.mark.anyio
class TestDialling:
    def test_there_are_enough_forbidden_answers(self) -> None:
        assert len(set(FORBIDDEN_ANSWERS)) >= 60

    @pytest.mark.parametrize("answer", FORBIDDEN_ANSWERS)
    async def test_a_name_that_means_a_forbidden_address_is_not_dialled(self, answer: str) -> None:
        wire, names = Wire(), Names({"victim.example": [[answer]]})
        with pytest.raises(AddressRefused):
            await dialler(wire, names).connect_tcp("victim.example", 443)
        assert wire.dialled == []

    @pytest.mark.parametrize("answer", FORBIDDEN_ANSWERS)
    async def test_one_forbidden_answer_among_good_ones_refuses_all(self, answer: str) -> None:
        wire, names = Wire(), Names({"mixed.example": [[PUBLIC, answer]]})
        with pytest.raises(AddressRefused):
            await dialler(wire, names).connect_tcp("mixed.example", 443)
        assert wire.dialled == []

    async def test_the_judged_address_is_dialled_and_the_name_asked_once(self) -> None:
        wire, names = Wire(), Names({"public.example": [[PUBLIC]]})
        await dialler(wire, names).connect_tcp("public.example", 443, timeout=4.0)
        assert wire.dialled == [f"{PUBLIC} 443 4.0"]
        assert names.asked == ["public.example"]

    async def test_a_name_that_changes_its_answer_is_judged_anew_each_time(self) -> None:
        wire, names = Wire(), Names({"rebinding.example": [[PUBLIC], ["127.0.0.1"]]})
        door = dialler(wire, names)
        await door.connect_tcp("rebinding.example", 443)
        with pytest.raises(AddressRefused):
            await door.connect_tcp("rebinding.example", 443)
        assert wire.dialled == [f"{PUBLIC} 443 None"]
        assert names.asked == ["rebinding.example"] * 2

    async def test_a_dead_address_leaves_time_for_the_next(self) -> None:
        wire, names = Wire(dead=frozenset({OTHER})), Names({"two.example": [[OTHER, PUBLIC]]})
        await dialler(wire, names).connect_tcp("two.example", 80, timeout=4.0)
        assert wire.dialled == [f"{OTHER} 80 2.0", f"{PUBLIC} 80 2.0"]

    async def test_a_mapped_answer_is_dialled_as_what_it_is(self) -> None:
        wire, names = Wire(), Names({"mapped.example": [[f"::ffff:{PUBLIC}"]]})
        await dialler(wire, names).connect_tcp("mapped.example", 80)
        assert wire.dialled == [f"{PUBLIC} 80 None"]

    async def test_an_address_needs_no_resolver(self) -> None:
        wire, names = Wire(), Names()
        await dialler(wire, names).connect_tcp(OTHER, 443)
        assert wire.dialled == [f"{OTHER} 443 None"]
        assert names.asked == []

    @pytest.mark.parametrize("port", [21, 22, 25, 5432, 6379, 8080])
    async def test_a_port_that_is_not_the_webs_is_not_dialled(self, port: int) -> None:
        wire = Wire()
        with pytest.raises(AddressRefused):
            await dialler(wire, Names()).connect_tcp(PUBLIC, port)
        assert wire.dialled == []

    async def test_an_excepted_network_is_dialled(self) -> None:
        wire, names = Wire(), Names({"moodle.lan": [["10.1.2.3"]]})
        await dialler(wire, names, IPv4Network("10.1.0.0/16")).connect_tcp("moodle.lan", 8080)
        assert wire.dialled == ["10.1.2.3 8080 None"]

    @pytest.mark.parametrize("answers", [{}, {"nowhere.example": [[]]}])
    async def test_a_name_without_addresses_is_worth_trying_again(
        self, answers: dict[str, list[list[str]]]
    ) -> None:
        with pytest.raises(NotSent, match=r"nowhere\.example has no address"):
            await dialler(Wire(), Names(answers)).connect_tcp("nowhere.example", 443)

    async def test_a_refusal_tells_no_address(self) -> None:
        with pytest.raises(AddressRefused) as refused:
            await dialler(Wire(), Names({"db.lan": [["10.9.8.7"]]})).connect_tcp("db.lan", 443)
        assert "10.9.8.7" not in refused.value.message

    async def test_files_are_never_dialled(self) -> None:
        with pytest.raises(httpcore.UnsupportedProtocol):
            await dialler(Wire(), Names()).connect_unix_socket("/run/docker.sock")

    async def test_this_machines_resolver_knows_its_own_name(self) -> None:
        assert set(await SystemResolver().resolve("localhost")) <= {"127.0.0.1", "::1"}
