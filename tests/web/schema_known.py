"""The walk of somebody who knows the house: over real subjects, changing one thing at a time."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from rights_example import Example
from rights_examples import EXAMPLES, OWN
from rights_subjects import YEARLY, Subject, a_task, somebody
from schema_adaptive import KNOWN_ADAPTIVE
from schema_progress import KNOWN_PROGRESS
from schema_sittings import KNOWN_SITTINGS, Known, an_exam
from whole_schema import (
    HOLE,
    Caller,
    Case,
    Ground,
    Schema,
    Walk,
    ends_sessions,
    evenly,
    label,
)

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import TaskId
from homeroom.people.ports.strategies import Attempt


async def known_by(ground: Ground, example: Example) -> Known:
    """What *example* asks, about something that was made for it."""
    subject = Subject("nobody", "nobody")
    if example.make:
        subject = await example.make(ground.homeroom, ground.owner)
    said = example.query.format(id=subject.id)
    body = example.body() if callable(example.body) else example.body
    return Known(subject.id, dict(httpx.QueryParams(said)), body)


_PASSWORD = "plums on a warm roof"


async def _a_new_person(ground: Ground) -> str:
    who, people = somebody(), ground.homeroom.people
    await people.create_person(
        ground.owner, who, roles=frozenset({Role.TEACHER}), password=_PASSWORD
    )
    return who.user_name


async def known_sign_in(ground: Ground) -> Known:
    return Known("", {}, {"username": await _a_new_person(ground), "password": _PASSWORD})


async def known_refresh(ground: Ground) -> Known:
    attempt = Attempt(name=await _a_new_person(ground), password=_PASSWORD)
    signed_in = await ground.homeroom.people.sign_in(attempt)
    return Known("", {}, {"refreshToken": signed_in.tokens.refresh.text})


async def known_session(ground: Ground) -> Known:
    return Known(str((await ground.sign_in(Role.SUPER_ADMIN)).session_id), {}, None)


async def known_ping(ground: Ground) -> Known:
    task = await a_task(ground.homeroom, ground.owner)
    expect = ground.homeroom.scheduling.expect_pings
    _, token = await expect(ground.owner, TaskId(UUID(task.id)), YEARLY, grace=60)
    return Known(token.text, {}, None)


async def known_order(ground: Ground) -> Known:
    kept, _ = await an_exam(ground)
    objective = str(next(iter(kept.exam.outline.weights)))
    said = {"examId": str(kept.exam.id), "objectiveId": objective, "source": "A stub answers. " * 9}
    return Known("", {}, said)


KNOWN = {
    **{f"POST /api/v1/pings/{{token}}{how}": known_ping for how in ("", "/start", "/fail")},
    "POST /api/v1/auth/login": known_sign_in,
    "POST /api/v1/questions/generate": known_order,
    "POST /api/v1/auth/refresh": known_refresh,
    "DELETE /api/v1/auth/sessions/{session_id}": known_session,
    **KNOWN_SITTINGS,
    **KNOWN_PROGRESS,
    **KNOWN_ADAPTIVE,
}
"""What the examples of rights have no need to ask so that it is granted."""


def walk_knowingly(ground: Ground, schema: Schema, caller: Caller, *, most: int) -> Walk:
    """Ask of what is there, one thing at a time being other than it should."""
    walk = Walk(ground)
    for operation in schema.operations():
        shapes = list(_shapes(schema.every_kind(operation)))
        for number, make in enumerate(_makers(ground, label(operation))):
            headers = caller()
            for change in evenly(shapes, most) if number == 0 else shapes[:1]:
                headers = caller() if ends_sessions(operation) else headers
                walk.ask(change(operation, ground.runner.run(make())), headers)
    return walk


def _makers(ground: Ground, name: str) -> Iterator[Callable[[], Any]]:
    if name in KNOWN:
        yield partial(KNOWN[name], ground)
    for example in (*EXAMPLES, *OWN):
        if example.endpoint == name:
            yield partial(known_by, ground, example)


Change = Callable[[Any, Known], Case]


def _shapes(found: Iterable[Case]) -> Iterator[Change]:
    """First what is known as it stands, then with each thing that *found* says in its place."""
    yield _told()
    seen = set[str]()
    for case in found:
        body = case.body if isinstance(case.body, dict) else {}
        said = [("query", *one) for one in _plain(case.query)]
        said += [("body", *one) for one in body.items()]
        for where, name, value in said:
            mark = f"{where} {name} {json.dumps(value, default=str)}"
            if mark not in seen:
                seen.add(mark)
                yield _told(**{where: {name: value}})


def _plain(query: Any) -> Iterable[tuple[str, Any]]:
    return query.items() if isinstance(query, dict) else ()


def _told(query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None) -> Change:
    def change(operation: Any, known: Known) -> Case:
        said = {**(known.body or {}), **(body or {})} if operation.body else None
        holes, fill = _names(operation.path), known.path
        found: Case = operation.Case(
            path_parameters=dict.fromkeys(holes, fill)
            if isinstance(fill, str)
            else {name: fill[name] for name in holes},
            query={**known.query, **(query or {})},
            **({} if said is None else {"body": said, "media_type": "application/json"}),
        )
        return found

    return change


def _names(path: str) -> list[str]:
    return [hole.strip("{}") for hole in HOLE.findall(path)]
