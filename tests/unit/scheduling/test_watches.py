"""Pings that are expected: heard, failed, and missed."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.ids import TaskId, new_id
from homeroom.published.scheduling import PingMissed, PingReturned
from homeroom.scheduling.model.watches import Expectation, Ping, PingToken, Watch, WatchState
from homeroom.scheduling.model.when import Every, Timing
from homeroom_testing.clock import NOON
from homeroom_testing.tasks import HOUSE, MINUTE, NoCron

HOURLY = Expectation(timing=Timing(Every(3600, anchor=NOON)), grace=5 * MINUTE)
HOUR = timedelta(hours=1)


def a_watch(at: datetime = NOON) -> tuple[Watch, PingToken]:
    return Watch.over(TaskId(new_id()), HOUSE, HOURLY, at=at, calendar=NoCron())


def watching(at: datetime = NOON) -> Watch:
    return a_watch(at)[0]


def hear(watch: Watch, ping: Ping, minutes: float) -> bool:
    return watch.hear(ping, at=NOON + minutes * MINUTE, calendar=NoCron())


def test_the_first_ping_is_expected_at_the_first_instant_and_missed_after_its_grace() -> None:
    watch = watching(at=NOON - 10 * MINUTE)
    assert (watch.state, watch.deadline) == (WatchState.NEW, NOON + 5 * MINUTE)
    assert not watch.fall_silent(at=NOON + 4 * MINUTE)
    assert watch.fall_silent(at=NOON + 5 * MINUTE)
    assert watch.state is WatchState.DOWN
    assert [type(one) for one in watch.release_events()] == [PingMissed]


def test_work_that_pings_every_so_often_has_that_long_and_its_grace_for_the_first_ping() -> None:
    assert watching(at=NOON).deadline == NOON + HOUR + 5 * MINUTE


def test_a_ping_is_expected_at_the_next_instant_and_missed_after_its_grace() -> None:
    watch = watching()
    hear(watch, Ping.DONE, 1)
    assert watch.deadline == NOON + HOUR + 5 * MINUTE
    assert not watch.fall_silent(at=NOON + HOUR + 4 * MINUTE)
    assert watch.fall_silent(at=NOON + HOUR + 5 * MINUTE)
    assert watch.state is WatchState.DOWN
    assert [type(one) for one in watch.release_events()] == [PingMissed]


def test_silence_is_news_once() -> None:
    watch = watching()
    hear(watch, Ping.DONE, 1)
    assert watch.fall_silent(at=NOON + 2 * HOUR)
    assert not watch.fall_silent(at=NOON + 3 * HOUR)


def test_work_that_said_it_began_must_end_within_the_grace() -> None:
    watch = watching()
    hear(watch, Ping.START, 0)
    assert watch.deadline == NOON + 5 * MINUTE
    hear(watch, Ping.DONE, 3)
    assert watch.state is WatchState.UP
    assert watch.deadline == NOON + HOUR + 5 * MINUTE


def test_work_that_says_it_failed_calls_for_an_alert_once() -> None:
    watch = watching()
    assert hear(watch, Ping.FAIL, 1)
    assert not hear(watch, Ping.FAIL, 2)
    assert watch.state is WatchState.DOWN


def test_a_ping_after_a_silence_says_that_it_is_back() -> None:
    watch = watching()
    hear(watch, Ping.FAIL, 1)
    watch.release_events()
    hear(watch, Ping.DONE, 2)
    assert watch.state is WatchState.UP
    assert [type(one) for one in watch.release_events()] == [PingReturned]


def test_the_token_is_not_kept() -> None:
    watch, token = a_watch()
    assert token.text not in repr(watch)
    assert token.text not in repr(token)
    assert token.digest == watch.digest


@given(pings=st.lists(st.tuples(st.sampled_from(Ping), st.floats(0, 200)), max_size=20))
def test_a_watch_that_is_down_has_no_deadline_and_one_that_is_up_has_one(
    pings: list[tuple[Ping, float]],
) -> None:
    watch, minutes = watching(), 0.0
    for ping, gap in pings:
        minutes += gap
        watch.fall_silent(at=NOON + minutes * MINUTE)
        hear(watch, ping, minutes)
        assert (watch.deadline is None) == (watch.state is WatchState.DOWN)
