"""Sessions: one sign-in on one device, and the tokens that keep it going, each used once."""

import enum
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Annotated, Self
from uuid import UUID

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId, new_id
from homeroom.kernel.privacy import Personal
from homeroom.people.errors import BadRefreshToken, RefreshTokenReused
from homeroom.published.people import SessionBegan, SessionEnded

LASTS = timedelta(days=30)
"""A session that nobody refreshed for so long has ended."""

_PREFIX = "hrs_"
_HOST_BITS = 64


class EndedBy(enum.Enum):
    """Why a session ended before its time."""

    SIGN_OUT = "signOut"
    REUSE = "reuse"
    """A token came a second time: somebody else has a copy, and nobody can say who is who."""

    REVOKED = "revoked"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret
    DEACTIVATED = "deactivated"
    CROWD = "crowd"
    """They signed in so often that the sessions used least made room."""


@attrs.frozen
class RefreshSecret:
    """What a client holds to go on: which token it is, and what proves that it is theirs."""

    token_id: TokenId
    proof: str = attrs.field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        return cls(TokenId(new_id()), secrets.token_urlsafe(32))

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises `BadRefreshToken`, which quotes nothing of it."""
        head, _, proof = text.partition(".")
        try:
            token_id = UUID(hex=head.removeprefix(_PREFIX))
        except ValueError:
            raise BadRefreshToken from None
        if not head.startswith(_PREFIX) or not proof.isascii():
            raise BadRefreshToken
        return cls(TokenId(token_id), proof)

    @property
    def text(self) -> str:
        return f"{_PREFIX}{self.token_id.hex}.{self.proof}"

    @property
    def digest(self) -> str:
        """SHA-256: enough for 256 random bits, and it reads all of them, as bcrypt would not."""
        return hashlib.sha256(self.proof.encode()).hexdigest()


@attrs.frozen(kw_only=True)
class Device:
    """What a session runs on, as far as it said so itself."""

    browser: str = ""
    system: str = ""
    address: Annotated[str, Personal] = ""

    @property
    def network(self) -> str:
        """Where it is, as far as one can move about alone: of IPv6, somebody has a whole /64."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(address, IPv4Address):
            return self.address
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address) >> _HOST_BITS << _HOST_BITS, 128 - _HOST_BITS)))


@attrs.define(kw_only=True)
class Session(Aggregate):
    """A sign-in that goes on from token to token until it ends. Only the newest token counts."""

    id: SessionId
    person_id: PersonId
    institution_id: InstitutionId
    device: Device
    token_id: TokenId
    digest: str = attrs.field(repr=False)
    began_at: datetime
    used_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None

    @classmethod
    def begin(
        cls,
        person_id: PersonId,
        institution_id: InstitutionId,
        secret: RefreshSecret,
        *,
        device: Device,
        at: datetime,
    ) -> Self:
        session = cls(
            id=SessionId(new_id()),
            person_id=person_id,
            institution_id=institution_id,
            device=device,
            token_id=secret.token_id,
            digest=secret.digest,
            began_at=at,
            used_at=at,
            expires_at=at + LASTS,
        )
        session.record(
            SessionBegan(
                occurred_at=at,
                institution_id=institution_id,
                person_id=person_id,
                session_id=session.id,
            )
        )
        return session

    def has_ended(self, *, at: datetime) -> bool:
        return self.ended_at is not None or at >= self.expires_at

    def expect_shown(self, shown: RefreshSecret, kept: str) -> None:
        """Raises `BadRefreshToken` unless *kept* is the digest of what is *shown*."""
        if not hmac.compare_digest(shown.digest, kept):
            raise BadRefreshToken

    def go_on(
        self, shown: RefreshSecret, kept: str, following: RefreshSecret, *, at: datetime
    ) -> None:
        """Trade *shown*, of which the digest *kept* is kept, for the *following* token.

        Raises `RefreshTokenReused` for one that was traded before: the session is over then,
        for its owner and for whoever has the copy, and the caller must save it.
        Raises `BadRefreshToken` for what proves nothing, and changes nothing.
        """
        self.expect_shown(shown, kept)
        if self.has_ended(at=at):
            raise BadRefreshToken
        if shown.token_id != self.token_id:
            self.end(EndedBy.REUSE, at=at)
            raise RefreshTokenReused
        self.token_id, self.digest = following.token_id, following.digest
        self.used_at, self.expires_at = at, at + LASTS

    def end(self, why: EndedBy, *, at: datetime) -> None:
        """Once; later reasons change nothing."""
        if self.ended_at is not None:
            return
        self.ended_at, self.ended_by = at, why
        self.record(
            SessionEnded(
                occurred_at=at,
                institution_id=self.institution_id,
                person_id=self.person_id,
                session_id=self.id,
            )
        )
