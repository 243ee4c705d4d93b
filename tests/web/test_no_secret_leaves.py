"""Nothing secret and nobody's name leaves the house, but where it was asked for.

A house is given marked values, and does what it can with them: it signs people in and turns them
away, sends and fails to send, crashes and goes on. Then all that came out of it is searched.
"""

import asyncio
import base64
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import structlog
from prometheus_client import Counter

from homeroom.kernel.audit import Change, Subject, entry_of
from homeroom.kernel.errors import Invalid, Problem
from homeroom.people.ports.strategies import Attempt
from homeroom_testing.canaries import Canaries, Kind
from homeroom_testing.liars import lying, say

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from marked_house import (
    API,
    AUTH,
    KEYS,
    LOG,
    METRICS,
    RECORDS,
    ROWS,
    TASKS,
    USERS,
    MarkedHouse,
    open_marked,
)

pytestmark = pytest.mark.anyio

NOBODY = {"X-API-Key": ""}
FAR, CHECKUP = "0 0 1 1 *", "operations.checkup.v1"
TOKENS = {"token": Kind.TOKEN, "refreshToken": Kind.TOKEN}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def bearing(token: str) -> dict[str, str]:
    return {**NOBODY, "Authorization": f"Bearer {token}"}


async def take_in(house: MarkedHouse, whose: str, password: str, *roles: str) -> dict[str, Any]:
    """Somebody of whom everything is marked."""
    mark = house.canaries
    who = {"username": mark.name(f"{whose} user name"), "email": mark.email(whose)}
    who |= {"firstName": mark.name(f"{whose} first"), "lastName": mark.name(f"{whose} last")}
    body = {**who, "password": password, "roles": list(roles)}
    made = await house.ask("POST", USERS, json=body)
    assert made.get("id"), made
    return {**who, "id": made["id"]}


async def sign_in(house: MarkedHouse, name: str, password: str, *, well: bool = True) -> Any:
    body = {"username": name, "password": password}
    tells = TOKENS if well else {}
    return await house.ask("POST", f"{AUTH}/login", json=body, headers=NOBODY, tells=tells)


async def people_come_and_go(house: MarkedHouse) -> None:
    mark = house.canaries
    first, own, wrong = (mark.password(f"Ana's {which}") for which in ("first", "own", "wrong"))
    ana = await take_in(house, "Ana's", first, "TEACHER")
    await house.ask("POST", USERS, json={**ana, "id": None})
    await house.ask("POST", USERS, json={"username": ana["email"], "password": wrong})
    same = {key: ana[key] for key in ("username", "firstName", "lastName", "email")}
    await house.ask("POST", USERS, json=same)
    await house.ask("GET", USERS, params={"search": ana["lastName"].lower()})
    await house.ask("PATCH", f"{USERS}/{ana['id']}", json={"roles": ["STUDENT"]})
    signed_in = await sign_in(house, ana["email"].upper(), first)
    me = bearing(signed_in["token"])
    await house.ask("GET", f"{AUTH}/me", headers=me)
    for old, new in ((wrong, own), (first, ana["username"]), (first, wrong[:5]), (first, own)):
        body = {"oldPassword": old, "newPassword": new}
        await house.ask("POST", f"{AUTH}/password", json=body, headers=me)
    await house.ask("GET", f"{AUTH}/me", headers=me)
    await sign_in(house, ana["username"], wrong, well=False)
    await sign_in(house, mark.name("a stranger's user name"), wrong, well=False)
    here = await sign_in(house, ana["username"], own)
    await tokens_come_twice(house, here)
    await house.ask("PUT", f"{USERS}/{ana['id']}/password", json={"password": own})
    await house.ask("PATCH", f"{USERS}/{ana['id']}", json={"isActive": False})
    await sign_in(house, ana["username"], own, well=False)


async def tokens_come_twice(house: MarkedHouse, signed_in: Any) -> None:
    first, path = signed_in["refreshToken"], f"{AUTH}/refresh"
    body = {"refreshToken": first}
    second = await house.ask("POST", path, json=body, headers=NOBODY, tells=TOKENS)
    await house.ask("GET", f"{AUTH}/sessions", headers=bearing(second["token"]))
    half = first.partition(".")[0] + ".not-the-rest-of-it-at-all"
    for token in (first, second["refreshToken"], half, second["token"]):
        await house.ask("POST", path, json={"refreshToken": token}, headers=NOBODY)
    for headers in (bearing(second["token"]), bearing(second["token"] + "x"), bearing(first)):
        await house.ask("GET", f"{AUTH}/me", headers=headers)
    await house.ask("POST", f"{AUTH}/logout", headers=bearing(second["token"]))


async def requests_are_misshapen(house: MarkedHouse) -> None:
    """What is wrong is told, and never what was said; but for a word that is none of a few."""
    mark = house.canaries
    password = mark.password("a misplaced")
    key = mark.take_up(Kind.KEY, "a made up", f"hr_{'q7' * 20}")
    name, address = mark.name("a misplaced"), mark.email("a misplaced")
    bodies: list[dict[str, Any]] = [
        {"content": f'{{"username": "{name}", "password": "{password}'.encode()},
        {"content": f'{{"password": "{password}\udcff"}}'.encode("utf-8", "surrogateescape")},
        {"json": {"username": name, "password": [password]}},
        {"json": {"username": name * 10, "password": password * 20}},
        {"json": {"username": name, "passwort": password}},
        {"json": [name, password]},
        {"data": {"username": name, "password": password}},
    ]
    for body in bodies:
        for path in (f"{AUTH}/login", USERS, f"{AUTH}/refresh", KEYS):
            await house.ask("POST", path, **body)
    await house.ask("GET", KEYS, headers={"X-API-Key": key})
    await house.ask("GET", KEYS, headers={**NOBODY, "Authorization": f"Basic {key}"})
    await house.ask("GET", KEYS, headers={**NOBODY, "Cookie": f"session={key}"})
    await house.ask("GET", f"{USERS}/{name}")
    await house.ask("GET", f"{API}/{address}/{password}")
    await house.ask("GET", USERS, params={"isActive": name, "cursor": password, "role": "DEN"})
    await house.ask("POST", f"{API}/pings/{key}")
    await house.ask("POST", f"{API}/ops/jobs", json={"name": CHECKUP, "payload": {"x": password}})
    await house.ask("POST", KEYS, json={"name": "desk", "roles": ["DEN"], "expiresAt": password})


async def keys_are_made(house: MarkedHouse) -> None:
    body = {"name": "k", "roles": ["ADMIN"]}
    made = await house.ask("POST", KEYS, json=body, tells={"secret": Kind.KEY})
    headers = {"X-API-Key": made["secret"]}
    await house.ask("GET", KEYS, headers=headers)
    await house.ask("GET", f"{API}/audit-logs", headers=headers)
    for _ in range(2):
        await house.ask("DELETE", f"{KEYS}/{made['key']['id']}")
    await house.ask("GET", KEYS, headers=headers)


async def things_are_sent(house: MarkedHouse) -> None:
    mark = house.canaries
    secret = mark.take_up(Kind.SECRET, "a task's", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    header = mark.secret("a header's")
    echo = say(500, {"X-Back": header}, body=f"{secret} {header}".encode())
    async with lying({}, otherwise=echo) as liar, house.working():
        url = mark.address("a task's", liar.url("").rstrip("/"))
        target = {"url": url, "secret": secret, "headers": {"x-token": header}}
        body = {"name": "Bell", "schedule": FAR, "notifier": "webhook", "payload": {"type": "x"}}
        made = await house.ask("POST", TASKS, json={**body, "target": target, "maxRetry": 0})
        path = f"{TASKS}/{made['id']}"
        run = await house.ask("POST", f"{path}/run")
        await ended(house, run["id"])
        await house.ask("PATCH", path, json={"name": "Other bell"})
    tells = {"secret": Kind.SECRET}
    await house.ask("POST", f"{path}/signing-secret/rotate", tells=tells)
    await house.ask("PUT", f"{path}/watch", json={"every": 60}, tells={"token": Kind.TOKEN})
    for part in ("", "/watch", "/logs"):
        await house.ask("GET", path + part)
    bad = mark.address("a refused task's", "ftp://x.example")
    await house.ask("POST", TASKS, json={**body, "target": {"url": bad, "secret": header}})
    await house.ask("POST", TASKS, json={**body, "target": url})


async def ended(house: MarkedHouse, run_id: str) -> None:
    end = time.monotonic() + 10
    while True:
        run = await house.ask("GET", f"{API}/executions/{run_id}")
        if run["status"] in {"SUCCESS", "FAILED"}:
            return
        assert time.monotonic() < end, run
        await asyncio.sleep(0.02)


BROKEN = ("sessions", "session_tokens", "persons", "person_names", "credentials", "api_keys")


async def the_storage_breaks(house: MarkedHouse) -> None:
    """Statements fail while they carry what nobody may see."""
    password = house.canaries.password("Ben's")
    ben = await take_in(house, "Ben's", password, "STUDENT")
    signed_in = await sign_in(house, ben["username"], password)
    token = {"refreshToken": signed_in["refreshToken"]}
    for table in BROKEN:
        async with house.without(table):
            await house.ask("POST", f"{AUTH}/refresh", json=token)
            await sign_in(house, ben["username"], password, well=False)
            name = house.canaries.name("Cleo's user name")
            body = {"username": name, "firstName": ben["firstName"], "lastName": ben["lastName"]}
            await house.ask("POST", USERS, json={**body, "password": password})
            await house.ask("GET", USERS, params={"search": ben["lastName"]})
            await house.ask("POST", KEYS, json={"name": "k", "roles": ["ADMIN"]})
            await house.ask("GET", f"{AUTH}/me", headers=bearing(signed_in["token"]))


LIFE: tuple[Callable[[MarkedHouse], Awaitable[None]], ...] = (
    people_come_and_go,
    requests_are_misshapen,
    keys_are_made,
    things_are_sent,
    the_storage_breaks,
)


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MarkedHouse]:
    """A house in which all of this has happened."""
    async with open_marked(tmp_path_factory.mktemp("marked")) as house:
        for part in LIFE:
            await part(house)
        yield house


async def test_nothing_secret_leaves_a_house_in_which_everything_happens(
    house: MarkedHouse,
) -> None:
    seen = await house.gather()
    assert sorted(map(str, house.canaries.leaks(seen))) == []
    assert {200, 201, 400, 401, 404, 409, 429, 500} <= set(house.statuses)
    tables = {"jobs", "outbox", "audit_entries", "persons", "sessions"}
    assert {LOG, RECORDS, METRICS, *(ROWS + table for table in tables)} <= seen.places


async def a_refusal_that_quotes(house: MarkedHouse, mark: Canaries) -> None:
    async def careless(attempt: Attempt) -> None:
        raise Invalid(problems=[Problem("password", f"{attempt.password} is no password")])

    await _sign_in_carelessly(house, careless, mark.password("quoted"))


async def a_crash_that_quotes(house: MarkedHouse, mark: Canaries) -> None:
    async def careless(attempt: Attempt) -> None:
        raise RuntimeError(f"cannot hash {attempt.password}")

    await _sign_in_carelessly(house, careless, mark.password("quoted"))


async def _sign_in_carelessly(house: MarkedHouse, careless: Any, password: str) -> None:
    people = attrs.evolve(house.homeroom.people, sign_in=careless)
    body = {"username": "ana", "password": password}
    async with house.client_of(attrs.evolve(house.homeroom, people=people)) as client:
        house.hold_answer(await client.post(f"{AUTH}/login", json=body))


async def a_header_that_tells(house: MarkedHouse, mark: Canaries) -> None:
    token = mark.take_up(Kind.TOKEN, "a told", f"hrs_{'0' * 32}.{mark.secret('a part of it')}")
    asked = httpx.Request("GET", "http://house")
    house.hold_answer(httpx.Response(200, headers={"X-Debug": token[:60]}, request=asked))


async def a_line_that_names(house: MarkedHouse, mark: Canaries) -> None:
    structlog.get_logger("homeroom.people").info("taken_in", who=mark.name("a logged"))


async def a_library_that_talks(house: MarkedHouse, mark: Canaries) -> None:
    logging.getLogger("a.library").debug("sending to %s", mark.address("a logged"))


async def a_label_that_names(house: MarkedHouse, mark: Canaries) -> None:
    counter = Counter("careless", "Who came.", ["who"], registry=house.numbers.registry)
    counter.labels(mark.email("a counted")).inc()


async def a_job_that_says_why(house: MarkedHouse, mark: Canaries) -> None:
    why = f"no answer from {mark.address('a noted')}"
    assert await house.tamper("UPDATE jobs SET last_error = ?", why)


async def a_fact_that_names(house: MarkedHouse, mark: Canaries) -> None:
    named = json.dumps({"name": mark.name("a published")})
    assert await house.tamper("UPDATE outbox SET payload = ?", named)


async def an_entry_that_shows(house: MarkedHouse, mark: Canaries) -> None:
    changes = {"email": Change(None, mark.email("a recorded"))}
    about = Subject(kind="person", institution_id=house.owner.institution_id)
    entry = entry_of(house.owner, "people.careless", about, at=datetime.now(UTC))
    async with house.homeroom.start() as unit:
        await unit.audit.note(attrs.evolve(entry, changes=changes))
        await unit.commit()
    await house.ask("GET", f"{API}/audit-logs", params={"action": "people.careless"})


async def a_password_that_is_kept(house: MarkedHouse, mark: Canaries) -> None:
    hidden = base64.b64encode(f"scheme${mark.password('a kept')}".encode()).decode()
    assert await house.tamper("UPDATE credentials SET hashed = ?", hidden)


Sabotage = Callable[[MarkedHouse, Canaries], Awaitable[None]]

CARELESS: Mapping[Sabotage, str] = {
    a_refusal_that_quotes: "the answer 400 to POST, its body",
    a_crash_that_quotes: LOG,
    a_header_that_tells: "the answer 200 to GET, its headers",
    a_line_that_names: LOG,
    a_library_that_talks: RECORDS,
    a_label_that_names: METRICS,
    a_job_that_says_why: f"{ROWS}jobs",
    a_fact_that_names: f"{ROWS}outbox",
    an_entry_that_shows: f"{ROWS}audit_entries",
    a_password_that_is_kept: f"{ROWS}credentials",
}


@pytest.mark.parametrize("careless", CARELESS, ids=lambda one: one.__name__)
async def test_whoever_is_careless_is_found(house: MarkedHouse, careless: Sabotage) -> None:
    mark = Canaries()
    house.listen()
    await careless(house, mark)
    leaks = mark.leaks(await house.gather())
    assert CARELESS[careless] in {leak.place for leak in leaks}
