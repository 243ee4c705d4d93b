"""What every password hasher promises: slow for everybody alike, and in nobody's way."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.people.errors import HasherBusy, PasswordTooLong
from homeroom.people.ports.hashing import (
    LONGEST_PASSWORD,
    Checked,
    PasswordHasher,
    PasswordHasherSettings,
)
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.fast_hashing import FAST

OpenHasher = Callable[[PasswordHasherSettings], AbstractAsyncContextManager[PasswordHasher]]

SECRET = "correct horse hush-hush"
FITS, FITS_NOT, OUTDATED = Checked(True), Checked(False), Checked(True, outdated=True)
SLOW = PasswordHasherSettings(passes=3, memory_kib=16 * 1_024, lanes=1)
"""So much work that what a hasher does beside it does not count."""

NO_HASHES = [
    "",
    " ",
    SECRET,
    "\0",
    "ñ" * 40,
    "$argon2id$",
    "$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m",
    "pbkdf2_sha256$870000$c2FsdA$aGFzaA==",
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$",
    "$argon2id$v=19$m=8,t=1,p=1$!!!!!!!!!!!!!!!!$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$argon2id$v=19$m=8,t=4294967295,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$argon2id$v=19$m=8,t=1,p=16777215$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$argon2id$v=19$m=-8,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$argon2id$" + "9" * 100_000,
]


class PasswordHasherConformance(Conformance):
    """Subclass, provide `open_hasher`, inherit the proof."""

    slow: ClassVar[PasswordHasherSettings] = SLOW
    """Settings under which one hash takes a processor 20 ms or more."""

    @pytest.fixture
    def open_hasher(self) -> OpenHasher:
        raise NotImplementedError("return something that opens hashers")

    def spent(self) -> float:
        """Seconds that a processor has worked for us, whatever else the machine does."""
        return time.process_time()

    @pytest.fixture
    async def hasher(self, open_hasher: OpenHasher) -> AsyncIterator[PasswordHasher]:
        """A hasher that is as fast as can be."""
        async with open_hasher(FAST) as hasher:
            yield hasher

    async def test_the_password_fits_and_another_does_not(self, hasher: PasswordHasher) -> None:
        hashed = await hasher.hash(SECRET)
        assert await hasher.check(SECRET, hashed) == FITS
        assert await hasher.check("another", hashed) == FITS_NOT

    @pytest.mark.parametrize(
        "password",
        ["", " ", "\0", "a\0b", "ñandú", "密码", "🔑🗝", "\ud800", "\n", "$argon2id$", "x" * 200],
    )
    async def test_any_text_may_be_a_password(self, hasher: PasswordHasher, password: str) -> None:
        assert await hasher.check(password, await hasher.hash(password)) == FITS

    @pytest.mark.parametrize(
        ("password", "other"),
        [
            ("a\0b", "a\0c"),
            ("a", "a\0"),
            ("hush", "Hush"),
            ("hush", "hush "),
            (" hush", "hush"),
            ("x" * 72 + "a", "x" * 72 + "b"),
            ("x" * (LONGEST_PASSWORD - 1) + "a", "x" * (LONGEST_PASSWORD - 1) + "b"),
            ("nino", "niño"),
        ],
        ids=[
            *("behind an end of string", "an end of string", "case", "a space behind"),
            *("a space before", "behind 72 bytes", "the last of all", "an accent"),
        ],
    )
    async def test_every_character_counts(
        self, hasher: PasswordHasher, password: str, other: str
    ) -> None:
        assert await hasher.check(other, await hasher.hash(password)) == FITS_NOT
        assert await hasher.check(password, await hasher.hash(other)) == FITS_NOT

    @pytest.mark.parametrize(
        ("here", "there"),
        [("ni\u00f1o", "nin\u0303o"), ("abc1", "\uff41\uff42\uff43\uff11"), ("fi", "\ufb01")],
        ids=["composed", "wide", "joined"],
    )
    async def test_another_keyboard_s_spelling_is_the_same(
        self, hasher: PasswordHasher, here: str, there: str
    ) -> None:
        assert await hasher.check(there, await hasher.hash(here)) == FITS
        assert await hasher.check(here, await hasher.hash(there)) == FITS

    @settings(
        max_examples=50,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(password=st.text(max_size=40), other=st.text(max_size=40))
    async def test_only_what_is_spelt_the_same_fits(
        self, hasher: PasswordHasher, password: str, other: str
    ) -> None:
        same = normalize("NFKC", password) == normalize("NFKC", other)
        told = await hasher.check(other, await hasher.hash(password))
        assert told == (FITS if same else FITS_NOT)

    async def test_the_same_password_is_never_hashed_alike(self, hasher: PasswordHasher) -> None:
        assert len({await hasher.hash(SECRET) for _ in range(100)}) == 100

    async def test_a_hash_is_one_short_line_of_plain_letters(self, hasher: PasswordHasher) -> None:
        hashed = await hasher.hash("\n\0ñ" * 300)
        assert re.fullmatch(r"[\x21-\x7e]{20,255}", hashed)
        assert SECRET not in await hasher.hash(SECRET)

    async def test_a_hash_fits_in_another_process_too(self, open_hasher: OpenHasher) -> None:
        async with open_hasher(FAST) as one, open_hasher(FAST) as other:
            assert await other.check(SECRET, await one.hash(SECRET)) == FITS

    async def test_a_hash_of_other_settings_fits_and_is_outdated(
        self, open_hasher: OpenHasher
    ) -> None:
        async with open_hasher(FAST) as before, open_hasher(self.slow) as after:
            weak, strong = await before.hash(SECRET), await after.hash(SECRET)
            assert await after.check(SECRET, weak) == OUTDATED
            assert await after.check(SECRET, strong) == FITS
            assert await after.check("another", weak) == FITS_NOT

    async def test_nothing_fits_nobody(self, hasher: PasswordHasher) -> None:
        for password in ("", SECRET, "None"):
            assert await hasher.check(password, None) == FITS_NOT

    @pytest.mark.parametrize("text", NO_HASHES, ids=lambda text: text[:40])
    async def test_nothing_fits_what_is_no_hash(self, hasher: PasswordHasher, text: str) -> None:
        for password in ("", SECRET, text[:LONGEST_PASSWORD]):
            assert await hasher.check(password, text) == FITS_NOT

    async def test_a_hash_that_was_changed_does_not_fit(self, hasher: PasswordHasher) -> None:
        hashed = await hasher.hash(SECRET)
        for changed in (hashed[:-1], f"{hashed}\0", f"{hashed}\n", f" {hashed}", hashed.upper()):
            assert await hasher.check(SECRET, changed) == FITS_NOT

    async def test_it_works_as_long_for_nobody_as_for_somebody(
        self, open_hasher: OpenHasher
    ) -> None:
        async with open_hasher(self.slow) as hasher:
            hashed = await hasher.hash(SECRET)
            await hasher.check(SECRET, None)
            fits = await self._work(hasher, SECRET, hashed)
            for password, kept in (
                ("another", hashed),
                (SECRET, None),
                (SECRET, "no hash"),
                (SECRET, NO_HASHES[-3]),
                ("x" * (LONGEST_PASSWORD + 1), hashed),
            ):
                spent = await self._work(hasher, password, kept)
                assert 0.5 <= spent / fits <= 2, f"{spent:.4f} s against {fits:.4f} s"

    async def test_a_password_that_is_too_long_is_refused_before_any_work(
        self, open_hasher: OpenHasher
    ) -> None:
        longest = "x" * LONGEST_PASSWORD
        async with open_hasher(self.slow) as hasher:
            hashed = await hasher.hash(longest)
            assert await hasher.check(longest, hashed) == FITS
            assert await hasher.check(longest + "x", hashed) == FITS_NOT
            begun = time.process_time()
            for too_long in (longest + "x", "\ufdfa" * 1_000_000):
                with pytest.raises(PasswordTooLong) as refused:
                    await hasher.hash(too_long)
                assert isinstance(refused.value, Invalid)
                assert too_long not in refused.value.message
            assert time.process_time() - begun < 0.02

    async def test_the_loop_goes_on_meanwhile(self, open_hasher: OpenHasher) -> None:
        async with open_hasher(self.slow) as hasher:
            await hasher.check(SECRET, None)
            work = asyncio.ensure_future(hasher.hash(SECRET))
            turns = 0
            while not work.done():
                turns += 1
                await asyncio.sleep(0.001)
            assert turns >= 3
            assert await hasher.check(SECRET, await work) == FITS

    async def test_everybody_of_a_crowd_is_answered_rightly(self, hasher: PasswordHasher) -> None:
        hashes = await asyncio.gather(*(hasher.hash(f"hush {n}") for n in range(50)))
        told = await asyncio.gather(
            *(hasher.check(f"hush {n % 49}", kept) for n, kept in enumerate(hashes))
        )
        assert told == [FITS] * 49 + [FITS_NOT]

    async def test_more_than_may_wait_are_told_to_come_again(self, open_hasher: OpenHasher) -> None:
        async with open_hasher(_with_few_waiting(self.slow)) as hasher:
            asked = [asyncio.ensure_future(hasher.check(SECRET, None)) for _ in range(40)]
            told = await asyncio.gather(*asked, return_exceptions=True)
            busy = [one for one in told if isinstance(one, HasherBusy)]
            assert busy
            assert all(isinstance(one, Unavailable) for one in busy)
            assert len(busy) + told.count(FITS_NOT) == 40
            assert told.count(FITS_NOT) >= 2
            assert await hasher.check(SECRET, None) == FITS_NOT, "the crowd is gone"

    async def test_who_goes_away_leaves_the_others_alone(self, open_hasher: OpenHasher) -> None:
        async with open_hasher(_with_few_waiting(self.slow)) as hasher:
            for _ in range(10):
                gone = asyncio.ensure_future(hasher.check(SECRET, None))
                await asyncio.sleep(0)
                gone.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await gone
            assert await hasher.check(SECRET, None) == FITS_NOT

    async def _work(self, hasher: PasswordHasher, password: str, hashed: str | None) -> float:
        """Seconds of processor that a check takes."""
        spent = []
        for _ in range(5):
            begun = self.spent()
            await hasher.check(password, hashed)
            spent.append(self.spent() - begun)
        return statistics.median(spent)


def _with_few_waiting(own: PasswordHasherSettings) -> PasswordHasherSettings:
    return PasswordHasherSettings(
        passes=own.passes, memory_kib=own.memory_kib, lanes=own.lanes, waiting=2
    )
