"""All that a house holds about somebody: taken out whole, or erased for good."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

import attrs

from homeroom.compliance.model import rights
from homeroom.compliance.ports.record import ComplianceUnit, EntryFilter, RecordQueries
from homeroom.compliance.use_cases.consents import about_subject
from homeroom.compliance.use_cases.own_consents import themselves
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Change, Entry, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.page import MAX_LIMIT, CursorRequest
from homeroom.kernel.personal_data import (
    DataSubject,
    FindSubject,
    HoldsPersonalData,
    Section,
    row_of,
)
from homeroom.kernel.rights import Right, Role

U = TypeVar("U", bound=ComplianceUnit)

_ADMINISTRATORS = frozenset({Role.SUPER_ADMIN, Role.ADMIN})


@attrs.frozen(kw_only=True)
class Dossier:
    """Everything that is held about somebody at a moment, by context."""

    person_id: PersonId
    institution_id: InstitutionId
    at: datetime
    contexts: Mapping[str, Sequence[Section]]


@attrs.frozen(kw_only=True)
class Erasure:
    """What was taken away of somebody: how many of each kind, by context and kind."""

    person_id: PersonId
    at: datetime
    taken_away: Mapping[str, int]


@attrs.frozen
class Holders(Generic[U]):
    """Every context that holds something about persons, and the one that knows who they are."""

    find: FindSubject[U]
    each: Sequence[HoldsPersonalData[U]]

    async def about(self, unit: U, subject: DataSubject, at: datetime) -> Dossier:
        return Dossier(
            person_id=subject.person_id,
            institution_id=subject.institution_id,
            at=at,
            contexts={one.name: await one.about(unit, subject.person_id) for one in self.each},
        )

    async def erase(self, unit: U, person_id: PersonId, at: datetime) -> Erasure:
        gone = dict[str, int]()
        for one in self.each:
            counted = await one.erase(unit, person_id, at=at)
            gone.update((f"{one.name}.{kind}", count) for kind, count in counted.items())
        return Erasure(person_id=person_id, at=at, taken_away=gone)


@attrs.frozen
class ExportPerson(Generic[U]):
    """An administrator takes out all that is held about somebody; of their like, super admins."""

    right: ClassVar[Right] = rights.EXPORT_PERSON
    right_over_administrators: ClassVar[Right] = rights.HANDLE_ADMINISTRATOR
    start: Callable[[], U]
    holders: Holders[U]
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> Dossier:
        """Raises a `NotFound` for somebody out of reach."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            subject = await self.holders.find(unit, person_id, reach=actor.reach)
            if not subject.roles.isdisjoint(_ADMINISTRATORS):
                actor.require(self.right_over_administrators)
            dossier = await self.holders.about(unit, subject, now)
            await unit.audit.note(entry_of(actor, self.right, about_subject(subject), at=now))
            await unit.commit()
        return dossier


@attrs.frozen
class ExportOwnData(Generic[U]):
    """Somebody takes out all that is held about themselves."""

    right: ClassVar[Right] = rights.OWN_DATA
    start: Callable[[], U]
    holders: Holders[U]
    clock: Clock

    async def __call__(self, actor: Actor) -> Dossier:
        actor.require(self.right)
        person_id, now = themselves(actor), self.clock.now()
        async with self.start() as unit:
            subject = await self.holders.find(unit, person_id, reach=actor.institution_id)
            dossier = await self.holders.about(unit, subject, now)
            noted = entry_of(actor, "compliance.export_own_data", about_subject(subject), at=now)
            await unit.audit.note(noted)
            await unit.commit()
        return dossier


@attrs.frozen
class ErasePerson(Generic[U]):
    """An administrator erases somebody, for good: of their like, super admins alone.

    What somebody did stays on record, by an id for which nothing stands any more.
    """

    right: ClassVar[Right] = rights.ERASE_PERSON
    right_over_administrators: ClassVar[Right] = rights.HANDLE_ADMINISTRATOR
    start: Callable[[], U]
    holders: Holders[U]
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> Erasure:
        """In one transaction over every context. Raises a `NotFound` for somebody out of reach,
        and a `Conflict` for who was erased before, or is the last super admin."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            subject = await self.holders.find(unit, person_id, reach=actor.reach)
            if not subject.roles.isdisjoint(_ADMINISTRATORS):
                actor.require(self.right_over_administrators)
            erasure = await self.holders.erase(unit, person_id, now)
            noted = entry_of(actor, self.right, about_subject(subject), at=now)
            await unit.audit.note(attrs.evolve(noted, changes=_counts(erasure)))
            await unit.commit()
        return erasure


@attrs.frozen
class DataOfCompliance:
    """What somebody agreed to, and what the record tells: what they did, what was done to them."""

    queries: RecordQueries
    name: str = "compliance"

    async def about(self, unit: ComplianceUnit, person_id: PersonId) -> Sequence[Section]:
        by_them = EntryFilter(reach=None, person_id=person_id)
        about_them = EntryFilter(reach=None, resource_id=person_id)
        agreed = await unit.consents.of(person_id)
        return [
            Section("consents", [row_of(one) for one in agreed]),
            Section("entriesByThem", [row_of(one) async for one in self._every(by_them)]),
            Section("entriesAboutThem", [row_of(one) async for one in self._every(about_them)]),
        ]

    async def erase(
        self, unit: ComplianceUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        """Consents lose who gave them and what proves it, and those that count are withdrawn.

        The record stays: it tells by id, and for the id nothing stands any more.
        """
        told = [one for one in await unit.consents.of(person_id) if not one.is_bare]
        for consent in told:
            if consent.counts(at=at):
                consent.withdraw(at=at)
            consent.strip()
            await unit.consents.save(consent)
        return {"consents": len(told)}

    async def _every(self, wanted: EntryFilter) -> AsyncIterator[Entry]:
        page = await self.queries.entries(wanted, CursorRequest(None, MAX_LIMIT))
        while True:
            for entry in page.items:
                yield entry
            if page.next is None:
                return
            page = await self.queries.entries(wanted, CursorRequest(page.next, MAX_LIMIT))


def _counts(erasure: Erasure) -> Mapping[str, Change]:
    return {kind: Change(str(count), None) for kind, count in erasure.taken_away.items() if count}
