"""What a stranger's package offers, some of it broken on purpose."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CONSTANT = 3
closed: list[str] = []


@asynccontextmanager
async def open_working(name: str) -> AsyncIterator[str]:
    yield f"open for {name}"
    closed.append(name)


@asynccontextmanager
async def open_late(_name: str) -> AsyncIterator[str]:
    import surely_absent_library

    yield str(surely_absent_library)
