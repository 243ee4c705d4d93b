"""The door of the API: how often somebody may knock, and who they are."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import attrs
import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import SerializationException

from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Unauthenticated, Unavailable
from homeroom.kernel.rates import Rate, RateLimiter
from homeroom.people.use_cases import Authenticate
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.errors import TooManyRequests

ApiRequest = Request[Actor, None, State]


class AnyBody(Request[Any, Any, Any]):
    """A request whose body may be anything at all."""

    async def json(self) -> Any:
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            why = "JSON is malformed: it is not UTF-8, or nested too deeply"
            raise SerializationException(why) from error


_REMEMBERED_SECONDS = 5.0
_REMEMBERED_KEYS = 10_000
_LONGEST_SECRET = 200

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

    async def identify(self, secret: str) -> Actor:
        """Raises `Unauthenticated`."""
        now = self._elapsed()
        remembered = self._known.get(secret)
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        actor = await self._authenticate(secret)
        self._known[secret] = (now + _REMEMBERED_SECONDS, actor)
        while len(self._known) > _REMEMBERED_KEYS:
            self._known.popitem(last=False)
        return actor

    def forget_everyone(self) -> None:
        """Ask the storage again from now on: a key was revoked."""
        self._known.clear()


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

    def _caller(self, request: ApiRequest) -> str:
        peer = request.client.host if request.client is not None else None
        return self.callers.address(peer, request.headers.getall("x-forwarded-for", []))

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


def provide_actor(request: ApiRequest) -> Actor:
    """The actor the door admitted, never one the body names."""
    return request.user


def _secret(request: ApiRequest) -> str:
    headers = request.headers
    secret = headers.get("x-api-key") or ""
    if not secret:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        secret = token.strip() if scheme.lower() == "bearer" else ""
    return secret if len(secret) <= _LONGEST_SECRET else ""
