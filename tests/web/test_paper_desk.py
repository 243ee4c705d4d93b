"""Papers that lie ready are handed out in one pass, which promises what the general way does."""

import gzip
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest
from structlog.testing import capture_logs

from homeroom.exams.model.papers import Paper
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import InstitutionId, PersonId, SittingId, new_id
from homeroom_entrypoints.web.parcels import Parcels, takes_gzip

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import TESTS, Hall, Learner, open_hall

pytestmark = pytest.mark.anyio

ROUTE = "/api/v1/tests/{test_id}/questions"
PLAIN, PACKED = {"accept-encoding": "identity"}, {"accept-encoding": "br, gzip;q=0.5"}
GENERALLY = {"origin": "http://house"}
"""Whoever says where they come from is answered on the general way."""

PROMISED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "cache-control": "private, no-cache",
    "vary": "accept-encoding",
    "x-trace-id": "a.trace:1",
}


@attrs.frozen
class Ready:
    """A paper that lies ready, whose person asks for it."""

    hall: Hall
    ana: Learner
    path: str

    async def ask(self, *more: dict[str, str], method: str = "GET") -> httpx.Response:
        said = {name.lower(): text for name, text in self.ana.headers.items()}
        said["x-trace-id"] = "a.trace:1"
        for one in more:
            said |= one
        return await self.hall.client.request(method, self.path, headers=said)

    @property
    def desk(self) -> Any:
        transport: Any = self.hall.client._transport
        return transport.app

    def alone(self) -> None:
        """From now on, nothing but the desk answers."""
        self.hall.client._transport = httpx.ASGITransport(
            attrs.evolve(self.desk, gate=attrs.evolve(self.desk.gate, app=nobody))
        )


async def nobody(*_: Any) -> None:
    raise AssertionError("somebody took the general way")


@asynccontextmanager
async def ready(**variables: str) -> AsyncIterator[Ready]:
    chosen = {f"HOMEROOM_{name.upper()}": text for name, text in variables.items()}
    async with open_hall(variables={"HOMEROOM_WEB__HSTS": "true", **chosen}) as hall:
        ana = await hall.learner()
        sheet = await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
        opened = Ready(hall, ana, f"{TESTS}/{sheet['testId']}/questions")
        assert (await opened.ask()).status_code == 200
        yield opened


class TestTheDesk:
    async def test_answers_alone_what_is_asked_for_plainly(self) -> None:
        async with ready() as house:
            before = [await house.ask(how) for how in (PLAIN, PACKED)]
            house.alone()
            after = [await house.ask(how) for how in (PLAIN, PACKED)]
            assert [one.content for one in after] == [one.content for one in before]
            mark = {"if-none-match": after[0].headers["etag"]}
            assert (await house.ask(PLAIN, mark)).status_code == 304

    async def test_promises_header_by_header_what_the_general_way_promises(self) -> None:
        async with ready() as house:
            for how in (PLAIN, PACKED):
                mark = {"if-none-match": (await house.ask(how)).headers["etag"]}
                for known in ({}, mark):
                    short = await house.ask(how, known)
                    general = await house.ask(how, known, GENERALLY)
                    assert (short.status_code, short.content) == (
                        general.status_code,
                        general.content,
                    )
                    assert short.headers.multi_items() == general.headers.multi_items()
                    assert short.headers.items() >= PROMISED.items()

    async def test_writes_the_same_line_with_the_trace_that_was_sent(self) -> None:
        async with ready(log__access="true") as house:
            with capture_logs() as lines:
                await house.ask(PLAIN)
                await house.ask(PLAIN, GENERALLY)
            (short, general) = [line for line in lines if line["event"] == "request"]
            assert short.pop("duration_ms") >= 0
            assert general.pop("duration_ms") >= 0
            assert short == general
            assert (short["route"], short["status"], short["method"]) == (ROUTE, 200, "GET")

    async def test_begins_a_trace_for_whoever_sends_none_that_can_be_used(self) -> None:
        async with ready() as house:
            house.alone()
            told = {
                (await house.ask({"x-trace-id": sent})).headers["x-trace-id"]
                for sent in ("", "two words", "a" * 129)
            }
            assert len(told) == 3
            assert all(len(one) == 32 and int(one, 16) for one in told)

    async def test_counts_each_request_once_however_it_is_answered(self) -> None:
        async with ready(web__rate_limit_per_minute="6") as house:  # two of them are spent
            ways = (PLAIN, {"if-none-match": "*"}, GENERALLY, PACKED, PLAIN, PLAIN)
            answers = [await house.ask(how) for how in ways]
            assert [one.status_code for one in answers] == [200, 304, 200, 200, 429, 429]
            assert answers[-1].json()["code"] == "too_many_requests"
            assert int(answers[-1].headers["retry-after"]) > 0
            assert answers[-1].headers["x-trace-id"] == answers[-1].json()["traceId"]

    async def test_lets_the_general_way_say_what_is_wrong_where_nobody_can_count(self) -> None:
        async with ready() as house:
            house.hall.client._transport = httpx.ASGITransport(
                attrs.evolve(house.desk, door=attrs.evolve(house.desk.door, counter=Away()))
            )
            assert (await house.ask()).status_code == 200  # by the door that counts

    async def test_knows_nobody_any_more_once_they_were_forgotten(self) -> None:
        async with ready() as house:
            house.desk.door.keeper.forget_everyone()
            house.alone()
            with pytest.raises(AssertionError, match="general way"):
                await house.ask()

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"authorization": "Basic YW5hOnBsdW1z"}, "unauthenticated"),
            ({"authorization": "Bearer not-a-token"}, "bad_token"),
            ({"authorization": ""}, "unauthenticated"),
            ({"x-api-key": "hr_nobodys"}, "unauthenticated"),
        ],
    )
    async def test_refuses_with_problem_details_who_does_not_prove_who_they_are(
        self, said: dict[str, str], code: str
    ) -> None:
        async with ready() as house:
            answer = await house.ask(said)
            assert (answer.status_code, answer.json()["code"]) == (401, code)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"

    async def test_leaves_other_methods_to_the_general_way(self) -> None:
        async with ready() as house:
            answer = await house.ask(method="HEAD")
            assert answer.status_code == 405
            assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS"}

    async def test_packs_what_says_the_same_and_marks_it_otherwise(self) -> None:
        async with ready() as house:
            plain, packed = await house.ask(PLAIN), await house.ask(PACKED)
            assert packed.content == plain.content  # the client unpacks it
            assert packed.headers["content-encoding"] == "gzip"
            assert int(packed.headers["content-length"]) < len(plain.content) / 2
            assert "content-encoding" not in plain.headers
            assert plain.headers["etag"] != packed.headers["etag"]
            mark = {"if-none-match": plain.headers["etag"]}
            assert (await house.ask(PACKED, mark)).status_code == 200
            mark = {"if-none-match": f"{plain.headers['etag']}, {packed.headers['etag']}"}
            assert (await house.ask(PACKED, mark)).status_code == 304


@attrs.frozen
class Away:
    """A counter that cannot count."""

    async def take(self, _: str) -> None:
        raise Unavailable("away")


class TestParcels:
    async def test_lie_there_as_long_as_there_is_room(self) -> None:
        parcels = Parcels(room=5_000)
        for number in range(4):
            for encoding in (b"identity", b"gzip"):
                await hand_out(parcels, a_paper(number), encoding)
        assert 0 <= parcels.room < 5_000
        assert sum(len(one.body) for one in parcels._lying.values()) == 5_000 - parcels.room
        assert len(parcels._lying) < 8

    async def test_pack_a_paper_once(self) -> None:
        asked = list[bytes]()

        def pack(body: bytes) -> bytes:
            asked.append(body)
            return gzip.compress(body)

        parcels, paper = Parcels(pack=pack), a_paper(1)
        for _ in range(3):
            assert gzip.decompress(await hand_out(parcels, paper, b"gzip")) == paper.joined()
        assert asked == [paper.joined()]

    async def test_do_not_pack_what_fits_one_piece_anyway(self) -> None:
        small = a_paper(1, length=100)
        assert await hand_out(Parcels(), small, b"gzip") == small.joined()

    @pytest.mark.parametrize(
        ("said", "takes"),
        [
            (b"gzip", True),
            (b"GZIP", True),
            (b"deflate, gzip;q=1.0, *;q=0.5", True),
            (b"br;q=1, x-gzip ; q=0.001", True),
            (b"*", True),
            (b"gzip;q=0", False),
            (b"*, gzip;q=0", False),
            (b"*;q=0", False),
            (b"gzip;q=much", False),
            (b"identity", False),
            (b"", False),
            (b"gzipped", False),
        ],
    )
    def test_are_packed_for_whoever_can_unpack_them(self, said: bytes, takes: bool) -> None:
        assert takes_gzip(said) is takes


def a_paper(number: int, *, length: int = 2_000) -> Paper:
    body = b"%d " % number * (length // 2)
    return Paper(
        sitting_id=SittingId(UUID(int=number)),
        institution_id=InstitutionId(new_id()),
        person_id=PersonId(new_id()),
        mark=f"{number}",
        size=len(body),
        parts=(body,),
    )


async def hand_out(parcels: Parcels, paper: Paper, encoding: bytes) -> bytes:
    body = b""

    async def send(message: Any) -> None:
        nonlocal body
        body += message.get("body", b"")

    assert await parcels.hand_out(paper, {b"accept-encoding": encoding}, send) == 200
    return body
