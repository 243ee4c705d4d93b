"""Whoever holds a ticket chooses a password; whoever forgot theirs asks for a ticket."""

from datetime import datetime

import attrs

from homeroom.kernel.audit import Entry, Outcome, changes_between
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.jobs import JobRequest, Work, work
from homeroom.kernel.queue import Run
from homeroom.kernel.rates import Rate
from homeroom.people.errors import StaleTicket, TicketNotGood
from homeroom.people.model.institutions import Institution
from homeroom.people.model.naming import AS_BEFORE, Naming
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Device
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret
from homeroom.people.ports.persons import PersonQueries, SignInNames
from homeroom.people.ports.repositories import PeopleQueries, PeopleUnit, StartPeopleUnit
from homeroom.people.ports.tickets import Held, TicketQueries
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.passwords import Passwords, replace_password
from homeroom.people.use_cases.posting import Postbox

FROM_ONE_ADDRESS, FROM_EVERYWHERE = Rate(5, per=600), Rate(10, per=3_600)
"""How often a new password may be asked for under one name: each time may be a letter."""

_NAMES = "people.forgotten"
"""What names of those who forgot their password are sealed for."""


@attrs.frozen
class Redemption:
    """Trades a ticket for a password, once. Whatever is wrong with a ticket is one refusal."""

    start: StartPeopleUnit
    queries: TicketQueries
    passwords: Passwords
    clock: Clock

    async def of(
        self, kind: TicketKind, token: str, password: str, naming: Naming = AS_BEFORE
    ) -> Person:
        """All sessions end. Raises `TicketNotGood`; `BadPassword` and `BadPerson`, which cost no
        ticket."""
        secret = TicketSecret(token)
        held = await self.queries.held(secret.digest)
        if held is None or not held.person.is_active:
            raise TicketNotGood
        held.ticket.check(kind, at=self.clock.now())
        called = attrs.evolve(held.person, identity=naming.of(held.person.identity))
        chosen = await self.passwords.chosen(called, password, by_themselves=True)
        async with self.start() as unit:
            await _take(unit, kind, secret, chosen.changed_at)
            person = await unit.persons.get(held.person.id, reach=held.person.institution_id)
            if not person.is_active:
                raise TicketNotGood
            before = attrs.evolve(person)
            person.call(naming.of(person.identity), at=chosen.changed_at)
            if person != before:
                await unit.persons.save(person)
            await replace_password(unit, person, chosen)
            done = _entry(_REDEEMED[kind], person, person.id, chosen.changed_at)
            await unit.audit.note(attrs.evolve(done, changes=changes_between(before, person)))
            await unit.commit()
        return person


_REDEEMED = {
    TicketKind.INVITATION: "people.accept_invitation",
    TicketKind.RESET: "people.reset_password",
}


async def _take(unit: PeopleUnit, kind: TicketKind, secret: TicketSecret, at: datetime) -> None:
    """Whoever comes second waits here, and finds it used. Raises `TicketNotGood`."""
    ticket = await unit.tickets.by_digest(secret.digest)
    if ticket is None:
        raise TicketNotGood
    ticket.use(kind, at=at)
    await unit.tickets.save(ticket)


@attrs.frozen(kw_only=True)
class Invitation:
    """An invitation as whoever holds it sees it, and the institution that invites."""

    held: Held
    institution: Institution


@attrs.frozen
class AcceptInvitation:
    """Whoever was invited chooses a password, and can sign in from now on."""

    redemption: Redemption

    async def __call__(self, token: str, password: str, *, name: str = "") -> Person:
        """By *name*, if they say one, they are called from now on: an administrator wrote another.

        Raises `TicketNotGood`, `BadPassword`, `BadPerson`.
        """
        naming = Naming.in_full(name) if name else AS_BEFORE
        return await self.redemption.of(TicketKind.INVITATION, token, password, naming)


@attrs.frozen
class LookAtInvitation:
    """Whoever was invited sees whose invitation it is, and to where, before they take it up."""

    queries: TicketQueries
    institutions: PeopleQueries
    clock: Clock

    async def __call__(self, token: str) -> Invitation:
        """It is not used up by that. Raises `TicketNotGood`, whatever is wrong with it."""
        held = await self.queries.held(TicketSecret(token).digest)
        if held is None or not held.person.is_active:
            raise TicketNotGood
        held.ticket.check(TicketKind.INVITATION, at=self.clock.now())
        house = await self.institutions.institution(held.person.institution_id)
        return Invitation(held=held, institution=house)


@attrs.frozen
class ResetPassword:
    """Whoever forgot their password chooses another, by what they were sent."""

    redemption: Redemption

    async def __call__(self, token: str, password: str) -> Person:
        return await self.redemption.of(TicketKind.RESET, token, password)


@work("people.prepare_reset.v1")
@attrs.frozen(kw_only=True)
class PrepareReset(Work):
    """Look whether anybody has this name, and send them what they can choose a password with."""

    sealed_name: str = attrs.field(repr=False)


@attrs.frozen
class AskForReset:
    """Somebody says that they forgot their password. Nobody is looked for before they are answered.

    So the answer is the same, after the same work, whether or not anybody has the name.
    """

    start: StartPeopleUnit
    gate: Gate
    postbox: Postbox

    async def __call__(self, name: str, device: Device) -> None:
        """Raises `TooManyAttempts`, whether or not anybody has this name."""
        name = name.strip().lower()
        await self.gate.pass_through("reset", name, device)
        sealed = self.postbox.sealer.seal(name, purpose=_NAMES)
        async with self.start() as unit:
            await unit.jobs.enqueue(JobRequest(work=PrepareReset(sealed_name=sealed)))
            await unit.commit()


@attrs.frozen
class Prepare:
    """A worker makes a ticket for whoever forgot their password: the handler of `PrepareReset`.

    Older tickets of theirs count no more. Who has no password here, or no address, gets none.
    """

    start: StartPeopleUnit
    persons: PersonQueries
    postbox: Postbox
    clock: Clock

    async def __call__(self, asked: PrepareReset, run: Run) -> None:
        name = self.postbox.sealer.open(asked.sealed_name, purpose=_NAMES)
        found = await self.persons.by_name(name)
        async with self.start() as unit:
            if not await unit.inbox.first_time("people.prepare_reset", run.message_id):
                return
            try:
                await self._prepare(unit, found)
            except StaleTicket:
                return  # they asked twice in one moment, and one letter is on its way
            await unit.commit()

    async def _prepare(self, unit: PeopleUnit, found: SignInNames | None) -> None:
        """Who asked for nobody stands in the oldest institution's record."""
        now = self.clock.now()
        if found is None:
            first = await unit.institutions.first()
            if first is not None:
                await unit.audit.note(_asked_for_nobody(first.id, now))
            return
        sent = self.postbox.sends and _may_reset(found)
        if sent:
            await self._issue(unit, found.person, now)
        outcome = Outcome.DONE if sent else Outcome.REFUSED
        entry = _entry("people.ask_for_reset", found.person, None, now)
        await unit.audit.note(attrs.evolve(entry, outcome=outcome))

    async def _issue(self, unit: PeopleUnit, person: Person, now: datetime) -> None:
        secret = TicketSecret.fresh()
        ticket = Ticket.issue(TicketKind.RESET, person, secret, at=now)
        await unit.tickets.revoke_all(person.id, at=now)
        await unit.tickets.save(ticket)
        await self.postbox.put(unit, ticket, secret)


def _may_reset(found: SignInNames) -> bool:
    """Whoever signs in by another way chooses no password by asking for one."""
    has_password = found.credential is not None
    return has_password and found.person.is_active and found.person.identity.email is not None


def _entry(action: str, person: Person, by: PersonId | None, at: datetime) -> Entry:
    """That *person*'s password was asked for or chosen; *by* None, nobody knows by whom."""
    return Entry(
        at=at,
        institution_id=person.institution_id,
        person_id=by,
        action=action,
        resource="person",
        resource_id=person.id,
    )


def _asked_for_nobody(house: InstitutionId, at: datetime) -> Entry:
    return Entry(
        at=at,
        institution_id=house,
        action="people.ask_for_reset",
        resource="person",
        outcome=Outcome.REFUSED,
    )
