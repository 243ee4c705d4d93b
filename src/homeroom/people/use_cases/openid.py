"""Signing in through another house: how it begins, and who comes back from there."""

from datetime import datetime

import attrs

from homeroom.kernel.audit import Entry, changes_between
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rates import Rate
from homeroom.kernel.sealing import Sealer, Unsealable
from homeroom.people.errors import (
    IdentityTaken,
    OpenIdErrandRefused,
    OpenIdNotSetUp,
    OpenIdRefused,
    PersonExists,
    StaleIdentity,
    WrongCredentials,
)
from homeroom.people.model.openid import (
    Errand,
    OpenIdRules,
    Proven,
    RedirectNotAllowed,
    check_verifier,
    new_ticket,
)
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Device
from homeroom.people.ports.openid import LONGEST_CODE, Code, OpenIdDoor
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleQueries, StartPeopleUnit
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.recognising import How, Namesake, Register, Trust, Vouched
from homeroom.people.use_cases.signing_in import Desk, SignedIn

_PURPOSE = "openid errand"
_LONGEST_STATE = 4_096
FROM_ONE_ADDRESS, FROM_ONE_ADDRESS_IN_TEN_MINUTES = Rate(60), Rate(300, per=600)
"""How many may come back at one address: a class signs in as its lesson begins, behind one router.
What is guessed here is no password, but a code of whom we cannot know yet."""

_PATIENCE = 5
"""Times that it is begun again because the same person signs in elsewhere in the same moment."""


@attrs.frozen
class OtherHouse:
    """A house that people may sign in through: the door to it, and who may come in by it."""

    door: OpenIdDoor
    rules: OpenIdRules
    pages: tuple[str, ...] = ()
    """Pages of the operator's that send browsers there themselves, and bring us the codes."""


@attrs.frozen(kw_only=True)
class Begun:
    """Where a browser goes now, and the ticket that it keeps until it is back."""

    url: str = attrs.field(repr=False)
    ticket: str = attrs.field(repr=False)
    ends_at: datetime


@attrs.frozen(kw_only=True)
class Returned:
    """What a browser brings back: some of it from the other house, and its ticket."""

    code: str = attrs.field(repr=False)
    """Empty if that house let nobody in."""

    state: str = attrs.field(repr=False)
    ticket: str = attrs.field(repr=False)


@attrs.frozen
class Errands:
    """Errands under seal: nothing of them is kept here, so any process may see them end."""

    sealer: Sealer
    clock: Clock

    def send_off(self, ticket: str, return_to: str) -> tuple[Errand, str]:
        """An errand, and its seal. Raises `Invalid` for a path that is not ours."""
        errand = Errand.begin(ticket, return_to=return_to, at=self.clock.now())
        return errand, self.sealer.seal(errand.text, purpose=_PURPOSE)

    def take_back(self, returned: Returned) -> Errand:
        """Raises `OpenIdErrandRefused`."""
        if not returned.ticket or len(returned.state) > _LONGEST_STATE:
            raise OpenIdErrandRefused
        try:
            errand = Errand.read(self.sealer.open(returned.state, purpose=_PURPOSE))
        except Unsealable:
            raise OpenIdErrandRefused from None
        errand.check(returned.ticket, at=self.clock.now())
        return errand


@attrs.frozen
class BeginOpenId:
    """Somebody sets out to sign in through another house."""

    house: OtherHouse | None
    errands: Errands

    async def __call__(self, return_to: str = "") -> Begun:
        """Raises `OpenIdNotSetUp`, and `Invalid` for a path that is not ours."""
        if self.house is None:
            raise OpenIdNotSetUp
        ticket = new_ticket()
        errand, state = self.errands.send_off(ticket, return_to)
        url = self.house.door.authorization(
            state=state, nonce=errand.nonce, challenge=errand.challenge
        )
        return Begun(url=url, ticket=ticket, ends_at=errand.ends_at)


@attrs.frozen
class Reception:
    """Knows again who was proven elsewhere, or takes them in if the rules say so."""

    start: StartPeopleUnit
    known: PersonQueries
    institutions: PeopleQueries
    clock: Clock

    async def receive(self, proven: Proven, rules: OpenIdRules) -> Person:
        """Raises `OpenIdRefused`."""
        house = await self._house_of(proven, rules)
        for _ in range(_PATIENCE):
            try:
                return await self._receive(proven, rules, house)
            except (StaleIdentity, IdentityTaken, PersonExists):
                continue  # they sign in elsewhere in the same moment
            except WrongCredentials:
                raise OpenIdRefused from None
        raise OpenIdRefused

    async def _house_of(self, proven: Proven, rules: OpenIdRules) -> InstitutionId:
        named = rules.house_of(proven)
        if named is None:
            raise OpenIdRefused
        every = await self.institutions.institutions()
        found = [one.id for one in every if named in ("", str(one.id), one.name)]
        if not found:
            raise OpenIdRefused
        return found[0]

    async def _receive(self, proven: Proven, rules: OpenIdRules, house: InstitutionId) -> Person:
        now, register = self.clock.now(), Register(self.known)
        vouched, trust = _vouched(proven, rules, house), _trust(proven, rules)
        async with self.start() as unit:
            found = await register.look_up(unit, vouched, trust, at=now)
            person, account = found.person, found.account
            account.use(at=now)
            if found.how is How.BEGUN:
                await unit.persons.save(person)
                await unit.audit.note(_entry("people.take_in", person, now, after=person))
            await unit.identities.save(account)
            if found.how is not How.AGAIN:
                await unit.audit.note(_entry("people.link_identity", person, now, after=account))
            await unit.commit()
        return person


def _trust(proven: Proven, rules: OpenIdRules) -> Trust:
    """Whoever has an address is known by it, password or not; who has another account there is
    somebody else now, to whom the address was given later."""
    return Trust(
        owns_institution=True,
        over_passwords=True,
        beside_others=True,
        beyond=rules.beyond(proven),
        namesake=Namesake.REFUSED,
        newcomers=None if rules.newcomers is None else frozenset({rules.newcomers}),
    )


def _vouched(proven: Proven, rules: OpenIdRules, house: InstitutionId) -> Vouched:
    return Vouched(
        provider=rules.provider,
        subject=proven.subject,
        house=house,
        email=proven.email,
        called=lambda: proven.identity(rules.provider),
    )


def _entry(action: str, person: Person, at: datetime, *, after: "attrs.AttrsInstance") -> Entry:
    """That the house itself did something to *person*, because another one vouched for them."""
    return Entry(
        at=at,
        institution_id=person.institution_id,
        action=action,
        resource="person",
        resource_id=person.id,
        changes=changes_between(None, after),
    )


@attrs.frozen
class Vestibule:
    """Where a code becomes somebody who is let in, or is turned away in one way."""

    house: OtherHouse
    reception: Reception
    desk: Desk

    async def let_in(self, code: Code, device: Device, *, since: datetime) -> SignedIn:
        """Raises `OpenIdRefused`, whatever was wrong, and `OpenIdUnavailable`."""
        name = ""
        try:
            proven = await self._proven(code)
            name = proven.email
            person = await self.reception.receive(proven, self.house.rules)
            return await self.desk.open(person, device, since=since)
        except (OpenIdRefused, WrongCredentials):
            await self.desk.turn_away(name)
            raise OpenIdRefused from None

    async def _proven(self, code: Code) -> Proven:
        if not 0 < len(code.text) <= LONGEST_CODE:
            raise OpenIdRefused
        return await self.house.door.redeem(code)


@attrs.frozen(kw_only=True)
class CameBack:
    """Who signed in, and where their browser goes now: a path of ours, or nowhere."""

    signed_in: SignedIn
    return_to: str


@attrs.frozen
class SignInWithOpenId:
    """Somebody comes back from another house, with proof of who they are, and gets a session."""

    house: OtherHouse | None
    errands: Errands
    reception: Reception
    gate: Gate
    desk: Desk

    async def __call__(self, returned: Returned, device: Device) -> CameBack:
        """Raises `OpenIdErrandRefused`; `OpenIdRefused`, whatever was wrong; `OpenIdNotSetUp`,
        `OpenIdUnavailable` and `TooManyAttempts`."""
        if self.house is None:
            raise OpenIdNotSetUp
        await self.gate.pass_through("openid", device.address, device)
        errand, since = self.errands.take_back(returned), self.desk.clock.now()
        code = Code(text=returned.code, verifier=errand.verifier, nonce=errand.nonce)
        vestibule = Vestibule(self.house, self.reception, self.desk)
        signed_in = await vestibule.let_in(code, device, since=since)
        return CameBack(signed_in=signed_in, return_to=errand.return_to)


@attrs.frozen
class SignInFromPage:
    """A page sent its browser to the other house itself, and brings the code that came back.

    There is no ticket of ours here, and so no errand. What keeps a code from being brought by
    somebody else, or twice, is that it counts once, only with the verifier that the page made
    (RFC 7636), and only with the address it was sent to, which is one that the operator allows.
    A nonce, which the page may have asked with, is looked at if it says so.
    """

    house: OtherHouse | None
    reception: Reception
    gate: Gate
    desk: Desk

    async def __call__(self, brought: Code, device: Device) -> SignedIn:
        """Raises `BadVerifier`, `RedirectNotAllowed`; `OpenIdRefused`, whatever else was wrong;
        `OpenIdNotSetUp`, `OpenIdUnavailable` and `TooManyAttempts`."""
        if self.house is None:
            raise OpenIdNotSetUp
        await self.gate.pass_through("openid", device.address, device)
        code = attrs.evolve(brought, redirect_url=_allowed(brought.redirect_url, self.house.pages))
        check_verifier(code.verifier)
        vestibule = Vestibule(self.house, self.reception, self.desk)
        return await vestibule.let_in(code, device, since=self.desk.clock.now())


def _allowed(address: str, pages: tuple[str, ...]) -> str:
    """*address* if it is one of *pages* to the letter; the first of them if none was said."""
    if not pages or (address and address not in pages):
        raise RedirectNotAllowed
    return address or pages[0]
