"""Every operation of the API answers as it is described, whatever it is asked.

    python -m pytest tests/web/test_whole_schema.py --api-examples 300

asks all that comes to mind, and so many requests of each operation at random beside.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import new_id

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from rights_examples import EXAMPLES
from schema_known import KNOWN, walk_knowingly
from whole_schema import Caller, Ground, Schema, Walk, label, open_ground, walk_blindly

pytestmark = pytest.mark.timeout(3600)

EVERYTHING = 100_000
KEYS = "/api/v1/keys"


def memory(directory: Path) -> dict[str, str]:
    return {
        "HOMEROOM_DATA_DIR": str(directory),
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": f"memory://{new_id()}",
    }


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with open_ground(memory(tmp_path)) as ground:
        yield ground


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_ground(memory(tmp_path_factory.mktemp("described"))) as ground:
        return ground.description()


@pytest.fixture(scope="module")
def schema(description: Any) -> Schema:
    return Schema.of(description)


@attrs.frozen
class Extent:
    """How much is asked of each operation."""

    most: int
    drawn: int


@pytest.fixture
def extent(request: pytest.FixtureRequest) -> Extent:
    drawn: int = request.config.option.api_examples
    return Extent(EVERYTHING, drawn) if drawn else Extent(16, 0)


def _always(headers: Mapping[str, str]) -> Caller:
    return lambda: headers


CALLERS: Mapping[str, Callable[[Ground], Caller]] = {
    "a super admin's key": lambda ground: _always(ground.key(Role.SUPER_ADMIN)),
    "a student": lambda ground: lambda: ground.token(Role.STUDENT),
    "nobody": lambda _: dict[str, str],
}

GRANTED = {one.endpoint for one in EXAMPLES if not one.otherwise} | KNOWN.keys()
"""What is there to be had, so that a walk in which it is not was no walk over it."""


class TestEveryAnswer:
    @pytest.mark.parametrize("who", CALLERS)
    def test_to_whatever_is_asked_is_as_described(
        self, ground: Ground, schema: Schema, extent: Extent, who: str
    ) -> None:
        caller = CALLERS[who](ground)
        walk = walk_blindly(ground, schema, caller, most=extent.most, drawn=extent.drawn)
        assert walk.findings == [], walk.report()
        assert len(walk.statuses) >= 2 * len(schema.operations())

    def test_about_what_is_there_is_as_described(
        self, ground: Ground, schema: Schema, extent: Extent
    ) -> None:
        walk = walk_knowingly(
            ground, schema, lambda: ground.token(Role.SUPER_ADMIN), most=max(24, extent.most)
        )
        assert walk.findings == [], walk.report()
        described = GRANTED & {label(operation) for operation in schema.operations()}
        assert [name for name in described if not granted(walk, name)] == []


def granted(walk: Walk, name: str) -> bool:
    return any(200 <= status < 400 for status in walk.answered(name))


def test_the_same_is_asked_every_time(description: Any) -> None:
    told = [_asked(Schema.of(description)) for _ in range(2)]
    assert told[0] == told[1]


def _asked(schema: Schema) -> list[str]:
    return [
        repr((case.method, case.query, case.path_parameters, case.body))
        for operation in schema.operations()[:6]
        for case in [*schema.every_kind(operation), *schema.drawn(operation, 3)]
    ]


@attrs.frozen
class Answered:
    """An answer that is on its way, and may still be spoiled."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def told(self, **more: Any) -> "Answered":
        return attrs.evolve(self, body=json.dumps({**json.loads(self.body), **more}).encode())


Spoil = Callable[[Answered], Answered]


def _without(header: bytes) -> Spoil:
    return lambda answer: attrs.evolve(
        answer, headers={name: it for name, it in answer.headers.items() if name != header}
    )


def _if(status: int, spoil: Spoil) -> Spoil:
    return lambda answer: spoil(answer) if answer.status == status else answer


def _as_text(answer: Answered) -> Answered:
    return attrs.evolve(answer, headers={**answer.headers, b"content-type": b"text/plain"})


def _granting(answer: Answered) -> Answered:
    body = json.dumps({"data": [], "nextCursor": None}).encode()
    headers = {**answer.headers, b"content-type": b"application/json"}
    return Answered(200, headers, body)


SPOILERS: Mapping[str, tuple[Spoil, str]] = {
    "crashes": (_if(200, lambda answer: attrs.evolve(answer, status=500)), "Server error"),
    "answers what is not described": (
        _if(200, lambda answer: attrs.evolve(answer, status=418)),
        "Undocumented status code",
    ),
    "calls its answer by another type": (_if(200, _as_text), "Undocumented Content-Type"),
    "calls its refusal by another type": (_if(400, _as_text), "Undocumented Content-Type"),
    "leaves a field out": (
        _if(200, lambda answer: answer.told(data=[{"id": "x"}])),
        "Response violates schema",
    ),
    "refuses in a shape of its own": (
        _if(400, lambda answer: answer.told(errors="many")),
        "Response violates schema",
    ),
    "does not say which methods there are": (_if(405, _without(b"allow")), "`Allow` header"),
    "grants what is forbidden": (_if(400, _granting), "Schema-violating request accepted"),
}


def spoiling(spoil: Spoil) -> Callable[[ASGIApp], ASGIApp]:
    """Has the house's answers about keys pass through *spoil*, and leaves all others alone."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def spoiled(scope: Scope, receive: Receive, send: Send) -> None:
            messages: list[Any] = []

            async def keep(message: Message) -> None:
                messages.append(message)

            if scope.get("path") != KEYS:
                await app(scope, receive, send)
                return
            await app(scope, receive, keep)
            answer = _told_by(messages, spoil)
            headers = {**answer.headers, b"content-length": str(len(answer.body)).encode()}
            begin: Any = {**messages[0], "status": answer.status, "headers": list(headers.items())}
            end: Any = {"type": "http.response.body", "body": answer.body, "more_body": False}
            await send(begin)
            await send(end)

        return spoiled

    return wrap


def _told_by(messages: list[Any], spoil: Spoil) -> Answered:
    body = b"".join(one.get("body", b"") for one in messages[1:])
    return spoil(Answered(messages[0]["status"], dict(messages[0]["headers"]), body))


class TestASaboteurWho:
    @pytest.mark.parametrize("how", SPOILERS)
    def test_is_found(self, tmp_path: Path, description: Any, how: str) -> None:
        spoil, told = SPOILERS[how]
        schema = Schema.of({**description, "paths": {KEYS: description["paths"][KEYS]}})
        with open_ground(memory(tmp_path), spoiling(spoil)) as ground:
            caller = _always(ground.key(Role.SUPER_ADMIN))
            walk = walk_blindly(ground, schema, caller, most=EVERYTHING)
        assert [one.broken for one in walk.findings if told in one.broken], walk.report()
