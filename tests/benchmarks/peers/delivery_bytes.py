"""The same paper as bytes that were encoded once, asked of nobody: no key, no order, no trace.

python delivery_bytes.py bare|litestar serve STORE PORT    STORE is not looked at
"""

import gzip
import json
import sys
from typing import Any
from uuid import UUID

import asgi_driver
import delivery_sheet
import uvloop
from litestar import Litestar, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

BODY = delivery_sheet.encoded()
MARK = b'"1"'
PACKED = gzip.compress(BODY, 6)
JSON, GZIP = (b"content-type", b"application/json"), (b"content-encoding", b"gzip")
HEAD = [JSON, (b"content-length", str(len(BODY)).encode()), (b"etag", MARK)]
PACKED_HEAD = [JSON, GZIP, (b"content-length", str(len(PACKED)).encode()), (b"etag", MARK)]


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """A function, and nothing around it. Whoever has the paper is told that it holds, and who
    says what they can unpack is sent it packed."""
    if scope["path"] != delivery_sheet.PATH:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    status, headers, body = 200, HEAD, BODY
    for name, value in scope["headers"]:
        if name == b"if-none-match" and value == MARK:
            status, headers, body = 304, [(b"etag", MARK)], b""
        elif name == b"accept-encoding":
            headers, body = PACKED_HEAD, PACKED
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@get("/api/v1/tests/{test_id:uuid}/questions")
async def show(test_id: FromPath[UUID]) -> Response[bytes]:
    """At the same address as ours and the twin's, which names whose paper it is."""
    if test_id != delivery_sheet.TEST:
        raise NotFoundException
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
