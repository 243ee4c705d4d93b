"""HTTP signs the contract of the way out; on a wire, broken ones are caught, too."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_network

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound, OutboundSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http.opening import open_outbound
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.outbound import OutboundConformance
from homeroom_testing.conformance.outbound_ground import OpenHere
from homeroom_testing.liars import Names
from homeroom_testing.sabotage import broken_clauses


class OverHttp(OutboundConformance):
    """The way out over HTTP, opened as `chosen` makes of what it should be opened with."""

    def chosen(self, settings: OutboundSettings) -> OutboundSettings:
        return settings

    @pytest.fixture
    def open_here(self) -> OpenHere:
        def opening(
            settings: OutboundSettings, names: Mapping[str, Sequence[str]] | None = None
        ) -> AbstractAsyncContextManager[Outbound]:
            resolver = Names({host: [meaning] for host, meaning in (names or {}).items()})
            ambient = Ambient(FixedClock(), JsonCodec())
            return open_outbound(self.chosen(settings), ambient, resolver=resolver)

        return opening


@pytest.mark.adapter("http")
class TestHttpOutbound(OverHttp):
    pass


class OpenToAll(OverHttp):
    def chosen(self, settings: OutboundSettings) -> OutboundSettings:
        return attrs.evolve(settings, allow=(ip_network("0.0.0.0/0"), ip_network("::/0")))


class NeverRests(OverHttp):
    """Asks a host that fails as often as anybody wants."""

    def chosen(self, settings: OutboundSettings) -> OutboundSettings:
        return attrs.evolve(settings, breaker_failures=1_000_000)


class BelievesWhatIsDeclared(OverHttp):
    """Takes answers of any size."""

    def chosen(self, settings: OutboundSettings) -> OutboundSettings:
        return attrs.evolve(settings, max_body=10**15)


class HearsThemOut(OverHttp):
    """Minds the silence between two bytes only, and not the whole."""

    def chosen(self, settings: OutboundSettings) -> OutboundSettings:
        return attrs.evolve(settings, deadline=1e6)


class WaitsForTheLastByte(OverHttp):
    """Takes no head for an answer before the body is there, however slowly it comes."""

    def chosen(self, settings: OutboundSettings) -> OutboundSettings:
        return attrs.evolve(settings, deadline=1e6, read_timeout=1e6)


CAUGHT_BY: dict[type[OverHttp], str] = {
    WaitsForTheLastByte: "test_a_head_that_came_is_the_answer_whatever_becomes_of_the_body",
    OpenToAll: "test_loopback_is_refused_unless_the_operator_excepts_it",
    NeverRests: "test_who_failed_often_is_left_alone",
    BelievesWhatIsDeclared: "test_a_liar_is_refused_in_good_time",
    HearsThemOut: "test_a_liar_is_refused_in_good_time",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[OverHttp]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}
