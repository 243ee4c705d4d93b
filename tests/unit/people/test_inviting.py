"""Invitations: from an administrator's wish to somebody who chose a password."""

import asyncio
from datetime import timedelta

import attrs
import pytest
from ticket_office import HERE, LEAKED, OWN, Office, token_in

from homeroom.kernel.audit import Outcome
from homeroom.kernel.queue import Lease
from homeroom.people.errors import (
    BadPassword,
    BadPerson,
    InvitationOver,
    TicketNotFound,
    TicketNotGood,
)
from homeroom.people.model.persons import Identity
from homeroom.people.model.tickets import TicketSecret
from homeroom.people.ports.courier import LetterDelayed
from homeroom.people.use_cases.passwords import replace_password
from homeroom.people.use_cases.posting import Links

pytestmark = pytest.mark.anyio


class TestInviting:
    async def test_who_is_invited_gets_a_letter_and_nobody_else_the_token(
        self, office: Office
    ) -> None:
        invited = await office.invite()
        assert (invited.by_mail, invited.secret, invited.link) == (True, None, None)
        await office.work()
        [letter] = office.courier.letters
        assert letter.to == "ana@school.edu"
        assert letter.subject == "You are invited to Ateneo de Naga"
        assert "https://school.example/invitation#token=hr_ticket_" in letter.text
        ana = await office.accept(token_in(letter), OWN)
        assert await office.fits(ana, OWN)

    async def test_no_secret_lies_readable_in_the_queue(self, office: Office) -> None:
        await office.invite()
        await office.forgot("ana", HERE)
        lease = Lease(worker="test", seconds=60)
        jobs = await office.storage.queue.claim("default", limit=10, lease=lease)
        assert {one.name for one in jobs} == {"people.send_ticket.v1", "people.prepare_reset.v1"}
        for job in jobs:
            for secret in ("hr_ticket_", "ana", "Reyes"):
                assert secret not in job.payload

    async def test_without_a_mail_server_the_administrator_hands_it_over(
        self, office: Office
    ) -> None:
        office = office.by_hand()
        invited = await office.invite()
        assert invited.secret is not None
        assert invited.link == f"https://school.example/invitation#token={invited.secret.text}"
        await office.work()
        assert list(office.courier.letters) == []
        assert await office.fits(await office.accept(invited.secret.text, OWN), OWN)

    async def test_a_house_without_pages_sends_the_token(self, office: Office) -> None:
        office.postbox = attrs.evolve(office.postbox, links=Links())
        await office.invite()
        await office.work()
        assert "Your token is:\n\nhr_ticket_" in office.courier.letters[0].text

    async def test_without_an_address_nobody_is_invited(self, office: Office) -> None:
        with pytest.raises(BadPerson) as refused:
            await office.invite(Identity.given("ben", "Ben", "Cruz"))
        assert [one.field for one in refused.value.problems] == ["email"]
        assert await office.storage.persons.by_name("ben") is None

    async def test_another_invitation_makes_the_one_before_useless(self, office: Office) -> None:
        office = office.by_hand()
        first = await office.invite()
        second = await office.again(office.admin, first.held.ticket.id)
        assert first.secret is not None
        assert second.secret is not None
        with pytest.raises(TicketNotGood):
            await office.accept(first.secret.text, OWN)
        await office.accept(second.secret.text, OWN)

    async def test_a_letter_that_was_overtaken_is_not_sent(self, office: Office) -> None:
        first = await office.invite()
        second = await office.again(office.admin, first.held.ticket.id)
        await office.work()
        assert [one.id for one in office.courier.letters] == [str(second.held.ticket.id)]

    async def test_what_was_taken_back_is_of_no_use_and_can_be_sent_again(
        self, office: Office
    ) -> None:
        invited = await office.invite()
        for _ in range(2):
            await office.withdraw(office.admin, invited.held.ticket.id)
        await office.work()
        assert list(office.courier.letters) == []
        await office.again(office.admin, invited.held.ticket.id)
        await office.work()
        await office.accept(token_in(office.courier.letters[0]), OWN)

    async def test_what_was_accepted_is_neither_taken_back_nor_sent_again(
        self, office: Office
    ) -> None:
        invited = await office.invite()
        await office.work()
        await office.accept(token_in(office.courier.letters[0]), OWN)
        for step in (office.withdraw, office.again):
            with pytest.raises(InvitationOver):
                await step(office.admin, invited.held.ticket.id)

    async def test_a_reset_is_no_invitation(self, office: Office) -> None:
        await office.settled()
        await office.forgot("ana", HERE)
        await office.work()
        secret = TicketSecret(token_in(office.courier.letters[0]))
        held = await office.storage.tickets.held(secret.digest)
        assert held is not None
        for step in (office.withdraw, office.again):
            with pytest.raises(TicketNotFound):
                await step(office.admin, held.ticket.id)

    async def test_a_house_that_lost_its_mail_server_says_what_to_set(self, office: Office) -> None:
        await office.invite()
        with pytest.raises(LetterDelayed, match="HOMEROOM_EMAIL__HOST"):
            await office.by_hand().work()


class TestAccepting:
    async def test_of_two_who_accept_at_once_one_succeeds(self, office: Office) -> None:
        await office.invite()
        await office.work()
        token = token_in(office.courier.letters[0])
        answers = await asyncio.gather(
            office.accept(token, OWN),
            office.accept(token, "pears on a warm roof"),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in answers) == ["Person", "TicketNotGood"]

    async def test_whatever_is_wrong_with_a_token_the_refusal_is_one(self, office: Office) -> None:
        office = office.by_hand()
        told = set[tuple[str, str]]()
        ben = Identity.given("ben", "Ben", "Cruz", "ben@school.edu")
        used, old = await office.invite(), await office.invite(ben)
        assert used.secret is not None
        assert old.secret is not None
        await office.accept(used.secret.text, OWN)
        office.clock.step(seconds=timedelta(days=8).total_seconds())
        for token in ("", "hr_ticket_unknown", used.secret.text, old.secret.text, "é\ud800"):
            for step in (office.accept, office.reset):
                with pytest.raises(TicketNotGood) as refused:
                    await step(token, OWN)
                told.add((refused.value.code, refused.value.message))
        assert len(told) == 1

    async def test_a_bad_password_costs_no_ticket(self, office: Office) -> None:
        await office.invite()
        await office.work()
        token = token_in(office.courier.letters[0])
        for password in ("short", "ana@school.edu", LEAKED):
            with pytest.raises(BadPassword):
                await office.accept(token, password)
        await office.accept(token, OWN)

    async def test_who_was_stopped_meanwhile_accepts_nothing(self, office: Office) -> None:
        invited = await office.invite()
        await office.work()
        async with office.storage.start() as unit:
            ana = await unit.persons.get(invited.held.person.id, reach=None)
            ana.stop(at=office.clock.now())
            await unit.persons.save(ana)
            await unit.commit()
        with pytest.raises(TicketNotGood):
            await office.accept(token_in(office.courier.letters[0]), OWN)

    async def test_another_password_makes_an_invitation_useless(self, office: Office) -> None:
        invited = await office.invite()
        await office.work()
        ana = invited.held.person
        chosen = await office.passwords.chosen(ana, "a first password", by_themselves=False)
        async with office.storage.start() as unit:
            await replace_password(unit, ana, chosen)
            await unit.commit()
        with pytest.raises(TicketNotGood):
            await office.accept(token_in(office.courier.letters[0]), OWN)

    async def test_all_of_it_is_on_record_and_told(self, office: Office) -> None:
        await office.settled()
        assert await office.noted() == [
            ("people.invite", Outcome.DONE),
            ("people.invite", Outcome.DONE),
            ("people.accept_invitation", Outcome.DONE),
        ]
