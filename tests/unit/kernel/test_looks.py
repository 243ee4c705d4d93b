"""Entries of those who only looked: which way they go, and how noisy kinds are rolled up."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.compliance.model.weights import WEIGHTS, weight_of
from homeroom.kernel.audit import Change, Entry
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.handover import HandoverSettings, read, written
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.looks import ROLL_UP, Looks, Noise, Priority, Sieve, Weight
from homeroom_adapters.memory.handover import MemoryHandover
from homeroom_testing.clock import NOON, SteppingClock

pytestmark = pytest.mark.anyio

HOUSE, ANA = InstitutionId(uuid4()), PersonId(uuid4())
WEIGHED = {
    "critical": Weight(Priority.CRITICAL),
    "normal": Weight(Priority.NORMAL),
    "noisy": Weight(Priority.LOW, Noise(first=3, one_in=4)),
}


def a_look(action: str, seconds: float = 0, who: PersonId = ANA) -> Entry:
    at = NOON + timedelta(seconds=seconds)
    return Entry(at=at, institution_id=HOUSE, person_id=who, action=action, resource="persons")


@attrs.define
class Book:
    kept: list[Entry] = attrs.field(factory=list[Entry])

    async def write(self, entries: Sequence[Entry]) -> None:
        self.kept += entries

    @property
    def actions(self) -> list[str]:
        return [one.action for one in self.kept]


class Closed(MemoryHandover):
    """A way that nobody can go."""

    async def take(self, *entries: Entry) -> None:
        raise Unavailable("it is away")


async def taken_by(handover: MemoryHandover) -> Book:
    book = Book()
    async with handover.hand_on(book.write):
        pass
    return book


def looks_over(safe: MemoryHandover, quick: MemoryHandover) -> Looks:
    return Looks(safe, quick, lambda action: WEIGHED[action], SteppingClock())


@pytest.fixture
def safe() -> MemoryHandover:
    return MemoryHandover(HandoverSettings())


@pytest.fixture
def quick() -> MemoryHandover:
    return MemoryHandover(HandoverSettings())


class TestWays:
    async def test_what_must_stay_goes_the_safe_way_and_the_rest_the_quick_one(
        self, safe: MemoryHandover, quick: MemoryHandover
    ) -> None:
        await looks_over(safe, quick).note(a_look("critical"), a_look("normal"))
        assert (await taken_by(safe)).actions == ["critical"]
        assert (await taken_by(quick)).actions == ["normal"]

    async def test_while_the_quick_way_is_closed_all_go_the_safe_one(
        self, safe: MemoryHandover
    ) -> None:
        looks = looks_over(safe, Closed(HandoverSettings()))
        await looks.note(a_look("normal"), a_look("critical"))
        assert sorted((await taken_by(safe)).actions) == ["critical", "normal"]

    @pytest.mark.parametrize("action", ["critical", "normal"])
    async def test_nobody_looks_when_no_way_is_open(self, action: str) -> None:
        closed = Closed(HandoverSettings())
        with pytest.raises(Unavailable):
            await looks_over(closed, closed).note(a_look(action))

    def test_what_nobody_weighed_must_stay(self) -> None:
        assert weight_of("somebody.did_something").priority.must_stay
        thinned = [one.priority for one in WEIGHTS.values() if one.noise is not None]
        assert not any(priority.must_stay for priority in thinned)


class TestNoise:
    async def test_a_noisy_kind_is_thinned_out_and_the_rest_of_its_minute_counted(
        self, safe: MemoryHandover
    ) -> None:
        looks = looks_over(safe, safe)
        for n in range(12):  # three by themselves, then one in four: the 7th and the 11th
            await looks.note(a_look("noisy", n))
        await looks.roll_up()  # the minute is not over
        assert looks.clock.now() == NOON
        await looks.roll_up(everything=True)
        kept = (await taken_by(safe)).kept
        assert [one.action for one in kept] == ["noisy"] * 5 + ["noisy" + ROLL_UP]
        assert [one.at.second for one in kept] == [0, 1, 2, 6, 10, 0]
        assert kept[-1].changes == {"times": Change(None, "7")}
        assert (kept[-1].person_id, kept[-1].institution_id) == (ANA, HOUSE)

    async def test_each_minute_and_each_person_is_counted_apart(self) -> None:
        sieve, noise = Sieve(), Noise(first=1, one_in=100)
        ben = PersonId(uuid4())
        looks = [(0, ANA), (1, ANA), (2, ben), (3, ben), (4, ben), (61, ANA)]
        passed = [sieve.lets_through(a_look("noisy", at, who), noise) for at, who in looks]
        assert passed == [True, False, True, False, False, True]
        counted = list(sieve.taken(before=NOON + timedelta(minutes=1)))
        times = {one.person_id: one.changes["times"].after for one in counted}
        assert times == {ANA: "1", ben: "2"}
        assert list(sieve.taken(before=NOON + timedelta(minutes=9))) == []

    async def test_a_count_that_nobody_kept_is_counted_on(self) -> None:
        closed = Closed(HandoverSettings())
        looks, noise = looks_over(closed, closed), Noise(first=1, one_in=100)
        sieve = looks._sieve
        for n in range(3):
            sieve.lets_through(a_look("noisy", n), noise)
        with pytest.raises(Unavailable):
            await looks.roll_up(everything=True)
        [kept] = sieve.taken(before=NOON + timedelta(minutes=1))
        assert (kept.action, kept.changes["times"].after) == ("noisy" + ROLL_UP, "2")

    @given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=200))
    def test_nothing_is_lost_from_the_count(self, looks: list[tuple[int, bool]]) -> None:
        sieve, noise = Sieve(), Noise(first=2, one_in=3)
        ben = PersonId(uuid4())
        entries = [a_look("noisy", at, ANA if hers else ben) for at, hers in looks]
        passed = sum(sieve.lets_through(one, noise) for one in entries)
        counted = sieve.taken(before=NOON + timedelta(hours=1))
        assert passed + sum(int(one.changes["times"].after or 0) for one in counted) == len(looks)


class TestTexts:
    def test_a_line_holds_a_whole_entry(self) -> None:
        entry = attrs.evolve(a_look("a.b"), changes={"Ñ\n": Change(None, '"\u2028•')})
        assert "\n" not in written(entry)
        assert read(written(entry)) == entry

    @pytest.mark.parametrize("cut", [0, 1, 40, -1])
    def test_a_line_that_was_cut_off_is_no_entry(self, cut: int) -> None:
        with pytest.raises(Undecodable):
            read(written(a_look("a.b"))[:cut])

    @pytest.mark.parametrize("line", ["{}", "[]", "null", '{"id": 7}', "\ud800"])
    def test_what_somebody_else_wrote_is_no_entry(self, line: str) -> None:
        with pytest.raises(Undecodable):
            read(line)
