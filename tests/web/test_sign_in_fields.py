"""The words of older systems: each line of the table in the guide is asked for, and is true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import new_id
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES

pytestmark = pytest.mark.anyio

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "browsers.md"
LINE = re.compile(r"\| `([\w-]+)` (asks|answers) `([\w.]+)` \| [^|]+ \| (yes|no)\b")
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
ASKS = {(what, field) for what, way, field, kept in LINES if way == "asks"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def client() -> Any:
    variables = {
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": f"memory://fields-{new_id()}",
        "HOMEROOM_LOG__ACCESS": "false",
    }
    settings = load_settings({**variables, **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        secret = await homeroom.people.open_house("Ateneo de Naga")
        assert secret is not None
        owner = await homeroom.people.authenticate(secret.text)
        ana = Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
        roles = frozenset({Role.TEACHER, Role.DEAN})
        await homeroom.people.create_person(owner, ana, roles=roles, password=PASSWORD)
        gate: Any = create_app(homeroom, settings)
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            yield client


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
        found = found[name]
    assert (last in found) == kept, found


async def test_every_field_that_is_asked_has_its_line() -> None:
    assert {
        ("login", "username"),
        ("login", "email"),
        ("login", "password"),
        ("refresh", "refreshToken"),
        ("logout", "refreshToken"),
    } == ASKS


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
    assert told["school"]["name"] == "Ateneo de Naga"
    assert answers["logout"]["count"] == 1
