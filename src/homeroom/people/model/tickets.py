"""Tickets: what lets somebody choose a password, once, for what they hold."""

import enum
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, PersonId, TicketId, new_id
from homeroom.people.errors import BadInvitation, InvitationOver, TicketNotGood
from homeroom.people.model.persons import Person
from homeroom.published.people import InvitationAccepted, PersonInvited

_PREFIX = "hr_ticket_"
_LONGEST_INVITATION = timedelta(days=90)


class TicketKind(enum.Enum):
    """What a ticket was made for."""

    INVITATION = "invitation"
    RESET = "reset"


LASTS = {TicketKind.INVITATION: timedelta(days=7), TicketKind.RESET: timedelta(hours=1)}
"""How long a ticket is good for, unless whoever makes it says otherwise."""


class TicketState(enum.Enum):
    """Where a ticket stands."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@attrs.frozen
class TicketSecret:
    """What somebody holds to choose a password: shown or sent once, kept only as its digest."""

    text: str = attrs.field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        return cls(_PREFIX + secrets.token_urlsafe(32))

    @property
    def digest(self) -> str:
        """SHA-256: enough for 256 random bits."""
        return hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()


@attrs.define(kw_only=True)
class Ticket(Aggregate):
    """Lets one person choose a password once, until it is used, revoked or too old.

    Of one person's tickets one is open at most: whoever makes another revokes it before.
    """

    id: TicketId
    kind: TicketKind
    person_id: PersonId
    institution_id: InstitutionId
    digest: str = attrs.field(repr=False)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @classmethod
    def issue(
        cls,
        kind: TicketKind,
        person: Person,
        secret: TicketSecret,
        *,
        at: datetime,
        expires_at: datetime | None = None,
    ) -> Self:
        """Raises `BadInvitation` for one that is born expired, or is good for very long."""
        if expires_at is not None and (wrong := _wrong_end(expires_at, at)):
            raise BadInvitation(problems=[Problem("expiresAt", wrong)])
        ticket = cls(
            id=TicketId(new_id()),
            kind=kind,
            person_id=person.id,
            institution_id=person.institution_id,
            digest=secret.digest,
            created_at=at,
            expires_at=expires_at or at + LASTS[kind],
        )
        if kind is TicketKind.INVITATION:
            ticket._tell(PersonInvited, at)
        return ticket

    def state(self, *, at: datetime) -> TicketState:
        if self.used_at is not None:
            return TicketState.USED
        if self.revoked_at is not None:
            return TicketState.REVOKED
        return TicketState.EXPIRED if at >= self.expires_at else TicketState.OPEN

    def check(self, kind: TicketKind, *, at: datetime) -> None:
        """Raises `TicketNotGood`, whatever is wrong with it."""
        if self.kind is not kind or self.state(at=at) is not TicketState.OPEN:
            raise TicketNotGood

    def use(self, kind: TicketKind, *, at: datetime) -> None:
        """Raises `TicketNotGood`, whatever is wrong with it."""
        self.check(kind, at=at)
        self.used_at = at
        if kind is TicketKind.INVITATION:
            self._tell(InvitationAccepted, at)

    def revoke(self, *, at: datetime) -> None:
        """Once; a second time changes nothing. Raises `InvitationOver`."""
        if self.used_at is not None:
            raise InvitationOver
        self.revoked_at = self.revoked_at or at

    def _tell(self, happened: type[PersonInvited] | type[InvitationAccepted], at: datetime) -> None:
        self.record(
            happened(occurred_at=at, institution_id=self.institution_id, person_id=self.person_id)
        )


def _wrong_end(expires_at: datetime, at: datetime) -> str:
    """What is wrong with an end that somebody chose; nothing if it is well."""
    if not is_instant(expires_at):
        return "needs a time zone, and a year from 1900 to 9998"
    if expires_at <= at:
        return "must be in the future"
    if expires_at - at > _LONGEST_INVITATION:
        return f"must be within {_LONGEST_INVITATION.days} days"
    return ""
