"""A process that hashes for another: it signs the same contract, and what it alone can do wrong."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import (
    AbstractAsyncContextManager,
    contextmanager,
    suppress,
)
from pathlib import Path

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.people.errors import HasherBusy
from homeroom.people.ports.hashing import (
    PasswordHasher,
    PasswordHasherSettings,
)
from homeroom_adapters.argon2.hasher import open_hasher
from homeroom_adapters.codec.json import JsonCodec
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.hashing import SLOW, OpenHasher, PasswordHasherConformance
from homeroom_testing.fast_hashing import FAST


def apart(settings: PasswordHasherSettings) -> AbstractAsyncContextManager[PasswordHasher]:
    chosen = attrs.evolve(settings, apart=True)
    return open_hasher(chosen, Ambient(FixedClock(), JsonCodec()))


HASHES_AND_WAITS = """
import asyncio
from homeroom.people.ports.hashing import PasswordHasherSettings
from homeroom_adapters.argon2.hasher import open_hasher

async def wait():
    async with open_hasher(PasswordHasherSettings(), None) as hasher:
        await hasher.hash("hush")
        print(hasher._workshop._child.process.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(wait())
"""


def ours() -> list[Path]:
    """The processes that we began, that still run and that hash."""
    found: list[Path] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # the thread has ended meanwhile
            found += [Path("/proc", one) for one in (task / "children").read_text().split()]
    return [one for one in found if runs(one) and b"argon2" in (one / "cmdline").read_bytes()]


def runs(process: Path) -> bool:
    """Whether it is there, and not only waits to be asked how it ended."""
    try:
        return " Z " not in (process / "stat").read_text()
    except OSError:
        return False


@contextmanager
def limited_memory() -> Iterator[None]:
    """What is begun in here gets no more than two gigabytes."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**31, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def worked(process: Path) -> float:
    """Seconds that a processor worked for *process*, which its threads tell."""
    spans = (one.read_text().split()[0] for one in process.glob("task/*/schedstat"))
    return sum(map(int, spans)) / 1e9


@pytest.mark.adapter("argon2 in a process of its own")
@pytest.mark.skipif(sys.platform != "linux", reason="nobody tells what its threads worked")
class TestArgon2Apart(PasswordHasherConformance):
    @pytest.fixture
    def open_hasher(self) -> OpenHasher:
        return apart

    def spent(self) -> float:
        return sum(map(worked, ours()))


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform != "linux", reason="nobody tells whose children run")
class TestAProcessOfItsOwn:
    async def test_it_begins_when_it_is_needed_and_leaves_with_the_hasher(self) -> None:
        async with apart(FAST) as hasher:
            assert ours() == []
            await asyncio.gather(*(hasher.hash("hush") for _ in range(10)))
            (child,) = ours()
        assert not runs(child)

    async def test_it_has_its_turn_when_nobody_else_wants_one(self) -> None:
        async with apart(FAST) as hasher:
            await hasher.hash("hush")
            (child,) = ours()
            turns = {os.sched_getscheduler(int(one.name)) for one in child.glob("task/*")}
        assert turns == {os.SCHED_IDLE}

    async def test_it_sees_nothing_of_the_houses_settings(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOMEROOM_SEALING__KEYS", "hush")
        async with apart(FAST) as hasher:
            await hasher.hash("hush")
            (child,) = ours()
            assert b"HOMEROOM" not in (child / "environ").read_bytes()

    @pytest.mark.parametrize(
        "anyio_backend",
        [("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})],
        ids=["asyncio", "uvloop"],
    )
    async def test_when_it_is_killed_whoever_waits_is_told_and_another_begins(self) -> None:
        async with apart(SLOW) as hasher:
            await hasher.check("hush", None)
            (child,) = ours()
            waiting = [asyncio.ensure_future(hasher.hash("hush")) for _ in range(3)]
            await asyncio.sleep(0)
            os.kill(int(child.name), signal.SIGKILL)
            told = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(one) for one in told] == [HasherBusy] * 3
            assert (await hasher.check("hush", await hasher.hash("hush"))).fits
            assert ours() != [child]

    async def test_who_goes_away_is_not_worked_for(self) -> None:
        async with apart(SLOW) as hasher:
            await hasher.check("hush", None)
            (child,) = ours()
            before = worked(child)
            await hasher.check("hush", None)
            one = worked(child) - before
            crowd = [asyncio.ensure_future(hasher.hash("hush")) for _ in range(100)]
            await asyncio.sleep(0.01)
            for waiting in crowd:
                waiting.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)
            await hasher.check("hush", None)
            assert worked(child) - before < 20 * one

    async def test_whatever_ails_it_nobody_waits_for_ever(self) -> None:
        poor = attrs.evolve(SLOW, memory_kib=2**22, limit_kib=2**22)  # more than it will get
        async with apart(poor) as hasher:
            await asyncio.sleep(0)
            for one in (hasher.hash("hush"), hasher.check("hush", None)):
                with pytest.raises(HasherBusy), limited_memory():
                    await one

    async def test_after_its_end_none_is_begun(self) -> None:
        async with apart(FAST) as hasher:
            await hasher.hash("hush")
        with pytest.raises(HasherBusy):
            await hasher.hash("hush")
        assert ours() == []

    async def test_a_machine_without_room_for_it_is_busy(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        async with apart(FAST) as hasher:
            with pytest.raises(HasherBusy):
                await hasher.hash("hush")

    def test_it_goes_when_whoever_began_it_is_killed(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", HASHES_AND_WAITS], stdout=subprocess.PIPE, text=True
        ) as parent:
            child = Path("/proc", parent.stdout.readline().strip()) if parent.stdout else None
            parent.kill()
        assert child is not None
        until = time.monotonic() + 60  # it has its turn when nobody else wants one
        while runs(child):
            assert time.monotonic() < until
            time.sleep(0.01)
