"""What becomes of entries on their way to the record is counted, way by way."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from homeroom.kernel.audit import Entry, Outcome
from homeroom.kernel.errors import Conflict, Refusal, Unavailable
from homeroom.kernel.handover import HandoverSettings, RecordBehind
from homeroom.kernel.ids import EntryId, InstitutionId, PersonId, new_id
from homeroom_adapters.memory.handover import MemoryHandover
from homeroom_entrypoints.composition.handover_counts import CountedHandover
from homeroom_testing.clock import FixedClock

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def entry(*, ago: float = 0.0) -> Entry:
    return Entry(
        id=EntryId(new_id()),
        at=NOON - timedelta(seconds=ago),
        institution_id=InstitutionId(new_id()),
        person_id=PersonId(new_id()),
        api_key_id=None,
        action="people.find_persons",
        resource="person",
        outcome=Outcome.DONE,
        trace_id="",
    )


@attrs.define
class Record:
    """Takes entries, unless something is the matter with it, or with one of them."""

    away: Exception | None = None
    strange: Sequence[EntryId] = ()
    taken: list[Entry] = attrs.field(factory=list[Entry])
    asked: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def write(self, entries: Sequence[Entry]) -> None:
        self.asked.set()
        if self.away:
            raise self.away
        if any(one.id in self.strange for one in entries):
            raise Conflict
        self.taken += entries

    async def has(self, many: int) -> None:
        async with asyncio.timeout(10):
            while len(self.taken) < many:  # noqa: ASYNC110 - a plain list
                await asyncio.sleep(0.005)


def counted(**settings: float) -> CountedHandover:
    given = HandoverSettings(**{"patience": 0.05, **settings})  # type: ignore[arg-type]  # numbers
    return CountedHandover("memory", MemoryHandover(given), FixedClock(NOON))


async def test_what_is_taken_and_written_is_counted() -> None:
    way, record = counted(), Record()
    async with way.hand_on(record.write):
        await way.take(entry(), entry())
        await way.take(entry())
        await record.has(3)
    assert (way.tally.taken, way.tally.written, way.tally.failures) == (3, 3, 0)
    assert way.behind() == 0.0


async def test_whoever_finds_no_room_is_counted_as_refused() -> None:
    way = counted(most=2)
    await way.take(entry(), entry())
    with pytest.raises(RecordBehind):
        await way.take(entry())
    assert (way.tally.taken, way.tally.refused) == (2, 1)


async def test_only_what_the_record_refuses_for_good_is_dead() -> None:
    way, record = counted(), Record()
    bad = entry()
    record.strange = [bad.id]
    async with way.hand_on(record.write):
        await way.take(entry(), bad, entry())
        await record.has(2)
    assert (way.tally.written, way.tally.dead, way.tally.failures) == (2, 1, 0)
    assert [one.entry for one in await way.dead(limit=9)] == [bad]


@pytest.mark.parametrize("away", [Unavailable(), RuntimeError("a mistake of ours")])
async def test_a_record_that_takes_nothing_falls_behind_until_it_does(away: Exception) -> None:
    way, record = counted(), Record(away)
    async with way.hand_on(record.write):
        await way.take(entry(ago=90), entry(ago=30))
        await asyncio.wait_for(record.asked.wait(), 10)
        await asyncio.sleep(0)
        assert (way.behind(), way.tally.written) == (90.0, 0)
        assert way.tally.failures >= 1
        record.away = None
        await record.has(2)
    assert (way.behind(), way.tally.written, way.tally.dead) == (0.0, 2, 0)


async def test_a_refusal_reaches_whoever_hands_on() -> None:
    way = counted()
    heard: list[Refusal] = []

    async def write(entries: Sequence[Entry]) -> None:
        heard.append(Conflict())
        raise heard[-1]

    async with way.hand_on(write):
        await way.take(entry())
    assert [one.reason for one in await way.dead(limit=9)] == ["conflict"]
    assert await way.replay() == 1
