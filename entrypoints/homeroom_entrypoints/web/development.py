"""Signing in without a password, for whoever develops on this machine. It is not always there."""

from ipaddress import ip_address
from typing import Any

import structlog
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from homeroom.kernel.errors import Forbidden
from homeroom.people.model.sessions import Device
from homeroom.people.use_cases.super_admins import SignInAsDeveloper
from homeroom_entrypoints.composition.production import is_loopback
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.sign_in_wire import RefreshedAnswer, SignedInAnswer

log = structlog.get_logger("homeroom.web")

_SAID_BY_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class NotAtThisMachine(Forbidden):
    """Only whoever is at this machine signs in without a password: ask from it, by its loopback."""

    code = "not_at_this_machine"


class DevelopmentController(Controller):
    """A way in that production does not have."""

    path = "/auth/development"
    tags = ("auth",)
    security = ({},)

    @post(status_code=200, summary="Sign in without a password, as the developer")
    async def login(
        self,
        request: ApiRequest,
        homeroom: House,
        sign_in_as_developer: SkipValidation[NamedDependency[SignInAsDeveloper]],
    ) -> SignedInAnswer:
        expect_this_machine(request)
        log.warning("signed_in_without_a_password")
        signed_in = await sign_in_as_developer(Device(address="127.0.0.1"))
        now = homeroom.plant.ambient.clock.now()
        return SignedInAnswer.telling(signed_in, RefreshedAnswer.of(signed_in.tokens, now))


def expect_this_machine(request: ApiRequest) -> None:
    """Raises `NotAtThisMachine`, also if a proxy stands between, or a page of somebody else's asks.

    Such a page knows another name for our address, and says it; or it says where it comes from.
    """
    client: Any = request.scope["client"]
    here = client is not None and _is_here(client[0])
    asked = request.headers.get("host", "")
    name = asked.rpartition(":")[0] if asked.rpartition(":")[2].isdecimal() else asked
    direct = not any(header in request.headers for header in _SAID_BY_PROXIES)
    own = is_loopback(name.strip("[]")) and "origin" not in request.headers
    if not (here and direct and own):
        raise NotAtThisMachine


def _is_here(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
