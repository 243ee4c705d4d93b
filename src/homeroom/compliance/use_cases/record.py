"""Reading the record, proving it, and sealing it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import ClassVar, Protocol

import attrs

from homeroom.compliance.errors import RecordNotFound, StaleHead
from homeroom.compliance.model import rights
from homeroom.compliance.model.chain import Mark, Verdict, Walk, seal
from homeroom.compliance.ports.record import EntryFilter, RecordQueries, StartComplianceUnit
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import MASKED, Change, Entry, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import EntryId, InstitutionId
from homeroom.kernel.jobs import Work, WorkPolicy, work
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import MAX_LIMIT, CursorPage, CursorRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right

AT_ONCE = 500
"""Entries that are sealed in one transaction."""

_RECORDS = 100


@work("compliance.seal_records.v1", WorkPolicy(timeout=600))
@attrs.frozen(kw_only=True)
class SealAll(Work):
    """Put what was noted since the last time into the chains."""


@attrs.frozen
class SealRecords:
    """The house seals what was noted since the last time, each institution's in its own chain.

    Sealing is apart from noting, so that two who do something at the same moment never wait for
    each other: an entry stands from its commit on, and is in the chain a little later.
    """

    start: StartComplianceUnit
    queries: RecordQueries

    async def handle(self, _: SealAll, run: Run) -> None:
        """The handler of `SealAll`."""
        await self()

    async def __call__(self) -> int:
        """How many entries were sealed."""
        total = 0
        while waiting := await self.queries.waiting(limit=_RECORDS):
            for institution_id in waiting:
                total += await self.of(institution_id)
        return total

    async def of(self, institution_id: InstitutionId) -> int:
        """The same for one record, to its end; another who seals it meanwhile is let go first."""
        total = 0
        while True:
            try:
                sealed = await self._some(institution_id)
            except StaleHead:
                continue
            total += sealed
            if sealed < AT_ONCE:
                return total

    async def _some(self, institution_id: InstitutionId) -> int:
        async with self.start() as unit:
            before = await unit.record.head(institution_id)
            entries = await unit.record.unsealed(institution_id, limit=AT_ONCE)
            if entries:
                after, sealed = seal(before, entries)
                await unit.record.seal(before, after, sealed)
                await unit.commit()
        return len(entries)


@attrs.frozen
class LayDown:
    """The house puts into the record what was handed over on the way; a second time is nothing."""

    start: StartComplianceUnit

    async def __call__(self, entries: Sequence[Entry]) -> None:
        async with self.start() as unit:
            await unit.audit.note(*entries)
            await unit.commit()


@attrs.frozen
class ReadRecord:
    """An administrator looks who did what, newest first."""

    right: ClassVar[Right] = rights.READ_RECORD
    queries: RecordQueries

    async def __call__(
        self, actor: Actor, wanted: EntryFilter, page: CursorRequest
    ) -> CursorPage[Entry]:
        """Whatever reach *wanted* names, it is the actor's."""
        actor.require(self.right)
        return await self.queries.entries(attrs.evolve(wanted, reach=actor.reach), page)


@attrs.frozen
class GetEntry:
    """An administrator looks at one entry."""

    right: ClassVar[Right] = rights.READ_RECORD
    queries: RecordQueries

    async def __call__(self, actor: Actor, entry_id: EntryId) -> Entry:
        """Raises `EntryNotFound`."""
        actor.require(self.right)
        return await self.queries.entry(entry_id, reach=actor.reach)


@attrs.frozen
class ExportRecord:
    """An administrator takes all that fits out of the house, newest first, page by page."""

    right: ClassVar[Right] = rights.READ_RECORD
    read: ReadRecord
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, wanted: EntryFilter) -> AsyncIterator[Entry]:
        """Nothing leaves the house before it is kept who takes it."""
        actor.require(self.right)
        first = await self.read(actor, wanted, CursorRequest(limit=MAX_LIMIT))
        record = Subject(kind="record", institution_id=actor.institution_id)
        taken = entry_of(actor, "compliance.export_record", record, at=self.clock.now())
        await self.looks.note(attrs.evolve(taken, changes=_asked_for(wanted)))
        return self._every(actor, wanted, first)

    async def _every(
        self, actor: Actor, wanted: EntryFilter, page: CursorPage[Entry]
    ) -> AsyncIterator[Entry]:
        while True:
            for entry in page.items:
                yield entry
            if page.next is None:
                return
            page = await self.read(actor, wanted, CursorRequest(page.next, MAX_LIMIT))


def _asked_for(wanted: EntryFilter) -> Mapping[str, Change]:
    """By which filters somebody took it; words that they chose are not told."""
    said = {
        "person": wanted.person_id,
        "called": MASKED if wanted.actor_name else None,
        "action": wanted.action or None,
        "resource": wanted.resource or None,
        "which": wanted.resource_id,
        "since": wanted.since,
        "until": wanted.until,
        "outcome": wanted.outcome and wanted.outcome.value,
        "words": MASKED if wanted.text else None,
    }
    return {name: Change(None, str(one)) for name, one in said.items() if one is not None}


class InstitutionsHere(Protocol):
    """Which institutions have their record in this house."""

    async def __call__(self) -> Collection[InstitutionId]: ...


@attrs.frozen(kw_only=True)
class VerifyRecord:
    """An administrator proves that nothing in their institution's record was touched.

    A super admin proves it of any institution's, and that they did stands in it.
    """

    right: ClassVar[Right] = rights.VERIFY_RECORD
    queries: RecordQueries
    institutions: InstitutionsHere
    seal: SealRecords
    looks: Looks
    clock: Clock

    async def __call__(
        self, actor: Actor, *, of: InstitutionId | None = None, kept: Mark | None = None
    ) -> Verdict:
        """What is not sealed yet is sealed first, so that it counts too.

        Raises `RecordNotFound` for the record of an institution out of reach, and of one that
        does not exist. What was *kept* of it elsewhere has to stand in it still.
        """
        actor.require(self.right)
        house = of or actor.institution_id
        if house != actor.institution_id:
            await self._expect(actor, house, kept)
        await self.seal.of(house)
        verdict = await self._walk(house, Walk(kept))
        if house != actor.institution_id:
            record = Subject(kind="record", institution_id=house)
            await self.looks.note(entry_of(actor, self.right, record, at=self.clock.now()))
        return verdict

    async def _expect(self, actor: Actor, house: InstitutionId, kept: Mark | None) -> None:
        """There was a record where something was kept of it, or stands in it, whoever is gone."""
        if actor.reach is not None:
            raise RecordNotFound
        head, unsealed = await self.queries.ends(house)
        known = kept is not None or head.sealed or unsealed
        if not known and house not in await self.institutions():
            raise RecordNotFound

    async def _walk(self, house: InstitutionId, walk: Walk) -> Verdict:
        head, unsealed = await self.queries.ends(house)
        reached = 0
        while reached < head.sealed:
            following = await self.queries.chain(house, after=reached, limit=AT_ONCE)
            walk.over(one for one in following if one.place <= head.sealed)
            reached = following[-1].place if following else head.sealed
        return Verdict(house, walk.place, unsealed, head.link, walk.arrived(head))
