"""A ticket: what it is good for, for how long, and what is left of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Refusal
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.people.errors import BadInvitation, InvitationOver, TicketNotGood
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.tickets import LASTS, Ticket, TicketKind, TicketSecret, TicketState
from homeroom.people.use_cases.posting import Links
from homeroom_testing.clock import NOON

ANA = Person.begin(
    InstitutionId(new_id()), Identity.given("ana", "Ana", "Reyes"), roles=frozenset(), at=NOON
)
INVITATION, RESET = TicketKind.INVITATION, TicketKind.RESET
MOMENT = timedelta(microseconds=1)


def a_ticket(kind: TicketKind = INVITATION) -> Ticket:
    return Ticket.issue(kind, ANA, TicketSecret.fresh(), at=NOON)


@pytest.mark.parametrize("kind", TicketKind)
def test_it_is_good_until_it_ends_and_no_longer(kind: TicketKind) -> None:
    end = NOON + LASTS[kind]
    assert a_ticket(kind).state(at=end - MOMENT) is TicketState.OPEN
    assert a_ticket(kind).state(at=end) is TicketState.EXPIRED
    with pytest.raises(TicketNotGood):
        a_ticket(kind).use(kind, at=end)


@pytest.mark.parametrize("kind", TicketKind)
def test_it_is_used_once(kind: TicketKind) -> None:
    ticket = a_ticket(kind)
    ticket.use(kind, at=NOON)
    assert ticket.state(at=NOON) is TicketState.USED
    with pytest.raises(TicketNotGood):
        ticket.use(kind, at=NOON)


def test_an_invitation_resets_no_password_and_a_reset_accepts_no_invitation() -> None:
    for kind, other in ((INVITATION, RESET), (RESET, INVITATION)):
        with pytest.raises(TicketNotGood):
            a_ticket(kind).use(other, at=NOON)


def test_what_is_revoked_stays_so_from_the_first_time() -> None:
    ticket = a_ticket()
    ticket.revoke(at=NOON)
    ticket.revoke(at=NOON + timedelta(days=1))
    assert ticket.revoked_at == NOON
    with pytest.raises(TicketNotGood):
        ticket.use(INVITATION, at=NOON)


def test_what_was_accepted_cannot_be_taken_back() -> None:
    ticket = a_ticket()
    ticket.use(INVITATION, at=NOON)
    with pytest.raises(InvitationOver):
        ticket.revoke(at=NOON)


@pytest.mark.parametrize(
    "end",
    [NOON, NOON - MOMENT, NOON + timedelta(days=90) + MOMENT, datetime(2026, 4, 1)],  # noqa: DTZ001
)
def test_an_end_that_cannot_be_is_told_of_its_field(end: datetime) -> None:
    with pytest.raises(BadInvitation) as refused:
        Ticket.issue(INVITATION, ANA, TicketSecret.fresh(), at=NOON, expires_at=end)
    assert [one.field for one in refused.value.problems] == ["expiresAt"]


@given(st.datetimes(datetime(2026, 3, 3), datetime(2026, 5, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_end_within_ninety_days_is_kept(end: datetime) -> None:
    ticket = Ticket.issue(INVITATION, ANA, TicketSecret.fresh(), at=NOON, expires_at=end)
    assert ticket.expires_at == end


def test_what_is_kept_and_shown_of_it_opens_nothing() -> None:
    secret = TicketSecret.fresh()
    ticket = Ticket.issue(RESET, ANA, secret, at=NOON)
    for told in (repr(secret), repr(ticket), *map(str, ticket.release_events())):
        assert secret.text not in told
    assert TicketSecret(ticket.digest).digest != ticket.digest
    assert TicketSecret.fresh().text != secret.text


@given(st.text(max_size=80))
def test_whatever_somebody_shows_has_a_digest(text: str) -> None:
    assert len(TicketSecret(text).digest) == 64


def test_refusals_are_one_sentence_and_say_nothing_of_why() -> None:
    told: set[str] = set()
    spent, revoked = a_ticket(), a_ticket()
    spent.use(INVITATION, at=NOON)
    revoked.revoke(at=NOON)
    for ticket, at in ((spent, NOON), (revoked, NOON), (a_ticket(), NOON + timedelta(days=8))):
        with pytest.raises(Refusal) as refused:
            ticket.use(INVITATION, at=at)
        told.add(f"{refused.value.code}: {refused.value.message}")
    assert len(told) == 1


def test_a_links_secret_stands_where_no_server_is_sent_it() -> None:
    secret = TicketSecret.fresh()
    links = Links("https://school.example/in/")
    shown = links.to(INVITATION, secret)
    assert shown == f"https://school.example/in/invitation#token={secret.text}"
    assert (links.to(RESET, secret) or "").startswith("https://school.example/in/password-reset#")
    assert Links().to(INVITATION, secret) is None
