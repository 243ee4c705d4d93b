"""Signing in: proving who one is, by whatever way, and getting a session for it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from homeroom.kernel.audit import Entry, Outcome
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId, new_id
from homeroom.kernel.rates import Rate, RateLimiter
from homeroom.people.errors import StalePerson, TooManyAttempts, WrongCredentials
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Device, RefreshSecret, Session
from homeroom.people.ports.hashing import PasswordHasher
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import StartPeopleUnit
from homeroom.people.ports.strategies import Attempt, LoginStrategy
from homeroom.people.ports.tokens import AccessClaims, TokenSigner
from homeroom.people.use_cases.institutions import require_subscription


@attrs.frozen(kw_only=True)
class TokenPair:
    """What a client goes on with: a token for a few minutes, and one that fetches the next."""

    access: str = attrs.field(repr=False)
    access_expires_at: datetime
    refresh: RefreshSecret
    refresh_expires_at: datetime
    session_id: SessionId


@attrs.frozen(kw_only=True)
class SignedIn:
    """Who signed in, and what they go on with."""

    person: Person
    institution: Institution
    tokens: TokenPair
    must_change_password: bool


@attrs.frozen
class Gate:
    """Slows down those who guess, one name at a time; nobody is shut out for good.

    Whoever guesses from elsewhere uses up their own attempts first, not the owner's.
    """

    rates: RateLimiter
    each: Rate = Rate(5)
    """From one address for one name."""

    all_together: Rate = Rate(60, per=600)
    """From everywhere for one name."""

    going_on: Rate = Rate(10)
    """Tokens traded from one address for one person, in all their sessions there."""

    async def go_on(self, person_id: PersonId, device: Device) -> None:
        """Raises `TooManyAttempts` for whoever trades more tokens than any client needs."""
        allowance = await self.rates.take(f"going-on:{person_id}:{device.address}", self.going_on)
        if not allowance.allowed:
            raise TooManyAttempts(retry_after=allowance.retry_after)

    async def pass_through(self, purpose: str, name: str, device: Device) -> None:
        """Raises `TooManyAttempts`, whether or not anybody has this name."""
        key = f"{purpose}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"
        for counted, rate in ((f"{key}:{device.address}", self.each), (key, self.all_together)):
            allowance = await self.rates.take(counted, rate)
            if not allowance.allowed:
                raise TooManyAttempts(retry_after=allowance.retry_after)


@attrs.frozen
class Turnstile:
    """Hands out tokens for a session."""

    signer: TokenSigner
    lasts: timedelta = timedelta(minutes=5)

    def tokens(self, session: Session, refresh: RefreshSecret, *, at: datetime) -> TokenPair:
        claims = AccessClaims(
            token_id=TokenId(new_id()),
            person_id=session.person_id,
            institution_id=session.institution_id,
            session_id=session.id,
            issued_at=at,
            expires_at=at + self.lasts,
        )
        return TokenPair(
            access=self.signer.sign(claims),
            access_expires_at=claims.expires_at,
            refresh=refresh,
            refresh_expires_at=session.expires_at,
            session_id=session.id,
        )


@attrs.frozen
class LocalPassword:
    """The house's own way to sign in: a password, of which it keeps the hash."""

    queries: PersonQueries
    hasher: PasswordHasher
    start: StartPeopleUnit
    name: str = "local"
    priority: int = 10

    async def can_handle(self, attempt: Attempt) -> bool:
        known = await self.queries.by_name(attempt.name)
        return known is not None and known.credential is not None

    async def authenticate(self, attempt: Attempt) -> Person:
        known = await self.queries.by_name(attempt.name)
        kept = known.credential if known else None
        checked = await self.hasher.check(attempt.password, kept.hashed if kept else None)
        if known is None or not checked.fits:
            raise WrongCredentials
        if checked.outdated:
            await self._strengthen(known.person.id, attempt.password)
        return known.person

    async def _strengthen(self, person_id: PersonId, password: str) -> None:
        hashed = await self.hasher.hash(password)
        async with self.start() as unit:
            credential = await unit.credentials.of(person_id)
            if credential is not None:
                credential.strengthen(hashed)
                await unit.credentials.save(credential)
                await unit.commit()


_PATIENCE = 5
"""Times that a sign-in is begun again because its person signed in elsewhere meanwhile."""


@attrs.frozen
class Desk:
    """Where sessions are begun, and where it is noted who knocked in vain."""

    start: StartPeopleUnit
    queries: PersonQueries
    clock: Clock
    turnstile: Turnstile

    async def open(self, who: Person, device: Device, *, since: datetime) -> SignedIn:
        """A session for *who*, as they were proven *since* then.

        Raises `WrongCredentials` if their password was changed, or they were stopped, meanwhile;
        `SubscriptionEnded` if what their institution subscribed to does not count.
        """
        for _ in range(_PATIENCE):
            try:
                return await self._open(who, device, since)
            except StalePerson:
                continue  # they sign in elsewhere in the same moment
        return await self._open(who, device, since)

    async def _open(self, who: Person, device: Device, since: datetime) -> SignedIn:
        now, secret = self.clock.now(), RefreshSecret.fresh()
        async with self.start() as unit:
            person = await unit.persons.get(who.id, reach=who.institution_id)
            credential = await unit.credentials.of(person.id)
            changed = credential is not None and credential.changed_at > since
            if changed or not person.is_active:
                raise WrongCredentials
            house = await unit.institutions.get(person.institution_id)
            require_subscription(house, person, at=now)
            person.last_login_at = now
            session = Session.begin(person.id, person.institution_id, secret, device=device, at=now)
            await unit.persons.save(person)
            await unit.sessions.save(session)
            await unit.audit.note(_knock(person.institution_id, person.id, Outcome.DONE, now))
            await unit.commit()
        return SignedIn(
            person=person,
            institution=house,
            tokens=self.turnstile.tokens(session, secret, at=now),
            must_change_password=credential is not None and credential.must_change,
        )

    async def turn_away(self, name: str) -> None:
        """As much work whether or not anybody has this *name*: the time it takes tells nothing.

        Knocks for nobody stand in the oldest institution's record.
        """
        found, now = await self.queries.by_name(name), self.clock.now()
        async with self.start() as unit:
            first = await unit.institutions.first()
            house = found.person.institution_id if found else first.id if first else None
            if house is not None:
                person_id = found.person.id if found else None
                await unit.audit.note(_knock(house, person_id, Outcome.REFUSED, now))
                await unit.commit()


def _knock(
    house: InstitutionId, person_id: PersonId | None, outcome: Outcome, at: datetime
) -> Entry:
    """That somebody signed in as a person, or tried to: then nobody knows who it was."""
    return Entry(
        at=at,
        institution_id=house,
        person_id=person_id if outcome is Outcome.DONE else None,
        action="people.sign_in",
        resource="person",
        resource_id=person_id,
        outcome=outcome,
    )


@attrs.frozen
class SignIn:
    """Somebody shows who they are, by the first way that is theirs, and gets a session."""

    strategies: Sequence[LoginStrategy]
    hasher: PasswordHasher
    gate: Gate
    desk: Desk

    async def __call__(self, attempt: Attempt) -> SignedIn:
        attempt = attrs.evolve(attempt, name=attempt.name.strip().lower())
        await self.gate.pass_through("sign-in", attempt.name, attempt.device)
        since = self.desk.clock.now()
        try:
            person = await self._prove(attempt)
            return await self.desk.open(person, attempt.device, since=since)
        except WrongCredentials:
            await self.desk.turn_away(attempt.name)
            raise

    async def _prove(self, attempt: Attempt) -> Person:
        for way in sorted(self.strategies, key=lambda one: one.priority):
            if await way.can_handle(attempt):
                return await way.authenticate(attempt)
        await self.hasher.check(attempt.password, None)  # as slow as for somebody who is here
        raise WrongCredentials
