"""What every sealer promises: only the keys open a seal, and each seal for one purpose only."""

import base64
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Unavailable
from homeroom.kernel.sealing import Sealer, SealerSettings, Unsealable
from homeroom_testing.conformance.contract import Conformance

OpenSealer = Callable[[SealerSettings], AbstractAsyncContextManager[Sealer]]

OLD, NEW, OTHER = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))
SECRET = "https://hooks.example/T0/B0/hush-hush"
NONSENSE = ["", " ", "s1", "s1..", "s1.00000000.", "a.b.c.d", SECRET, "é" * 40, "\0", "." * 99]


def with_keys(*keys: str, fingerprint_key: str = "") -> SealerSettings:
    """Settings with *keys*, newest first."""
    return SealerSettings(keys=keys, fingerprint_key=fingerprint_key)


class SealerConformance(Conformance):
    """Subclass, provide `open_sealer`, inherit the proof."""

    longest: ClassVar[int] = 100_000
    """Characters of the longest text that is tried."""

    @pytest.fixture
    def open_sealer(self) -> OpenSealer:
        raise NotImplementedError("return something that opens sealers")

    @pytest.fixture
    async def sealer(self, open_sealer: OpenSealer) -> AsyncIterator[Sealer]:
        """A sealer with one key."""
        async with open_sealer(with_keys(OLD)) as sealer:
            yield sealer

    async def test_what_was_sealed_opens(self, sealer: Sealer) -> None:
        @given(st.text(), st.text(max_size=20))
        def opens(text: str, purpose: str) -> None:
            assert sealer.open(sealer.seal(text, purpose=purpose), purpose=purpose) == text

        opens()

    @pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4_096, 100_000])
    async def test_a_text_may_have_any_length(self, sealer: Sealer, size: int) -> None:
        text = "ñ" * min(size, self.longest)
        assert sealer.open(sealer.seal(text, purpose="a"), purpose="a") == text

    async def test_a_seal_is_one_line_of_plain_letters(self, sealer: Sealer) -> None:
        assert re.fullmatch(r"[\x21-\x7e]+", sealer.seal("\0\n é", purpose="a"))

    async def test_a_seal_shows_nothing_of_its_text(self, sealer: Sealer) -> None:
        sealed = sealer.seal(SECRET, purpose="a")
        assert SECRET not in sealed
        assert all(SECRET.encode() not in one for one in unpacked(sealed))

    async def test_the_same_text_is_never_sealed_alike(self, sealer: Sealer) -> None:
        assert len({sealer.seal(SECRET, purpose="a") for _ in range(1_000)}) == 1_000

    async def test_nor_after_the_house_was_opened_anew(self, open_sealer: OpenSealer) -> None:
        seals = set[str]()
        for _ in range(3):
            async with open_sealer(with_keys(OLD)) as sealer:
                seals |= {sealer.seal(SECRET, purpose="a") for _ in range(10)}
        assert len(seals) == 30

    @pytest.mark.parametrize("other", ["", "b", "A", "a ", "aa"])
    async def test_a_seal_opens_for_its_own_purpose_only(self, sealer: Sealer, other: str) -> None:
        with pytest.raises(Unsealable) as refused:
            sealer.open(sealer.seal(SECRET, purpose="a"), purpose=other)
        assert isinstance(refused.value, Unavailable)

    async def test_a_seal_that_was_changed_anywhere_does_not_open(self, sealer: Sealer) -> None:
        sealed = sealer.seal(SECRET, purpose="a")
        for changed in changes(sealed):
            with pytest.raises(Unsealable):
                sealer.open(changed, purpose="a")

    @pytest.mark.parametrize("text", NONSENSE)
    async def test_what_is_no_seal_does_not_open(self, sealer: Sealer, text: str) -> None:
        with pytest.raises(Unsealable):
            sealer.open(text, purpose="a")
        assert not sealer.is_current(text)

    async def test_what_an_older_key_sealed_still_opens(self, open_sealer: OpenSealer) -> None:
        async with open_sealer(with_keys(OLD)) as before:
            sealed = before.seal(SECRET, purpose="a")
        async with open_sealer(with_keys(NEW, OLD)) as after:
            assert after.open(sealed, purpose="a") == SECRET

    async def test_the_newest_key_seals(self, open_sealer: OpenSealer) -> None:
        async with open_sealer(with_keys(NEW, OLD)) as both:
            sealed = both.seal(SECRET, purpose="a")
        async with open_sealer(with_keys(NEW)) as alone:
            assert alone.open(sealed, purpose="a") == SECRET

    async def test_what_an_older_key_sealed_is_not_current(self, open_sealer: OpenSealer) -> None:
        async with open_sealer(with_keys(OLD)) as before:
            sealed = before.seal(SECRET, purpose="a")
            assert before.is_current(sealed)
        async with open_sealer(with_keys(NEW, OLD)) as after:
            assert not after.is_current(sealed)
            assert after.is_current(after.seal(SECRET, purpose="a"))

    async def test_a_key_that_is_not_set_opens_nothing(self, open_sealer: OpenSealer) -> None:
        async with open_sealer(with_keys(OLD)) as before:
            sealed = before.seal(SECRET, purpose="a")
        async with open_sealer(with_keys(NEW, OTHER)) as after:
            with pytest.raises(Unsealable):
                after.open(sealed, purpose="a")

    async def test_a_fingerprint_is_the_same_for_the_same_text(
        self, open_sealer: OpenSealer
    ) -> None:
        async with open_sealer(with_keys(OLD)) as one, open_sealer(with_keys(OLD)) as other:
            first, again = (by.fingerprint(SECRET, purpose="a") for by in (one, other))
        assert first == again
        assert re.fullmatch(r"[0-9a-f]{64}", first)

    async def test_a_fingerprint_stays_when_another_key_becomes_the_newest(
        self, open_sealer: OpenSealer
    ) -> None:
        async with open_sealer(with_keys(OLD)) as before, open_sealer(with_keys(NEW, OLD)) as after:
            told = {by.fingerprint(SECRET, purpose="a") for by in (before, after)}
        assert len(told) == 1

    async def test_a_fingerprint_stays_when_its_key_seals_and_opens_nothing_any_more(
        self, open_sealer: OpenSealer
    ) -> None:
        apart = with_keys(NEW, fingerprint_key=OLD)
        async with open_sealer(with_keys(OLD)) as before, open_sealer(apart) as after:
            told = {by.fingerprint(SECRET, purpose="a") for by in (before, after)}
            with pytest.raises(Unsealable):
                after.open(before.seal(SECRET, purpose="a"), purpose="a")
        assert len(told) == 1

    async def test_fingerprints_tell_texts_and_purposes_apart(self, sealer: Sealer) -> None:
        asked = [("ab", "c"), ("b", "ca"), ("", "cab"), ("cab", ""), ("ab", "d"), ("abc", "")]
        told = {sealer.fingerprint(text, purpose=purpose) for text, purpose in asked}
        assert len(told) == len(asked)

    async def test_nobody_makes_a_fingerprint_without_the_key(
        self, open_sealer: OpenSealer
    ) -> None:
        async with open_sealer(with_keys(OLD)) as ours, open_sealer(with_keys(NEW)) as theirs:
            told = {by.fingerprint(SECRET, purpose="a") for by in (ours, theirs)}
        assert len(told) == 2

    async def test_no_refusal_quotes_a_secret(self, sealer: Sealer) -> None:
        sealed = sealer.seal(SECRET, purpose="a")
        for text, purpose in ((sealed, "hush"), (f"{sealed}x", "a"), (SECRET, "a")):
            with pytest.raises(Unsealable) as refused:
                sealer.open(text, purpose=purpose)
            assert "hush" not in refused.value.message
            assert sealed not in refused.value.message


def changes(sealed: str) -> Sequence[str]:
    """*sealed* with one letter changed, in each place; and cut, and made longer."""
    other = {"A": "B"}
    swapped = [
        sealed[:place] + other.get(letter, "A") + sealed[place + 1 :]
        for place, letter in enumerate(sealed)
    ]
    return [*swapped, sealed[:-1], sealed[1:], f"{sealed}A", f"{sealed}=", f"{sealed}\n"]


def unpacked(sealed: str) -> Sequence[bytes]:
    """What the words of *sealed* say in the usual codes for bytes."""
    words = re.split(r"[^\w+/=-]", sealed)
    padded = (word + "=" * (-len(word) % 4) for word in words)
    return [base64.urlsafe_b64decode(word) for word in padded if len(word) > 1]
