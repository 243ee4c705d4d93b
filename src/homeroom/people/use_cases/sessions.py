"""Sessions under way: going on, being recognised, looking where one is, and signing out."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Change, Entry, Outcome, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId
from homeroom.kernel.jobs import Work, WorkPolicy, work
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right
from homeroom.people.errors import BadRefreshToken, PersonInactive, RefreshTokenReused
from homeroom.people.model import rights
from homeroom.people.model.sessions import Device, EndedBy, RefreshSecret, Session
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.ports.tokens import TokenSigner
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.id_tokens import KEPT_SPENT, SPENT
from homeroom.people.use_cases.institutions import require_subscription
from homeroom.people.use_cases.signing_in import TokenPair, Turnstile

_REMEMBERED = timedelta(days=7)
"""So long after its end a copied token is still known for what it is."""

_BATCH = 500


@attrs.frozen
class Refresh:
    """A session goes on: its newest token is traded for the next one, once."""

    start: StartPeopleUnit
    clock: Clock
    turnstile: Turnstile
    gate: Gate

    async def __call__(
        self, token: str, device: Device, *, within: SessionId | None = None
    ) -> TokenPair:
        """Raises `BadRefreshToken` for what is of another session than *within*, if one is said."""
        shown, following, now = RefreshSecret.read(token), RefreshSecret.fresh(), self.clock.now()
        await self.gate.pass_through("refresh", shown.token_id.hex, device)
        async with self.start() as unit:
            session, kept = await _session_of(unit, shown, within)
            await self.gate.go_on(session.person_id, device)
            trade = partial(session.go_on, shown, kept, following, at=now)
            await self._go_on(unit, session, trade, now)
            await unit.audit.note(_traded(session, Outcome.DONE, now))
            await unit.commit()
        return self.turnstile.tokens(session, following, at=now)

    async def _go_on(
        self, unit: PeopleUnit, session: Session, trade: Callable[[], None], now: datetime
    ) -> None:
        person = await unit.persons.get(session.person_id, reach=session.institution_id)
        try:
            trade()
        except RefreshTokenReused:
            await unit.sessions.save(session)
            await unit.audit.note(_traded(session, Outcome.REFUSED, now))
            await unit.commit()  # the session is over, whatever the answer says
            raise
        if not person.is_active:
            raise PersonInactive
        house = await unit.institutions.get(person.institution_id)
        require_subscription(house, person, at=now)
        await unit.sessions.save(session)


async def _session_of(
    unit: PeopleUnit, shown: RefreshSecret, within: SessionId | None
) -> tuple[Session, str]:
    """The session that *shown* names, before it proves anything. Raises `BadRefreshToken`."""
    found = await unit.sessions.by_token(shown.token_id)
    if found is None or within not in {None, found[0].id}:
        raise BadRefreshToken
    return found


@work("people.forget_sessions.v1", WorkPolicy(timeout=600))
@attrs.frozen(kw_only=True)
class ForgetSessions(Work):
    """Forget sessions that ended a while ago, their tokens, old tickets for a password, and ID
    tokens that were shown and have long expired."""


@attrs.frozen
class Forget:
    """A worker forgets old sessions and tickets: the handler of `ForgetSessions`.

    Each run leaves one entry, in the oldest institution's record, which counts and names nobody.
    """

    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, _: ForgetSessions, run: Run) -> None:
        now, forgotten, counted = self.clock.now(), _BATCH, (0, 0)
        before = now - _REMEMBERED
        while forgotten == _BATCH:
            async with self.start() as unit:
                sessions = await unit.sessions.forget(before=before, limit=_BATCH)
                resets = await unit.tickets.forget(before=before, limit=_BATCH)
                spent = await unit.inbox.forget(SPENT, before=now - KEPT_SPENT, limit=_BATCH)
                forgotten = max(sessions, resets, spent)
                counted = (counted[0] + sessions, counted[1] + resets)
                first = await unit.institutions.first()
                if forgotten < _BATCH and first is not None:
                    await unit.audit.note(_forgotten(first.id, *counted, now))
                await unit.commit()
            run.report(0.5)


@attrs.frozen
class Proven:
    """Who was proven just now, and how long what they showed counts at most."""

    actor: Actor
    lasts: timedelta


@attrs.frozen
class Recognise:
    """Whoever shows an access token becomes the actor it stands for, as they are now."""

    signer: TokenSigner
    queries: PersonQueries
    clock: Clock

    async def __call__(self, token: str) -> Actor:
        return (await self.proven(token)).actor

    async def proven(self, token: str) -> Proven:
        """The same, and how long the token has: nobody may remember it for longer."""
        now = self.clock.now()
        claims = self.signer.read(token, at=now)
        standing = await self.queries.standing(claims.person_id, claims.session_id)
        actor = standing.act() if standing else None
        if actor is None:
            raise Unauthenticated
        return Proven(actor, claims.expires_at - now)


@attrs.frozen
class SignOut:
    """Somebody ends the session they are in, or all of theirs."""

    right: ClassVar[Right] = rights.OWN_ACCOUNT
    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, *, everywhere: bool = False) -> int:
        """How many sessions ended."""
        actor.require(self.right)
        person_id, now = person_of(actor), self.clock.now()
        async with self.start() as unit:
            if everywhere or actor.session_id is None:
                ended = await unit.sessions.end_all(person_id, EndedBy.SIGN_OUT, at=now)
            else:
                session = await unit.sessions.get(actor.session_id, of=person_id)
                session.end(EndedBy.SIGN_OUT, at=now)
                await unit.sessions.save(session)
                ended = 1
            await unit.audit.note(
                entry_of(actor, "people.sign_out", _themselves(actor, person_id), at=now)
            )
            await unit.commit()
        return ended


@attrs.frozen
class Leave:
    """Whoever shows a session's refresh token ends it, when no access token of theirs counts.

    It is asked again and again in vain: who has nothing left to end has left.
    """

    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self, token: str, *, within: SessionId | None = None, everywhere: bool = False
    ) -> int:
        """How many sessions ended. Raises `BadRefreshToken` for what is of none, or of another."""
        shown, now = RefreshSecret.read(token), self.clock.now()
        async with self.start() as unit:
            session, kept = await _session_of(unit, shown, within)
            session.expect_shown(shown, kept)
            if session.has_ended(at=now):
                return 0
            ended = 1
            if everywhere:
                person_id = session.person_id
                ended = await unit.sessions.end_all(person_id, EndedBy.SIGN_OUT, at=now)
            else:
                session.end(EndedBy.SIGN_OUT, at=now)
                await unit.sessions.save(session)
            await unit.audit.note(_left(session, now))
            await unit.commit()
        return ended


@attrs.frozen
class EndSession:
    """Somebody ends one of their sessions, on a device they may not have in hand."""

    right: ClassVar[Right] = rights.OWN_ACCOUNT
    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, session_id: SessionId) -> None:
        """Raises `SessionNotFound`, also for a session of somebody else."""
        actor.require(self.right)
        person_id, now = person_of(actor), self.clock.now()
        async with self.start() as unit:
            session = await unit.sessions.get(session_id, of=person_id)
            session.end(EndedBy.REVOKED, at=now)
            await unit.sessions.save(session)
            await unit.audit.note(
                entry_of(actor, "people.end_session", about_session(session), at=now)
            )
            await unit.commit()


@attrs.frozen
class ListSessions:
    """Somebody looks where they are signed in."""

    right: ClassVar[Right] = rights.OWN_ACCOUNT
    queries: PersonQueries
    clock: Clock

    async def __call__(self, actor: Actor) -> Sequence[Session]:
        actor.require(self.right)
        return await self.queries.sessions(person_of(actor), at=self.clock.now())


def about_session(session: Session) -> Subject:
    return Subject(kind="session", id=session.id, institution_id=session.institution_id)


def _themselves(actor: Actor, person_id: PersonId) -> Subject:
    return Subject(kind="person", id=person_id, institution_id=actor.institution_id)


def _forgotten(house: InstitutionId, sessions: int, resets: int, at: datetime) -> Entry:
    return Entry(
        at=at,
        institution_id=house,
        action="people.forget_sessions",
        resource="sessions",
        changes={
            "sessions": Change(str(sessions), None),
            "resets": Change(str(resets), None),
        },
    )


def _traded(session: Session, outcome: Outcome, at: datetime) -> Entry:
    """A session goes on; refused, somebody showed a token a second time: its owner, or whoever
    has a copy."""
    return Entry(
        at=at,
        institution_id=session.institution_id,
        person_id=session.person_id,
        action="people.refresh",
        resource="session",
        resource_id=session.id,
        outcome=outcome,
    )


def _left(session: Session, at: datetime) -> Entry:
    """Somebody signed out by the token that their session would have gone on with."""
    return Entry(
        at=at,
        institution_id=session.institution_id,
        person_id=session.person_id,
        action="people.sign_out",
        resource="person",
        resource_id=session.person_id,
        outcome=Outcome.DONE,
    )


def person_of(actor: Actor) -> PersonId:
    """Raises `Unauthenticated` for a key: it stands for no person."""
    if actor.person_id is None:
        raise Unauthenticated("This is a person's own. Sign in; an API key is nobody.")
    return actor.person_id
