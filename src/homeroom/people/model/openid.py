"""Signing in through another house: what a browser takes along, and who may come in that way."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

import attrs

from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.privacy import Contact, Personal
from homeroom.kernel.rights import Role
from homeroom.people.errors import BadPerson, OpenIdErrandRefused
from homeroom.people.model.persons import Identity

LASTS = timedelta(minutes=10)
"""So long may somebody take to sign in elsewhere."""

LONGEST_RETURN = 512
"""Characters of the longest path to go to afterwards."""

CONSUMER_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "hotmail.com", "outlook.com"),
        *("live.com", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com", "proton.me"),
        *("protonmail.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "mail.com", "yandex.com"),
    }
)
"""Where anybody may have an address: it says nothing of where they belong."""

_LONGEST_NAME = 100
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_PATH = re.compile(r"(?=/)(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?(?:[?#][!-\[\]-~]*)?")


class BadVerifier(Invalid):
    """A code is brought with the verifier that its page made before it sent the browser away."""

    code = "pkce_verifier_missing_or_invalid"


class RedirectNotAllowed(Invalid):
    """No code may come from this address. An operator can allow it: HOMEROOM_GOOGLE__PAGES."""

    code = "google_redirect_not_allowed"


@attrs.frozen(kw_only=True)
class Proven:
    """What the other house says of whoever signed in there, once all of it was verified."""

    subject: Annotated[str, Personal]
    """What never changes of their account there, and is nobody else's."""

    email: Annotated[str, Contact]
    """An address of theirs, written small, of which that house made sure."""

    given_name: Annotated[str, Personal] = ""
    family_name: Annotated[str, Personal] = ""
    managed_by: str = ""
    """The domain of the organisation that manages the account; empty for somebody's own."""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    def identity(self, provider: str) -> Identity:
        """What they will be called here: by their address, if it can be a user name."""
        first = _name(self.given_name) or _name(self.email.partition("@")[0])
        last = _name(self.family_name) or "-"  # some people have one name alone
        try:
            return Identity.given(self.email, first, last, self.email)
        except BadPerson:
            digest = hashlib.sha256(self.subject.encode()).hexdigest()[:16]
            return Identity.given(f"{provider}-{digest}", first, last, self.email)


def _name(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip()[:_LONGEST_NAME].strip()


@attrs.frozen(kw_only=True)
class OpenIdRules:
    """Who may come in through another house."""

    provider: str
    """What accounts there are known under, such as `google`."""

    domains: Mapping[str, str]
    """For each domain of e-mail addresses the institution, by name or id; empty is the oldest."""

    newcomers: Role | None = None
    """What somebody is who was not here before; None takes nobody in."""

    managed_only: bool = True
    """Whether the account has to be one that the institution itself manages: an address of a
    domain, in an account of somebody's own, may have changed hands since it was verified."""

    def house_of(self, proven: Proven) -> str | None:
        """Where *proven* belongs; None for whoever belongs nowhere here."""
        if proven.domain in CONSUMER_DOMAINS:
            return None
        if self.managed_only and not self.is_managed(proven):
            return None
        return self.domains.get(proven.domain)

    def is_managed(self, proven: Proven) -> bool:
        """Whether the institution itself says that this address is theirs, today."""
        house = self.domains.get(proven.domain)
        return house is not None and self.domains.get(proven.managed_by) == house

    def beyond(self, proven: Proven) -> frozenset[Role]:
        """Roles of people for whom an address is not enough to be known by.

        Who manages an institution's addresses is not who rules over every other one.
        """
        above_all = frozenset({Role.SUPER_ADMIN})
        return above_all if self.is_managed(proven) else above_all | {Role.ADMIN}


@attrs.frozen(kw_only=True)
class Errand:
    """A browser on its way to the other house and back, with what it must bring home.

    What the browser keeps meanwhile is its ticket; of that, the errand knows the digest.
    """

    ticket: str = attrs.field(repr=False)
    nonce: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)
    return_to: str
    """The path of ours that it goes to at last; empty for none."""

    ends_at: datetime

    @classmethod
    def begin(cls, ticket: str, *, return_to: str, at: datetime) -> Self:
        """Raises `Invalid` for a *return_to* that is no path of ours."""
        return cls(
            ticket=digest_of(ticket),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
            return_to=checked_path(return_to) if return_to else "",
            ends_at=(at + LASTS).replace(microsecond=0),
        )

    @property
    def challenge(self) -> str:
        """What the other house is told of the verifier at first (RFC 7636, S256)."""
        told = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(told).decode().rstrip("=")

    @property
    def text(self) -> str:
        """All of it, to be sealed."""
        ends_at = int(self.ends_at.timestamp())
        return json.dumps([self.ticket, self.nonce, self.verifier, self.return_to, ends_at])

    @classmethod
    def read(cls, text: str) -> Self:
        """The errand that `text` wrote. Raises `OpenIdErrandRefused` for another release's."""
        try:
            ticket, nonce, verifier, return_to, ends_at = json.loads(text)
            ends = datetime.fromtimestamp(ends_at, UTC)
        except (ValueError, TypeError):
            raise OpenIdErrandRefused from None
        return cls(ticket=ticket, nonce=nonce, verifier=verifier, return_to=return_to, ends_at=ends)

    def check(self, ticket: str, *, at: datetime) -> None:
        """Raises `OpenIdErrandRefused` for another browser, and for one that took too long."""
        same = hmac.compare_digest(digest_of(ticket), self.ticket)
        if not same or at >= self.ends_at:
            raise OpenIdErrandRefused


def check_verifier(verifier: str) -> None:
    """Raises `BadVerifier` for what is no verifier in the words of RFC 7636."""
    if not _VERIFIER.fullmatch(verifier):
        why = "needs 43 to 128 letters, digits or any of - . _ ~, as RFC 7636 says"
        raise BadVerifier(problems=[Problem("codeVerifier", why)])


def new_ticket() -> str:
    """What a browser keeps while it is away; nobody can guess it."""
    return secrets.token_urlsafe(32)


def digest_of(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def checked_path(path: str) -> str:
    """*path*, if it stays in this house however it is read. Raises `Invalid`."""
    if len(path) > LONGEST_RETURN or not _PATH.fullmatch(path):
        why = "must be a path of this site in plain letters, such as /courses?tab=mine"
        raise Invalid(problems=[Problem("returnTo", why)])
    return path
