"""Signing in: proving who one is, by whatever way, and getting a session for it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import attrs

from homeroom.kernel.audit import Entry, Outcome
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId, new_id
from homeroom.people.errors import (
    StaleCredential,
    StalePerson,
    StaleSession,
    TooManyAttempts,
    WrongCredentials,
)
from homeroom.people.model.credentials import Credential
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Device, EndedBy, RefreshSecret, Session
from homeroom.people.ports.hashing import PasswordHasher
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.ports.strategies import Attempt, LoginStrategy
from homeroom.people.ports.tokens import AccessClaims, TokenSigner
from homeroom.people.use_cases.gates import Gate
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
        if kept is not None and checked.outdated:
            with suppress(StaleCredential):  # whoever came first has strengthened or changed it
                await self._strengthen(kept, attempt.password)
        return known.person

    async def _strengthen(self, kept: Credential, password: str) -> None:
        """Only what was checked is replaced: a password that was changed meanwhile stays."""
        hashed = await self.hasher.hash(password)
        async with self.start() as unit:
            credential = await unit.credentials.of(kept.person_id)
            if credential is not None and credential.hashed == kept.hashed:
                credential.strengthen(hashed)
                await unit.credentials.save(credential)
                await unit.commit()


_MOST_SESSIONS = 50
"""Under way for one person at a time; whoever is signed in anywhere else by then forgot it."""

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
            except (StalePerson, StaleSession):
                continue  # they sign in, or go on, elsewhere in the same moment
        return await self._open(who, device, since)

    async def _open(self, who: Person, device: Device, since: datetime) -> SignedIn:
        now, secret = self.clock.now(), RefreshSecret.fresh()
        under_way = await self.queries.sessions(who.id, at=now)
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
            await _make_room(unit, under_way, now)
            await unit.sessions.save(session)
            await unit.audit.note(_knock(person.institution_id, person.id, Outcome.DONE, now))
            await unit.commit()
        return SignedIn(
            person=person,
            institution=house,
            tokens=self.turnstile.tokens(session, secret, at=now),
            must_change_password=credential is not None and credential.must_change,
        )

    async def is_at_home(self, attempt: Attempt) -> bool:
        """Whether the one of this name is signed in already where *attempt* comes from."""
        known = await self.queries.by_name(attempt.name)
        here = attempt.device.network
        if known is None or not here:
            return False
        sessions = await self.queries.sessions(known.person.id, at=self.clock.now())
        return any(one.device.network == here for one in sessions)

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


async def _make_room(unit: PeopleUnit, under_way: Sequence[Session], now: datetime) -> None:
    """The sessions that were used last stay, so that one more is not too many."""
    for one in under_way[_MOST_SESSIONS - 1 :]:
        oldest = await unit.sessions.get(one.id, of=one.person_id)
        oldest.end(EndedBy.CROWD, at=now)
        await unit.sessions.save(oldest)


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
        await self._let_come(attempt)
        since = self.desk.clock.now()
        try:
            person = await self._prove(attempt)
            await self._expect_few_misses(attempt)  # there may be many by now who came with them
            return await self.desk.open(person, attempt.device, since=since)
        except WrongCredentials:
            await self.gate.miss(attempt.device)
            await self.desk.turn_away(attempt.name)
            raise

    async def _let_come(self, attempt: Attempt) -> None:
        """Raises `TooManyAttempts`. Whoever is signed in where they come from does not wait for
        all those who guess elsewhere: else to guess would be a way to shut somebody out."""
        await self._expect_few_misses(attempt)
        await self.gate.come_near("sign-in", attempt.name, attempt.device)
        try:
            await self.gate.come_from_anywhere("sign-in", attempt.name)
        except TooManyAttempts:
            if not await self.desk.is_at_home(attempt):
                raise

    async def _expect_few_misses(self, attempt: Attempt) -> None:
        try:
            await self.gate.expect_few_misses(attempt.device)
        except TooManyAttempts:
            if not await self.desk.is_at_home(attempt):
                raise

    async def _prove(self, attempt: Attempt) -> Person:
        for way in sorted(self.strategies, key=lambda one: one.priority):
            if await way.can_handle(attempt):
                return await way.authenticate(attempt)
        await self.hasher.check(attempt.password, None)  # as slow as for somebody who is here
        raise WrongCredentials
