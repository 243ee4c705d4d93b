"""An office that deals with tickets over a house in memory, and reads its own letters."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Outcome
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Lease, Run, Settlement, Verdict
from homeroom.kernel.rates import RatesSettings
from homeroom.kernel.rights import Role
from homeroom.kernel.sealing import SealerSettings
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.sessions import Device
from homeroom.people.ports.courier import Letter
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.domains import Domains, InvitingRules, Usher
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.invitations import (
    InviteAgain,
    Invited,
    InvitePerson,
    WithdrawInvitation,
)
from homeroom.people.use_cases.passwords import Passwords
from homeroom.people.use_cases.posting import Links, Post, Postbox, SendTicket
from homeroom.people.use_cases.redeeming import (
    FROM_EVERYWHERE,
    FROM_ONE_ADDRESS,
    AcceptInvitation,
    AskForReset,
    Prepare,
    PrepareReset,
    Redemption,
    ResetPassword,
)
from homeroom_adapters.argon2.hasher import open_hasher
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.breaches import MemoryBreachList
from homeroom_adapters.memory.courier import MemoryCourier
from homeroom_adapters.memory.rates import open_rates
from homeroom_adapters.seals.aesgcm import open_sealer
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.fast_hashing import FAST

SEALS = SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),))
OWN, LEAKED = "plums on a warm roof", "correct horse battery staple"
ANA = Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
HERE = Device(address="192.0.2.1")
PAGES = Links("https://school.example")


def token_in(letter: Letter) -> str:
    """What whoever reads *letter* clicks on."""
    return letter.text.partition("#token=")[2].partition("\n")[0]


@attrs.define
class Office:
    """What is done with tickets over one storage, and the letters that went out."""

    storage: Storage
    clock: SteppingClock
    admin: Actor
    postbox: Postbox
    passwords: Passwords
    gate: Gate
    courier: MemoryCourier
    rules: InvitingRules = InvitingRules()

    def by_hand(self) -> "Office":
        """The same without a mail server."""
        return attrs.evolve(self, postbox=attrs.evolve(self.postbox, courier=None))

    async def invite(self, identity: Identity = ANA) -> Invited:
        sealed = BirthDates(self.postbox.sealer)
        invite = InvitePerson(self.storage.start, self.postbox, sealed, self.clock, self.usher)
        return await invite(self.admin, identity, roles=frozenset({Role.TEACHER}))

    @property
    def again(self) -> InviteAgain:
        return InviteAgain(self.storage.start, self.postbox, self.clock, self.usher)

    @property
    def usher(self) -> Usher:
        domains = Domains(self.rules.domains, self.storage.people)
        return Usher(domains, self.gate.rates, self.rules)

    @property
    def withdraw(self) -> WithdrawInvitation:
        return WithdrawInvitation(self.storage.start, self.clock)

    @property
    def redemption(self) -> Redemption:
        return Redemption(self.storage.start, self.storage.tickets, self.passwords, self.clock)

    @property
    def accept(self) -> AcceptInvitation:
        return AcceptInvitation(self.redemption)

    @property
    def reset(self) -> ResetPassword:
        return ResetPassword(self.redemption)

    @property
    def forgot(self) -> AskForReset:
        return AskForReset(self.storage.start, self.gate, self.postbox)

    async def work(self) -> None:
        """Do what was asked for, as a worker does."""
        queue, lease = self.storage.queue, Lease(worker="test", seconds=60)
        post = Post(self.storage.start, self.postbox, self.clock)
        prepare = Prepare(self.storage.start, self.storage.persons, self.postbox, self.clock)
        codec = JsonCodec()
        while jobs := await queue.claim("default", limit=10, lease=lease):
            for job in jobs:
                if job.name == "people.send_ticket.v1":
                    await post(codec.decode(SendTicket, job.payload), a_run(job.id))
                else:
                    await prepare(codec.decode(PrepareReset, job.payload), a_run(job.id))
            done = [Settlement(one.id, one.token, Verdict.SUCCEEDED, None, "") for one in jobs]
            await queue.settle(done)

    async def settled(self) -> Person:
        """Somebody who was invited and chose a password; her letter is read and gone."""
        await self.invite()
        await self.work()
        ana = await self.accept(token_in(self.courier.letters.pop()), OWN)
        await told_by(self.storage)
        return ana

    async def fits(self, person: Person, password: str) -> bool:
        known = await self.storage.persons.by_name(person.identity.user_name)
        assert known is not None
        hashed = known.credential.hashed if known.credential else None
        return (await self.passwords.hasher.check(password, hashed)).fits

    async def noted(self) -> list[tuple[str, Outcome]]:
        found = await self.storage.record.entries(EntryFilter(reach=None), CursorRequest())
        return [(one.action, one.outcome) for one in reversed(found.items)]


def a_run(job_id: JobId) -> Run:
    return Run(
        job_id=job_id,
        attempt=1,
        last_attempt=False,
        institution_id=None,
        trace_id="",
        report=lambda progress: None,
    )


@asynccontextmanager
async def open_office(storage: Storage, clock: SteppingClock) -> AsyncIterator[Office]:
    ambient = Ambient(clock, JsonCodec())
    house = await settle_in(storage)
    async with AsyncExitStack() as stack:
        hasher = await stack.enter_async_context(open_hasher(FAST, ambient))
        sealer = await stack.enter_async_context(open_sealer(SEALS, ambient))
        rates = await stack.enter_async_context(open_rates(RatesSettings(), ambient))
        courier = MemoryCourier()
        breaches = MemoryBreachList(frozenset({LEAKED, "fi plums on a roof"}))
        yield Office(
            storage,
            clock,
            Actor(institution_id=house.id, roles=frozenset({Role.ADMIN})),
            Postbox(sealer, courier, PAGES),
            Passwords(hasher, clock, breaches),
            Gate(rates, FROM_ONE_ADDRESS, FROM_EVERYWHERE),
            courier,
        )
