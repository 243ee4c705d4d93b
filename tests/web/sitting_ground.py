"""A house with an exam to sit for, a clock to step, and persons who are signed in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx
from rights_subjects import somebody

from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role
from homeroom.people.model.sessions import Device, RefreshSecret, Session
from homeroom.people.use_cases.signing_in import Turnstile
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.clock import SteppingClock
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.marked_exam import RIGHT, MarkedExam, keep_marked_exam

TESTS, SESSIONS, QUESTIONS = "/api/v1/tests", "/api/v1/sessions", "/api/v1/questions"

Sheet = Mapping[str, Any]


@attrs.frozen
class Learner:
    """Somebody who is signed in."""

    client: httpx.AsyncClient
    actor: Actor
    headers: Mapping[str, str]

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.client.request(method, path, json=body, headers=dict(self.headers))

    async def told(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def keep(self, sheet: Sheet, question: Sheet, answer: Any) -> httpx.Response:
        path = f"{TESTS}/{sheet['testId']}/answers/{question['id']}"
        return await self.ask("PUT", path, {"answer": answer})


@attrs.frozen
class Hall:
    """Where exams are sat for."""

    homeroom: Homeroom
    client: httpx.AsyncClient
    clock: SteppingClock
    owner: Actor
    marked: MarkedExam
    app: Any

    @property
    def exam_id(self) -> str:
        return str(self.marked.exam.id)

    async def learner(self, role: Role = Role.STUDENT) -> Learner:
        person = await self.homeroom.people.create_person(
            self.owner, somebody(), roles=frozenset({role})
        )
        secret, now = RefreshSecret.fresh(), self.clock.now()
        session = Session.begin(person.id, person.institution_id, secret, device=Device(), at=now)
        async with self.homeroom.start() as unit:
            await unit.sessions.save(session)
            await unit.commit()
        tokens = Turnstile(self.homeroom.plant.signer).tokens(session, secret, at=now)
        return Learner(self.client, person.act(), {"Authorization": f"Bearer {tokens.access}"})


@asynccontextmanager
async def open_hall(
    attempts: int | None = None, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Hall]:
    clock = SteppingClock()
    settings = load_settings(
        {
            "HOMEROOM_STORAGE__ADAPTER": "memory",
            "HOMEROOM_STORAGE__URL": f"memory://hall-{new_id()}",
            "HOMEROOM_LOG__ACCESS": "false",
            "HOMEROOM_SIGNING__ACCESS_SECONDS": "86400",
            **FAST_VARIABLES,
            **(variables or {}),
        }
    )
    async with open_homeroom(settings, clock=clock) as homeroom:
        secret = await homeroom.people.open_house("Home")
        assert secret is not None
        owner = await homeroom.people.authenticate(secret.text)
        storage, place = homeroom.plant.storage, owner.institution_id
        marked = await keep_marked_exam(storage, place, at=clock.now(), attempts=attempts)
        app: Any = create_app(homeroom, settings)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            yield Hall(homeroom, client, clock, owner, marked, app)


def of_type(sheet: Sheet, kind: str) -> Any:
    """The question of that kind."""
    return next(one for one in sheet["questions"] if one["type"] == kind)


def right(question: Sheet) -> list[str]:
    """What is wholly right."""
    return next(list(answer) for kind, answer in RIGHT.items() if kind.value == question["type"])
