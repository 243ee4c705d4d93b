"""Cashews on Redis, reading one large value as its users do.

python cashews_peer.py URL FILE READS
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from cashews import Cache


async def main(url: str, file: str, reads: int) -> None:
    cache = Cache()
    cache.setup(url)
    await cache.set("exam", Path(file).read_bytes(), expire=600)
    took = []
    for _ in range(reads):
        began = time.perf_counter()
        if await cache.get("exam") is None:
            raise LookupError("a benchmark that reads nothing measures nothing")
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    figures = {"p50 ms": took[len(took) // 2], "p99 ms": took[int(0.99 * len(took))]}
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
