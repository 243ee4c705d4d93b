"""Patience: what `Retry-After` may ask of us."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.outbound_answers import read_retry_after
from homeroom_testing.clock import NOON

ASKED = {
    "0": 1.0,
    "1": 1.0,
    "7": 7.0,
    " 7 ": 7.0,
    "2.5": 2.5,
    "-5": 1.0,
    "86400": 86_400.0,
    "86401": 86_400.0,
    "9" * 5000: 86_400.0,
    "Mon, 02 Mar 2026 12:01:30 GMT": 90.0,
    "Monday, 02-Mar-26 12:01:30 GMT": 90.0,
    "Mon, 02 Mar 2026 12:01:30 -0000": 90.0,
    "Mon, 02 Mar 2026 13:01:30 +0100": 90.0,
    "Mon, 02 Mar 2026 11:00:00 GMT": 1.0,
    "Fri, 31 Dec 9999 23:59:59 GMT": 86_400.0,
    "Fri, 31 Dec 9999 23:59:59 -2300": 86_400.0,
}

ASKED_NOTHING = [
    *("", "soon", "nan", "inf", "-inf", "1e3", "0x10", "1,5", "7 seconds", "\u0667", "1_000"),
    *("Fri, 31 Dec 99999 23:59:59 GMT", "Mon, 99 Mar 2026 12:00:00 GMT", "2026-03-02T12:00:00Z"),
    "Mon, 02 Mar 2026 12:00:00 +999999",
]


class TestRetryAfter:
    @pytest.mark.parametrize("text", ASKED, ids=lambda text: text[:40])
    def test_seconds_and_dates_are_honoured_within_a_day(self, text: str) -> None:
        assert read_retry_after(text, now=NOON) == ASKED[text]

    @pytest.mark.parametrize("text", ASKED_NOTHING)
    def test_anything_else_asks_for_nothing(self, text: str) -> None:
        assert read_retry_after(text, now=NOON) is None

    @given(
        st.text(max_size=60) | st.text("0123456789 :,-+GMTMonJanDec", max_size=40),
        st.datetimes(timezones=st.just(UTC)),
    )
    def test_whatever_it_says_we_wait_between_a_second_and_a_day(
        self, text: str, now: datetime
    ) -> None:
        wait = read_retry_after(text, now=now)
        assert wait is None or 1.0 <= wait <= 86_400.0
