"""Takes somebody in, in a process that dies at the moment it was told, by `kill -9`.

    python -m recording "at the commit" "after the commit"

Its settings come from the environment. Each moment has a process of its own, forked from this one;
the names of those who were taken in are the moments they did not live to see.
"""

import asyncio
import enum
import os
import signal
import sys
from types import TracebackType
from typing import Any, Self

import attrs

from homeroom.house import HouseUnit
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.audit import Entry
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings


class Moment(enum.Enum):
    """Where the process dies, in the order in which it gets there."""

    BEFORE_THE_RECORD = "before the record"
    """What was asked for is done, and nothing noted."""

    AFTER_THE_RECORD = "after the record"
    AT_THE_COMMIT = "at the commit"
    AFTER_THE_COMMIT = "after the commit"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@attrs.frozen
class DoomedTrail:
    """The record's way in, with a death on it."""

    _unit: HouseUnit
    _moment: Moment

    async def note(self, *entries: Entry) -> None:
        if self._moment is Moment.BEFORE_THE_RECORD:
            die()
        await self._unit.audit.note(*entries)
        if self._moment is Moment.AFTER_THE_RECORD:
            die()


@attrs.frozen
class DoomedUnit:
    """One transaction, which its process does not outlive."""

    _unit: HouseUnit
    _moment: Moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    @property
    def audit(self) -> DoomedTrail:
        return DoomedTrail(self._unit, self._moment)

    async def __aenter__(self) -> Self:
        await self._unit.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._unit.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        if self._moment is Moment.AT_THE_COMMIT:
            die()
        await self._unit.commit()
        die()


async def head_of(homeroom: Homeroom) -> Actor:
    """Somebody who may take people in, in the oldest institution."""
    async with homeroom.start() as unit:
        first = await unit.institutions.first()
    assert first is not None
    return Actor(institution_id=first.id, roles=frozenset({Role.ADMIN}))


async def take_in(moment: Moment) -> None:
    """Somebody who is named for *moment*, at which this ends."""
    async with open_homeroom(load_settings(os.environ)) as homeroom:
        head = await head_of(homeroom)
        create: Any = homeroom.people.create_person
        doomed = attrs.evolve(create, start=lambda: DoomedUnit(homeroom.start(), moment))
        who = Identity.given(moment.name.lower(), "Somebody", "Else")
        await doomed(head, who, roles=frozenset({Role.TEACHER}))


def main(moments: list[str]) -> int:
    """How many did not die as they were told."""
    pids = [_begin(Moment(moment)) for moment in moments]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    return sum(code != -signal.SIGKILL for code in codes)


def _begin(moment: Moment) -> int:
    pid = os.fork()
    if pid == 0:
        asyncio.run(take_in(moment))
        os._exit(0)
    return pid


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
