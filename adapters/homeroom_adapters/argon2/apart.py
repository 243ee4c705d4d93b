"""Hashing in a process of its own, which has its turn when nobody else wants one."""

import asyncio
import base64
import itertools
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import attrs

from homeroom.people.errors import HasherBusy
from homeroom.people.ports.hashing import Checked, PasswordHasherSettings

_PROGRAM = "homeroom_adapters.argon2.child"
_SOON = 1.0


@attrs.define(eq=False)
class Child:
    """A process that hashes, and who waits for which answer of it."""

    process: Process
    waiting: dict[int, asyncio.Future[Mapping[str, Any]]] = attrs.field(factory=dict)
    numbers: Iterator[int] = attrs.field(factory=itertools.count)

    async def ask(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises `HasherBusy` if the process ends before it answers."""
        number = next(self.numbers)
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self.waiting[number] = answer
        try:
            self._tell({"number": number, **asked})
            return await answer
        except asyncio.CancelledError:
            with suppress(HasherBusy):
                self._tell({"number": number, "what": "leave"})
            raise
        finally:
            del self.waiting[number]

    def _tell(self, words: Mapping[str, Any]) -> None:
        """Nobody waits for room in the pipe: how many may ask at once is bounded.

        Raises `HasherBusy` when nobody is there to hear it.
        """
        try:
            _there(self.process.stdin).write(json.dumps(words).encode() + b"\n")
        except (OSError, RuntimeError) as error:  # uvloop closes it before it says that they left
            raise HasherBusy(retry_after=_SOON) from error

    async def listen(self) -> None:
        """Hand out the answers, until there are no more."""
        try:
            async for line in _there(self.process.stdout):
                told: dict[str, Any] = json.loads(line)
                asked = self.waiting.get(told.pop("number"))
                if asked is not None and not asked.done():  # whoever went away needs none
                    asked.set_result(told)
        finally:
            for asked in self.waiting.values():
                if not asked.done():
                    asked.set_exception(HasherBusy(retry_after=_SOON))


class Apart:
    """Works in a process that is begun when it is first needed, and anew if it ends."""

    def __init__(self, settings: PasswordHasherSettings) -> None:
        self._settings = settings
        self._one_at_a_time = asyncio.Lock()
        self._left = False
        self._child: Child | None = None
        self._listening: asyncio.Task[None] | None = None

    async def hash(self, secret: bytes) -> str:
        told = await self._asked("hash", secret)
        return str(told["hashed"])

    async def check(self, secret: bytes, hashed: str | None) -> Checked:
        return Checked(**await self._asked("check", secret, hashed=hashed))

    async def leave(self) -> None:
        """What is under way, and what waits, is dropped."""
        async with self._one_at_a_time:
            self._left = True
            await self._end()

    async def _asked(self, what: str, secret: bytes, **more: Any) -> Mapping[str, Any]:
        child = await self._begun()
        written = base64.b64encode(secret).decode()
        told = await child.ask({"what": what, "secret": written, **more})
        if "busy" in told:
            raise HasherBusy(retry_after=_SOON)
        return told

    async def _begun(self) -> Child:
        """Raises `HasherBusy` where the machine has no room for another, and after the end."""
        async with self._one_at_a_time:
            if self._left:
                raise HasherBusy
            if self._child is None or self._listening is None or self._listening.done():
                await self._end()
                try:
                    self._child = Child(await _begin(self._settings))
                except OSError as error:
                    raise HasherBusy(retry_after=_SOON) from error
                self._listening = asyncio.create_task(self._child.listen())
            return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        listening, self._listening = self._listening, None
        if child is None or listening is None:
            return
        with suppress(ProcessLookupError):  # it keeps nothing that could be lost
            child.process.kill()
        await child.process.wait()
        await asyncio.gather(listening, return_exceptions=True)  # whoever waited was told


async def _begin(settings: PasswordHasherSettings) -> Process:
    """It sees no settings of the house but its own.

    It stays in our session: the kernel shares a machine among sessions before it looks at turns.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", _PROGRAM, json.dumps(attrs.asdict(settings))),
        env={name: one for name, one in os.environ.items() if not name.startswith("HOMEROOM_")},
        stdin=PIPE,
        stdout=PIPE,
    )


def _there(stream: Any) -> Any:
    """*stream*, which is there because we asked for it."""
    if stream is None:
        raise HasherBusy(retry_after=_SOON)
    return stream
