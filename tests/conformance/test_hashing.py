"""argon2 signs the contract of hashing; hashers that break a promise each are caught."""

import asyncio
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
)
from typing import Any, ClassVar, TypeVar

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.people.errors import PasswordTooLong
from homeroom.people.ports.hashing import (
    LONGEST_PASSWORD,
    Checked,
    PasswordHasher,
    PasswordHasherSettings,
)
from homeroom_adapters.argon2.beside import THREADS, Beside, at_once
from homeroom_adapters.argon2.hasher import Argon2Hasher, open_hasher
from homeroom_adapters.argon2.work import Work
from homeroom_adapters.codec.json import JsonCodec
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.hashing import SLOW, OpenHasher, PasswordHasherConformance
from homeroom_testing.fast_hashing import FAST
from homeroom_testing.sabotage import broken_clauses

T = TypeVar("T")


def opened(settings: PasswordHasherSettings) -> AbstractAsyncContextManager[PasswordHasher]:
    return open_hasher(settings, Ambient(FixedClock(), JsonCodec()))


def beside(settings: PasswordHasherSettings) -> AbstractAsyncContextManager[PasswordHasher]:
    return opened(attrs.evolve(settings, apart=False))


@pytest.mark.adapter("argon2 in threads")
class TestArgon2Beside(PasswordHasherConformance):
    @pytest.fixture
    def open_hasher(self) -> OpenHasher:
        return beside


class TestSettings:
    def test_the_defaults_are_what_owasp_advises(self) -> None:
        own = PasswordHasherSettings()
        assert (own.memory_kib, own.passes, own.lanes) == (19 * 1_024, 2, 1)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"passes": 0}, "passes"),
            ({"memory_kib": 7}, "memory_kib"),
            ({"memory_kib": 8, "lanes": 2}, "memory_kib"),
            ({"lanes": 0}, "lanes"),
            ({"limit_kib": 19 * 1_024 - 1}, "limit_kib"),
            ({"waiting": 0}, "waiting"),
        ],
        ids=str,
    )
    def test_what_cannot_be_done_is_refused(self, wrong: dict[str, Any], field: str) -> None:
        with pytest.raises(ValueError, match=rf"^passwords\.{field}: "):
            PasswordHasherSettings(**wrong)

    @pytest.mark.parametrize(("limit", "most"), [(19, 1), (37, 1), (38, 2), (1_000, 52)])
    def test_no_more_are_under_way_than_memory_allows(self, limit: int, most: int) -> None:
        assert 1 <= at_once(PasswordHasherSettings(limit_kib=limit * 1_024)) <= most

    def test_one_is_under_way_however_many_lanes_it_has(self) -> None:
        assert at_once(PasswordHasherSettings(lanes=64)) == 1


@pytest.mark.anyio
class TestThreads:
    async def test_a_crowd_is_served_by_few_and_they_leave_with_the_hasher(self) -> None:
        async with beside(SLOW) as hasher:
            crowd = [asyncio.ensure_future(hasher.check("hush", None)) for _ in range(20)]
            await asyncio.wait(crowd, timeout=0.05)
            ours = [one for one in threading.enumerate() if one.name.startswith(THREADS)]
            assert 1 <= len(ours) <= at_once(SLOW)
            await asyncio.gather(*crowd)
        for one in ours:
            one.join(5)
        assert not any(one.is_alive() for one in ours)

    @pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
    async def test_they_stand_back_for_everything_else(self) -> None:
        async with opened(FAST) as hasher:
            await hasher.hash("hush")
            ours = [one for one in threading.enumerate() if one.name.startswith(THREADS)]
            ranks = {os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in ours}
        assert ranks == {10}


@pytest.mark.anyio
class TestReading:
    async def test_who_hashed_for_others_is_read_and_outdated(self) -> None:
        """The hash of `password` in the reference implementation's own tests."""
        known = (
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
        )
        async with opened(FAST) as hasher:
            assert await hasher.check("password", known) == Checked(fits=True, outdated=True)

    async def test_what_we_hash_others_read(self) -> None:
        async with opened(FAST) as hasher:
            hashed = await hasher.hash("hush")
        assert hashed.startswith("$argon2id$v=19$")

    async def test_a_hash_that_would_take_more_than_all_may_is_not_worked_on(self) -> None:
        async with opened(SLOW) as rich, opened(FAST) as poor:
            assert await poor.check("hush", await rich.hash("hush")) == Checked(fits=False)


def test_opening_a_hasher_loads_no_library() -> None:
    asks = (
        "import asyncio, sys; "
        "from homeroom.people.ports.hashing import PasswordHasherSettings; "
        "from homeroom_adapters.argon2.hasher import open_hasher; "
        "asyncio.run(open_hasher(PasswordHasherSettings(), None).__aenter__()); "
        "print('argon2' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


class Saboteur(PasswordHasherConformance):
    """A hasher in place of the honest one."""

    hasher_type: ClassVar[type[Argon2Hasher]] = Argon2Hasher

    @pytest.fixture
    def open_hasher(self) -> OpenHasher:
        @asynccontextmanager
        async def opening(settings: PasswordHasherSettings) -> AsyncIterator[PasswordHasher]:
            workshop = Beside(settings)
            yield self.hasher_type(settings, workshop)
            await workshop.leave()

        return opening


class SparesItsWork(Saboteur):
    """Tells by its haste who is here."""

    class hasher_type(Argon2Hasher):  # noqa: N801 - takes the place of the attribute
        async def check(self, password: str, hashed: str | None) -> Checked:
            return Checked(False) if hashed is None else await super().check(password, hashed)


class HoldsTheLoop(Saboteur):
    class hasher_type(Argon2Hasher):  # noqa: N801
        async def hash(self, password: str) -> str:
            return Work(self._settings).hash(password.encode())


class NeverSaysNo(Saboteur):
    """Lets as many wait as come."""

    class hasher_type(Argon2Hasher):  # noqa: N801
        async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
            return await work


class CountsWhoLeft(Saboteur):
    class hasher_type(Argon2Hasher):  # noqa: N801
        async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
            self._asked += 1
            done = await super()._in_turn(work)
            self._asked -= 1
            return done


class Forgetful(Saboteur):
    """Reads 72 bytes, as bcrypt does."""

    class hasher_type(Argon2Hasher):  # noqa: N801
        async def hash(self, password: str) -> str:
            return await super().hash(password[:72])

        async def check(self, password: str, hashed: str | None) -> Checked:
            return await super().check(password[:72], hashed)


class Tidy(Saboteur):
    """Takes the spaces for slips of the finger."""

    class hasher_type(Argon2Hasher):  # noqa: N801
        async def hash(self, password: str) -> str:
            return await super().hash(password.strip())

        async def check(self, password: str, hashed: str | None) -> Checked:
            return await super().check(password.strip(), hashed)


class KnowsOneKeyboard(Saboteur):
    class hasher_type(Argon2Hasher):  # noqa: N801
        async def hash(self, password: str) -> str:
            return await super().hash(ascii(password))

        async def check(self, password: str, hashed: str | None) -> Checked:
            return await super().check(ascii(password), hashed)


class WithoutSalt(Saboteur):
    class hasher_type(Argon2Hasher):  # noqa: N801
        async def hash(self, password: str) -> str:
            return hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()


class NeverOutdated(Saboteur):
    class hasher_type(Argon2Hasher):  # noqa: N801
        async def check(self, password: str, hashed: str | None) -> Checked:
            return attrs.evolve(await super().check(password, hashed), outdated=False)


class TakesItsTime(Saboteur):
    """Hashes whatever comes before it looks how long it is."""

    class hasher_type(Argon2Hasher):  # noqa: N801
        async def hash(self, password: str) -> str:
            hashed = await super().hash(password[:LONGEST_PASSWORD])
            if len(password) > LONGEST_PASSWORD:
                raise PasswordTooLong
            return hashed


CAUGHT_BY: dict[type[Saboteur], str] = {
    SparesItsWork: "test_it_works_as_long_for_nobody_as_for_somebody",
    HoldsTheLoop: "test_the_loop_goes_on_meanwhile",
    NeverSaysNo: "test_more_than_may_wait_are_told_to_come_again",
    CountsWhoLeft: "test_who_goes_away_leaves_the_others_alone",
    Forgetful: "test_every_character_counts",
    Tidy: "test_every_character_counts",
    KnowsOneKeyboard: "test_another_keyboard_s_spelling_is_the_same",
    WithoutSalt: "test_the_same_password_is_never_hashed_alike",
    NeverOutdated: "test_a_hash_of_other_settings_fits_and_is_outdated",
    TakesItsTime: "test_a_password_that_is_too_long_is_refused_before_any_work",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_hasher_breaks_no_clause() -> None:
    assert broken_clauses(Saboteur) == frozenset()
