"""Memory signs the contract of the way out; ways out that break a promise each are caught."""

from contextlib import suppress
from ipaddress import ip_network
from typing import Any

import attrs
import pytest
from outbound_next_door import InMemory

from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest
from homeroom.kernel.outbound_errors import (
    AddressRefused,
    AnswerRefused,
    NotSent,
    OutcomeUnknown,
    Overloaded,
    Redirected,
)
from homeroom.kernel.outbound_targets import Target, read_target
from homeroom.kernel.tracing import tracing
from homeroom_adapters.memory.outbound import MemoryOutbound, Neighbour, Reply
from homeroom_testing.sabotage import NothingProven, broken_clauses


@pytest.mark.adapter("memory way out")
class TestMemoryOutbound(InMemory):
    pass


class Saboteur(InMemory):
    pass


class OpenToAll(Saboteur):
    """Judges nothing."""

    class outbound_type(MemoryOutbound):  # noqa: N801 - takes the place of the attribute
        def _dial(self, target: Target) -> Neighbour:
            everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
            self._settings = attrs.evolve(self._settings, allow=everything, deny=())
            return super()._dial(target)


class TrustsNames(Saboteur):
    """Judges what a URL shows, and not what it means."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def _dial(self, target: Target) -> Neighbour:
            if target.host[0].isdigit() or ":" in target.host:
                return super()._dial(target)
            (*_, address) = self.neighbours.resolve(target.host)
            found = self.neighbours.find(address, target.port)
            if found is None:
                raise NotSent("nobody is there")
            return found


class AnyPort(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        def _dial(self, target: Target) -> Neighbour:
            ports = (*self._settings.ports, target.port)
            self._settings = attrs.evolve(self._settings, ports=ports)
            return super()._dial(target)


class ForgetsWhatIsDenied(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        def _dial(self, target: Target) -> Neighbour:
            self._settings = attrs.evolve(self._settings, deny=())
            return super()._dial(target)


class HidesTheWayOut(Saboteur):
    """Refuses an address without a word on what the operator can do."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def _dial(self, target: Target) -> Neighbour:
            try:
                return super()._dial(target)
            except AddressRefused as error:
                raise AddressRefused("no") from error


class FollowsRedirects(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def _ask(self, neighbour: Neighbour, call: Any) -> Reply:
            reply = await super()._ask(neighbour, call)
            if there := reply.headers.get("Location"):
                call.target = read_target(there)
                return await super()._ask(neighbour, call)
            return reply


class TakesWhatComes(Saboteur):
    """Bounds no body."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def _bounded(self, call: Any, body: bytes) -> bytes:
            return body


class OneLimitForAll(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            return await super().send(attrs.evolve(request, max_body=None))


class UnboundedHeads(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        def _judge(self, call: Any, reply: Reply) -> None:
            super()._judge(call, attrs.evolve(reply, headers={}))


class HandsOverRefusals(Saboteur):
    """Takes an overloaded server's answer for one to the question."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def _judge(self, call: Any, reply: Reply) -> None:
            with suppress(Overloaded):
                super()._judge(call, reply)


class ForgetsWhenToComeAgain(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        def _judge(self, call: Any, reply: Reply) -> None:
            try:
                super()._judge(call, reply)
            except Overloaded as error:
                raise Overloaded(error.message, status=error.status) from error


class WaitsForEver(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            return await super().send(attrs.evolve(request, deadline=1e6))


class EachTryAfresh(Saboteur):
    """Begins the deadline anew with every try."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            settings, self._settings = self._settings, attrs.evolve(self._settings, tries=1)
            for _ in range(settings.tries):
                with suppress(Overloaded, OutcomeUnknown):
                    return await super().send(request)
            raise OutcomeUnknown


class AsksTwice(Saboteur):
    """Repeats what nobody said may be repeated."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            return await super().send(attrs.evolve(request, idempotent=True))


class GivesUpAtOnce(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            return await super().send(attrs.evolve(request, idempotent=False, idempotency_key=""))


class NeverGivesUp(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            with suppress(OutcomeUnknown):
                return await super().send(request)
            return await super().send(request)


class Impatient(Saboteur):
    """Comes again before it was asked to."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def _judge(self, call: Any, reply: Reply) -> None:
            super()._judge(call, attrs.evolve(reply, headers={}))


class CallsALostAnswerUnsent(Saboteur):
    """Says of what may have happened that it did not."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def _ask(self, neighbour: Neighbour, call: Any) -> Reply:
            call.request = attrs.evolve(call.request, idempotent=True)
            return await super()._ask(neighbour, call)

        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            try:
                return await super().send(request)
            except OutcomeUnknown as error:
                raise NotSent(error.message) from error


class CallsTheAbsentUnknown(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            try:
                return await super().send(request)
            except NotSent as error:
                raise OutcomeUnknown(error.message) from error


class Traceless(Saboteur):
    """Begins a trace of its own with every call."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            with tracing(""):
                return await super().send(request)


class Talkative(Saboteur):
    """Shows whole URLs."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            try:
                return await super().send(request)
            except (OutcomeUnknown, Redirected, AnswerRefused, Overloaded) as error:
                raise AnswerRefused(f"{error.message}: {request.url}") from error


class NeverClosed(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        def close(self) -> None:
            pass


class LeavesThemOutThere(Saboteur):
    """Closes, and lets whoever is on the way go on."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def close(self) -> None:
            self._under_way.clear()
            super().close()


class EmptyHanded(Saboteur):
    """Leaves the body at home."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            return await super().send(attrs.evolve(request, body=b""))


class Keepsakes(Saboteur):
    """Sends cookies back, as a browser does."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            kept: dict[str, str] = self.__dict__.setdefault("kept", {})
            answer = await super().send(attrs.evolve(request, headers={**request.headers, **kept}))
            if cookie := answer.headers.get("set-cookie"):
                kept["Cookie"] = cookie
            return answer


CAUGHT_BY: dict[type[Saboteur], str] = {
    OpenToAll: "test_loopback_is_refused_unless_the_operator_excepts_it",
    TrustsNames: "test_a_name_is_judged_by_all_that_it_means",
    AnyPort: "test_the_public_internet_is_called_on_the_chosen_ports_only",
    ForgetsWhatIsDenied: "test_what_is_denied_stays_closed_though_it_is_excepted",
    HidesTheWayOut: "test_loopback_is_refused_unless_the_operator_excepts_it",
    FollowsRedirects: "test_a_redirect_is_refused_and_not_followed",
    TakesWhatComes: "test_an_answer_beyond_the_limit_is_refused",
    OneLimitForAll: "test_a_request_may_have_a_limit_of_its_own",
    UnboundedHeads: "test_headers_beyond_the_limit_are_refused",
    HandsOverRefusals: "test_who_cannot_now_says_when_to_come_again",
    ForgetsWhenToComeAgain: "test_who_cannot_now_says_when_to_come_again",
    WaitsForEver: "test_who_says_nothing_is_given_up_in_time",
    EachTryAfresh: "test_all_tries_share_one_deadline",
    AsksTwice: "test_what_may_not_be_repeated_is_sent_once",
    GivesUpAtOnce: "test_a_blip_is_smoothed_where_asking_twice_is_safe",
    NeverGivesUp: "test_a_blip_is_tried_no_more_often_than_the_settings_say",
    Impatient: "test_a_retry_after_within_our_patience_is_waited_for",
    CallsALostAnswerUnsent: "test_what_may_not_be_repeated_is_sent_once",
    CallsTheAbsentUnknown: "test_who_is_not_there_was_sent_nothing",
    Traceless: "test_a_call_carries_the_trace_it_belongs_to",
    Talkative: "test_no_refusal_tells_more_than_who_was_called",
    NeverClosed: "test_a_way_out_that_is_closed_sends_nothing",
    LeavesThemOutThere: "test_a_call_under_way_when_the_way_out_closes_is_refused",
    EmptyHanded: "test_what_is_sent_arrives_as_it_was_said",
    Keepsakes: "test_nothing_of_an_answer_is_sent_with_the_next_call",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_way_out_breaks_no_clause() -> None:
    assert broken_clauses(Saboteur) == frozenset()


def test_a_suite_that_never_ran_proves_nothing() -> None:
    with pytest.raises(NothingProven):
        broken_clauses(Saboteur, only="no_clause_is_called_this")
