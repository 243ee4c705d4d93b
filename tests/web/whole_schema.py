"""The whole API, asked all that its description allows and much that it does not.

Schemathesis reads the description and says what to ask; we ask it in this process, and it says
whether each answer is one that was described. Nothing is shrunk and everything is drawn from one
seed, so that a run is as long, and finds the same, as the one before.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeAlias, TypeVar

import attrs
import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar.types import ASGIApp
from rights_subjects import somebody
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import SanitizationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks
from schemathesis.transport.prepare import prepare_request

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import PersonId
from homeroom.people.model.sessions import Device, RefreshSecret, Session
from homeroom.people.use_cases.signing_in import TokenPair, Turnstile
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES

T = TypeVar("T")
Case: TypeAlias = AnyCase[Any]

BASE = "http://house"

PROMISES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
"""What holds of every answer, whatever was asked."""

OF_WRONG_REQUESTS = [checks.negative_data_rejection, checks.unsupported_method]
"""What holds of answers to what the description forbids."""

_AS_IT_IS = SanitizationConfig(enabled=False)
HOLE = re.compile(r"\{\w+\}")

Wrap = Callable[[ASGIApp], ASGIApp]


def as_it_is(app: ASGIApp) -> ASGIApp:
    return app


@attrs.frozen
class Ground:
    """A whole house in this process, asked from where no event loop runs."""

    runner: asyncio.Runner
    homeroom: Homeroom
    client: httpx.AsyncClient
    owner: Actor
    """May everything."""

    persons: dict[Role, PersonId] = attrs.field(factory=dict, init=False)

    def send(self, request: httpx.Request) -> httpx.Response:
        return self.runner.run(self.client.send(request))

    def description(self) -> Any:
        return self.runner.run(self.client.get(f"{BASE}/docs/openapi.json")).json()

    def key(self, role: Role) -> dict[str, str]:
        """The headers of a key in this *role*."""
        issue = self.homeroom.people.issue_key
        issued = self.runner.run(issue(self.owner, name="asks", roles=frozenset({role})))
        return {"X-API-Key": issued.secret.text}

    def token(self, role: Role) -> dict[str, str]:
        """The headers of somebody in this *role*, in a session that nobody has ended yet."""
        return {"Authorization": f"Bearer {self.runner.run(self.sign_in(role)).access}"}

    async def sign_in(self, role: Role) -> TokenPair:
        """One more session of the one person who is in this *role* here."""
        people, now = self.homeroom.people, self.homeroom.plant.ambient.clock.now()
        if role not in self.persons:
            person = await people.create_person(self.owner, somebody(), roles=frozenset({role}))
            self.persons[role] = person.id
        house, secret = self.owner.institution_id, RefreshSecret.fresh()
        session = Session.begin(self.persons[role], house, secret, device=Device(), at=now)
        async with self.homeroom.start() as unit:
            await unit.sessions.save(session)
            await unit.commit()
        return Turnstile(self.homeroom.plant.signer).tokens(session, secret, at=now)


@contextmanager
def open_ground(storage: Mapping[str, str], wrap: Wrap = as_it_is) -> Iterator[Ground]:
    """A house over *storage*, whose application *wrap* may spoil."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield runner.run(_opened(runner, stack, storage, wrap))
        finally:
            runner.run(stack.aclose())


async def _opened(
    runner: asyncio.Runner, stack: AsyncExitStack, storage: Mapping[str, str], wrap: Wrap
) -> Ground:
    rules = {
        "HOMEROOM_LOG__ACCESS": "false",
        "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "1000000",
        "HOMEROOM_PEOPLE__INVITATIONS_PER_HOUR": "10000",
    }
    environment = load_settings({**FAST_VARIABLES, **rules, **storage})
    homeroom = await stack.enter_async_context(open_homeroom(environment))
    secret = await homeroom.people.open_house("Home")
    assert secret is not None
    app: Any = wrap(create_app(homeroom, environment))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    await stack.enter_async_context(client)
    return Ground(runner, homeroom, client, await homeroom.people.authenticate(secret.text))


@attrs.frozen
class Schema:
    """What a description says may be asked, and the requests that come to mind."""

    _schema: Any
    _kinds: dict[str, list[Case]] = attrs.field(factory=dict, init=False, alias="kinds")

    @classmethod
    def of(cls, description: Any) -> "Schema":
        schema = schemathesis.openapi.from_dict(description)
        schema.config.update(base_url=BASE)
        schema.config.generation.update(with_security_parameters=False)
        return cls(schema)

    def operations(self) -> list[Any]:
        return [found.ok() for found in self._schema.get_all_operations()]

    def every_kind(self, operation: Any) -> list[Case]:
        """One request for each thing that may be right or wrong, all other things being right."""
        name = label(operation)
        if name not in self._kinds:
            found = self._schema.iter_coverage_cases(
                operation,
                generation_modes=list(GenerationMode),
                generation_config=self._schema.config.generation,
            )
            self._kinds[name] = list(found)
        return self._kinds[name]

    def drawn(self, operation: Any, count: int) -> list[Case]:
        """Up to *count* requests at random, and as many that should be refused if there are any."""
        found: list[Case] = []
        for mode in GenerationMode if count else ():
            if mode is GenerationMode.POSITIVE or operation.body or operation.query:
                _draw(operation.as_strategy(generation_mode=mode), count, found)
        return found


def _draw(strategy: Any, count: int, into: list[Case]) -> None:
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(case: Case) -> None:
        into.append(case)

    draw()


def evenly(found: Sequence[T], most: int) -> list[T]:
    """At most so many of *found*, from its beginning to its end."""
    step = max(1.0, len(found) / most)
    return [found[int(step * n)] for n in range(min(len(found), most))]


def label(operation: Any) -> str:
    return f"{operation.method.upper()} {operation.path}"


@attrs.frozen
class Finding:
    """An answer that breaks a promise."""

    operation: str
    broken: str
    asked: str
    answered: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.broken}\n  asked: {self.asked}\n  got: {self.answered}"


@attrs.frozen
class Walk:
    """Goes through requests, and notes the first answer that breaks a promise in each way."""

    ground: Ground
    statuses: dict[tuple[str, int], int] = attrs.field(factory=dict, init=False)
    _found: dict[tuple[str, str], Finding] = attrs.field(factory=dict, init=False, alias="found")

    @property
    def findings(self) -> list[Finding]:
        return list(self._found.values())

    def report(self) -> str:
        return "\n".join(map(str, self.findings[:10]))

    def answered(self, operation: str) -> set[int]:
        return {status for name, status in self.statuses if name == operation}

    def ask(self, case: Case, headers: Mapping[str, str], *more: Any) -> None:
        """Send *case*; every promise, and *more*, must be kept."""
        prepared = prepare_request(case, None, config=_AS_IT_IS, base_url=BASE)
        request = _request(prepared, headers)
        answer = self.ground.send(request)
        key = label(case.operation), answer.status_code
        self.statuses[key] = self.statuses.get(key, 0) + 1
        try:
            case.validate_response(_seen(prepared, answer), checks=[*PROMISES, *more])
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(label(case.operation), failure, request, answer)

    def _note(
        self, name: str, failure: Exception, request: httpx.Request, answer: httpx.Response
    ) -> None:
        broken = " ".join(str(failure).split())
        asked = f"{request.method} {request.url} {request.content[:300]!r}"
        finding = Finding(name, broken, asked, f"{answer.status_code} {answer.text[:300]}")
        self._found.setdefault((name, type(failure).__name__), finding)


def _request(prepared: Any, headers: Mapping[str, str]) -> httpx.Request:
    sent = {
        _bytes(name): _bytes(value) for name, value in (*prepared.headers.items(), *headers.items())
    }
    content = _bytes(prepared.body or b"")
    return httpx.Request(prepared.method, prepared.url, headers=[*sent.items()], content=content)


def _seen(prepared: Any, answer: httpx.Response) -> Response:
    return Response(
        status_code=answer.status_code,
        headers={name: answer.headers.get_list(name) for name in answer.headers},
        content=answer.content,
        request=prepared,
        elapsed=0.0,
        verify=False,
        encoding=answer.encoding,
    )


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def ends_sessions(operation: Any) -> bool:
    """Whether it may end the session that it is asked in."""
    return "/auth/" in operation.path


Caller = Callable[[], Mapping[str, str]]


def walk_blindly(
    ground: Ground, schema: Schema, caller: Caller, *, most: int, drawn: int = 0
) -> Walk:
    """Ask everything that comes to mind, of things that are mostly not there."""
    walk = Walk(ground)
    for operation in schema.operations():
        headers = caller()
        asked = [*evenly(schema.every_kind(operation), most), *schema.drawn(operation, drawn)]
        for case in asked:
            headers = caller() if ends_sessions(operation) else headers
            walk.ask(case, headers, *OF_WRONG_REQUESTS)
    return walk
