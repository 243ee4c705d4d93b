"""Sixteen callers that ask one thing again and again, over connections they keep.

python web_load.py PORT PATH KEY REQUESTS
"""

import asyncio
import json
import sys
import time

import uvloop

CALLERS = 16


class Refused(Exception):
    """A benchmark that is refused measures nothing."""


async def answer(reader: asyncio.StreamReader) -> bytes:
    """One whole answer. Raises `Refused` unless it is a 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200 "):
        raise Refused(head.split(b"\r\n", 1)[0].decode())
    return body


async def caller(port: int, request: bytes, turns: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(turns):
        writer.write(request)
        await answer(reader)
    writer.close()


async def main(port: int, path: str, key: str, requests: int) -> None:
    request = f"GET {path} HTTP/1.1\r\nhost: bench\r\nx-api-key: {key}\r\n\r\n".encode()
    began = time.perf_counter()
    turns = requests // CALLERS
    await asyncio.gather(*(caller(port, request, turns) for _ in range(CALLERS)))
    seconds = time.perf_counter() - began
    print(json.dumps({"requests/s": turns * CALLERS / seconds, "asked": turns * CALLERS}))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
