"""The keys that act for an institution."""

import hashlib
import re
import secrets
from datetime import datetime
from typing import Self

import attrs

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Problem, Unauthenticated
from homeroom.kernel.ids import ApiKeyId, InstitutionId, new_id
from homeroom.people.errors import ApiKeyAlreadyRevoked, BadApiKey
from homeroom.people.model.institutions import named
from homeroom.published.people import ApiKeyIssued, ApiKeyRevoked

SECRET_PREFIX = "hr_"  # noqa: S105 - the part that is not secret, so that scanners can find leaks
_SECRET_SHAPE = re.compile(r"hr_[A-Za-z0-9_-]{32,128}")


@attrs.frozen
class KeySecret:
    """A key's secret: shown once, kept only as its digest."""

    text: str = attrs.field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        return cls(SECRET_PREFIX + secrets.token_urlsafe(32))

    @classmethod
    def chosen(cls, text: str) -> Self:
        """A secret somebody else made; refuses one that is short or of another shape."""
        if not _SECRET_SHAPE.fullmatch(text):
            wanted = f"must be {SECRET_PREFIX!r} and then 32 to 128 of A-Z a-z 0-9 _ -"
            raise BadApiKey(problems=[Problem("secret", wanted)])
        return cls(text)

    @property
    def digest(self) -> str:
        """SHA-256: enough for 256 random bits, and cheap at every request."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@attrs.define(kw_only=True)
class ApiKey(Aggregate):
    """A key that acts for an institution in certain roles until it is revoked or expires."""

    id: ApiKeyId
    institution_id: InstitutionId
    name: str
    roles: frozenset[Role]
    digest: str = attrs.field(repr=False)
    hint: str
    """The secret's last four characters, so that people can tell keys apart."""

    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @classmethod
    def issue(
        cls,
        institution_id: InstitutionId,
        secret: KeySecret,
        *,
        name: str,
        roles: frozenset[Role],
        at: datetime,
        expires_at: datetime | None = None,
    ) -> Self:
        """Refuses a nameless key, one without roles, and one that is born expired."""
        _check_new_key(roles, at, expires_at)
        key = cls(
            id=ApiKeyId(new_id()),
            institution_id=institution_id,
            name=named(name),
            roles=roles,
            digest=secret.digest,
            hint=secret.text[-4:],
            created_at=at,
            expires_at=expires_at,
        )
        key.record(ApiKeyIssued(occurred_at=at, institution_id=institution_id, api_key_id=key.id))
        return key

    def revoke(self, *, at: datetime) -> None:
        if self.revoked_at is not None:
            raise ApiKeyAlreadyRevoked
        self.revoked_at = at
        self.record(
            ApiKeyRevoked(occurred_at=at, institution_id=self.institution_id, api_key_id=self.id)
        )

    def act(self, *, at: datetime) -> Actor:
        """The actor this key proves. Raises `Unauthenticated` once it is revoked or expired."""
        if self.revoked_at is not None or (self.expires_at is not None and at >= self.expires_at):
            raise Unauthenticated
        return Actor(institution_id=self.institution_id, roles=self.roles, api_key_id=self.id)


def _check_new_key(roles: frozenset[Role], at: datetime, expires_at: datetime | None) -> None:
    problems = []
    if not roles:
        problems.append(Problem("roles", "name at least one role"))
    if expires_at is not None and not is_instant(expires_at):
        problems.append(Problem("expiresAt", "needs a time zone, and a year from 1900 to 9998"))
    elif expires_at is not None and expires_at <= at:
        problems.append(Problem("expiresAt", "must be in the future"))
    if problems:
        raise BadApiKey(problems=problems)
