"""Invitations and new passwords on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.kernel.rights import Role
from homeroom.people.model.tickets import TicketState
from homeroom.people.ports.tickets import Held
from homeroom.people.use_cases.invitations import Invited
from homeroom.people.use_cases.redeeming import Invitation
from homeroom_entrypoints.web.people_wire import PersonAnswer
from homeroom_entrypoints.web.wire import TellingSecrets, Wire

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Password = Annotated[str, msgspec.Meta(max_length=255)]
_Token = Annotated[str, msgspec.Meta(max_length=200)]


class InvitationBody(Wire, frozen=True):
    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    first_name: _Name
    last_name: _Name
    username: _Name | None = None
    """The e-mail address, if nothing else is said."""

    roles: frozenset[Role] = frozenset()
    expires_at: datetime | None = None
    """In seven days, if nothing else is said; within ninety."""

    birth_date: date | None = None
    """Kept under seal, and shown in no list."""


class AgainBody(Wire, frozen=True):
    expires_at: datetime | None = None


class AcceptanceBody(Wire, frozen=True):
    token: _Token
    password: _Password
    name: _Name | None = None
    """The whole name, if the one that somebody else wrote is not how they are called."""


class TokenBody(Wire, frozen=True):
    token: _Token
    """In the body: what stands in an address stands in logs, too."""


class InviterAnswer(Wire, frozen=True):
    id: UUID
    name: str


class VerifiedAnswer(Wire, frozen=True, kw_only=True):
    """Whose invitation it is; it can still be accepted."""

    success: bool = True
    email: str | None
    name: str
    role: str | None
    """The first of `roles`, the one that may most."""

    roles: list[str]
    school: InviterAnswer
    expires_at: datetime

    @classmethod
    def of(cls, invitation: Invitation) -> "VerifiedAnswer":
        person, house = invitation.held.person, invitation.institution
        return cls(
            email=person.identity.email,
            name=person.identity.full_name,
            role=next((role.value for role in Role if role in person.held), None),
            roles=sorted(role.value for role in person.held),
            school=InviterAnswer(id=house.id, name=house.name),
            expires_at=invitation.held.ticket.expires_at,
        )


class ForgottenBody(Wire, frozen=True):
    username: _Name
    """The user name, or the e-mail address."""


class ResetBody(Wire, frozen=True):
    token: _Token
    new_password: _Password


class InvitationAnswer(Wire, frozen=True):
    id: UUID
    user: PersonAnswer
    state: TicketState
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, held: Held, at: datetime) -> "InvitationAnswer":
        ticket = held.ticket
        return cls(
            id=ticket.id,
            user=PersonAnswer.of(held.person),
            state=ticket.state(at=at),
            created_at=ticket.created_at,
            expires_at=ticket.expires_at,
            accepted_at=ticket.used_at,
            revoked_at=ticket.revoked_at,
        )


class InvitationsAnswer(Wire, frozen=True):
    data: list[InvitationAnswer]
    next_cursor: str | None


class InvitedAnswer(TellingSecrets, frozen=True):
    """Where no mail server is set, `token` is shown here and never again; else a letter has it."""

    invitation: InvitationAnswer
    by_mail: bool
    token: str | None
    link: str | None

    @classmethod
    def of(cls, invited: Invited, at: datetime) -> "InvitedAnswer":
        return cls(
            invitation=InvitationAnswer.of(invited.held, at),
            by_mail=invited.by_mail,
            token=None if invited.secret is None else invited.secret.text,
            link=invited.link,
        )


class ForgottenAnswer(Wire, frozen=True):
    """The same for everybody, and for nobody."""

    message: str = "If somebody here has this name, a letter tells them how to go on."
