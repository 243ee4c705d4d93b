"""Ways out that do not let a caller judge statuses, and the clause that catches each."""

import gzip
from typing import Any

import attrs
import pytest
from outbound_next_door import InMemory

from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest, Takes
from homeroom_adapters.memory.outbound import MemoryOutbound, Neighbour, Reply
from homeroom_testing.sabotage import broken_clauses


class Saboteur(InMemory):
    pass


class JudgesForAll(Saboteur):
    """Refuses by status, though the caller wants to judge it."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            return await super().send(attrs.evolve(request, takes=Takes.USUAL))


class HopesForBetter(Saboteur):
    """Asks once more when it does not like a status."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        async def send(self, request: OutboundRequest) -> OutboundAnswer:
            answer = await super().send(request)
            return answer if answer.ok else await super().send(request)


class AllOrNothing(Saboteur):
    """Has no snippets: a body is taken whole or the answer is not."""

    class outbound_type(MemoryOutbound):  # noqa: N801
        def _bounded(self, call: Any, body: bytes) -> bytes:
            call.request = attrs.evolve(call.request, takes=Takes.USUAL)
            return super()._bounded(call, body)


class Unpacks(Saboteur):
    class outbound_type(MemoryOutbound):  # noqa: N801
        async def _ask(self, neighbour: Neighbour, call: Any) -> Reply:
            reply = await super()._ask(neighbour, call)
            if reply.headers.get("Content-Encoding") != "gzip":
                return reply
            return attrs.evolve(reply, headers={}, body=gzip.decompress(reply.body))


CAUGHT_BY: dict[type[Saboteur], str] = {
    JudgesForAll: "test_every_status_is_an_answer_to_who_takes_it",
    HopesForBetter: "test_who_takes_every_status_is_told_the_first",
    AllOrNothing: "test_a_long_body_is_cut_for_who_takes_every_status",
    Unpacks: "test_a_packed_body_is_left_out_for_who_takes_every_status",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}
