"""How tickets leave the house: by a letter that a worker sends, or with whoever made them."""

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, TicketId
from homeroom.kernel.jobs import Backoff, JobRequest, Work, WorkPolicy, work
from homeroom.kernel.queue import Run
from homeroom.kernel.sealing import Sealer
from homeroom.people.errors import TicketNotFound
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret, TicketState
from homeroom.people.ports.courier import Courier, Letter, LetterDelayed
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit

_PATIENT = Backoff(base=15, cap=1_800)
PAGES = {TicketKind.INVITATION: "invitation", TicketKind.RESET: "password-reset"}
"""What the pages are called where people choose a password."""


@work("people.send_ticket.v1", WorkPolicy(timeout=120, max_attempts=10, backoff=_PATIENT))
@attrs.frozen(kw_only=True)
class SendTicket(Work):
    """Send a ticket to whose it is, by mail."""

    ticket_id: TicketId
    sealed: str = attrs.field(repr=False)
    """Its secret, under seal: whoever reads the queue can do nothing with it."""


@attrs.frozen
class Links:
    """Where people go with a ticket. The secret stands behind `#`, which no server is ever sent."""

    base: str = ""
    """Where those pages are: this house's own, or the school's. Without it there are no links."""

    def to(self, kind: TicketKind, secret: TicketSecret) -> str | None:
        if not self.base:
            return None
        return f"{self.base.rstrip('/')}/{PAGES[kind]}#token={secret.text}"


@attrs.frozen
class Postbox:
    """Takes tickets that are to be sent. Without a courier nothing leaves the house by mail."""

    sealer: Sealer
    courier: Courier | None = None
    links: Links = Links()

    @property
    def sends(self) -> bool:
        return self.courier is not None

    async def put(self, unit: PeopleUnit, ticket: Ticket, secret: TicketSecret) -> None:
        """Ask for the letter in the ticket's own transaction: one goes out if the other is kept."""
        sealed = self.sealer.seal(secret.text, purpose=_purpose(ticket.id))
        asked = SendTicket(ticket_id=ticket.id, sealed=sealed)
        await unit.jobs.enqueue(JobRequest(work=asked, institution_id=ticket.institution_id))

    async def send(self, asked: SendTicket, letter: "Draft") -> None:
        """Raises `LetterDelayed`, `LetterRefused`, and `Unsealable`."""
        if self.courier is None:
            raise LetterDelayed("No mail server is set any more: set HOMEROOM_EMAIL__HOST.")
        secret = TicketSecret(self.sealer.open(asked.sealed, purpose=_purpose(asked.ticket_id)))
        await self.courier.send(letter.written(secret, self.links))


@attrs.frozen(kw_only=True)
class Draft:
    """A letter before the secret is in it."""

    ticket: Ticket
    person: Person
    institution: Institution
    to: str = attrs.field(repr=False)

    def written(self, secret: TicketSecret, links: Links) -> Letter:
        link = links.to(self.ticket.kind, secret)
        paragraphs = [
            f"Hello {self.person.identity.first_name},",
            self._why,
            f"Follow this link:\n\n{link}" if link else f"Your token is:\n\n{secret.text}",
            f"It is good for one time, until {self.ticket.expires_at:%Y-%m-%d %H:%M} UTC.",
            "If you know nothing of this, you need do nothing.",
        ]
        return Letter(
            id=str(self.ticket.id),
            to=self.to,
            subject=self._subject,
            text="\n\n".join(paragraphs) + "\n",
        )

    @property
    def _subject(self) -> str:
        if self.ticket.kind is TicketKind.INVITATION:
            return f"You are invited to {self.institution.name}"
        return f"A new password at {self.institution.name}"

    @property
    def _why(self) -> str:
        name, house = self.person.identity.user_name, self.institution.name
        if self.ticket.kind is TicketKind.INVITATION:
            return f"{house} invites you. Choose a password, and sign in as {name} with it."
        return f"Somebody, probably you, asked to choose a new password for {name} at {house}."


@attrs.frozen
class Post:
    """A worker sends a ticket to whose it is: the handler of `SendTicket`.

    What was used, revoked or replaced meanwhile is not sent. A letter may come twice, if a worker
    dies between sending it and saying so: both have one id, and one ticket.
    """

    start: StartPeopleUnit
    postbox: Postbox
    clock: Clock

    async def __call__(self, asked: SendTicket, _: Run) -> None:
        draft = await self._draft(asked.ticket_id)
        if draft is not None:
            await self.postbox.send(asked, draft)

    async def _draft(self, ticket_id: TicketId) -> Draft | None:
        """None if there is nothing to be sent any more."""
        async with self.start() as unit:
            try:
                ticket = await unit.tickets.get(ticket_id, reach=None)
            except TicketNotFound:
                return None
            person = await unit.persons.get(ticket.person_id, reach=None)
            house = await unit.institutions.get(InstitutionId(ticket.institution_id))
        email, state = person.identity.email, ticket.state(at=self.clock.now())
        if email is None or not person.is_active or state is not TicketState.OPEN:
            return None
        return Draft(ticket=ticket, person=person, institution=house, to=email)


def _purpose(ticket_id: TicketId) -> str:
    return f"people.ticket:{ticket_id}"
