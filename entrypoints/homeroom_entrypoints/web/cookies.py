"""The cookies of a browser's session: how they are called, who gets them back, how they are read.

    session         no script reads it     goes to every address of the host
    renewal         no script reads it     goes to where one signs in and out, and nowhere else
    countersign     the page reads it      what shows that a page of ours asks

All are `Secure` and `SameSite=Strict`. Browsers keep a `__Host-` cookie only if this host alone set
it, for all its addresses; so the renewal, which is to go to few, is called `__Secure-` instead.
On a plain loopback address, where some browsers keep no `Secure` cookie, the names are bare.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from ipaddress import ip_address

import attrs
from litestar.datastructures import Cookie
from litestar.types import Scope

from homeroom.people.use_cases.signing_in import TokenPair
from homeroom_entrypoints.composition.settings import Settings

_NAME = "homeroom"
_SIGNING_IN = "/api/v1/auth"


@attrs.frozen
class Cookies:
    """Writes and reads the cookies of this house. Nobody else's are looked at."""

    secure: bool
    root_path: str = ""

    @property
    def session(self) -> str:
        return self._named("__Host-", "session")

    @property
    def renewal(self) -> str:
        return self._named("__Secure-", "renewal")

    @property
    def countersign(self) -> str:
        return self._named("__Host-", "csrf")

    def _named(self, prefix: str, which: str) -> str:
        return f"{prefix if self.secure else ''}{_NAME}-{which}"

    def of(self, pair: TokenPair, countersign: str, *, now: datetime) -> Sequence[Cookie]:
        """The cookies of a session that goes on with *pair*. None outlives its token."""
        soon = int((pair.access_expires_at - now).total_seconds())
        late = int((pair.refresh_expires_at - now).total_seconds())
        return [
            self._cookie(self.session, pair.access, soon),
            self._cookie(self.renewal, pair.refresh.text, late),
            self._cookie(self.countersign, countersign, late),
        ]

    def countersigned(self, countersign: str) -> Cookie:
        """The one that a page reads, until the browser is closed."""
        return self._cookie(self.countersign, countersign, None)

    def gone(self) -> Sequence[Cookie]:
        """What makes a browser forget them all."""
        return [self._cookie(name, "", 0) for name in self._all]

    @property
    def _all(self) -> tuple[str, str, str]:
        return self.session, self.renewal, self.countersign

    def _cookie(self, name: str, value: str, lasts: int | None) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=lasts,
            path=self.root_path + _SIGNING_IN if name == self.renewal else "/",
            secure=self.secure,
            httponly=name != self.countersign,
            samesite="strict",
        )

    def read(self, scope: Scope, name: str) -> str:
        """The cookie called *name*; empty without one, and if there are two.

        Of two, one was put there by somebody else, and nobody can say which.
        """
        found = [value for called, value in _pairs(scope) if called == name]
        return found[0] if len(found) == 1 else ""

    def any_of_session(self, scope: Scope) -> bool:
        return bool(self.read(scope, self.session) or self.read(scope, self.renewal))


def cookies_for(settings: Settings) -> Cookies:
    """Cookies of a house with these *settings*: bare ones only where nobody else can listen."""
    web = settings.web
    alone = _is_loopback(web.host) and not web.trusted_proxies and not web.hsts
    plain = alone and settings.environment != "production"
    return Cookies(not plain, web.root_path)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pairs(scope: Scope) -> Iterator[tuple[str, str]]:
    for header, line in scope["headers"]:
        if header == b"cookie":
            for crumb in line.decode("latin-1").split(";"):
                name, _, value = crumb.partition("=")
                yield name.strip(), value.strip()
