"""Our door: what proving who asks costs a request, and a house that many sign in to at once.

    python homeroom_door.py cost STORE WAY REQUESTS   CPU of one small read, in one of these ways:
        open     nobody is asked who they are: the same request without authentication
        token    somebody's access token, again and again
        cookie   the same, sent along by a browser
        key      an API key
        crowd    five hundred people in turn, each with a token
        anew     a token that nobody remembers: its signature and its owner, each time
    python homeroom_door.py serve STORE PORT PERSONS  a house where so many may sign in

STORE is the URL of an empty database, or a directory for SQLite.
"""

import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asgi_driver
import attrs
import stopwatch
import uvloop
from asgi_driver import Question

from homeroom.kernel.actor import Actor, Role
from homeroom.operations.use_cases import Asked
from homeroom.people.model.persons import Identity
from homeroom.people.ports.strategies import Attempt
from homeroom_entrypoints.cli.starting import in_short_turns, without_collecting
from homeroom_entrypoints.composition.application import open_homeroom, storage_settings
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web import app as web_app
from homeroom_entrypoints.web.door import Door, Doorkeeper
from homeroom_testing.fast_hashing import FAST_VARIABLES

PASSWORD = "plums on a warm roof"
CROWD = 500


class OpenDoor(Door):
    """Lets everybody in as *whoever*, and asks them nothing."""

    whoever: Actor

    async def _proven(self, scope: Any) -> Actor:
        return self.whoever


class Forgetful(Doorkeeper):
    """Remembers nobody."""

    async def identify(self, secret: str) -> Actor:
        self.forget_everyone()
        return await super().identify(secret)


@attrs.frozen
class Ground:
    """An open house with its first administrator, and a job to look at."""

    homeroom: Homeroom
    settings: Settings
    owner: Actor
    path: str

    async def somebody(self, number: int) -> str:
        """The user name of an administrator who chose their own password."""
        name, first = f"person{number}", "a first password"
        told = Identity.given(name, "Ana", "Reyes")
        roles, people = frozenset({Role.ADMIN}), self.homeroom.people
        person = await people.create_person(self.owner, told, roles=roles, password=first)
        own = attrs.evolve(self.owner, person_id=person.id)
        await people.change_own_password(own, old=first, new=PASSWORD)
        return name

    async def token(self, number: int) -> str:
        attempt = Attempt(name=await self.somebody(number), password=PASSWORD)
        return (await self.homeroom.people.sign_in(attempt)).tokens.access

    async def key(self) -> str:
        roles = frozenset({Role.ADMIN})
        issued = await self.homeroom.people.issue_key(self.owner, name="bench", roles=roles)
        return issued.secret.text


@asynccontextmanager
async def opened(store: str, variables: dict[str, str]) -> AsyncIterator[Ground]:
    is_url = "://" in store
    more = {"HOMEROOM_STORAGE__URL": store} if is_url else {"HOMEROOM_DATA_DIR": store}
    settings = load_settings(
        {"HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "100000000", **more, **variables}
    )
    with Path(os.devnull).open("w") as nowhere:
        configure_logs(settings.log, stream=nowhere)
        opening = find_adapter("schema", settings.storage.adapter)
        async with opening(storage_settings(settings)) as schema:
            await schema.upgrade()
        async with open_homeroom(settings) as homeroom:
            await homeroom.people.open_house("Home")
            (school,) = await homeroom.plant.storage.people.institutions()
            owner = Actor(institution_id=school.id, roles=frozenset({Role.SUPER_ADMIN}))
            asked = Asked(name="operations.checkup.v1", payload="{}")
            job = await homeroom.operations.ask_for_job(owner, asked)
            yield Ground(homeroom, settings, owner, f"/api/v1/ops/jobs/{job}")


async def headers_of(ground: Ground, way: str) -> list[tuple[bytes, bytes]]:
    """What whoever asks in this *way* shows; one after the other, if they are many."""
    if way == "key":
        return [(b"x-api-key", (await ground.key()).encode())]
    token = (await ground.token(0)).encode()
    if way == "open":
        OpenDoor.whoever = (await ground.homeroom.people.recognise.proven(token.decode())).actor
        return [(b"x-nothing", token)]  # as long as what the others show
    if way == "cookie":
        return [(b"cookie", b"homeroom-session=" + token)]
    many = range(1, CROWD) if way == "crowd" else range(0)
    others = [(await ground.token(number)).encode() for number in many]
    return [(b"authorization", b"Bearer " + one) for one in (token, *others)]


def app_for(ground: Ground, way: str) -> Any:
    """The product's application, its door or its doorkeeper replaced where *way* says so."""
    replaced: Any = web_app
    kept = replaced.Door, replaced.Doorkeeper
    replaced.Door = OpenDoor if way == "open" else Door
    replaced.Doorkeeper = Forgetful if way == "anew" else Doorkeeper
    try:
        return web_app.create_app(ground.homeroom, ground.settings)
    finally:
        replaced.Door, replaced.Doorkeeper = kept


async def ask(app: Any, path: str, shown: Iterator[tuple[bytes, bytes]]) -> None:
    """One small read. Raises `WrongAnswer` unless it is a 200."""
    question = Question(app, path, "")
    scope = asgi_driver.scope_of(question)
    scope["headers"] = [*scope["headers"][:-1], next(shown)]
    status = 0

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, asgi_driver.receive, send)
    if status != 200:
        raise asgi_driver.WrongAnswer(str(status))


async def cost(store: str, way: str, requests: int) -> None:
    async with opened(store, FAST_VARIABLES) as ground:
        shown = itertools.cycle(await headers_of(ground, way))
        app = app_for(ground, way)
        await stopwatch.repeat_awaiting(lambda: ask(app, ground.path, shown), CROWD)
        spent = await stopwatch.per_await(lambda: ask(app, ground.path, shown), requests)
        print(json.dumps({"CPU µs/request": spent}), flush=True)
        os._exit(0)  # closing in order is nobody's benchmark


async def serve(store: str, port: int, persons: int) -> None:
    async with opened(store, {}) as ground:
        in_short_turns()  # as our commands start
        with without_collecting():
            app = app_for(ground, "key")
        names = [await ground.somebody(number) for number in range(persons)]
        told = {"path": ground.path, "key": await ground.key(), "names": names}
        print(json.dumps(told), flush=True)
        await asgi_driver.answering(app, port)


if __name__ == "__main__":
    command, where, *words = sys.argv[1:]
    if command == "cost":
        uvloop.run(cost(where, words[0], int(words[1])))
    else:
        uvloop.run(serve(where, int(words[0]), int(words[1])))
