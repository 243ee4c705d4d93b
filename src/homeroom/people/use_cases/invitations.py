"""Administrators invite people, who take the invitation up by choosing a password."""

from datetime import date, datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Change, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TicketId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right, Role
from homeroom.people.errors import BadPerson, InvitationOver, TicketNotFound
from homeroom.people.model import rights
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.ports.tickets import Held, TicketQueries
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.domains import Usher
from homeroom.people.use_cases.persons import about_person, require_for
from homeroom.people.use_cases.posting import Postbox

INVITATION = TicketKind.INVITATION


@attrs.frozen(kw_only=True)
class Invited:
    """An invitation on its way. Its secret is told only where no letter brings it."""

    held: Held
    secret: TicketSecret | None = None
    link: str | None = attrs.field(default=None, repr=False)

    @property
    def by_mail(self) -> bool:
        return self.secret is None


@attrs.frozen
class InvitePerson:
    """An administrator takes somebody in, who chooses a password by what they are sent."""

    right: ClassVar[Right] = rights.INVITE
    start: StartPeopleUnit
    postbox: Postbox
    birth_dates: BirthDates
    clock: Clock
    usher: Usher

    async def __call__(
        self,
        actor: Actor,
        identity: Identity,
        *,
        roles: frozenset[Role] = frozenset(),
        expires_at: datetime | None = None,
        born: date | None = None,
    ) -> Invited:
        """Raises `BadPerson` without an e-mail address, `BadInvitation`, `PersonExists`, and
        `TooManyAttempts` for a person who invites more than the operator lets them."""
        actor.require(self.right)
        require_for(actor, roles)
        if identity.email is None:
            problem = Problem("email", "is needed: it is where the invitation goes")
            raise BadPerson(problems=[problem])
        await self.usher.expect_welcome(actor.institution_id, identity)
        await self.usher.count(actor.person_id)
        now, secret = self.clock.now(), TicketSecret.fresh()
        person = Person.begin(actor.institution_id, identity, roles=roles, at=now)
        ticket = Ticket.issue(INVITATION, person, secret, at=now, expires_at=expires_at)
        async with self.start() as unit:
            await unit.persons.save(person)
            await self.birth_dates.keep_first(unit, person, born, at=now)
            await unit.tickets.save(ticket)
            invited = await _hand_out(
                unit, self.postbox, Held(ticket=ticket, person=person), secret
            )
            await unit.audit.note(
                entry_of(actor, self.right, about_person(person), at=now, after=person),
                entry_of(actor, self.right, about_ticket(ticket), at=now, after=ticket),
            )
            await unit.commit()
        return invited


@attrs.frozen
class InviteAgain:
    """An administrator sends another invitation in the place of one that nobody took up."""

    right: ClassVar[Right] = rights.INVITE_AGAIN
    start: StartPeopleUnit
    postbox: Postbox
    clock: Clock
    usher: Usher

    async def __call__(
        self, actor: Actor, ticket_id: TicketId, *, expires_at: datetime | None = None
    ) -> Invited:
        """The one before counts no more. Raises `TicketNotFound`, `InvitationOver`, and
        `TooManyAttempts` as for a first one."""
        actor.require(self.right)
        await self.usher.count(actor.person_id)
        now, secret = self.clock.now(), TicketSecret.fresh()
        async with self.start() as unit:
            before = await _invitation(unit, actor, ticket_id)
            await self.usher.expect_welcome(before.person.institution_id, before.person.identity)
            if before.ticket.used_at is not None or await _has_password(unit, before.person):
                raise InvitationOver
            before.person.expect_present()
            ticket = Ticket.issue(INVITATION, before.person, secret, at=now, expires_at=expires_at)
            await unit.tickets.revoke_all(before.person.id, at=now)
            await unit.tickets.save(ticket)
            held = Held(ticket=ticket, person=before.person)
            invited = await _hand_out(unit, self.postbox, held, secret)
            await unit.audit.note(
                entry_of(
                    actor,
                    self.right,
                    about_ticket(ticket),
                    at=now,
                    before=before.ticket,
                    after=ticket,
                )
            )
            await unit.commit()
        return invited


@attrs.frozen
class WithdrawInvitation:
    """An administrator takes an invitation back; the person stays, and can be invited again."""

    right: ClassVar[Right] = rights.WITHDRAW_INVITATION
    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, ticket_id: TicketId) -> None:
        """Once; a second time changes nothing. Raises `TicketNotFound`, `InvitationOver`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            ticket = (await _invitation(unit, actor, ticket_id)).ticket
            before = attrs.evolve(ticket)
            ticket.revoke(at=now)
            if ticket == before:
                return
            await unit.tickets.save(ticket)
            await unit.audit.note(
                entry_of(
                    actor,
                    self.right,
                    about_ticket(ticket),
                    at=now,
                    before=before,
                    after=ticket,
                )
            )
            await unit.commit()


@attrs.frozen
class ListInvitations:
    """An administrator looks through the invitations of their institution, newest first."""

    right: ClassVar[Right] = rights.SEE_INVITATIONS
    queries: TicketQueries
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, page: CursorRequest) -> CursorPage[Held]:
        actor.require(self.right)
        found = await self.queries.invitations(page, reach=actor.reach)
        invitations = Subject(kind="invitations", institution_id=actor.institution_id)
        looked = entry_of(actor, self.right, invitations, at=self.clock.now())
        told = {"found": Change(None, str(len(found.items)))}
        await self.looks.note(attrs.evolve(looked, changes=told))
        return found


def about_ticket(ticket: Ticket) -> Subject:
    return Subject(kind="invitation", id=ticket.id, institution_id=ticket.institution_id)


async def _invitation(unit: PeopleUnit, actor: Actor, ticket_id: TicketId) -> Held:
    """An invitation that *actor* may do something with. Raises `TicketNotFound`, `NotAllowed`."""
    ticket = await unit.tickets.get(ticket_id, reach=actor.reach)
    if ticket.kind is not INVITATION:
        raise TicketNotFound
    person = await unit.persons.get(ticket.person_id, reach=actor.reach)
    require_for(actor, person.held)
    return Held(ticket=ticket, person=person)


async def _has_password(unit: PeopleUnit, person: Person) -> bool:
    return await unit.credentials.of(person.id) is not None


async def _hand_out(
    unit: PeopleUnit, postbox: Postbox, held: Held, secret: TicketSecret
) -> Invited:
    """Where a letter brings it, nobody else is told the secret."""
    if postbox.sends:
        await postbox.put(unit, held.ticket, secret)
        return Invited(held=held)
    return Invited(held=held, secret=secret, link=postbox.links.to(INVITATION, secret))
