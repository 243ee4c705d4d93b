"""Storages that break one promise each about state and events, and the clause that catches them."""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import attrs
import pytest

from homeroom.kernel.aggregates import Event
from homeroom.kernel.bus import Envelope, Publish
from homeroom.kernel.ids import ApiKeyId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import InstitutionNotFound
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.outbox import MemoryInbox, MemoryOutbox, MemoryOutboxReader
from homeroom_adapters.memory.people import (
    MemoryApiKeys,
    MemoryInstitutions,
    MemoryPeopleQueries,
)
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.memory.transaction import UnitNotOpen
from homeroom_adapters.memory.unit import MemoryUnit
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.inbox import InboxConformance
from homeroom_testing.conformance.institutions import InstitutionsConformance
from homeroom_testing.conformance.outbox import OutboxConformance
from homeroom_testing.conformance.people import (
    ApiKeysConformance,
    PeopleQueriesConformance,
)
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.unit import UnitConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class ForgetsToCommit(MemoryUnit):
    async def commit(self) -> None:
        self._transaction.end()


class CommitsOnItsWayOut(MemoryUnit):
    async def __aexit__(self, *trouble: Any) -> None:
        with contextlib.suppress(UnitNotOpen):
            await self.commit()


class CommitsWhatFailed(MemoryUnit):
    async def __aexit__(self, *trouble: Any) -> None:
        if any(trouble):
            await self.commit()
        await super().__aexit__(*trouble)


class BlindToItself(MemoryInstitutions):
    async def get(self, institution_id: InstitutionId) -> Institution:
        found = self._transaction.store.institutions.rows.get(institution_id)
        if found is None:
            raise InstitutionNotFound
        return attrs.evolve(found)


class ShowsWhatIsNotCommitted(MemoryInstitutions):
    async def add(self, institution: Institution) -> None:
        await super().add(institution)
        self._transaction.store.institutions.keep(attrs.evolve(institution))


class AllowsNamesakes(MemoryInstitutions):
    async def add(self, institution: Institution) -> None:
        (await self._transaction.writing()).institutions.put(institution)


class NeverAStaleInstitution(MemoryInstitutions):
    async def save(self, institution: Institution) -> None:
        institution.version = (await self.get(institution.id)).version
        await super().save(institution)


class RenamesOverOthers(MemoryInstitutions):
    async def save(self, institution: Institution) -> None:
        drafts = await self._transaction.writing()
        if (held := drafts.institutions.holder(institution.name)) not in (None, institution.id):
            drafts.institutions.remove(held)
        await super().save(institution)


class KeepsQuietAboutInstitutions(MemoryInstitutions):
    async def save(self, institution: Institution) -> None:
        institution.release_events()
        await super().save(institution)


class HandsOutItsOwn(MemoryApiKeys):
    async def get(self, key_id: ApiKeyId, *, reach: InstitutionId | None) -> ApiKey:
        await super().get(key_id, reach=reach)
        return self._transaction.store.api_keys.rows[key_id]


class KeepsTheWritersOwn(MemoryApiKeys):
    async def save(self, key: ApiKey) -> None:
        await super().save(key)
        self._transaction.reading().api_keys._rows[key.id] = key


class NeverStale(MemoryApiKeys):
    async def save(self, key: ApiKey) -> None:
        kept = (await self._transaction.writing()).api_keys.get(key.id)
        key.version = 0 if kept is None else kept.version
        await super().save(key)


class FindsForeignKeys(MemoryApiKeys):
    async def get(self, key_id: ApiKeyId, *, reach: InstitutionId | None) -> ApiKey:
        return await super().get(key_id, reach=None)


class KeepsQuietAboutKeys(MemoryApiKeys):
    async def save(self, key: ApiKey) -> None:
        key.release_events()
        await super().save(key)


class ListsForeignKeys(MemoryPeopleQueries):
    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        return await super().keys(page, reach=None)


class SkipsAtPageEnds(MemoryPeopleQueries):
    """Goes on after the first row that it did not show."""

    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        more = (await super().keys(CursorRequest(page.after, page.limit + 1), reach=reach)).items
        beyond = more[page.limit].id if len(more) > page.limit else None
        return CursorPage(more[: page.limit], beyond)


class NeverTheLastPage(MemoryPeopleQueries):
    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        items = (await super().keys(page, reach=reach)).items
        return CursorPage(items, items[-1].id)


class TellsWithoutCommit(MemoryOutbox):
    async def put(self, *events: Event) -> None:
        self._transaction.store.events.append(map(self._sealed, events))


class ForgetsEvents(MemoryOutbox):
    async def put(self, *events: Event) -> None:
        await super().put(*events[1:])


class NumbersBeforeTheCommit(MemoryOutbox):
    """Numbers events as they are put, as a database's sequence does."""

    numbers: ClassVar[Iterator[str]] = map("{:08}".format, itertools.count())

    async def put(self, *events: Event) -> None:
        sealed = [attrs.evolve(self._sealed(one), trace_id=next(self.numbers)) for one in events]
        self._transaction.reading().events.extend(sealed)


class SeesOnlyWhatIsBeyondTheLast(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        async def publish_new(events: Sequence[Envelope]) -> None:
            last = self.__dict__.get("last", "")
            self.__dict__["last"] = max(one.trace_id for one in events)
            await publish([one for one in events if one.trace_id > last])

        return await super().deliver(publish_new, limit=limit)


class TellsTwice(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        async def publish_twice(events: Sequence[Envelope]) -> None:
            await publish(events)
            await publish(events)

        return await super().deliver(publish_twice, limit=limit)


class CrossesOffBeforehand(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        with self._reserved(limit) as events:
            self._note_told(events)
            if events:
                await publish(list(events.values()))
        return len(events)


class OverlooksReservations(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        self._store.events.reserved.clear()
        return await super().deliver(publish, limit=limit)


class ReservesForEver(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        try:
            return await super().deliver(publish, limit=limit)
        finally:
            self._store.events.reserved.update(self._store.events.untold)


class TellsEverythingAtOnce(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        return await super().deliver(publish, limit=1_000)


class TellsTheNewestFirst(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        async def publish_backwards(events: Sequence[Envelope]) -> None:
            await publish(events[::-1])

        return await super().deliver(publish_backwards, limit=limit)


class KeepsWritersWaiting(MemoryOutboxReader):
    async def deliver(self, publish: Publish, *, limit: int) -> int:
        async with self._store.turn:
            return await super().deliver(publish, limit=limit)


class ForgetsTheUntold(MemoryOutboxReader):
    async def forget(self, *, told_before: datetime, limit: int) -> int:
        self._store.events.untold.clear()
        return await super().forget(told_before=told_before, limit=limit)


class ForgetsInOneGo(MemoryOutboxReader):
    async def forget(self, *, told_before: datetime, limit: int) -> int:
        return await super().forget(told_before=told_before, limit=limit + 9_999)


class ForgetsWhatItHeard(MemoryInbox):
    async def first_time(self, consumer: str, message_id: str) -> bool:
        await super().first_time(consumer, message_id)
        return True


class HearsWithoutCommit(MemoryInbox):
    async def first_time(self, consumer: str, message_id: str) -> bool:
        first = await super().first_time(consumer, message_id)
        self._transaction.store.heard[consumer, message_id] = NOON
        return first


class OneEarForAll(MemoryInbox):
    async def first_time(self, consumer: str, message_id: str) -> bool:
        return await super().first_time("", message_id)


class ForgetsForAll(MemoryInbox):
    async def forget(self, consumer: str, *, before: datetime, limit: int) -> int:
        await super().forget("auditor", before=before, limit=limit)
        return await super().forget(consumer, before=before, limit=limit)


CAUGHT_BY: dict[type[StorageConformance], dict[type | tuple[type, ...], str]] = {
    UnitConformance: {
        ForgetsToCommit: "test_what_was_committed_is_there_for_the_next_unit",
        CommitsOnItsWayOut: "test_leaving_without_commit_discards_state_events_and_jobs",
        CommitsWhatFailed: "test_an_error_discards_everything_and_passes_through",
        BlindToItself: "test_a_unit_reads_what_it_wrote_before_it_commits",
        ShowsWhatIsNotCommitted: "test_nobody_else_sees_what_is_not_committed",
        TellsWithoutCommit: "test_a_cancelled_unit_discards_everything",
        ForgetsEvents: "test_state_events_and_jobs_commit_together",
    },
    InstitutionsConformance: {
        AllowsNamesakes: "test_a_name_belongs_to_one_institution",
        NeverAStaleInstitution: "test_the_second_of_two_saves_of_one_version_is_stale",
        RenamesOverOthers: "test_a_name_cannot_be_taken_by_a_change_either",
        KeepsQuietAboutInstitutions: "test_a_change_is_kept_and_told",
    },
    ApiKeysConformance: {
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
        KeepsTheWritersOwn: "test_what_is_read_is_a_copy",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        FindsForeignKeys: "test_a_key_out_of_reach_is_not_found",
    },
    OutboxConformance: {
        KeepsQuietAboutKeys: "test_saving_an_aggregate_lays_its_events_down",
        (
            NumbersBeforeTheCommit,
            SeesOnlyWhatIsBeyondTheLast,
        ): "test_an_event_whose_unit_commits_late_is_never_skipped",
        TellsTwice: "test_what_was_told_is_not_told_again",
        CrossesOffBeforehand: "test_events_stay_untold_when_publishing_fails",
        OverlooksReservations: "test_a_second_reader_is_given_what_the_first_does_not_hold",
        ReservesForEver: "test_events_are_told_again_after_a_reader_stopped_half_way",
        TellsEverythingAtOnce: "test_no_more_than_the_limit_are_told_at_once_the_oldest_first",
        TellsTheNewestFirst: "test_events_are_told_in_the_order_they_were_put",
        KeepsWritersWaiting: "test_units_commit_while_a_reader_is_busy_publishing",
        ForgetsTheUntold: "test_only_what_was_told_long_ago_is_forgotten",
        ForgetsInOneGo: "test_what_was_told_is_forgotten_by_the_portion",
    },
    PeopleQueriesConformance: {
        ListsForeignKeys: "test_keys_out_of_reach_are_not_listed",
        SkipsAtPageEnds: "test_keys_are_listed_newest_first_page_by_page",
        NeverTheLastPage: "test_a_full_last_page_has_no_next",
    },
    InboxConformance: {
        ForgetsWhatItHeard: "test_the_first_time_is_first_and_the_second_is_not",
        HearsWithoutCommit: "test_a_unit_that_did_not_commit_has_heard_nothing",
        OneEarForAll: "test_each_consumer_hears_for_itself",
        ForgetsForAll: "test_what_one_consumer_heard_before_is_forgotten_by_the_portion",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type | tuple[type, ...], clause: str
) -> None:
    parts = broken if isinstance(broken, tuple) else (broken,)
    saboteur = spoiled(suite, open_storage, JsonCodec(), *parts)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
