"""The door of the API: how often somebody may knock, and who they are."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import SerializationException
from litestar.params import QueryParameter

from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Invalid, Problem, Unauthenticated, Unavailable
from homeroom.kernel.rates import Rate, RateLimiter
from homeroom.people.use_cases import Authenticate
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.errors import TooManyRequests, badly_shaped

ApiRequest = Request[Actor, None, State]


class AnyBody(Request[Any, Any, Any]):
    """A request whose body may be anything at all. It is taken at its word: no number is a time."""

    async def json(self) -> Any:
        try:
            raw = await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            why = "JSON is malformed: it is not UTF-8, or nested too deeply"
            raise SerializationException(why) from error
        wanted = self.route_handler.parsed_data_field
        try:
            # The framework itself reads bodies as it must read parameters, where all is text.
            return raw if wanted is None else msgspec.convert(raw, wanted.annotation, strict=True)
        except msgspec.ValidationError as error:
            raise badly_shaped(error) from error


_REMEMBERED_SECONDS = 5.0
_REMEMBERED_KEYS = 10_000
_LONGEST_SECRET = 200
_MOST_UNKNOWN, _LONGEST_NAME = 10, 60

log = structlog.get_logger("homeroom.web")


@attrs.define
class Doorkeeper:
    """Knows whom it let in a moment ago, so that not every request asks the storage.

    A key revoked in another process opens this door for at most five seconds more.
    """

    _authenticate: Authenticate
    _elapsed: Callable[[], float] = time.monotonic
    _known: OrderedDict[str, tuple[float, Actor]] = attrs.field(
        factory=OrderedDict, init=False, alias="known"
    )
    _forgotten: int = attrs.field(default=0, init=False, alias="forgotten")

    async def identify(self, secret: str) -> Actor:
        """Raises `Unauthenticated`."""
        now = self._elapsed()
        remembered = self._known.get(secret)
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        forgotten = self._forgotten
        actor = await self._authenticate(secret)
        # Whoever revoked a key meanwhile may have revoked this one, after the storage was read.
        if forgotten == self._forgotten:
            self._remember(secret, now + _REMEMBERED_SECONDS, actor)
        return actor

    def forget_everyone(self) -> None:
        """Ask the storage again from now on: a key was revoked."""
        self._forgotten += 1
        self._known.clear()

    def _remember(self, secret: str, until: float, actor: Actor) -> None:
        self._known[secret] = (until, actor)
        while len(self._known) > _REMEMBERED_KEYS:
            self._known.popitem(last=False)


@attrs.frozen
class Door:
    """Runs before every handler of the API."""

    keeper: Doorkeeper
    rates: RateLimiter
    rate: Rate
    fails_open: bool
    callers: Callers = Callers()

    async def admit(self, request: ApiRequest) -> None:
        await self._count(self._caller(request))
        secret = _secret(request)
        if not secret:
            raise Unauthenticated
        request.scope["user"] = await self.keeper.identify(secret)
        if request.scope["query_string"]:
            refuse_unknown_parameters(request)

    def _caller(self, request: ApiRequest) -> str:
        peer = request.client.host if request.client is not None else None
        return self.callers.counted(peer, request.headers.getall("x-forwarded-for", []))

    async def _count(self, caller: str) -> None:
        try:
            allowance = await self.rates.take(caller, self.rate)
        except Unavailable:
            if not self.fails_open:
                raise
            log.warning("rate_limit_store_away")
            return
        if not allowance.allowed:
            raise TooManyRequests(allowance.retry_after)


def refuse_unknown_parameters(request: ApiRequest) -> None:
    """A parameter that nobody reads is a mistake, and the answer would not be what was meant."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    marked = {name: field.kwarg_definition for name, field in parameters.items()}
    known = {m.name or name for name, m in marked.items() if isinstance(m, QueryParameter)}
    unknown = sorted(set(request.query_params) - known)[:_MOST_UNKNOWN]
    if unknown:
        why = f"is no parameter here; known are: {', '.join(sorted(known)) or 'none'}"
        raise Invalid(problems=[Problem(name[:_LONGEST_NAME], why) for name in unknown])


def _secret(request: ApiRequest) -> str:
    headers = request.headers
    secret = headers.get("x-api-key") or ""
    if not secret:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        secret = token.strip() if scheme.lower() == "bearer" else ""
    return secret if len(secret) <= _LONGEST_SECRET else ""
