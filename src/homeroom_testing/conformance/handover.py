"""The promises of a handover: what it took comes into the record, whatever happens to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import uuid4

import attrs
import pytest

from homeroom.kernel.audit import Change, Entry, Outcome
from homeroom.kernel.errors import Conflict, Unavailable
from homeroom.kernel.handover import Handover, HandoverSettings, RecordBehind
from homeroom.kernel.ids import ApiKeyId, InstitutionId, PersonId
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.contract import Conformance

_PATIENCE = 3.0

OpenHandover = Callable[[HandoverSettings], AbstractAsyncContextManager[Handover]]
"""Opens one in a place that no other test uses; of the settings it keeps what it is told."""


def a_look(n: int = 0) -> Entry:
    return Entry(
        at=NOON + timedelta(microseconds=n),
        institution_id=InstitutionId(uuid4()),
        person_id=PersonId(uuid4()),
        action="people.find_persons",
        resource="persons",
        trace_id="0af7651916cd43dd8448eb211c80319c",
        changes={"found": Change(None, str(n)), "Ñame": Change("•••", "a\nb")},
    )


@attrs.define
class Book:
    """A record that can be away, and can refuse an entry for good; it keeps every one once."""

    refused: set[object] = attrs.field(factory=set[object])
    away: bool = False
    kept: list[Entry] = attrs.field(factory=list[Entry])
    batches: list[int] = attrs.field(factory=list[int])
    _turned: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def write(self, entries: Sequence[Entry]) -> None:
        self._turned.set()
        if self.away:
            raise Unavailable("the record is away")
        if any(one.id in self.refused for one in entries):
            raise Conflict("the record does not want it")
        self.batches.append(len(entries))
        known = {one.id for one in self.kept}
        self.kept += [one for one in entries if one.id not in known]

    async def holds(self, *entries: Entry) -> None:
        """Wait until it does."""
        wanted = {one.id for one in entries}
        await self.until(lambda: wanted <= {one.id for one in self.kept})

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until it is *seen*, looking whenever somebody writes."""
        async with asyncio.timeout(_PATIENCE):
            while not seen():
                self._turned.clear()
                await self._turned.wait()
                await asyncio.sleep(0)


class HandoverConformance(Conformance):
    """Subclass, provide `open_here`, inherit the proof."""

    @pytest.fixture
    def open_here(self) -> OpenHandover:
        raise NotImplementedError("return how to open a handover over an empty place")

    @pytest.fixture
    async def handover(self, open_here: OpenHandover) -> AsyncIterator[Handover]:
        async with open_here(HandoverSettings()) as handover:
            yield handover

    async def test_an_entry_comes_as_it_went(self, handover: Handover) -> None:
        book, bare = Book(), attrs.evolve(a_look(), person_id=None, changes={}, trace_id="")
        key = attrs.evolve(bare, id=a_look().id, api_key_id=ApiKeyId(uuid4()))
        about = attrs.evolve(a_look(), resource_id=uuid4(), outcome=Outcome.REFUSED)
        async with handover.hand_on(book.write):
            for entry in (bare, key, about):
                await handover.take(entry)
                await book.holds(entry)
        assert book.kept == [bare, key, about]

    async def test_the_first_come_first_and_many_at_once(self, open_here: OpenHandover) -> None:
        entries, book = [a_look(n) for n in range(50)], Book()
        async with open_here(HandoverSettings(batch=20)) as handover:
            await handover.take(*entries[:10])
            for entry in entries[10:]:
                await handover.take(entry)
            async with handover.hand_on(book.write):
                await book.holds(*entries)
        assert book.kept == entries
        assert max(book.batches) == 20

    async def test_whoever_leaves_hands_on_first(self, handover: Handover) -> None:
        book, entries = Book(), [a_look(n) for n in range(5)]
        async with handover.hand_on(book.write):
            await handover.take(*entries)
        assert book.kept == entries

    async def test_a_record_that_is_away_is_waited_for(self, handover: Handover) -> None:
        book, entry = Book(away=True), a_look()
        async with handover.hand_on(book.write):
            await handover.take(entry)
            turned = asyncio.Event()

            async def write(entries: Sequence[Entry]) -> None:
                turned.set()
                await book.write(entries)

        async with handover.hand_on(write):
            async with asyncio.timeout(_PATIENCE):
                await turned.wait()
            assert book.kept == []
            book.away = False
            await book.holds(entry)
        assert await handover.dead(limit=10) == []

    async def test_one_that_is_refused_keeps_no_other_back(self, handover: Handover) -> None:
        before, bad, after = a_look(1), a_look(2), a_look(3)
        book = Book(refused={bad.id})
        async with handover.hand_on(book.write):
            await handover.take(before, bad, after)
        assert book.kept == [before, after]
        [dead] = await handover.dead(limit=10)
        assert (dead.entry, dead.reason) == (bad, "conflict")

    async def test_the_dead_are_shown_oldest_first(self, handover: Handover) -> None:
        entries = [a_look(n) for n in range(3)]
        book = Book(refused={one.id for one in entries})
        async with handover.hand_on(book.write):
            await handover.take(*entries)
        assert [one.entry for one in await handover.dead(limit=2)] == entries[:2]

    async def test_the_dead_are_taken_anew_when_somebody_says_so(self, handover: Handover) -> None:
        entries = [a_look(n) for n in range(3)]
        book = Book(refused={one.id for one in entries})
        async with handover.hand_on(book.write):
            await handover.take(*entries)
        book.refused = {entries[0].id}
        async with handover.hand_on(book.write):
            assert await handover.replay() == 3
        assert book.kept == entries[1:]
        assert [one.entry for one in await handover.dead(limit=9)] == entries[:1]
        assert await handover.replay() == 1

    async def test_who_finds_no_room_is_refused(self, open_here: OpenHandover) -> None:
        book = Book(away=True)
        async with (
            open_here(HandoverSettings(most=3, patience=0.05)) as handover,
            handover.hand_on(book.write),
        ):
            await handover.take(a_look(), a_look(), a_look())
            with pytest.raises(RecordBehind):
                await handover.take(a_look())
            with pytest.raises(RecordBehind):
                await handover.ping()

    async def test_who_finds_no_room_waits_for_it(self, open_here: OpenHandover) -> None:
        book = Book(away=True)
        async with (
            open_here(HandoverSettings(most=3, patience=_PATIENCE)) as handover,
            handover.hand_on(book.write),
        ):
            first, last = [a_look() for _ in range(3)], a_look()
            await handover.take(*first)
            waiting = asyncio.create_task(handover.take(last))
            await asyncio.sleep(0)
            assert not waiting.done()
            book.away = False
            await waiting
            await book.holds(*first, last)

    async def test_one_that_works_answers_a_ping(self, handover: Handover) -> None:
        await handover.ping()

    async def test_what_was_left_is_there_for_the_next(self, open_here: OpenHandover) -> None:
        self.require("durable")
        entries, book = [a_look(n) for n in range(3)], Book()
        async with (
            open_here(HandoverSettings()) as handover,
            handover.hand_on(Book(away=True).write),
        ):
            await handover.take(*entries)
        async with open_here(HandoverSettings()) as handover, handover.hand_on(book.write):
            await book.holds(*entries)
        assert book.kept == entries
