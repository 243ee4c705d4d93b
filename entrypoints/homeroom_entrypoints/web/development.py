"""Signing in without a password, for whoever develops on this machine. It is not always there."""

from ipaddress import ip_address
from typing import Any, TypeAlias

import structlog
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CollectorRegistry, Counter

from homeroom.kernel.errors import Forbidden
from homeroom.people.model.sessions import Device
from homeroom.people.use_cases.signing_in import SignedIn
from homeroom.people.use_cases.super_admins import SignInAsDeveloper
from homeroom_entrypoints.composition.production import is_loopback
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.sign_in import telling
from homeroom_entrypoints.web.sign_in_wire import RefreshedAnswer, SignedInAnswer

log = structlog.get_logger("homeroom.web")

_ASKED = "asked"
_SAID_BY_PROXIES = ("forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip")
_BEGUN_BY_PROXIES = "x-forwarded-"


class NotAtThisMachine(Forbidden):
    """Only whoever is at this machine signs in without a password: ask from it, by its loopback."""

    code = "not_at_this_machine"


class NoDevelopmentSignIn(Forbidden):
    """Nobody signs in here without a proof. Who develops sets HOMEROOM_DEVELOPMENT__SIGN_IN."""

    code = "no_development_sign_in"


class Developers:
    """The way in for whoever develops on this machine, if there is one; it counts who went it."""

    def __init__(self, sign_in: SignInAsDeveloper | None, registry: CollectorRegistry) -> None:
        self._sign_in = sign_in
        self._counted = Counter(
            "homeroom_dev_sign_ins_total",
            "Times that somebody signed in without a password, by what led there.",
            ("trigger",),
            registry=registry if sign_in else None,
        )

    @property
    def are_let_in(self) -> bool:
        return self._sign_in is not None

    async def let_in(self, request: ApiRequest, trigger: str) -> SignedIn:
        """*trigger* is why. Raises `NoDevelopmentSignIn`, `NotAtThisMachine`, `NoDeveloper`."""
        if self._sign_in is None:
            raise NoDevelopmentSignIn
        expect_this_machine(request)
        log.warning("signed_in_without_a_password", trigger=trigger)
        signed_in = await self._sign_in(Device(address="127.0.0.1"))
        self._counted.labels(trigger).inc()
        return signed_in


AllDevelopers: TypeAlias = SkipValidation[NamedDependency[Developers]]


class DevelopmentController(Controller):
    """A way in that production does not have."""

    path = "/auth/development"
    tags = ("auth",)
    security = ({},)

    @post(status_code=200, summary="Sign in without a password, as the developer")
    async def login(
        self, request: ApiRequest, homeroom: House, developers: AllDevelopers
    ) -> SignedInAnswer:
        signed_in = await developers.let_in(request, _ASKED)
        now = homeroom.plant.ambient.clock.now()
        told = await telling(homeroom, signed_in, RefreshedAnswer.of(signed_in.tokens, now))
        return told.unproven(_ASKED)


def expect_this_machine(request: ApiRequest) -> None:
    """Raises `NotAtThisMachine`, also if a proxy stands between, or a page of somebody else's asks.

    Such a page knows another name for our address, and says it; or it says where it comes from.
    """
    client: Any = request.scope["client"]
    here = client is not None and _is_here(client[0])
    asked = request.headers.get("host", "")
    name = asked.rpartition(":")[0] if asked.rpartition(":")[2].isdecimal() else asked
    direct = not any(map(_is_said_by_proxies, request.headers))
    own = is_loopback(name.strip("[]")) and "origin" not in request.headers
    if not (here and direct and own):
        raise NotAtThisMachine


def _is_said_by_proxies(header: str) -> bool:
    return header in _SAID_BY_PROXIES or header.startswith(_BEGUN_BY_PROXIES)


def _is_here(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
