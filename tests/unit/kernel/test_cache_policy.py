"""What is decided about cached answers without asking anybody: names, ages, layout."""

import random
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from homeroom.kernel.cache import CacheKey, CachePolicy, Part, joined, tag
from homeroom.kernel.cache_entries import (
    EPOCH_BYTES,
    Entry,
    Freshness,
    Lifetime,
    written,
)

parts = st.lists(
    st.text(max_size=100) | st.sampled_from(["=1", "=", "a_b", "a:b"])
    | st.integers() | st.booleans() | st.none() | st.uuids(),
    max_size=4,
)  # fmt: skip
policies = st.builds(
    CachePolicy,
    ttl=st.floats(0.001, 1e6),
    soft=st.floats(0.01, 1),
    jitter=st.floats(0, 0.99),
    stale_if_error=st.floats(0, 1e5),
)
lucks = st.floats(0, 1, exclude_max=True)
epochs = st.lists(st.binary(min_size=EPOCH_BYTES, max_size=EPOCH_BYTES), max_size=4)
LIFETIME = Lifetime(70, 100, 160)
ORDER = list(Freshness)


def told_apart(values: list[Part]) -> list[tuple[type, Part]]:
    return [(type(value), value) for value in values]


class TestNames:
    @given(one=parts, other=parts)
    def test_different_parts_have_different_names(self, one: list[Part], other: list[Part]) -> None:
        assume(told_apart(one) != told_apart(other))
        assert joined(["kind", *one]) != joined(["kind", *other])

    @given(parts)
    def test_a_name_is_made_of_harmless_letters_whatever_went_in(self, some: list[Part]) -> None:
        assert re.fullmatch(r"[A-Za-z0-9._:=~-]*", joined(some))

    def test_a_plain_name_stays_readable(self) -> None:
        person = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
        assert CacheKey.of("roster", person, "en-PH", 3).name == f"roster:={person}:en-PH:=3"

    def test_a_long_part_is_cut_and_told_apart_from_its_beginning(self) -> None:
        assert len(joined(["x" * 5000])) < 150
        assert joined(["x" * 5000]) != joined(["x" * 80])

    def test_a_tag_named_twice_counts_once(self) -> None:
        assert CacheKey.of("k", tags=[tag("a"), tag("b"), tag("a")]).tags == (tag("a"), tag("b"))


class TestLifetime:
    @given(policy=policies, luck=lucks, asked_at=st.floats(0, 2e9))
    def test_the_ttl_is_drawn_within_the_jitter(
        self, policy: CachePolicy, luck: float, asked_at: float
    ) -> None:
        drawn = Lifetime.drawn(policy, asked_at=asked_at, luck=luck).expires_at - asked_at
        least, most = policy.ttl * (1 - policy.jitter), policy.ttl * (1 + policy.jitter)
        rounding = 1e-5  # of instants in this century, kept as floats
        assert least - rounding <= drawn <= most + rounding

    @given(policy=policies, luck=lucks)
    def test_an_answer_turns_soft_before_it_expires_and_expires_before_it_is_gone(
        self, policy: CachePolicy, luck: float
    ) -> None:
        life = Lifetime.drawn(policy, asked_at=0, luck=luck)
        assert life.soft_at <= life.expires_at <= life.gone_at

    @given(policy=policies, luck=lucks, moments=st.lists(st.floats(0, 2e6), max_size=6))
    def test_an_answer_never_grows_younger(
        self, policy: CachePolicy, luck: float, moments: list[float]
    ) -> None:
        life = Lifetime.drawn(policy, asked_at=0, luck=luck)
        ages = [ORDER.index(life.at(moment)) for moment in sorted(moments)]
        assert ages == sorted(ages)

    @pytest.mark.parametrize(
        ("now", "age"),
        [
            (69.9, Freshness.FRESH), (70, Freshness.SOFT), (99.9, Freshness.SOFT),
            (100, Freshness.STALE), (159.9, Freshness.STALE), (160, Freshness.GONE),
        ],
    )  # fmt: skip
    def test_each_age_begins_at_its_instant(self, now: float, age: Freshness) -> None:
        assert LIFETIME.at(now) is age

    @pytest.mark.parametrize(
        "mistake",
        [{"ttl": 0}, {"ttl": 1, "soft": 0}, {"ttl": 1, "soft": 1.1}, {"ttl": 1, "jitter": 1}],
    )
    def test_a_policy_that_makes_no_sense_is_refused(self, mistake: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="must be"):
            CachePolicy(**mistake)


class TestEntries:
    @given(value=st.binary(max_size=9000), under=epochs, above=st.sampled_from([None, 0, 4096]))
    def test_what_is_read_is_what_was_written(
        self, value: bytes, under: list[bytes], above: int | None
    ) -> None:
        blob = written(value, epochs=b"".join(under), lifetime=LIFETIME, compress_above=above)
        entry = Entry.read(blob)
        assert entry is not None
        assert entry.value() == value
        assert entry.freshness(0, under) is Freshness.FRESH

    @given(
        under=epochs.filter(bool), which=st.integers(0, 3), other=st.binary(min_size=8, max_size=8)
    )
    def test_one_epoch_that_is_over_or_unknown_puts_it_out_of_reach(
        self, under: list[bytes], which: int, other: bytes
    ) -> None:
        blob = written(b"x", epochs=b"".join(under), lifetime=LIFETIME, compress_above=None)
        entry = Entry.read(blob)
        assert entry is not None
        which %= len(under)
        assume(other != under[which])
        for news in (other, None):
            now = [*under[:which], news, *under[which + 1 :]]
            assert entry.freshness(0, now) is Freshness.GONE

    @given(st.binary(max_size=200))
    def test_bytes_of_a_stranger_are_read_as_nothing(self, blob: bytes) -> None:
        assert Entry.read(blob) is None

    @pytest.mark.parametrize("above", [None, 0])
    def test_an_entry_that_was_cut_off_is_no_answer(self, above: int | None) -> None:
        blob = written(b"ab" * 500, epochs=bytes(8), lifetime=LIFETIME, compress_above=above)
        for length in range(len(blob)):
            entry = Entry.read(blob[:length])
            assert entry is None or entry.value() is None

    def test_only_what_is_large_and_shrinks_is_packed(self) -> None:
        def size(value: bytes) -> int:
            return len(written(value, epochs=b"", lifetime=LIFETIME, compress_above=4096))

        head = size(b"")
        assert size(b"a" * 4096) == head + 4096
        assert size(b"a" * 4097) < head + 100
        assert size(random.Random(7).randbytes(6000)) == head + 6000
