"""Ids: UUIDv7 that grow, whatever the clock does."""

import threading
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.ids import Uuid7, new_id

moments = st.integers(1, 2**47)


def moment_of(value: UUID) -> int:
    """The milliseconds that stand in the first 48 bits."""
    return value.int >> 80


class TestUuid7:
    @given(moments)
    def test_it_says_what_it_is_and_when_it_was_made(self, moment: int) -> None:
        made = Uuid7(lambda: moment)()
        assert (made.version, made.variant) == (7, uuid4().variant)
        assert moment_of(made) == moment

    @given(st.lists(moments, min_size=2, max_size=30))
    def test_ids_grow_whatever_the_clock_says(self, readings: list[int]) -> None:
        clock = iter(readings)
        make = Uuid7(lambda: next(clock))
        made = [make() for _ in readings]
        assert made == sorted(set(made))

    @given(st.lists(moments, min_size=1, max_size=30))
    def test_a_clock_set_back_does_not_take_ids_with_it(self, readings: list[int]) -> None:
        clock = iter(readings)
        make = Uuid7(lambda: next(clock))
        latest = [max(readings[: n + 1]) for n in range(len(readings))]
        assert [moment_of(make()) for _ in readings] == latest

    @given(moments, st.integers(1, 10**9))
    def test_ids_of_different_makers_sort_by_time(self, moment: int, later: int) -> None:
        assert Uuid7(lambda: moment)() < Uuid7(lambda: moment + later)()

    @given(st.lists(st.tuples(moments, st.integers(0, 5)), min_size=1, max_size=10))
    def test_many_at_once_are_what_they_are_one_by_one(
        self, readings: list[tuple[int, int]]
    ) -> None:
        clock = iter([moment for moment, _ in readings])
        make = Uuid7(lambda: next(clock))
        batches = [make.many(count) for _, count in readings]
        assert [len(batch) for batch in batches] == [count for _, count in readings]
        made = [one for batch in batches for one in batch]
        assert made == sorted(set(made))
        assert all((one.version, one.variant) == (7, uuid4().variant) for one in made)

    def test_many_that_do_not_fit_into_a_millisecond_take_the_next(self) -> None:
        make = Uuid7(lambda: 1000)
        make()
        make._counter = 2**42 - 3
        before, *many = make(), *make.many(5)
        assert {moment_of(one) for one in many} == {1001}
        assert before < many[0]

    def test_a_millisecond_that_is_full_borrows_from_the_next(self) -> None:
        make = Uuid7(lambda: 1000)
        make()
        make._counter = 2**42 - 2  # four thousand thousand million ids later
        last, borrowed, after = make(), make(), make()
        assert [moment_of(one) for one in (last, borrowed, after)] == [1000, 1001, 1001]
        assert last < borrowed < after
        assert borrowed.version == 7

    def test_without_a_clock_it_takes_the_machine_s(self) -> None:
        first, second = new_id(), new_id()
        assert first < second
        assert moment_of(first) > 1_700_000_000_000

    def test_two_makers_at_one_moment_do_not_make_the_same(self) -> None:
        assert len({Uuid7(lambda: 7)() for _ in range(1000)}) == 1000

    def test_threads_never_share_an_id_and_each_sees_them_grow(self) -> None:
        make, start = Uuid7(), threading.Barrier(4)
        made: list[list[UUID]] = [[] for _ in range(4)]

        def work(own: list[UUID]) -> None:
            start.wait(10)
            own.extend(make() for _ in range(2000))

        threads = [threading.Thread(target=work, args=(own,)) for own in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(own == sorted(own) for own in made)
        assert len(set().union(*made)) == 8000
