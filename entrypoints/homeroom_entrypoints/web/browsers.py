"""Who asks in a browser: a page of ours, or one that abuses the cookies the browser sends along.

A request that a cookie vouches for, and that may change something, must show what no other site
can read: a token of the same session, in a header and in a cookie, with our mark on it. That is
looked at after it is known whose session it is, for before that it could prove nothing. Where the
browser says who made the request, pages of other sites are refused as well.
"""

import hmac
import secrets
from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import attrs
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import Scope

from homeroom.kernel.errors import Forbidden
from homeroom.kernel.ids import SessionId
from homeroom.kernel.sealing import Sealer
from homeroom_entrypoints.web.cookies import Cookies

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_PURPOSE = "web.csrf"
_ANY = "*"


class CsrfTokenMissing(Forbidden):
    """A cookie vouches for this: say `X-CSRF-Token` too, from `/api/v1/auth/csrf-token`."""

    code = "csrf_token_missing"


class CsrfTokenInvalid(Forbidden):
    """This `X-CSRF-Token` is not this session's. Get one from `/api/v1/auth/csrf-token`."""

    code = "csrf_token_invalid"


class ForeignPage(Forbidden):
    """A page of another site asked this. If it may, its origin belongs in `web.cors_origins`."""

    code = "foreign_page"


def _without_any(origins: Iterable[str]) -> frozenset[str]:
    """Where every site may ask, none of them may ask in somebody's name."""
    return frozenset(origins) - {_ANY}


@attrs.frozen
class Browsers:
    """Tells pages of ours from those of others. *origins* are other sites that may ask, too."""

    cookies: Cookies
    sealer: Sealer
    origins: frozenset[str] = attrs.field(default=frozenset(), converter=_without_any)

    def session(self, scope: Scope) -> str:
        """The access token that a browser sent along; empty without one."""
        return self.cookies.read(scope, self.cookies.session)

    def renewal(self, scope: Scope) -> str:
        """The refresh token that a browser sent along; empty without one."""
        return self.cookies.read(scope, self.cookies.renewal)

    def expect_own_page(self, scope: Scope) -> None:
        """Raises `ForeignPage` if the browser says so; who is no browser says nothing."""
        origin, site = _said(scope, b"origin"), _said(scope, b"sec-fetch-site")
        if origin in self.origins or site == "same-origin":
            return
        if site not in {"", "none"} or not _is_at_home(origin, _said(scope, b"host")):
            raise ForeignPage

    def expect_own_socket(self, scope: Scope) -> None:
        """Let a cookie vouch for a socket that a page of ours opens, and for no other.

        No header of ours can be asked of it, and what is told over it any page could read; but
        every browser says whose page opens one. Raises `ForeignPage`, also for who does not say.
        """
        if not _said(scope, b"origin"):
            raise ForeignPage
        self.expect_own_page(scope)

    def expect_session(self, scope: Scope, session_id: SessionId) -> None:
        """Let pass what changes nothing, and what a page of this session asks."""
        if scope.get("method") in _HARMLESS:
            return
        if self.countersigned(scope) != session_id:
            raise CsrfTokenInvalid

    def countersigned(self, scope: Scope) -> SessionId:
        """The session whose page asks this. Raises one of the three refusals."""
        self.expect_own_page(scope)
        shown = _said(scope, b"x-csrf-token")
        if not shown:
            raise CsrfTokenMissing
        kept = self.cookies.read(scope, self.cookies.countersign)
        session_id = self._session_of(shown)
        if session_id is None or not _same(shown, kept):
            raise CsrfTokenInvalid
        return session_id

    def token_for(self, scope: Scope, session_id: SessionId) -> str:
        """The token of this session that the browser has, or else a new one."""
        kept = self.cookies.read(scope, self.cookies.countersign)
        return kept if self._session_of(kept) == session_id else self.new_token(session_id)

    def new_token(self, session_id: SessionId) -> str:
        said = f"{session_id.hex}.{secrets.token_urlsafe(16)}"
        return f"{said}.{self._mark(said)}"

    def _session_of(self, token: str) -> SessionId | None:
        said, _, mark = token.rpartition(".")
        if not _same(mark, self._mark(said)):
            return None
        return SessionId(UUID(hex=said.partition(".")[0]))

    def _mark(self, said: str) -> str:
        return self.sealer.fingerprint(said, purpose=_PURPOSE)


AllBrowsers: TypeAlias = SkipValidation[NamedDependency[Browsers]]
"""It is ours, so nothing of it need be made sure of."""


def _is_at_home(origin: str, host: str) -> bool:
    """Whether *origin* is where the request went; only browsers have one."""
    if not origin:
        return True
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _same(shown: str, kept: str) -> bool:
    return hmac.compare_digest(shown.encode(), kept.encode())


def _said(scope: Scope, header: bytes) -> str:
    """What *header* says. Who says it twice says nothing that could be believed."""
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == header]
    return said[0] if len(said) == 1 else _TWICE if said else ""


_TWICE = "twice"
