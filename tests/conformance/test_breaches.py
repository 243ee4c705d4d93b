"""Lists of leaked passwords sign their contract, in memory and in a file."""

import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.people.model.credentials import SHORTEST
from homeroom.people.ports.breaches import BreachList, BreachListSettings, BreachListUnreadable
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.files.breaches import open_breaches
from homeroom_adapters.memory.breaches import FIRST_TRIED, MemoryBreachList
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.breaches import LEAKED, BreachListConformance, Knowing
from homeroom_testing.sabotage import broken_clauses

AMBIENT = Ambient(FixedClock(), JsonCodec())


def hashes(passwords: Collection[str]) -> list[str]:
    """As such lists have them: sorted, in capitals."""
    made = (hashlib.sha1(one.encode()) for one in passwords)  # noqa: S324 - what such lists hold
    return sorted(one.hexdigest().upper() for one in made)


def opened(file: Path | None) -> AbstractAsyncContextManager[BreachList]:
    return open_breaches(BreachListSettings(file=file), AMBIENT)


class InAFile(BreachListConformance):
    """A file of what is known, each time a new one."""

    def line(self, hashed: str) -> str:
        return hashed

    ending = "\n"

    @pytest.fixture
    def knowing(self, tmp_path: Path) -> Knowing:
        numbers = count()

        def open_(passwords: Collection[str]) -> AbstractAsyncContextManager[BreachList]:
            file = tmp_path / f"leaked-{next(numbers)}.txt"
            lines = [self.line(one) + self.ending for one in hashes(passwords)]
            file.write_bytes("".join(lines).encode())
            return opened(file)

        return open_


class TestHashes(InAFile): ...


class TestHashesWithCounts(InAFile):
    """As they may be had: with how often each leaked, and lines that end as on Windows."""

    ending = "\r\n"

    def line(self, hashed: str) -> str:
        return f"{hashed}:{int(hashed[:4], 16)}"


class TestBeginningsOfHashes(InAFile):
    def line(self, hashed: str) -> str:
        return hashed[:16].lower()


@pytest.mark.adapter("memory breaches")
class TestInMemory(BreachListConformance):
    @pytest.fixture
    def knowing(self) -> Knowing:
        return lambda passwords: _held(MemoryBreachList(frozenset(passwords)))


@asynccontextmanager
async def _held(breaches: BreachList) -> AsyncIterator[BreachList]:
    yield breaches


class Suspicious(MemoryBreachList):
    async def knows(self, password: str) -> bool:
        return True


class Trusting(MemoryBreachList):
    async def knows(self, password: str) -> bool:
        return False


class IgnoresCase(MemoryBreachList):
    async def knows(self, password: str) -> bool:
        return password.casefold() in {one.casefold() for one in self._known}


@attrs.frozen
class SeesTheFirstOnly(MemoryBreachList):
    async def knows(self, password: str) -> bool:
        return password == min(self._known)


def known_by(broken: type[MemoryBreachList]) -> type[BreachListConformance]:
    @pytest.fixture
    def knowing(_: BreachListConformance) -> Knowing:
        return lambda passwords: _held(broken(frozenset(passwords)))

    return type(broken.__name__, (BreachListConformance,), {"knowing": knowing})


CAUGHT_BY = {
    known_by(Suspicious): "test_nothing_else_is_known",
    known_by(Trusting): "test_what_leaked_is_known",
    known_by(IgnoresCase): "test_nothing_else_is_known",
    known_by(SeesTheFirstOnly): "test_each_of_few_and_of_many_is_found",
}


@pytest.mark.parametrize(("saboteur", "clause"), CAUGHT_BY.items(), ids=str)
def test_the_clause_named_for_it_catches(
    saboteur: type[BreachListConformance], clause: str
) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_list_breaks_none_of_these() -> None:
    assert broken_clauses(known_by(MemoryBreachList)) == frozenset()


def test_what_everybody_tries_first_could_be_chosen_at_all() -> None:
    assert {one for one in FIRST_TRIED if len(one) < SHORTEST} == set()


@pytest.mark.anyio
class TestFilesThatAreNone:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\n",
            "not a hash\n",
            "ABCDEF\n",  # too short: it would fit one password in sixteen million
            "A" * 41 + "\n",
            "B" * 40 + "\n" + "A" * 40 + "\n",
            "A" * 40 + "\n" + "B" * 20 + "\n",
        ],
    )
    async def test_they_are_refused_when_they_are_opened(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "leaked.txt"
        file.write_text(text)
        with pytest.raises(BreachListUnreadable, match="HOMEROOM_BREACHES__FILE"):
            async with opened(file):
                pass

    async def test_one_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        for file in (None, tmp_path / "nowhere.txt", tmp_path):
            with pytest.raises(BreachListUnreadable):
                async with opened(file):
                    pass

    async def test_one_that_goes_away_is_missed_and_nothing_is_let_through(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "leaked.txt"
        file.write_text("\n".join(hashes(LEAKED)))
        async with opened(file) as breaches:
            assert await breaches.knows(LEAKED[0])
            file.unlink()
            with pytest.raises(BreachListUnreadable):
                await breaches.knows(LEAKED[0])
            file.write_text("\n".join(hashes(LEAKED[1:])))
            assert not await breaches.knows(LEAKED[0])
