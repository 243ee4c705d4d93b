"""The door of the API: how often somebody may knock, and who they are."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

import attrs
import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter, SkipValidation
from litestar.types import Scope

from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Forbidden, Invalid, Problem, Unauthenticated, Unavailable
from homeroom.kernel.rates import Rate, RateLimiter
from homeroom.kernel.rights import Role
from homeroom.people.model.keys import SECRET_PREFIX
from homeroom.people.use_cases.sessions import Proven
from homeroom_entrypoints.composition.facade import Homeroom, People
from homeroom_entrypoints.web.browsers import Browsers
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.errors import TooManyRequests
from homeroom_entrypoints.web.misfits import LONGEST_NAME, unknown
from homeroom_entrypoints.web.rights import asked_by

ApiRequest = Request[Actor, None, State]

House: TypeAlias = SkipValidation[NamedDependency[Homeroom]]
"""The open Homeroom. It is ours: nothing need be made sure of, field by field, at every request."""

_REMEMBERED = timedelta(seconds=5)
_REMEMBERED_KEYS = 10_000
LONGEST_SECRET = 2_000
"""Access tokens are longer than keys."""

_MOST_UNKNOWN = 10

_ADMINISTRATORS = frozenset({"admin", "audit-logs", "keys", "ops"})
"""What stands behind `/api/v1/` where administrators and operators ask."""

_ROOM = "/api/v1/".count("/")

log = structlog.get_logger("homeroom.web")


class AddressNotAllowed(Forbidden):
    """Administrators' functions cannot be asked from this address. Ask from a network of theirs."""

    code = "address_not_allowed"


Identify: TypeAlias = Callable[[str], Awaitable[Proven]]
"""Whom a secret proves, and for how long at most. Raises `Unauthenticated`."""


def identify(people: People) -> Identify:
    """A key proves an institution's actor, and an access token a person's."""

    async def identify(secret: str) -> Proven:
        if secret.startswith(SECRET_PREFIX):
            return Proven(await people.authenticate(secret), _REMEMBERED)
        return await people.recognise.proven(secret)

    return identify


@attrs.define
class Doorkeeper:
    """Knows whom it let in a moment ago, so that not every request asks the storage.

    What was taken away in another process opens this door for at most five seconds more, and a
    token never longer than it counts. What was shown is not kept: only its digest is.
    """

    _authenticate: Identify
    _elapsed: Callable[[], float] = time.monotonic
    _known: OrderedDict[bytes, tuple[float, Actor]] = attrs.field(
        factory=OrderedDict, init=False, alias="known"
    )
    _forgotten: int = attrs.field(default=0, init=False, alias="forgotten")

    async def identify(self, secret: str) -> Actor:
        """Raises `Unauthenticated`."""
        now, shown = self._elapsed(), secret.encode()
        if (remembered := self.remembered(shown)) is not None:
            return remembered
        digest, forgotten = hashlib.sha256(shown).digest(), self._forgotten
        proven = await self._authenticate(secret)
        # Whoever revoked a key meanwhile may have revoked this one, after the storage was read.
        if forgotten == self._forgotten:
            self._remember(digest, now + min(proven.lasts, _REMEMBERED).total_seconds(), proven)
        return proven.actor

    def remembered(self, shown: bytes) -> Actor | None:
        """Whom it let in by this a moment ago. Asks nobody."""
        known = self._known.get(hashlib.sha256(shown).digest())
        return known[1] if known is not None and known[0] > self._elapsed() else None

    def forget_everyone(self) -> None:
        """Ask the storage again from now on: somebody may do less than a moment ago."""
        self._forgotten += 1
        self._known.clear()

    def _remember(self, digest: bytes, until: float, proven: Proven) -> None:
        self._known[digest] = (until, proven.actor)
        while len(self._known) > _REMEMBERED_KEYS:
            self._known.popitem(last=False)


@attrs.frozen
class Counter:
    """How often a caller may knock, and whether anybody may where that cannot be counted."""

    rates: RateLimiter
    rate: Rate
    fails_open: bool

    async def take(self, caller: str) -> None:
        """Raises `TooManyRequests`."""
        try:
            allowance = await self.rates.take(caller, self.rate)
        except Unavailable:
            if not self.fails_open:
                raise
            log.warning("rate_limit_store_away")
            return
        if not allowance.allowed:
            raise TooManyRequests(allowance.retry_after)


@attrs.frozen
class Door:
    """Runs before every handler of the API."""

    keeper: Doorkeeper
    counter: Counter
    browsers: Browsers
    callers: Callers = Callers()

    async def count(self, request: ApiRequest) -> None:
        """Let in whoever does not ask too often: for what needs no key."""
        await self.count_caller(request.scope)

    async def count_caller(self, scope: Scope) -> None:
        """Raises `TooManyRequests`, and counts nothing then."""
        await self.counter.take(self._caller(scope))

    def remembered(self, shown: bytes) -> Actor | None:
        """Who showed this a moment ago, and was let in. Asks nobody, and does not count them."""
        return self.keeper.remembered(shown)

    async def admit(self, request: ApiRequest) -> None:
        """Let in whoever shows a key that counts."""
        await self.let_in(request.scope)
        if request.scope["query_string"]:
            refuse_unknown_parameters(request)

    async def let_in(self, scope: Scope) -> Actor:
        """Who asks, of whom it is known now what they may do. For requests without parameters."""
        await self.count_caller(scope)
        if self.callers.administrators and is_administrators(scope):
            self._expect_administrator(scope)
        actor = await self._proven(scope)
        scope["user"] = actor
        return actor

    async def admit_or_let_leave(self, request: ApiRequest) -> None:
        """As `admit`, but whoever proves nothing comes in as nobody: for what one leaves by."""
        try:
            await self.admit(request)
        except Unauthenticated:
            request.scope["user"] = None
            refuse_unknown_parameters(request)

    async def _proven(self, scope: Scope) -> Actor:
        """Who shows a key or a token, or else whose browser does; then by a page of ours."""
        secret = _secret(scope)
        if secret:
            return await self.keeper.identify(secret)
        sent_along = "" if shows_secret(scope) else self.browsers.session(scope)
        if not 0 < len(sent_along) <= LONGEST_SECRET:
            raise Unauthenticated
        actor = await self.keeper.identify(sent_along)
        if actor.session_id is None:  # a key is nobody's session: somebody put it there
            raise Unauthenticated
        self.browsers.expect_session(scope, actor.session_id)
        return actor

    def shown_by_socket(self, scope: Scope) -> str:
        """What the handshake of a socket shows: a header, or a cookie on a page of ours; nothing,
        if who it is comes as the first message. Raises `ForeignPage` and `Unauthenticated`."""
        if shows_secret(scope):
            if secret := _secret(scope):
                return secret
            raise Unauthenticated
        sent_along = self.browsers.session(scope)
        if sent_along:
            self.browsers.expect_own_socket(scope)
        return sent_along[:LONGEST_SECRET]

    def _caller(self, scope: Scope) -> str:
        client = scope["client"]
        if client and not self.callers.trusted and ":" not in client[0]:
            return client[0]  # as most are: nobody speaks for them, and the address is whole
        return self.callers.counted(*self._hops(scope))

    def _expect_administrator(self, scope: Scope) -> None:
        """Before anything is looked up: who asks from elsewhere learns nothing of their key."""
        if not self.callers.may_administer(*self._hops(scope)):
            raise AddressNotAllowed

    def expect_watcher(self, scope: Scope) -> None:
        """Raises `AddressNotAllowed` for whoever is not to see how busy we are."""
        peer, _ = self._hops(scope)
        if not self.callers.may_watch(peer, _all_said(scope, b"x-forwarded-for")):
            raise AddressNotAllowed("Numbers are told to networks in `web.metrics_networks` alone.")

    def _hops(self, scope: Scope) -> tuple[str | None, Sequence[str]]:
        """Who is connected to us, and what proxies say of who is behind them."""
        client = scope["client"]
        forwarded = _all_said(scope, b"x-forwarded-for") if self.callers.trusted else ()
        return client[0] if client else None, forwarded


def is_administrators(scope: Scope) -> bool:
    """Whether the route that was found, however its address was written, is administrators': it
    stands where they ask, or what it asks for first nobody else may."""
    steps = str(scope["path_template"]).split("/")
    if len(steps) > _ROOM and steps[_ROOM] in _ADMINISTRATORS:
        return True
    handler = dict(scope).get("route_handler")  # what is answered before the framework has none
    asked = asked_by(handler) if isinstance(handler, BaseRouteHandler) else ()
    return bool(asked) and asked[0].roles <= {Role.ADMIN}


def refuse_unknown_parameters(request: ApiRequest) -> None:
    """A parameter that nobody reads is a mistake, and the answer would not be what was meant."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    marked = {name: field.kwarg_definition for name, field in parameters.items()}
    known = {m.name or name for name, m in marked.items() if isinstance(m, QueryParameter)}
    said = request.query_params.getall
    strangers = set(request.query_params) - known
    wrong = {name: unknown(name, known, "parameter") for name in strangers}
    wrong |= {name: "is there twice: say it once" for name in known if len(said(name, ())) > 1}
    if wrong:
        told = sorted(wrong.items())[:_MOST_UNKNOWN]
        raise Invalid(problems=[Problem(name[:LONGEST_NAME], why) for name, why in told])


def shows_secret(scope: Scope) -> bool:
    """Whether a request says itself who asks, so that no cookie vouches for it."""
    return bool(_first_said(scope, b"x-api-key") or _first_said(scope, b"authorization"))


def _secret(scope: Scope) -> str:
    secret = _first_said(scope, b"x-api-key")
    if not secret:
        scheme, _, token = _first_said(scope, b"authorization").partition(" ")
        secret = token.strip() if scheme.lower() == "bearer" else ""
    return secret if len(secret) <= LONGEST_SECRET else ""


def _first_said(scope: Scope, header: bytes) -> str:
    # Read as they came: the framework would first make a dictionary of every header.
    for name, value in scope["headers"]:
        if name == header:
            return value.decode("latin-1")
    return ""


def _all_said(scope: Scope, header: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]
