"""Answers: a shape of the wire becomes bytes without the steps that only cookies need."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from litestar import Litestar, Request, Response
from litestar.response.base import ASGIResponse
from litestar.serialization import default_serializer
from litestar.types import Receive, Scope, Send

from homeroom_entrypoints.web.wire import TellingSecrets

T = TypeVar("T")

_JSON = "application/json"
_NOBODY_KEEPS_IT = ((b"cache-control", b"no-store"),)
_encode = msgspec.json.Encoder(enc_hook=default_serializer).encode


class Answer(Response[T]):
    """What a handler returned. Shapes of the wire take the short way, all else the framework's."""

    def __init__(self, content: T, **how: Any) -> None:
        if not isinstance(content, msgspec.Struct) or how.get("headers") or how.get("cookies"):
            super().__init__(content, **how)
            return
        # The framework's own constructor, for an answer without cookies and headers.
        self.content, self.cookies, self.headers = content, [], {}
        self.media_type, self.status_code = how.get("media_type"), how.get("status_code")
        self.background, self.encoding = how.get("background"), how.get("encoding", "utf-8")
        self.response_type_encoders = how.get("type_encoders") or {}

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **more: Any
    ) -> ASGIResponse:
        plain = not (self.background or self.cookies or self.headers or any(more.values()))
        if plain and self.media_type == _JSON and isinstance(self.content, msgspec.Struct):
            secret = isinstance(self.content, TellingSecrets)
            return Encoded(
                _encode(self.content),
                self.status_code or HTTPStatus.OK,
                _NOBODY_KEEPS_IT if secret else (),
            )
        return super().to_asgi_response(app, request, **more)


class Encoded(ASGIResponse):
    """JSON that is ready to be sent."""

    __slots__ = ("more",)

    def __init__(self, body: bytes, status: int, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.body, self.status_code, self.more = body, status, more
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = str(len(self.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        headers += self.more
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
