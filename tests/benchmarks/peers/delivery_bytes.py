"""The same paper as bytes that were encoded once, asked of nobody: no key, no order, no trace.

python delivery_bytes.py bare|litestar serve STORE PORT    STORE is not looked at
"""

import json
import sys
from typing import Any

import asgi_driver
import delivery_sheet
import uvloop
from litestar import Litestar, Response, get

BODY = delivery_sheet.encoded()
MARK = b'"1"'
HEAD = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """A function, and nothing around it. Whoever has the paper is told that it holds."""
    if scope["path"] != delivery_sheet.PATH:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    has = any(name == b"if-none-match" and value == MARK for name, value in scope["headers"])
    headers = [(b"etag", MARK)] if has else [*HEAD, (b"etag", MARK)]
    await send({"type": "http.response.start", "status": 304 if has else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if has else BODY})


@get(delivery_sheet.PATH)
async def show() -> Response[bytes]:
    return Response(BODY, media_type="application/json")


async def main(name: str, port: int) -> None:
    every: dict[str, Any] = {
        "bare": lambda: bare,
        "litestar": lambda: Litestar([show], openapi_config=None, logging_config=None),
    }
    print(json.dumps({"path": delivery_sheet.PATH, "header": "x-nothing: 1"}), flush=True)
    await asgi_driver.answering(every[name](), port)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[4])))
