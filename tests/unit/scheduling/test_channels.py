"""The receiving end's ledger: reference cases 28 to 30 and 34."""

from datetime import datetime, timedelta

from homeroom.scheduling.model.channels import COOL_DOWN, Channel
from homeroom.scheduling.model.deliveries import Allowance, Answer, Outcome
from homeroom_testing.clock import NOON

SECOND = timedelta(seconds=1)
DENIED = Answer(outcome=Outcome.DENIED, reason="denied", status=401)


def delivered(limit: int, remaining: int, reset_after: float) -> Answer:
    allowance = Allowance(limit=limit, remaining=remaining, reset_after=reset_after)
    return Answer(outcome=Outcome.DELIVERED, status=204, allowance=allowance)


def counting() -> Channel:
    channel = Channel(fingerprint="f")
    channel.expect_to_count()
    return channel


def test_an_end_that_nothing_is_known_of_is_clear() -> None:
    assert Channel(fingerprint="f").is_clear(at=NOON)
    assert Channel(fingerprint="f").admit(at=NOON).granted


def test_an_end_that_may_count_is_sent_one_message_first() -> None:
    channel = counting()
    assert channel.admit(at=NOON).granted
    assert channel.admit(at=NOON).wait_until is not None


def test_what_the_first_answer_tells_is_sent_at_once() -> None:
    channel = counting()
    channel.admit(at=NOON)
    channel.hear(delivered(5, 4, 2.0), at=NOON)
    assert [channel.admit(at=NOON).granted for _ in range(5)] == [True] * 4 + [False]


def test_case_26_a_failure_that_told_no_count_keeps_the_next_try_from_nothing() -> None:
    for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
        channel = counting()
        assert channel.admit(at=NOON).granted
        channel.hear(Answer(outcome=outcome, status=500), at=NOON)
        assert channel.admit(at=NOON + SECOND).granted
        assert channel.admit(at=NOON + SECOND).wait_until is not None


def test_an_end_that_turns_out_not_to_count_is_never_asked_to_wait() -> None:
    channel = counting()
    channel.admit(at=NOON)
    channel.hear(Answer(outcome=Outcome.DELIVERED, status=204), at=NOON)
    channel.expect_to_count()
    assert all(channel.admit(at=NOON).granted for _ in range(100))


def test_case_29_with_nothing_left_the_next_message_waits_for_the_reset() -> None:
    channel = counting()
    channel.hear(delivered(5, 0, 1.2), at=NOON)
    assert channel.admit(at=NOON).wait_until == NOON + 1.2 * SECOND
    assert channel.admit(at=NOON + 1.2 * SECOND).granted


def test_late_answers_do_not_give_back_what_was_taken_since() -> None:
    channel = counting()
    channel.hear(delivered(5, 4, 2.0), at=NOON)
    for _ in range(4):
        channel.admit(at=NOON)
    channel.hear(delivered(5, 3, 2.0), at=NOON + 0.1 * SECOND)
    assert not channel.admit(at=NOON + 0.2 * SECOND).granted


def spent(limit: int = 5, window: float = 2.0) -> Channel:
    """An end of whose window, which begins at noon, nothing is left."""
    channel = counting()
    channel.hear(delivered(limit, 0, window), at=NOON)
    return channel


def places(channel: Channel, count: int, at: datetime = NOON) -> list[float]:
    """When each of so many who come now is told to come again, in seconds from noon."""
    asked = (channel.admit(at=at).wait_until for _ in range(count))
    return [(one - NOON) / SECOND for one in asked if one is not None]


def test_each_who_waits_has_a_place_of_their_own_in_the_windows_to_come() -> None:
    assert places(spent(), 12) == [2.0] * 5 + [4.1] * 5 + [6.2] * 2


def test_who_comes_to_their_place_is_let_in_and_nobody_goes_before_them() -> None:
    channel = spent()
    places(channel, 8)
    first = NOON + 2 * SECOND
    assert channel.admit(at=first).wait_until == NOON + 4.1 * SECOND  # a newcomer
    assert [channel.admit(at=first, place=first).granted for _ in range(5)] == [True] * 5
    second = NOON + 4.1 * SECOND
    assert [channel.admit(at=second, place=second).granted for _ in range(4)] == [True] * 4
    assert channel.admit(at=second).granted  # the last place in it was nobody's
    assert not channel.admit(at=second).granted


def test_a_place_that_nobody_takes_costs_itself_and_no_more() -> None:
    channel = spent()
    places(channel, 7)
    second = NOON + 4.1 * SECOND
    assert channel.admit(at=second, place=second).granted  # whoever was before it never came
    assert [channel.admit(at=second).granted for _ in range(4)] == [True] * 3 + [False]
    assert all(channel.admit(at=NOON + 9 * SECOND).granted for _ in range(5))


def test_who_comes_too_late_for_their_place_draws_from_what_is_left() -> None:
    channel = spent()
    places(channel, 6)
    late, place = NOON + 4.2 * SECOND, NOON + 2 * SECOND
    assert channel.admit(at=late, place=place).granted


def test_a_window_that_runs_late_is_waited_for_by_those_whose_place_is_in_the_next() -> None:
    channel = spent()
    places(channel, 6)
    channel.hear(delivered(5, 0, 2.0), at=NOON + 0.3 * SECOND)
    place, resets_at = NOON + 2 * SECOND, NOON + 2.3 * SECOND
    assert channel.admit(at=place, place=place).wait_until == resets_at
    assert channel.admit(at=resets_at, place=resets_at).granted


def test_who_finds_their_window_used_up_goes_to_the_end_of_the_line() -> None:
    channel = spent()
    places(channel, 5)
    place = NOON + 2 * SECOND
    assert all(channel.admit(at=place, place=place).granted for _ in range(5))
    assert channel.admit(at=place, place=place).wait_until == NOON + 4 * SECOND


def test_an_end_that_has_not_told_how_much_it_takes_gives_places_by_what_is_usual() -> None:
    channel = counting()
    assert channel.admit(at=NOON).granted
    assert places(channel, 7) == [2.0] * 5 + [4.1] * 2


def test_who_comes_during_a_block_has_a_place_after_it() -> None:
    channel = spent()
    channel.block(NOON + 10 * SECOND)
    assert places(channel, 6) == [10.0] * 5 + [12.1]
    until = NOON + 20 * SECOND
    assert channel.admit(at=NOON, not_before=until).wait_until == until
    assert channel.admit(at=NOON + SECOND, not_before=NOON).wait_until is not None


def test_what_is_sent_at_the_very_end_of_a_window_may_count_in_the_next() -> None:
    channel = counting()
    channel.hear(delivered(5, 1, 2.0), at=NOON)
    end = NOON + 1.99 * SECOND
    assert channel.admit(at=end).granted
    assert channel.admit(at=NOON + 2 * SECOND).wait_until == end + 2 * SECOND


def test_an_answer_of_the_window_before_does_not_end_this_one() -> None:
    channel = spent()
    place = NOON + 2 * SECOND
    assert channel.admit(at=place).granted
    channel.hear(delivered(5, 4, 0.01), at=place + 0.1 * SECOND)
    assert [channel.admit(at=place + 0.2 * SECOND).granted for _ in range(5)] == [True] * 4 + [
        False
    ]


def test_the_line_ends_with_an_end_that_counts_no_more() -> None:
    channel = spent()
    places(channel, 7)
    channel.hear(Answer(outcome=Outcome.DELIVERED, status=204), at=NOON)
    assert channel.admit(at=NOON).granted


def test_case_28_a_limit_that_was_hit_blocks_until_it_is_over() -> None:
    channel = Channel(fingerprint="f")
    channel.hear(Answer(outcome=Outcome.LIMITED, status=429, retry_after=2.5), at=NOON)
    assert channel.admit(at=NOON + 2.4 * SECOND).wait_until == NOON + 2.5 * SECOND
    assert channel.admit(at=NOON + 2.5 * SECOND).granted


def test_case_30_an_end_that_is_gone_is_never_called_again() -> None:
    channel = Channel(fingerprint="f")
    channel.hear(Answer(outcome=Outcome.GONE, reason="webhook_gone", status=404), at=NOON)
    assert channel.admit(at=NOON + timedelta(days=3650)).closed == "webhook_gone"


def denied(times: int, every: timedelta) -> tuple[Channel, datetime]:
    channel, at = Channel(fingerprint="f"), NOON
    for number in range(times):
        at = NOON + number * every
        channel.hear(DENIED, at=at)
    return channel, at


def test_case_34_eleven_refusals_in_ten_minutes_open_the_circuit() -> None:
    channel, at = denied(10, 10 * SECOND)
    assert channel.admit(at=at).granted
    channel.hear(DENIED, at=at)
    assert channel.admit(at=at + SECOND).closed == "circuit_open"


def test_refusals_that_lie_further_apart_do_not() -> None:
    channel, at = denied(30, timedelta(minutes=1))
    assert channel.admit(at=at).granted


def test_case_34_after_the_cool_down_one_message_tries_and_the_others_wait_for_it() -> None:
    channel, at = denied(11, SECOND)
    later = at + COOL_DOWN
    assert channel.admit(at=later).granted
    assert channel.admit(at=later).closed == "circuit_open"
    channel.hear(delivered(5, 4, 2.0), at=later)
    assert channel.admit(at=later).granted


def test_a_probe_that_is_refused_keeps_the_circuit_open() -> None:
    channel, at = denied(11, SECOND)
    later = at + COOL_DOWN
    channel.admit(at=later)
    channel.hear(DENIED, at=later)
    assert channel.admit(at=later + COOL_DOWN - SECOND).closed == "circuit_open"
    assert channel.admit(at=later + COOL_DOWN).granted


def test_a_probe_that_has_to_wait_is_not_used_up() -> None:
    channel = Channel(fingerprint="f", open_until=NOON, blocked_until=NOON + SECOND)
    assert channel.admit(at=NOON).wait_until == NOON + SECOND
    assert channel.admit(at=NOON + SECOND).granted
    assert channel.admit(at=NOON + SECOND).closed == "circuit_open"
