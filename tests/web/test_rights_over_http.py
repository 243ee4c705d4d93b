"""Every endpoint, asked in every role from here and from another institution, answers as the
matrix of rights says: those who may are let in, others are told so, and elsewhere nothing is.
"""

import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest
from litestar import Litestar, WebSocket, get, websocket
from litestar.routes import ASGIRoute, HTTPRoute

from homeroom.compliance.model.weights import WEIGHTS
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.actor import Actor, Lineage, Post, Role, may
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import InstitutionId, NodeId, SessionId, new_id
from homeroom.kernel.looks import ROLL_UP
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import HELD_AT_NODES, Right, rights
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import KeySecret
from homeroom.people.model.sessions import Device, RefreshSecret, Session
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.web.rights import asked_by, asks

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from open_endpoints import OPEN
from rights_example import Example
from rights_examples import EXAMPLES, OWN
from rights_sockets import SOCKET, SOCKETS
from rights_subjects import Subject, somebody
from unwrapped import framework_in

pytestmark = pytest.mark.anyio

_OF_THE_FRAMEWORK = frozenset({"OPTIONS"})
"""What it answers by itself: which methods there are at an address."""

_HOLE = re.compile(r"\{\w+\}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def endpoints(app: Litestar) -> dict[str, frozenset[Right]]:
    """Every endpoint of *app*, in its description or not, and what it says it asks for."""
    answering = {
        f"{method} {route.path_format}": frozenset(asked_by(handler))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods - _OF_THE_FRAMEWORK
    }
    return answering | {
        f"{SOCKET} {route.path_format}": frozenset(asked_by(route.route_handler))
        for route in app.routes
        if not isinstance(route, HTTPRoute | ASGIRoute)
    }


def exemplified() -> dict[str, frozenset[Right]]:
    """Every endpoint there is an example of, and the rights that its examples are about."""
    about: dict[str, set[Right]] = {}
    for one in (*EXAMPLES, *OWN):
        about.setdefault(one.endpoint, set()).update(one.rights)
    for endpoint, asked in SOCKETS.items():
        about.setdefault(endpoint, set()).update(asked)
    return {endpoint: frozenset(asked) for endpoint, asked in about.items()}


@attrs.frozen(kw_only=True)
class Overheard(Actor):
    """An actor of whom we hear which rights they were asked for."""

    heard: list[Right] = attrs.field(eq=False)

    def require(self, right: Right, *, at: Lineage = ()) -> None:
        self.heard.append(right)
        super().require(right, at=at)


@attrs.frozen
class Overhearing:
    """Authenticates as the house does, and has us hear what is asked of whom it lets in."""

    homeroom: Homeroom
    heard: list[Right] = attrs.field(factory=list[Right])
    signed_in: dict[str, Actor] = attrs.field(factory=dict[str, Actor])
    """Persons, by secrets that we made up: how one signs in is proven elsewhere."""

    async def __call__(self, secret: str) -> Actor:
        proven = self.signed_in.get(secret) or await self.homeroom.people.authenticate(secret)
        return Overheard(**attrs.asdict(proven, recurse=False), heard=self.heard)


@attrs.frozen(repr=False)
class House:
    """A house of two institutions, with a key for each role in each of them."""

    homeroom: Homeroom
    client: httpx.AsyncClient
    app: Litestar
    owner: Actor
    """May everything, here."""

    there: Actor
    """May everything, in the other institution."""

    door: Overhearing
    keys: dict[tuple[Role, InstitutionId], str] = attrs.field(factory=dict, init=False)

    async def subject_of(self, example: Example) -> Subject:
        nobody = Subject("nobody", "nobody")
        return await example.make(self.homeroom, self.owner) if example.make else nobody

    async def ask(self, example: Example, secret: str, subject_id: str) -> httpx.Response:
        method, path = example.endpoint.split(" ")
        query = example.query and "?" + example.query.format(id=subject_id)
        self.door.heard.clear()
        return await self.client.request(
            method,
            _HOLE.sub(subject_id, path) + query,
            json=example.body() if callable(example.body) else example.body,
            headers={"X-API-Key": secret},
        )

    async def key_of(self, actor: Actor) -> str:
        """The secret of a key that acts as *actor*."""
        (role,) = actor.roles
        if (role, actor.institution_id) not in self.keys:
            maker = attrs.evolve(self.owner, institution_id=actor.institution_id)
            issued = await self.homeroom.people.issue_key(maker, name="asks", roles=actor.roles)
            self.keys[role, actor.institution_id] = issued.secret.text
        return self.keys[role, actor.institution_id]

    async def person_as(self, actor: Actor) -> tuple[str, SessionId]:
        """A secret of a person in the roles of *actor*, and the session that it stands for."""
        maker = attrs.evolve(self.owner, institution_id=actor.institution_id)
        people, now = self.homeroom.people, self.homeroom.plant.ambient.clock.now()
        person = await people.create_person(maker, somebody(), roles=actor.roles)
        secret, device = RefreshSecret.fresh(), Device()
        session = Session.begin(person.id, actor.institution_id, secret, device=device, at=now)
        async with self.homeroom.start() as unit:
            await unit.sessions.save(session)
            await unit.commit()
        shown = KeySecret.fresh().text
        self.door.signed_in[shown] = attrs.evolve(actor, person_id=person.id, session_id=session.id)
        return shown, session.id

    async def lineage_of(self, subject_id: str) -> Lineage:
        """Of what is a node, itself and all that it hangs below; of anything else nothing."""
        if _UUID.fullmatch(subject_id) is None:
            return ()
        wanted = NodeId(UUID(subject_id))
        known = await self.homeroom.plant.storage.places.among([wanted], reach=None)
        return known[wanted].lineage if wanted in known else ()

    def posted(self, right: Right, *nodes: NodeId) -> Iterator[Actor]:
        """Somebody in each role at each of these nodes, here; where none counts, one in all."""
        each = [Post(role, node) for role in HELD_AT_NODES for node in nodes]
        sets = [[post] for post in each] if right.at_nodes else [each]
        for posts in map(frozenset, sets):
            yield Actor(institution_id=self.owner.institution_id, roles=frozenset(), posts=posts)

    def everybody(self) -> Iterator[Actor]:
        """Somebody in each role, here and in the other institution."""
        for place in (self.owner.institution_id, self.there.institution_id):
            yield from (Actor(institution_id=place, roles=frozenset({role})) for role in Role)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[House]:
    settings = load_settings(
        {
            "HOMEROOM_STORAGE__ADAPTER": "memory",
            "HOMEROOM_STORAGE__URL": f"memory://rights-{new_id()}",
            "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "1000000",
            "HOMEROOM_LOG__ACCESS": "false",
        }
    )
    async with open_homeroom(settings) as homeroom:
        secret = await homeroom.people.open_house("Ours")
        assert secret is not None
        owner = await homeroom.people.authenticate(secret.text)
        theirs = Institution.found("Theirs", at=homeroom.plant.ambient.clock.now())
        async with homeroom.start() as unit:
            await unit.institutions.add(theirs)
            await unit.commit()
        listening: Any = Overhearing(homeroom)
        listened = attrs.evolve(homeroom.people, authenticate=listening)
        gate: Any = create_app(attrs.evolve(homeroom, people=listened), settings)
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            there = attrs.evolve(owner, institution_id=theirs.id)
            yield House(homeroom, client, framework_in(gate), owner, there, listening)


def said(answer: httpx.Response, *ids: str) -> Mapping[str, Any]:
    """What a refusal says, without the trace and the ids that its caller knows anyway."""
    text = answer.text
    for one in ids:
        text = text.replace(one, "…")
    told: dict[str, Any] = httpx.Response(200, text=text).json()
    return {name: value for name, value in told.items() if name != "traceId"}


def was_touched(example: Example, subject: Subject, answer: httpx.Response) -> bool:
    """Whether *answer* shows that *subject* was within reach."""
    if example.counted:
        return bool(answer.json()["count"])
    return subject.mark in answer.text


READING = ("see_", "read_", "verify_", "preview")
"""How rights begin that change nothing."""


async def newest_entries(house: House) -> Sequence[Entry]:
    """Those that stand there as soon as it is done; who only looked is noted a little later."""
    wanted = EntryFilter(reach=None)
    page = await house.homeroom.compliance.read_record(house.owner, wanted, CursorRequest())
    return [one for one in page.items if one.action.removesuffix(ROLL_UP) not in WEIGHTS]


class TestEveryEndpoint:
    @pytest.mark.parametrize("example", EXAMPLES, ids=str)
    async def test_it_answers_every_role_as_the_matrix_says(
        self, house: House, example: Example
    ) -> None:
        for actor in house.everybody():
            secret, subject = await house.key_of(actor), await house.subject_of(example)
            answer = await house.ask(example, secret, subject.id)
            seen = f"{actor}: {answer.text[:300]}"
            assert house.door.heard[0] == example.right, seen
            assert set(house.door.heard) <= example.rights, seen
            reaches = may(actor, example.right, house.owner.institution_id)
            if not may(actor, example.right) or not may(actor, example.said or example.right):
                assert_not_allowed(answer, seen)
            elif example.concerns and not reaches:
                await self._is_unknown(house, example, secret, subject, answer)
            elif example.found and not may(actor, example.found):
                assert_not_allowed(answer, seen)
            elif example.otherwise:
                assert answer.json()["code"] == example.otherwise, seen
            else:
                assert answer.is_success, seen
                assert set(house.door.heard) == example.rights, seen
                if example.listed or example.counted:
                    assert was_touched(example, subject, answer) == reaches, seen

    @pytest.mark.parametrize("example", EXAMPLES, ids=str)
    async def test_a_role_at_a_node_opens_what_is_there_and_below_and_nothing_else(
        self, house: House, example: Example
    ) -> None:
        subject = await house.subject_of(example)
        lineage = await house.lineage_of(subject.id)
        for actor in house.posted(example.right, *lineage, NodeId(new_id())):
            secret, _ = await house.person_as(actor)
            answer = await house.ask(example, secret, subject.id)
            seen, at = f"{actor}: {answer.text[:300]}", example.right.at_nodes
            there = may(actor, example.right, at=lineage if at else ())
            if not may(actor, example.right, at=actor.nodes if at else ()):
                assert_not_allowed(answer, seen)
            elif example.concerns and not there:
                assert answer.status_code == 404, seen
            elif example.listed and at:
                assert was_touched(example, subject, answer) == there, seen
            else:
                assert answer.is_success, seen

    @staticmethod
    async def _is_unknown(
        house: House, example: Example, secret: str, subject: Subject, answer: httpx.Response
    ) -> None:
        """What is another institution's is as what never was, to the letter."""
        never = str(new_id())
        unknown = await house.ask(example, secret, never)
        assert (answer.status_code, unknown.status_code) == (404, 404), answer.text
        assert said(answer, subject.id) == said(unknown, never)
        assert answer.headers.keys() == unknown.headers.keys()

    @pytest.mark.parametrize("example", EXAMPLES, ids=str)
    async def test_whoever_changes_something_by_it_is_on_record(
        self, house: House, example: Example
    ) -> None:
        subject, secret = await house.subject_of(example), await house.key_of(house.owner)
        last = await newest_entries(house)
        answer = await house.ask(example, secret, subject.id)
        noted = [one for one in await newest_entries(house) if one not in last]
        changes = not example.right.name.partition(".")[2].startswith(READING)
        if changes and answer.is_success and not example.otherwise:
            assert {one.action for one in noted} & {right.name for right in example.rights}
            assert {one.trace_id for one in noted} == {answer.headers["X-Trace-Id"]}
        else:
            assert noted == [], answer.text

    @pytest.mark.parametrize("example", OWN, ids=str)
    async def test_everybody_may_ask_it_about_themselves_alone(
        self, house: House, example: Example
    ) -> None:
        for actor in house.everybody():
            _, others = await house.person_as(actor)
            secret, own = await house.person_as(actor)
            if "{" in example.endpoint:
                answer = await house.ask(example, secret, str(others))
                await self._is_unknown(house, example, secret, Subject(str(others), ""), answer)
            answer = await house.ask(example, secret, str(own))
            assert house.door.heard == [example.right]
            told = answer.json().get("code", "") if answer.is_error else ""
            assert told == example.otherwise, f"{actor}: {answer.text[:300]}"

    @pytest.mark.parametrize("example", OWN, ids=str)
    async def test_a_key_is_nobody_and_has_nothing_of_its_own(
        self, house: House, example: Example
    ) -> None:
        answer = await house.ask(example, await house.key_of(house.owner), str(new_id()))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    @pytest.mark.parametrize("example", [*EXAMPLES, *OWN], ids=str)
    async def test_without_a_key_that_counts_nobody_is_let_in(
        self, house: House, example: Example
    ) -> None:
        for secret in ("", "hr_" + "x" * 40):
            answer = await house.ask(example, secret, str(new_id()))
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert house.door.heard == []

    @pytest.mark.parametrize("endpoint", OPEN)
    async def test_an_open_one_asks_nobody_who_they_are(self, house: House, endpoint: str) -> None:
        method, path = endpoint.split(" ")
        house.door.heard.clear()
        answer = await house.client.request(method, _HOLE.sub("x", path))
        assert answer.status_code not in {401, 403, 500}
        assert house.door.heard == []


def assert_not_allowed(answer: httpx.Response, seen: str) -> None:
    assert answer.status_code == 403, seen
    assert answer.json()["code"] == "not_allowed", seen


def unlisted(app: Litestar) -> set[str]:
    """The endpoints of *app* of which nobody says who may ask them."""
    return endpoints(app).keys() - exemplified().keys() - OPEN.keys()


class TestTheTableOfExamples:
    async def test_there_is_an_example_of_every_endpoint_or_a_reason(self, house: House) -> None:
        assert unlisted(house.app) == set()
        assert {*exemplified(), *OPEN} - endpoints(house.app).keys() == set()
        assert all(OPEN.values())

    async def test_an_endpoint_says_what_its_examples_are_asked(self, house: House) -> None:
        named = endpoints(house.app)
        assert {endpoint: named[endpoint] for endpoint in exemplified()} == exemplified()
        assert [endpoint for endpoint in OPEN if named[endpoint]] == []

    async def test_the_description_names_the_rights_too(self, house: House) -> None:
        document = (await house.client.get("/docs/openapi.json")).json()
        told = {
            f"{method.upper()} {path}": set(operation.get("x-rights", ()))
            for path, item in document["paths"].items()
            for method, operation in item.items()
        }
        named = endpoints(house.app)
        assert told == {one: {right.name for right in named[one]} for one in told}
        assert set().union(*told.values()) <= {right.name for right in rights}

    def test_an_endpoint_without_a_line_is_seen(self) -> None:
        @get("/new", opt=asks(EXAMPLES[0].right))
        async def new() -> None: ...

        assert unlisted(Litestar([new], openapi_config=None)) == {"GET /new"}

    def test_a_socket_without_a_line_is_seen(self) -> None:
        @websocket("/new", opt=asks(EXAMPLES[0].right))
        async def new(socket: WebSocket[Any, Any, Any]) -> None: ...

        assert unlisted(Litestar([new], openapi_config=None)) == {"SOCKET /new"}
