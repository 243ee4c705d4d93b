"""The promises of looking for tickets."""

from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.tickets import TicketSecret
from homeroom.people.ports.tickets import Held
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    MINUTE,
    PeopleGround,
    a_kept_person,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.conformance.tickets import RESET, a_ticket, keep_tickets, revoked


class TicketQueriesConformance(PeopleGround):
    """What `TicketQueries` promises."""

    async def test_a_ticket_is_found_with_whose_it_is(
        self, storage: Storage, house: Institution
    ) -> None:
        ana, ben = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        secret = TicketSecret.fresh()
        ticket = a_ticket(ben, secret, RESET)
        await keep_tickets(storage, a_ticket(ana), ticket)
        found = await storage.tickets.held(secret.digest)
        assert found == Held(ticket=ticket, person=ben)
        assert await storage.tickets.held(TicketSecret.fresh().digest) is None

    async def test_invitations_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        ana = await a_kept_person(storage, house)
        every = [revoked(a_ticket(ana, at=NOON - number * MINUTE)) for number in range(5)]
        await keep_tickets(storage, *every, revoked(a_ticket(ana, kind=RESET)))
        wanted = [Held(ticket=one, person=ana) for one in reversed(every)]
        for size in (1, 2, 5, 6):
            assert await _listed(storage, size) == wanted

    async def test_a_full_last_page_has_no_next(self, storage: Storage, house: Institution) -> None:
        ana = await a_kept_person(storage, house)
        await keep_tickets(storage, revoked(a_ticket(ana)), a_ticket(ana))
        page = await storage.tickets.invitations(CursorRequest(limit=2), reach=None)
        assert (len(page.items), page.next) == (2, None)

    async def test_invitations_out_of_reach_are_not_listed(
        self, storage: Storage, house: Institution
    ) -> None:
        there = await settle_in(storage, "Theirs")
        ana, ben = await a_kept_person(storage, house), await a_kept_person(storage, there, "ben")
        await keep_tickets(storage, a_ticket(ana), a_ticket(ben))
        for reach, persons in ((house.id, [ana]), (there.id, [ben]), (None, [ben, ana])):
            assert [one.person for one in await _listed(storage, reach=reach)] == persons

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        ana, secret = await a_kept_person(storage, house), TicketSecret.fresh()
        ticket = a_ticket(ana, secret)
        await keep_tickets(storage, ticket)
        for read in (await storage.tickets.held(secret.digest), (await _listed(storage))[0]):
            assert read is not None
            revoked(read.ticket)
            read.person.roles = frozenset()
        assert await storage.tickets.held(secret.digest) == Held(ticket=ticket, person=ana)


async def _listed(
    storage: Storage, size: int = 50, reach: InstitutionId | None = None
) -> list[Held]:
    """Every invitation within *reach*, by pages of *size*."""
    found: list[Held] = []
    request: CursorRequest | None = CursorRequest(limit=size)
    while request is not None:
        page = await storage.tickets.invitations(request, reach=reach)
        found += page.items
        request = None if page.next is None else CursorRequest(page.next, size)
    return found
