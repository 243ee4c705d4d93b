"""Signing in through another house: who is known again, who is taken in, and who is sent away."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.audit import MASKED, Entry, Outcome
from homeroom.kernel.codec import Ambient
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rates import Rate, RatesSettings
from homeroom.kernel.rights import Role
from homeroom.kernel.sealing import SealerSettings
from homeroom.people.errors import (
    OpenIdErrandRefused,
    OpenIdNotSetUp,
    OpenIdRefused,
    TooManyAttempts,
)
from homeroom.people.model.institutions import Institution
from homeroom.people.model.openid import LASTS, OpenIdRules, Proven
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource
from homeroom.people.model.sessions import Device
from homeroom.people.ports.openid import OpenIdSettings
from homeroom.people.ports.tokens import TokenSignerSettings
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.openid import (
    BeginOpenId,
    Begun,
    CameBack,
    Errands,
    OtherHouse,
    Reception,
    Returned,
    SignInWithOpenId,
)
from homeroom.people.use_cases.signing_in import Desk, Turnstile
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.jose.signer import open_signer
from homeroom_adapters.memory.openid import MemoryDoor
from homeroom_adapters.memory.rates import open_rates
from homeroom_adapters.seals.aesgcm import open_sealer
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.openid import ANA, CLIENT_ID, CLIENT_SECRET, REDIRECT_URL

pytestmark = pytest.mark.anyio

KEY = base64.b64encode(bytes(32)).decode()
HERE = Device(address="192.0.2.1")
SETTINGS = OpenIdSettings(
    client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_url=REDIRECT_URL
)
RULES = OpenIdRules(provider="google", domains={"school.edu": "", "college.edu": "Bicol College"})


@attrs.define
class Porch:
    """A house with a way in from another one, and one person who is here already."""

    storage: Storage
    clock: SteppingClock
    door: MemoryDoor
    begin: BeginOpenId
    sign_in: SignInWithOpenId
    ana: Person

    def with_rules(self, rules: OpenIdRules) -> SignInWithOpenId:
        return attrs.evolve(self.sign_in, house=OtherHouse(self.door, rules))

    async def returned(self, who: Proven = ANA, return_to: str = "") -> tuple[Begun, Returned]:
        """What the browser of *who* brings back."""
        begun = await self.begin(return_to)
        code = self.door.consent(begun.url, who)
        return begun, Returned(code=code, state=state_in(begun), ticket=begun.ticket)

    async def come(
        self, who: Proven = ANA, rules: OpenIdRules = RULES, device: Device = HERE
    ) -> CameBack:
        _, returned = await self.returned(who)
        return await self.with_rules(rules)(returned, device)

    async def entries(self) -> list[Entry]:
        found = await self.storage.record.entries(EntryFilter(reach=None), CursorRequest())
        return list(reversed(found.items))

    async def told(self) -> list[tuple[str, Outcome]]:
        return [(one.action, one.outcome) for one in await self.entries()]

    async def change(self, **how: object) -> None:
        async with self.storage.start() as unit:
            ana = await unit.persons.get(self.ana.id, reach=None)
            for name, value in how.items():
                setattr(ana, name, value)
            await unit.persons.save(ana)
            await unit.commit()


def state_in(begun: Begun) -> str:
    return parse_qs(urlsplit(begun.url).query)["state"][0]


@pytest.fixture
async def porch(storage: Storage, clock: SteppingClock) -> AsyncIterator[Porch]:
    ambient = Ambient(clock, JsonCodec())
    async with AsyncExitStack() as stack:
        signing = TokenSignerSettings(keys=(f"HS256:{KEY}",))
        signer = await stack.enter_async_context(open_signer(signing, ambient))
        rates = await stack.enter_async_context(open_rates(RatesSettings(), ambient))
        sealer = await stack.enter_async_context(open_sealer(SealerSettings(keys=(KEY,)), ambient))
        home, college = (
            Institution.found(name, at=NOON) for name in ("Ateneo de Naga", "Bicol College")
        )
        identity = Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
        ana = Person.begin(home.id, identity, roles=frozenset({Role.TEACHER}), at=NOON)
        async with storage.start() as unit:
            await unit.institutions.add(home)
            await unit.institutions.add(college)
            await unit.persons.save(ana)
            await unit.commit()
        door = MemoryDoor(settings=SETTINGS, clock=clock)
        house, errands = OtherHouse(door, RULES), Errands(sealer, clock)
        sign_in = SignInWithOpenId(
            house=house,
            errands=errands,
            reception=Reception(storage.start, storage.persons, storage.people, clock),
            gate=Gate(rates, each=Rate(20), all_together=Rate(100)),
            desk=Desk(storage.start, storage.persons, clock, Turnstile(signer)),
        )
        yield Porch(storage, clock, door, BeginOpenId(house, errands), sign_in, ana)


class TestWhoIsHere:
    async def test_is_found_by_their_address_and_then_by_their_account(self, porch: Porch) -> None:
        first = await porch.come()
        assert first.signed_in.person.id == porch.ana.id
        assert not first.signed_in.must_change_password
        moved = attrs.evolve(ANA, email="ana.cruz@school.edu", family_name="Cruz")
        assert (await porch.come(moved)).signed_in.person.id == porch.ana.id
        async with porch.storage.start() as unit:
            account = await unit.identities.of("google", ANA.subject)
            assert account is not None
            assert account.person_id == porch.ana.id

    async def test_is_on_record_without_a_word_about_them(self, porch: Porch) -> None:
        await porch.come()
        linked, signed_in = await porch.entries()
        assert (linked.action, linked.person_id) == ("people.link_identity", None)
        assert (linked.resource_id, linked.changes["subject"].after) == (porch.ana.id, MASKED)
        assert (signed_in.action, signed_in.person_id) == ("people.sign_in", porch.ana.id)

    async def test_is_not_who_has_their_address_now(self, porch: Porch) -> None:
        """Schools give addresses away again; an account is never somebody else's."""
        await porch.come()
        with pytest.raises(OpenIdRefused):
            await porch.come(attrs.evolve(ANA, subject="another"))

    async def test_is_let_in_by_no_user_name_that_looks_like_an_address(self, porch: Porch) -> None:
        await porch.change(identity=Identity.given("ana@school.edu", "Ana", "Reyes"))
        rules = attrs.evolve(RULES, newcomers=Role.STUDENT)
        with pytest.raises(OpenIdRefused):
            await porch.come(rules=rules)

    async def test_is_not_known_by_an_address_alone_who_rules_over_others(
        self, porch: Porch
    ) -> None:
        """Whoever manages a school's addresses could make one for themselves."""
        await porch.change(roles=frozenset({HeldRole(Role.SUPER_ADMIN)}))
        with pytest.raises(OpenIdRefused):
            await porch.come()
        await porch.change(roles=frozenset({HeldRole(Role.ADMIN)}))
        own = attrs.evolve(ANA, managed_by="")
        with pytest.raises(OpenIdRefused):
            await porch.come(own, attrs.evolve(RULES, managed_only=False))
        assert (await porch.come()).signed_in.person.id == porch.ana.id
        await porch.change(roles=frozenset({HeldRole(Role.SUPER_ADMIN)}))
        assert (await porch.come()).signed_in.person.id == porch.ana.id, "known by their account"

    async def test_may_come_on_many_devices_at_once(self, porch: Porch) -> None:
        devices = [Device(address=f"192.0.2.{number}") for number in range(4)]
        every = await asyncio.gather(*(porch.come(device=device) for device in devices))
        assert {one.signed_in.person.id for one in every} == {porch.ana.id}
        assert [it for it, _ in await porch.told()].count("people.link_identity") == 1

    async def test_is_refused_once_they_were_stopped(self, porch: Porch) -> None:
        await porch.come()
        await porch.change(is_active=False)
        with pytest.raises(OpenIdRefused) as refused:
            await porch.come()
        assert refused.value.message == OpenIdRefused().message
        assert (await porch.told())[-1] == ("people.sign_in", Outcome.REFUSED)

    async def test_is_not_linked_when_they_were_stopped_before(self, porch: Porch) -> None:
        await porch.change(is_active=False)
        with pytest.raises(OpenIdRefused):
            await porch.come()
        assert await porch.told() == [("people.sign_in", Outcome.REFUSED)]

    async def test_is_refused_when_their_account_belongs_elsewhere_now(self, porch: Porch) -> None:
        await porch.come()
        moved = attrs.evolve(ANA, email="ana@college.edu", managed_by="college.edu")
        with pytest.raises(OpenIdRefused):
            await porch.come(moved)

    async def test_is_not_found_from_another_institution(self, porch: Porch) -> None:
        await porch.change(identity=Identity.given("ana", "Ana", "Reyes", "ana@college.edu"))
        with pytest.raises(OpenIdRefused):
            await porch.come(attrs.evolve(ANA, email="ana@college.edu", managed_by="college.edu"))


BEN = Proven(subject="77", email="ben@college.edu", given_name="Ben", managed_by="college.edu")
TAKING_IN = attrs.evolve(RULES, newcomers=Role.STUDENT)


class TestNewcomers:
    async def test_are_refused_unless_the_rules_take_them_in(self, porch: Porch) -> None:
        with pytest.raises(OpenIdRefused):
            await porch.come(BEN)
        assert await porch.told() == [("people.sign_in", Outcome.REFUSED)]

    async def test_are_taken_into_the_institution_of_their_domain(self, porch: Porch) -> None:
        ben = (await porch.come(BEN, TAKING_IN)).signed_in
        assert ben.institution.name == "Bicol College"
        assert ben.person.identity == Identity.given(
            "ben@college.edu", "Ben", "-", "ben@college.edu"
        )
        (held,) = ben.person.roles
        assert (held.role, held.source) == (Role.STUDENT, RoleSource.AUTO)
        assert [it for it, _ in await porch.told()] == [
            "people.take_in",
            "people.link_identity",
            "people.sign_in",
        ]
        assert (await porch.entries())[0].changes["identity.email"].after == MASKED

    async def test_are_taken_in_once_however_many_devices_they_have(self, porch: Porch) -> None:
        every = await asyncio.gather(*(porch.come(BEN, TAKING_IN) for _ in range(4)))
        assert len({one.signed_in.person.id for one in every}) == 1

    async def test_are_called_something_else_if_their_address_is_no_user_name(
        self, porch: Porch
    ) -> None:
        odd = attrs.evolve(BEN, email="o'ben@college.edu", given_name="", family_name="\u0007 ")
        called = (await porch.come(odd, TAKING_IN)).signed_in.person.identity
        assert called.user_name.startswith("google-")
        assert (called.first_name, called.last_name, called.email) == ("o'ben", "-", odd.email)


class TestWhoBelongsNowhere:
    @pytest.mark.parametrize(
        "change",
        [
            {"email": "ana@gmail.com"},
            {"email": "ana@elsewhere.edu", "managed_by": "elsewhere.edu"},
            {"email": "ana@sub.school.edu"},
            {"email": "ana@school.edu.attacker.example"},
            {"email": "ana@notschool.edu"},
            {"managed_by": ""},
            {"managed_by": "elsewhere.edu"},
            {"managed_by": "college.edu"},
        ],
        ids=str,
    )
    async def test_is_refused_in_the_same_words(self, porch: Porch, change: dict[str, str]) -> None:
        with pytest.raises(OpenIdRefused) as refused:
            await porch.come(attrs.evolve(ANA, **change), TAKING_IN)
        assert refused.value.message == OpenIdRefused().message
        assert (await porch.told())[-1] == ("people.sign_in", Outcome.REFUSED)

    async def test_a_consumers_domain_is_nobodys_whatever_is_set(self, porch: Porch) -> None:
        rules = attrs.evolve(TAKING_IN, domains={"gmail.com": ""}, managed_only=False)
        with pytest.raises(OpenIdRefused):
            await porch.come(attrs.evolve(ANA, email="ana@gmail.com"), rules)

    async def test_accounts_of_somebodys_own_come_in_where_that_is_set(self, porch: Porch) -> None:
        rules = attrs.evolve(RULES, managed_only=False)
        back = await porch.come(attrs.evolve(ANA, managed_by=""), rules)
        assert back.signed_in.person.id == porch.ana.id

    async def test_an_institution_that_is_not_here_takes_nobody(self, porch: Porch) -> None:
        rules = attrs.evolve(TAKING_IN, domains={"school.edu": "Nowhere"})
        with pytest.raises(OpenIdRefused):
            await porch.come(rules=rules)


class TestErrands:
    async def test_a_browser_goes_where_it_wanted(self, porch: Porch) -> None:
        _, returned = await porch.returned(return_to="/courses?tab=mine")
        assert (await porch.sign_in(returned, HERE)).return_to == "/courses?tab=mine"

    async def test_another_browser_brings_nothing_back(self, porch: Porch) -> None:
        """Login CSRF: a stranger's code and state, and the victim's own ticket, or none."""
        _, theirs = await porch.returned()
        own, _ = await porch.returned()
        for ticket in ("", own.ticket, "x", "\ud800"):
            with pytest.raises(OpenIdErrandRefused):
                await porch.sign_in(attrs.evolve(theirs, ticket=ticket), HERE)
        assert await porch.told() == []

    async def test_what_came_back_once_counts_no_more(self, porch: Porch) -> None:
        _, returned = await porch.returned()
        await porch.sign_in(returned, HERE)
        with pytest.raises(OpenIdRefused):
            await porch.sign_in(returned, HERE)

    async def test_a_code_from_another_errand_is_refused(self, porch: Porch) -> None:
        """Somebody puts their own code into another's way back."""
        _, own = await porch.returned()
        _, theirs = await porch.returned(attrs.evolve(ANA, subject="eve"))
        with pytest.raises(OpenIdRefused):
            await porch.sign_in(attrs.evolve(own, code=theirs.code), HERE)

    async def test_an_errand_takes_minutes(self, porch: Porch) -> None:
        _, returned = await porch.returned()
        porch.clock.step(seconds=LASTS.total_seconds())
        with pytest.raises(OpenIdErrandRefused):
            await porch.sign_in(returned, HERE)

    @pytest.mark.parametrize("state", ["", "x", "\x00", "\ud800", "A" * 100_000])
    async def test_a_made_up_state_is_refused(self, porch: Porch, state: str) -> None:
        _, returned = await porch.returned()
        with pytest.raises(OpenIdErrandRefused) as refused:
            await porch.sign_in(attrs.evolve(returned, state=state), HERE)
        assert refused.value.message == OpenIdErrandRefused().message

    async def test_a_state_with_a_letter_changed_is_refused(self, porch: Porch) -> None:
        _, returned = await porch.returned()
        for place in range(0, len(returned.state), 40):
            letter = "B" if returned.state[place] == "A" else "A"
            state = f"{returned.state[:place]}{letter}{returned.state[place + 1 :]}"
            with pytest.raises(OpenIdErrandRefused):
                await porch.sign_in(attrs.evolve(returned, state=state), HERE)

    async def test_another_seal_of_ours_is_no_state(self, porch: Porch) -> None:
        sealer = porch.sign_in.errands.sealer
        begun, returned = await porch.returned()
        text = sealer.open(returned.state, purpose="openid errand")
        state = sealer.seal(text, purpose="something else")
        with pytest.raises(OpenIdErrandRefused):
            await porch.sign_in(attrs.evolve(returned, state=state), HERE)
        for written in ("{}", "[]", "[1,2,3,4,5,6]", '["a","b","c","d","e"]', "no"):
            state = sealer.seal(written, purpose="openid errand")
            with pytest.raises(OpenIdErrandRefused):
                await porch.sign_in(attrs.evolve(returned, state=state), HERE)
        assert begun.ticket not in text, "of a ticket, the digest is known"

    async def test_a_state_tells_nothing_of_what_is_in_it(self, porch: Porch) -> None:
        begun, returned = await porch.returned(return_to="/courses")
        (nonce,) = (grant.nonce for grant in porch.door._grants.values())
        for secret in (begun.ticket, nonce, "/courses"):
            assert secret not in returned.state
        assert begun.ticket not in repr(begun)
        assert returned.code not in repr(returned)

    @pytest.mark.parametrize("code", ["", "x", "x" * 5_000, "\ud800"])
    async def test_without_a_code_that_counts_nobody_comes_in(
        self, porch: Porch, code: str
    ) -> None:
        _, returned = await porch.returned()
        with pytest.raises(OpenIdRefused):
            await porch.sign_in(attrs.evolve(returned, code=code), HERE)
        assert await porch.told() == [("people.sign_in", Outcome.REFUSED)]

    async def test_who_comes_too_often_waits_and_others_do_not(self, porch: Porch) -> None:
        bad = Returned(code="x", state="x", ticket="x")
        for _ in range(20):
            with pytest.raises(OpenIdErrandRefused):
                await porch.sign_in(bad, HERE)
        with pytest.raises(TooManyAttempts):
            await porch.sign_in(bad, HERE)
        await porch.come(device=Device(address="192.0.2.2"))

    async def test_without_another_house_there_is_no_way(self, porch: Porch) -> None:
        with pytest.raises(OpenIdNotSetUp):
            await attrs.evolve(porch.begin, house=None)()
        bad = Returned(code="x", state="x", ticket="x")
        with pytest.raises(OpenIdNotSetUp):
            await attrs.evolve(porch.sign_in, house=None)(bad, HERE)
