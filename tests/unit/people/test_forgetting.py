"""Forgotten passwords: nobody learns who is here, and who is gets one letter that counts."""

import asyncio

import pytest
from ticket_office import ANA, HERE, LEAKED, OWN, Office, a_run, token_in

from homeroom.kernel.audit import Outcome
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.queue import Lease
from homeroom.kernel.sealing import Unsealable
from homeroom.people.errors import (
    BreachedPassword,
    TicketNotGood,
    TooManyAttempts,
)
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.sessions import RefreshSecret, Session
from homeroom.people.use_cases.posting import Post, SendTicket
from homeroom.people.use_cases.redeeming import FROM_ONE_ADDRESS, Prepare, PrepareReset

pytestmark = pytest.mark.anyio


class TestForgetting:
    async def test_who_forgot_chooses_another_password_and_all_sessions_end(
        self, office: Office
    ) -> None:
        ana = await office.settled()
        now = office.clock.now()
        session = Session.begin(
            ana.id, ana.institution_id, RefreshSecret.fresh(), device=HERE, at=now
        )
        async with office.storage.start() as unit:
            await unit.sessions.save(session)
            await unit.commit()
        await office.forgot(" ANA@school.edu", HERE)
        await office.work()
        [letter] = office.courier.letters
        assert (letter.to, letter.subject) == ("ana@school.edu", "A new password at Ateneo de Naga")
        await office.reset(token_in(letter), "pears on a warm roof")
        assert await office.fits(ana, "pears on a warm roof")
        assert await office.storage.persons.sessions(ana.id, at=now) == []
        assert (await office.noted())[-2:] == [
            ("people.ask_for_reset", Outcome.DONE),
            ("people.reset_password", Outcome.DONE),
        ]
        with pytest.raises(TicketNotGood):
            await office.reset(token_in(letter), "figs on a warm roof")

    async def test_asking_leaves_the_same_behind_for_anybody_and_nobody(
        self, office: Office
    ) -> None:
        await office.settled()
        for name in ("ana", "nobody", "", "\x00", "é\ud800"[:1]):
            await office.forgot(name, HERE)
        lease = Lease(worker="test", seconds=60)
        jobs = await office.storage.queue.claim("default", limit=10, lease=lease)
        assert [(one.name, one.institution_id) for one in jobs] == [
            ("people.prepare_reset.v1", None)
        ] * 5
        assert list(office.courier.letters) == []
        assert len(await office.noted()) == 3

    async def test_who_has_no_password_here_or_is_nobody_gets_no_letter(
        self, office: Office
    ) -> None:
        await office.invite()
        await office.work()
        office.courier.letters.clear()
        for name in ("ana", "nobody"):
            await office.forgot(name, HERE)
        await office.work()
        assert list(office.courier.letters) == []
        assert (await office.noted())[-2:] == [("people.ask_for_reset", Outcome.REFUSED)] * 2

    async def test_a_newer_letter_makes_the_one_before_useless(self, office: Office) -> None:
        await office.settled()
        for _ in range(2):
            await office.forgot("ana", HERE)
            await office.work()
        older, newer = map(token_in, office.courier.letters)
        with pytest.raises(TicketNotGood):
            await office.reset(older, OWN)
        await office.reset(newer, OWN)

    async def test_work_that_comes_twice_makes_one_ticket(self, office: Office) -> None:
        await office.settled()
        prepare = Prepare(
            office.storage.start, office.storage.persons, office.postbox, office.clock
        )
        sealed = office.postbox.sealer.seal("ana", purpose="people.forgotten")
        run = a_run(JobId(new_id()))
        for _ in range(2):
            await prepare(PrepareReset(sealed_name=sealed), run)
        await office.work()
        assert len(office.courier.letters) == 1

    async def test_who_asks_twice_in_one_moment_gets_one_letter_that_counts(
        self, office: Office
    ) -> None:
        await office.settled()
        prepare = Prepare(
            office.storage.start, office.storage.persons, office.postbox, office.clock
        )
        sealed = office.postbox.sealer.seal("ana", purpose="people.forgotten")
        await asyncio.gather(
            *(prepare(PrepareReset(sealed_name=sealed), a_run(JobId(new_id()))) for _ in range(3))
        )
        await office.work()
        assert len(office.courier.letters) == 1
        await office.reset(token_in(office.courier.letters[0]), OWN)

    async def test_asking_is_slowed_whether_or_not_anybody_has_the_name(
        self, office: Office
    ) -> None:
        for name in ("ana", "nobody"):
            for _ in range(FROM_ONE_ADDRESS.limit):
                await office.forgot(name, HERE)
            with pytest.raises(TooManyAttempts):
                await office.forgot(name, HERE)

    async def test_a_reset_is_good_for_an_hour(self, office: Office) -> None:
        await office.settled()
        await office.forgot("ana", HERE)
        await office.work()
        office.clock.step(seconds=3_600)
        with pytest.raises(TicketNotGood):
            await office.reset(token_in(office.courier.letters[0]), OWN)

    async def test_a_seal_of_one_ticket_opens_no_other(self, office: Office) -> None:
        first = await office.invite()
        ben = Identity.given("ben", "Ben", "Cruz", "ben@school.edu")
        second = await office.invite(ben)
        sealed = office.postbox.sealer.seal(
            "hr_ticket_x", purpose=f"people.ticket:{first.held.ticket.id}"
        )
        post = Post(office.storage.start, office.postbox, office.clock)
        swapped = SendTicket(ticket_id=second.held.ticket.id, sealed=sealed)
        with pytest.raises(Unsealable):
            await post(swapped, a_run(JobId(new_id())))
        assert list(office.courier.letters) == []


class TestLeaks:
    @pytest.mark.parametrize("password", [LEAKED, "\ufb01 plums on a roof"])
    async def test_a_password_that_leaked_is_refused_as_it_will_be_hashed(
        self, office: Office, password: str
    ) -> None:
        ana = Person.begin(
            office.admin.institution_id, ANA, roles=frozenset(), at=office.clock.now()
        )
        with pytest.raises(BreachedPassword) as refused:
            await office.passwords.chosen(ana, password, by_themselves=True)
        [problem] = refused.value.problems
        assert (problem.field, "choose another" in problem.message) == ("password", True)
        assert password not in f"{refused.value} {problem}"
