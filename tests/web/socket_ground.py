"""The other end of a socket, without a network: it says things, hears, and learns how it ended."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs

PATH = "/ws/sessions/{}"
_AT_MOST = 8.0


@attrs.define(eq=False)
class Line:
    """One socket, as whoever opened it sees it."""

    _said: "asyncio.Queue[dict[str, Any]]" = attrs.field(factory=asyncio.Queue, alias="said")
    _heard: "asyncio.Queue[dict[str, Any]]" = attrs.field(factory=asyncio.Queue, alias="heard")
    taking: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Cleared by whoever takes nothing in any more."""

    async def say(self, message: object) -> None:
        await self.say_text(json.dumps(message))

    async def say_text(self, text: str) -> None:
        await self._said.put({"type": "websocket.receive", "text": text})

    async def hang_up(self, code: int = 1001) -> None:
        await self._said.put({"type": "websocket.disconnect", "code": code})

    async def event(self) -> dict[str, Any]:
        async with asyncio.timeout(_AT_MOST):
            return await self._heard.get()

    async def hear(self, kind: str = "") -> dict[str, Any]:
        """The next message; or the next of that kind, where time goes on in between."""
        while True:
            event = await self.event()
            assert event["type"] == "websocket.send", event
            told: dict[str, Any] = json.loads(event["text"])
            if not kind or told["type"] == kind:
                return told

    async def ended(self) -> tuple[int, str]:
        """In which code it ends, and by which word, whatever is said before."""
        while (event := await self.event())["type"] != "websocket.close":
            assert event["type"] == "websocket.send"
        return event.get("code", 0), event.get("reason", "")

    async def silent(self, seconds: float = 0.3) -> bool:
        await asyncio.sleep(seconds)
        return self._heard.empty()

    async def give(self) -> dict[str, Any]:
        return await self._said.get()

    async def take(self, message: dict[str, Any]) -> None:
        await self.taking.wait()
        await self._heard.put(message)


@asynccontextmanager
async def opened(
    app: Any, path: str, headers: Mapping[str, str] | None = None, *, query: str = ""
) -> AsyncIterator[Line]:
    """A line to *app*, whose first word is whether it was accepted."""
    line = Line()
    line.taking.set()
    await line._said.put({"type": "websocket.connect"})
    named = {"Host": "house", **(headers or {})}
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 5),
        "server": ("house", 80),
        "subprotocols": [],
        "state": {},
        "extensions": {},
    }
    task = asyncio.create_task(app(scope, line.give, line.take))
    try:
        yield line
    finally:
        line.taking.set()
        await line.hang_up()
        async with asyncio.timeout(_AT_MOST):
            await task


@asynccontextmanager
async def accepted(
    app: Any, sitting_id: object, headers: Mapping[str, str] | None = None, **more: Any
) -> AsyncIterator[Line]:
    """A line to the socket of that sitting, which was accepted."""
    async with opened(app, PATH.format(sitting_id), headers, **more) as line:
        assert (await line.event())["type"] == "websocket.accept"
        yield line
