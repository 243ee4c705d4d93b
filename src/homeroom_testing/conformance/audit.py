"""The promises of the record: noted with what it tells of, never changed, and sealed in a chain."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import attrs
import pytest

from homeroom.compliance.errors import EntryNotFound, StaleHead
from homeroom.compliance.model.chain import Head, Sealed, seal
from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.audit import Change, Entry, Outcome
from homeroom.kernel.ids import ApiKeyId, EntryId, InstitutionId, PersonId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.storage import StorageConformance, settle_in

EVERYTHING = EntryFilter(reach=None)


def an_entry(house: Institution, action: str = "people.take_in") -> Entry:
    return Entry(
        at=NOON,
        institution_id=house.id,
        person_id=PersonId(uuid4()),
        action=action,
        resource="person",
        resource_id=uuid4(),
        trace_id="0af7651916cd43dd8448eb211c80319c",
        changes={"roles": Change(None, "TEACHER"), "Ñame": Change("•••", "•••")},
    )


async def note(storage: Storage, *entries: Entry) -> None:
    async with storage.start() as unit:
        await unit.audit.note(*entries)
        await unit.commit()


async def seal_all(storage: Storage, house: Institution) -> Head:
    async with storage.start() as unit:
        before = await unit.record.head(house.id)
        after, sealed = seal(before, await unit.record.unsealed(house.id, limit=100))
        await unit.record.seal(before, after, sealed)
        await unit.commit()
    return after


async def found(storage: Storage, wanted: EntryFilter = EVERYTHING) -> list[Entry]:
    page = await storage.record.entries(wanted, CursorRequest(limit=200))
    return list(page.items)


class AuditTrailConformance(StorageConformance):
    """Noting, inside a unit."""

    async def test_an_entry_comes_back_as_it_went(self, storage: Storage) -> None:
        house = await settle_in(storage)
        bare = Entry(at=NOON, institution_id=house.id, action="x.y", resource="z", trace_id="")
        key = attrs.evolve(bare, id=EntryId(new_id()), api_key_id=ApiKeyId(uuid4()))
        refused = attrs.evolve(an_entry(house), outcome=Outcome.REFUSED)
        for entry in (bare, key, refused):
            await note(storage, entry)
            assert await storage.record.entry(entry.id, reach=house.id) == entry

    async def test_without_a_commit_nothing_was_done(self, storage: Storage) -> None:
        house = await settle_in(storage)
        async with storage.start() as unit:
            await unit.audit.note(an_entry(house))
        assert await found(storage) == []

    async def test_what_stands_already_stays_as_it_is(self, storage: Storage) -> None:
        house = await settle_in(storage)
        entry, other = an_entry(house), an_entry(house)
        await note(storage, entry)
        await note(storage, attrs.evolve(entry, action="x.y"), other)
        assert await found(storage) == [other, entry]

    async def test_nothing_is_a_thing_to_note(self, storage: Storage) -> None:
        await note(storage)
        assert await found(storage) == []


class RecordConformance(StorageConformance):
    """Sealing, inside a unit."""

    async def test_a_record_begins_without_a_seal(self, storage: Storage) -> None:
        house = await settle_in(storage)
        async with storage.start() as unit:
            assert await unit.record.head(house.id) == Head(house.id)

    async def test_what_is_unsealed_comes_oldest_first_and_of_one_house(
        self, storage: Storage
    ) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        entries = [an_entry(ours) for _ in range(3)]
        await note(storage, entries[1], an_entry(theirs), entries[2], entries[0])
        async with storage.start() as unit:
            assert await unit.record.unsealed(ours.id, limit=2) == entries[:2]

    async def test_a_chain_goes_on_where_it_stopped(self, storage: Storage) -> None:
        house = await settle_in(storage)
        entries = [an_entry(house) for _ in range(4)]
        await note(storage, *entries[:3])
        await seal_all(storage, house)
        await note(storage, entries[3])
        after = await seal_all(storage, house)
        wanted, sealed = seal(Head(house.id), entries)
        assert after == wanted
        assert await storage.record.chain(house.id, after=0, limit=10) == sealed
        assert await storage.record.chain(house.id, after=1, limit=2) == sealed[1:3]
        async with storage.start() as unit:
            assert await unit.record.head(house.id) == wanted
            assert await unit.record.unsealed(house.id, limit=10) == []

    async def test_one_of_two_who_seal_at_once_is_told_so(self, storage: Storage) -> None:
        house = await settle_in(storage)
        for _ in range(2):  # the first time there is no head yet
            await note(storage, an_entry(house))
            answers = await asyncio.gather(
                seal_all(storage, house), seal_all(storage, house), return_exceptions=True
            )
            refused = [one for one in answers if isinstance(one, BaseException)]
            assert all(isinstance(one, StaleHead) for one in refused), refused
            head, unsealed = await storage.record.ends(house.id)
            chain = await storage.record.chain(house.id, after=0, limit=10)
            assert (len(chain), unsealed) == (head.sealed, 0)

    async def test_a_head_that_has_moved_on_is_stale(self, storage: Storage) -> None:
        house = await settle_in(storage)
        await note(storage, an_entry(house))
        await seal_all(storage, house)
        async with storage.start() as unit:
            with pytest.raises(StaleHead):
                await unit.record.seal(Head(house.id), Head(house.id, 1, "f" * 64), [])


class RecordQueriesConformance(StorageConformance):
    """Reading, outside of any unit."""

    async def test_an_entry_out_of_reach_is_not_found(self, storage: Storage) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        entry = an_entry(theirs)
        await note(storage, entry)
        for wanted, reach in ((entry.id, ours.id), (EntryId(uuid4()), None)):
            with pytest.raises(EntryNotFound):
                await storage.record.entry(wanted, reach=reach)
        assert await found(storage, EntryFilter(reach=ours.id)) == []
        assert await found(storage, EntryFilter(reach=theirs.id)) == [entry]

    async def test_pages_walk_from_the_newest_to_the_oldest(self, storage: Storage) -> None:
        house = await settle_in(storage)
        entries = [an_entry(house) for _ in range(5)]
        await note(storage, *entries)
        walked, after = list[Entry](), None
        while True:
            page = await storage.record.entries(EVERYTHING, CursorRequest(after, 2))
            walked += page.items
            after = page.next
            if after is None:
                break
        assert walked == entries[::-1]

    async def test_every_filter_finds_its_own(self, storage: Storage) -> None:
        house = await settle_in(storage)
        one, other = an_entry(house, "people.take_in"), an_entry(house, "scheduling.run_now")
        later = NOON + timedelta(hours=1)
        other = attrs.evolve(other, at=later, resource="task", trace_id="a-trace")
        other = attrs.evolve(other, outcome=Outcome.REFUSED)
        await note(storage, one, other)
        finding_other = (
            EntryFilter(reach=None, person_id=other.person_id),
            EntryFilter(reach=None, action="scheduling.run_now"),
            EntryFilter(reach=None, resource="task"),
            EntryFilter(reach=None, resource_id=other.resource_id),
            EntryFilter(reach=None, since=later),
            EntryFilter(reach=None, outcome=Outcome.REFUSED),
            EntryFilter(reach=None, text="RUN_NOW"),
            EntryFilter(reach=None, text="a-tr"),
        )
        for wanted in finding_other:
            assert await found(storage, wanted) == [other], wanted
        assert await found(storage, EntryFilter(reach=None, until=NOON)) == [one]
        both = EntryFilter(reach=None, since=NOON, until=later)
        assert await found(storage, both) == [other, one]

    async def test_signs_that_elsewhere_mean_anything_mean_themselves(
        self, storage: Storage
    ) -> None:
        house = await settle_in(storage)
        plain, percent = an_entry(house, "a.b"), an_entry(house, "a.100%_sure")
        await note(storage, plain, percent)
        for text in ("%", "_", "0%_"):
            assert await found(storage, EntryFilter(reach=None, text=text)) == [percent], text

    async def test_entries_are_found_by_the_user_name_of_who_did_it(self, storage: Storage) -> None:
        house = await settle_in(storage)
        ana = await a_kept_person(storage, house, "ana_r")
        ben = await a_kept_person(storage, house, "ben")
        one, other, nobodys = (an_entry(house) for _ in range(3))
        one = attrs.evolve(one, person_id=ana.id)
        other = attrs.evolve(other, person_id=ben.id)
        await note(storage, one, other, attrs.evolve(nobodys, person_id=None))
        for name in ("ana_r", "ANA", "a_r"):
            assert await found(storage, EntryFilter(reach=None, actor_name=name)) == [one], name
        for name in ("b%n", "reyes", "\x00", "ana_r "):
            assert await found(storage, EntryFilter(reach=None, actor_name=name)) == [], name

    async def test_nobody_is_found_by_a_name_that_is_told_elsewhere_alone(
        self, storage: Storage
    ) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        head = await a_kept_person(storage, theirs, "head")
        entry = attrs.evolve(an_entry(ours), person_id=head.id)
        await note(storage, entry)
        assert await found(storage, EntryFilter(reach=None, actor_name="head")) == [entry]
        assert await found(storage, EntryFilter(reach=ours.id, actor_name="head")) == []

    async def test_who_waits_to_be_sealed_is_known(self, storage: Storage) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        await note(storage, an_entry(ours), an_entry(ours), an_entry(theirs))
        waiting: set[InstitutionId] = {ours.id, theirs.id}
        assert set(await storage.record.waiting(limit=10)) == waiting
        assert len(await storage.record.waiting(limit=1)) == 1
        assert await storage.record.ends(ours.id) == (Head(ours.id), 2)
        await seal_all(storage, ours)
        assert list(await storage.record.waiting(limit=10)) == [theirs.id]

    async def test_a_sealed_entry_is_found_like_any_other(self, storage: Storage) -> None:
        house = await settle_in(storage)
        entry = an_entry(house)
        await note(storage, entry)
        await seal_all(storage, house)
        assert await found(storage) == [entry]
        [sealed] = await storage.record.chain(house.id, after=0, limit=10)
        assert isinstance(sealed, Sealed)
        assert sealed.entry == entry
