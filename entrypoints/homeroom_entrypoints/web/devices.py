"""What a request comes from, as far as it says so: for the list of places one is signed in."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from homeroom.people.model.sessions import Device
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.door import ApiRequest

AllCallers: TypeAlias = SkipValidation[NamedDependency[Callers]]
"""Who tells callers apart; it is ours, so nothing of it need be made sure of."""

_BROWSERS = (
    *(("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge")),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    *(("Firefox/", "Firefox"), ("FxiOS/", "Firefox")),
    *(("Chrome/", "Chrome"), ("CriOS/", "Chrome")),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-httpx/", "httpx"),
)
"""What a user agent contains, and whose it is; many claim to be others, so the order counts."""

_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_of(request: ApiRequest, callers: Callers) -> Device:
    """Never the whole user agent: it would tell more of somebody than a list of devices needs."""
    agent = request.headers.get("user-agent", "")
    client = request.scope["client"]
    forwarded = request.headers.getall("x-forwarded-for", []) if callers.trusted else []
    return Device(
        browser=_first_of(_BROWSERS, agent),
        system=_first_of(_SYSTEMS, agent),
        address=callers.address(client[0] if client else None, forwarded),
    )


def _first_of(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in known if mark in agent), "")
