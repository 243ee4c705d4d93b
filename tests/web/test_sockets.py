"""Who may open a socket, how they show who they are, and what ends it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import attrs
import pytest
from litestar.routes import WebSocketRoute
from prometheus_client.parser import text_string_to_metric_families

from homeroom.exams.model import rights as exams
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role
from homeroom_entrypoints.web import sockets
from homeroom_entrypoints.web.rights import asked_by

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from rights_sockets import SOCKET, SOCKETS
from sitting_ground import TESTS, Hall, Learner, open_hall
from socket_ground import PATH, accepted, opened
from unwrapped import framework_in

pytestmark = pytest.mark.anyio

COOKIE = "homeroom-session"
PARTNER = "https://partner.example"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    variables = {
        "HOMEROOM_WEB__SOCKETS_PER_PERSON": "2",
        "HOMEROOM_WEB__CORS_ORIGINS": PARTNER,
        "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "100000",
    }
    async with open_hall(variables=variables) as hall:
        yield hall


async def begun(hall: Hall) -> tuple[Learner, str]:
    """Somebody, and the id of the test that they began."""
    ana = await hall.learner()
    test = await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
    return ana, test["testId"]


def token_of(learner: Learner) -> str:
    return learner.headers["Authorization"].removeprefix("Bearer ")


def cookie_of(learner: Learner, **more: str) -> Mapping[str, str]:
    return {"Cookie": f"{COOKIE}={token_of(learner)}", **more}


class TestWhoeverOpensOne:
    async def test_says_who_they_are_in_the_first_message(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test) as line:
            assert await line.silent()
            await line.say({"type": "auth", "token": token_of(ana)})
            assert (await line.hear())["type"] == "time_remaining"

    async def test_and_does_not_is_not_waited_for(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert sockets.FIRST_WORD == 5.0
        monkeypatch.setattr(sockets, "FIRST_WORD", 0.2)
        _, test = await begun(hall)
        async with accepted(hall.app, test) as line:
            assert await line.ended() == (4408, "nothing_said")

    @pytest.mark.parametrize(
        ("said", "code", "word"),
        [
            ('{"type": "auth", "token": "nobody"}', 4401, "bad_token"),
            ('{"type": "auth", "token": ""}', 4401, "unauthenticated"),
            ('{"type": "auth", "token": "' + "x" * 2_001 + '"}', 4401, "unauthenticated"),
            ('{"type": "hello"}', 4400, "not_understood"),
            ('{"type": "auth", "token": "x", "as": "admin"}', 4400, "not_understood"),
            ("[", 4400, "not_understood"),
            ("\ud800", 4400, "not_understood"),
            ('{"type": "auth", "token": "' + "x" * 4_096 + '"}', 1009, "message_too_large"),
        ],
    )
    async def test_with_a_first_message_that_proves_nothing_is_told_why(
        self, hall: Hall, said: str, code: int, word: str
    ) -> None:
        _, test = await begun(hall)
        async with accepted(hall.app, test) as line:
            await line.say_text(said)
            assert await line.ended() == (code, word)

    async def test_by_a_header_that_counts_for_nothing_is_not_asked_again(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        for wrong in ("Bearer nobody", f"Basic {token_of(ana)}"):
            async with opened(hall.app, PATH.format(test), {"Authorization": wrong}) as line:
                events = [await line.event()]
                if events[-1]["type"] == "websocket.accept":
                    events.append(await line.event())
                assert events[-1]["type"] == "websocket.close"

    async def test_by_a_key_watches_what_the_key_may_see(self, hall: Hall) -> None:
        _, test = await begun(hall)
        for role, first in ((Role.TEACHER, "websocket.send"), (Role.STUDENT, "websocket.close")):
            issue = hall.homeroom.people.issue_key
            issued = await issue(hall.owner, name="watches", roles=frozenset({role}))
            headers = {"X-API-Key": issued.secret.text}
            async with accepted(hall.app, test, headers) as line:
                assert (await line.event())["type"] == first

    async def test_never_by_the_address(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        query = f"token={token_of(ana)}"
        async with accepted(hall.app, test, query=query) as line:
            assert await line.ended() == (4400, "no_parameters")
        async with accepted(hall.app, test, ana.headers, query=query) as line:
            assert await line.ended() == (4400, "no_parameters")


class TestACookie:
    @pytest.mark.parametrize("origin", ["http://house", PARTNER])
    async def test_vouches_on_pages_of_ours_and_of_whom_we_named(
        self, hall: Hall, origin: str
    ) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test, cookie_of(ana, Origin=origin)) as line:
            assert (await line.hear())["type"] == "time_remaining"

    @pytest.mark.parametrize(
        "said",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://house.evil.example"},
            {"Origin": "http://house", "Sec-Fetch-Site": "cross-site"},
            {},
        ],
    )
    async def test_vouches_for_no_page_of_another_site(
        self, hall: Hall, said: Mapping[str, str]
    ) -> None:
        """To open a socket in somebody's name is what any page could try: it is not accepted."""
        ana, test = await begun(hall)
        async with opened(hall.app, PATH.format(test), cookie_of(ana, **said)) as line:
            assert (await line.event())["type"] == "websocket.close"

    async def test_that_is_a_key_vouches_for_nobody(self, hall: Hall) -> None:
        _, test = await begun(hall)
        issue = hall.homeroom.people.issue_key
        issued = await issue(hall.owner, name="laid", roles=frozenset({Role.TEACHER}))
        laid = {"Cookie": f"{COOKIE}={issued.secret.text}", "Origin": "http://house"}
        async with accepted(hall.app, test, laid) as line:
            assert await line.ended() == (4401, "unauthenticated")


class TestAnOpenOne:
    async def test_ends_when_the_session_does(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test, ana.headers) as line:
            await line.hear()
            await hall.homeroom.people.sign_out(ana.actor)
            assert await line.ended() == (4401, "unauthenticated")

    async def test_ends_when_the_person_may_not_come_in_any_more(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test, ana.headers) as line:
            await line.hear()
            change, who = hall.homeroom.people.change_person, ana.actor.person_id
            assert who is not None
            await change(hall.owner, who, is_active=False)
            assert await line.ended() == (4401, "unauthenticated")

    async def test_goes_on_with_a_newer_token_of_the_same_person_and_no_other(
        self, hall: Hall
    ) -> None:
        ana, test = await begun(hall)
        ben = await hall.learner()
        async with accepted(hall.app, test, ana.headers) as line:
            await line.hear()
            await line.say({"type": "auth", "token": token_of(ana)})
            assert await line.silent()
            await line.say({"type": "auth", "token": token_of(ben)})
            assert await line.ended() == (4401, "unauthenticated")

    async def test_hears_nothing_else(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        for said in ("hello", '{"type": "answer"}'):
            async with accepted(hall.app, test, ana.headers) as line:
                await line.hear()
                await line.say_text(said)
                assert await line.ended() == (4400, "not_understood")

    async def test_of_somebody_who_takes_nothing_in_is_left(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert sockets.PATIENCE == 10.0
        monkeypatch.setattr(sockets, "PATIENCE", 0.2)
        ana, test = await begun(hall)
        async with accepted(hall.app, test, ana.headers) as line:
            await line.hear()
            line.taking.clear()
            hall.clock.step(seconds=10)
            assert await comes_to(hall, 0)

    async def test_ends_when_the_storage_cannot_be_asked(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana, test = await begun(hall)

        async def away(*_: Any, **__: Any) -> Any:
            raise Unavailable("The database at db.internal does not answer.")

        queries = type(hall.homeroom.plant.storage.sittings)
        monkeypatch.setattr(queries, "sitting", away)
        async with accepted(hall.app, test, ana.headers) as line:
            assert await line.ended() == (1013, "unavailable")


class TestHowMany:
    async def test_one_person_has_as_many_as_they_may_and_others_have_theirs(
        self, hall: Hall
    ) -> None:
        ana, test = await begun(hall)
        ben, bens = await begun(hall)
        async with AsyncExitStack() as stack:
            for _ in range(2):
                line = await stack.enter_async_context(accepted(hall.app, test, ana.headers))
                await line.hear()
            async with accepted(hall.app, test, ana.headers) as third:
                assert await third.ended() == (4429, "too_many_sockets")
            async with accepted(hall.app, bens, ben.headers) as other:
                assert (await other.hear())["type"] == "time_remaining"
        async with accepted(hall.app, test, ana.headers) as again:
            assert (await again.hear())["type"] == "time_remaining"

    async def test_they_are_counted_by_their_route_and_how_they_ended(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test, ana.headers) as line:
            await line.hear()
            assert await open_now(hall) == 1
        assert await open_now(hall) == 0
        async with accepted(hall.app, new_id(), ana.headers) as line:
            await line.ended()
        page = (await hall.client.get("/metrics")).text
        route = "/ws/sessions/{session_id}"
        assert f'homeroom_sockets_closed_total{{how="gone",route="{route}"}} 1.0' in page
        assert f'homeroom_sockets_closed_total{{how="not_found",route="{route}"}} 1.0' in page
        assert test not in page

    async def test_who_asks_too_often_is_refused(self) -> None:
        async with open_hall(variables={"HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "3"}) as hall:
            ended = []
            for _ in range(4):
                async with accepted(hall.app, new_id()) as line:
                    await line.say({"type": "auth", "token": "nobody"})
                    ended.append((await line.ended())[0])
        assert 4429 in ended


async def open_now(hall: Hall) -> float:
    page = (await hall.client.get("/metrics")).text
    families = text_string_to_metric_families(page)
    samples = [one for family in families for one in family.samples]
    return sum(one.value for one in samples if one.name == "homeroom_open_sockets")


async def comes_to(hall: Hall, wanted: int) -> bool:
    """Whether so many are open, a little later at the latest."""
    for _ in range(100):
        if await open_now(hall) == wanted:
            return True
        await asyncio.sleep(0.05)
    return False


class TestTheTableOfRights:
    async def test_names_what_every_socket_asks(self, hall: Hall) -> None:
        routes = [one for one in framework_in(hall.app).routes if isinstance(one, WebSocketRoute)]
        named = {one.path_format: frozenset(asked_by(one.route_handler)) for one in routes}
        assert {f"{SOCKET} {path}": asked for path, asked in named.items()} == SOCKETS

    @pytest.mark.parametrize("role", Role)
    async def test_says_who_may_watch_somebody_else(self, hall: Hall, role: Role) -> None:
        _, test = await begun(hall)
        key = await hall.homeroom.people.issue_key(
            attrs.evolve(hall.owner, roles=frozenset({Role.SUPER_ADMIN})),
            name="asks",
            roles=frozenset({role}),
        )
        async with accepted(hall.app, test, {"X-API-Key": key.secret.text}) as line:
            event = await line.event()
        may_see = exams.SEE_SITTINGS.is_held_in(frozenset({role}))
        assert (event["type"] == "websocket.send") == may_see
        if not may_see:
            assert event["reason"] == "sitting_not_found"
