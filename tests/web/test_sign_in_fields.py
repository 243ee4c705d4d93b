"""The words of older systems: each line of the table in the guide is asked for, and is true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import new_id
from homeroom.people.model.persons import Identity, Person
from homeroom.roster.model.nodes import Label, Node, NodeKind
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.web.google import GoogleBody
from homeroom_entrypoints.web.sign_in_wire import RefreshBody, SignInBody
from homeroom_testing.fast_hashing import FAST_VARIABLES

pytestmark = pytest.mark.anyio

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "browsers.md"
LINE = re.compile(r"\| `([\w-]+)` (asks|answers) `([\w.]+)` \| [^|]+ \| (yes|no)\b")
GOOGLE = "/api/v1/auth/google"
PASSWORD = "a first password"


def lines() -> Iterator[tuple[str, str, str, bool]]:
    table = GUIDE.read_text().partition("<!-- fields -->")[2].partition("<!-- /fields -->")[0]
    for line in table.strip().splitlines()[2:]:
        found = LINE.match(line)
        assert found, line
        what, way, field, kept = found.groups()
        yield what, way, field, kept == "yes"


LINES = list(lines())
ANSWERS = [(what, field, kept) for what, way, field, kept in LINES if way == "answers"]
ASKS = [(what, field, kept) for what, way, field, kept in LINES if way == "asks"]
BODIES: dict[str, type[msgspec.Struct]] = {
    "login": SignInBody,
    "refresh": RefreshBody,
    "logout": RefreshBody,
    "google": GoogleBody,
}

_TOKENS = "accessToken refreshToken expiresIn refreshExpiresIn tokenType deviceFingerprint"
_TEACHER, _SCHOOL = "id email name role accessLevel", "id name domain subscriptionTier"
_USER = "id email name picture role subscription"
OLDER = {
    "Faculytics": {
        "login asks": "username password",
        "login answers": "token refreshToken",
        "refresh asks": "refreshToken",
        "refresh answers": "token refreshToken",
        "logout answers": "message",
        "me answers": "id userName moodleUserId firstName lastName userProfilePicture fullName "
        "roles campus program department",
        "me answers department.": "id name code",
        "sessions answers": "browserName os ipAddress expiresAt",
    },
    "ClassWaves": {
        "google asks": "code state codeVerifier devFallback",
        "google answers": "success degradedMode provider",
        "google answers teacher.": _TEACHER,
        "google answers school.": _SCHOOL,
        "google answers tokens.": _TOKENS,
        "google answers performance.": "totalTime circuitBreakerStatus requestId fallback trigger",
        "refresh asks": "refreshToken",
        "refresh answers": "success performance",
        "refresh answers tokens.": _TOKENS,
        "logout answers": "success message performance",
        "me answers": "tokens",
        "me answers teacher.": _TEACHER,
        "me answers school.": _SCHOOL,
        "csrf-token answers": "success csrfToken",
        "generate-test-token asks": "secretKey",
        "generate-test-token answers": "tokens",
        "test-token asks": "email role secretKey",
        "test-token answers": "success token user sessionId expiresIn",
    },
    "PingToPass": {
        "google asks": "credential",
        "google answers": "token expiresAt",
        "google answers user.": _USER,
        "logout answers": "message",
        "me answers user.": _USER,
        "me answers subscription.": "status expiresAt features",
    },
}
"""What the three systems ask and answer where somebody signs in, by what was read of them."""


def wanted(system: str) -> Iterator[tuple[str, str, str]]:
    for where, fields in OLDER[system].items():
        what, way, *inside = where.split()
        for field in fields.split():
            yield what, way, f"{''.join(inside)}{field}"


@pytest.mark.parametrize("system", OLDER)
def test_every_field_of_an_older_system_has_its_line(system: str) -> None:
    told = {(what, way, field) for what, way, field, _ in LINES}
    assert sorted(set(wanted(system)) - told) == []


def test_no_line_stands_there_twice() -> None:
    every = [line[:3] for line in LINES]
    assert len(every) == len(set(every))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def client() -> Any:
    variables = {
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": f"memory://fields-{new_id()}",
        "HOMEROOM_LOG__ACCESS": "false",
        "HOMEROOM_DEVELOPMENT__SIGN_IN": "true",
    }
    settings = load_settings({**variables, **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        secret = await homeroom.people.open_house("Ateneo de Naga")
        assert secret is not None
        owner = await homeroom.people.authenticate(secret.text)
        ana = Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
        roles = frozenset({Role.TEACHER, Role.DEAN})
        head = await homeroom.people.create_person(owner, ana, roles=roles, password=PASSWORD)
        await settle(homeroom, owner, head)
        gate: Any = create_app(homeroom, settings)
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            yield client


async def settle(homeroom: Homeroom, owner: Actor, head: Person) -> None:
    """Let *head* be the dean of a department."""
    label, now = Label.given("CCS", "Computer Studies"), homeroom.plant.ambient.clock.now()
    kind, house = NodeKind.DEPARTMENT, owner.institution_id
    node = Node.create(house, kind, label, below=None, at=now)
    async with homeroom.start() as unit:
        await unit.nodes.save(node)
        await unit.commit()
    await homeroom.people.give_post(owner, head.id, Role.DEAN, node.id)


async def asked(client: httpx.AsyncClient, what: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/auth/{what}", json=body)


@pytest.fixture(scope="module")
async def answers(client: httpx.AsyncClient) -> dict[str, Any]:
    """What each endpoint answers, by its last word."""
    told: dict[str, Any] = {}
    told["login"] = (await asked(client, "login", username="ana", password=PASSWORD)).json()
    bearing = {"Authorization": f"Bearer {told['login']['token']}"}
    for what in ("me", "csrf-token"):
        told[what] = (await client.get(f"/api/v1/auth/{what}", headers=bearing)).json()
    [told["sessions"]] = (await client.get("/api/v1/auth/sessions", headers=bearing)).json()["data"]
    here = {"Host": "127.0.0.1"}
    flag = {"devFallback": True}
    told["google"] = (await client.post(GOOGLE, json=flag, headers=here)).json()
    for what in ("test-token", "generate-test-token"):
        answer = await asked(client, what, secretKey="hush")
        assert answer.status_code == 404
        told[what] = {}
    renewal = told["login"]["refreshToken"]
    told["refresh"] = (await asked(client, "refresh", refreshToken=renewal)).json()
    renewal = told["refresh"]["refreshToken"]
    told["logout"] = (await asked(client, "logout", refreshToken=renewal)).json()
    return told


@pytest.mark.parametrize(("what", "field", "kept"), ANSWERS, ids=str)
async def test_a_line_says_what_is_answered(
    answers: dict[str, Any], what: str, field: str, kept: bool
) -> None:
    found: Any = answers[what]
    *outer, last = field.split(".")
    for name in outer:
        found = found.get(name, {})
    assert (last in found) == kept, found


@pytest.mark.parametrize(("what", "field", "kept"), ASKS, ids=str)
def test_a_line_says_what_is_asked(what: str, field: str, kept: bool) -> None:
    body = BODIES.get(what)
    read = msgspec.structs.fields(body) if body else ()
    assert (field in {one.encode_name for one in read}) == kept


def test_every_field_that_is_asked_has_its_line() -> None:
    ours = {"cookies", "returnTo", "redirectUri", "nonce"}
    read = {
        (what, one.encode_name) for what, it in BODIES.items() for one in msgspec.structs.fields(it)
    }
    told = {(what, field) for what, field, kept in ASKS if kept}
    assert {(what, field) for what, field in read if field not in ours} == told


async def test_one_signs_in_by_either_name(client: httpx.AsyncClient) -> None:
    for said in ({"username": "ana@school.edu"}, {"email": "Ana@School.edu"}, {"email": "ANA"}):
        answer = await asked(client, "login", password=PASSWORD, **said)
        assert answer.status_code == 200, said


@pytest.mark.parametrize("said", [{}, {"username": "ana", "email": "ana@school.edu"}])
async def test_one_says_once_who_signs_in(client: httpx.AsyncClient, said: dict[str, str]) -> None:
    refused = await asked(client, "login", password=PASSWORD, **said)
    assert refused.status_code == 400
    assert "`username`" in refused.json()["errors"][0]["message"]


async def test_what_is_told_twice_is_told_alike(answers: dict[str, Any]) -> None:
    told = answers["login"]
    assert told["token"] == told["tokens"]["accessToken"]
    assert told["refreshToken"] == told["tokens"]["refreshToken"]
    assert told["expiresAt"] == told["tokens"]["expiresAt"]
    own = told["user"]
    assert own == told["teacher"] == answers["me"]["user"] == answers["me"]["teacher"]
    assert (own["name"], own["role"]) == ("Ana Reyes", "DEAN")
    assert 290 <= told["tokens"]["expiresIn"] <= 300
    assert 2_591_990 <= told["tokens"]["refreshExpiresIn"] <= 2_592_000, "30 days"
    assert told["school"]["name"] == "Ateneo de Naga"
    assert answers["logout"]["count"] == 1
