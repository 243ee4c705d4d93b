"""What a worker that runs alone shows: its numbers, that it lives, and that it can work."""

from collections.abc import Awaitable, Callable, Mapping

import attrs
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from homeroom.kernel.errors import Unavailable
from homeroom_entrypoints.composition.facade import Ping
from homeroom_entrypoints.composition.numbers import Numbers

Message = dict[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, str, bytes]

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"


@attrs.frozen
class Watched:
    """An ASGI application of `/metrics`, `/health/live` and `/health/ready`, and nothing else."""

    numbers: Numbers
    ping: Ping

    async def __call__(self, scope: Mapping[str, object], receive: Receive, send: Send) -> None:
        status, kind, body = await self._answer(str(scope["method"]), str(scope["path"]))
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, method: str, path: str) -> Answer:
        if method != "GET":
            return 405, _TEXT, b"Only GET is answered here.\n"
        match path:
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, await self.numbers.page()
            case "/health/live":
                return 200, _JSON, b'{"status":"ok","checks":{}}'
            case "/health" | "/health/ready":
                return await self._ready()
            case _:
                return 404, _TEXT, b"Here are /metrics, /health/live and /health/ready.\n"

    async def _ready(self) -> Answer:
        try:
            await self.ping()
        except Unavailable:
            return 503, _JSON, b'{"status":"unavailable","checks":{"storage":"unavailable"}}'
        return 200, _JSON, b'{"status":"ok","checks":{"storage":"ok"}}'
