"""Connections that are taken from the pool late: a unit that only asks for jobs needs none."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from homeroom.kernel.errors import Unavailable
from homeroom_adapters.sql.alchemy import AsyncConnection

T = TypeVar("T")


class Late(AsyncConnection):
    """Connects when it is first asked something. Whoever waits in vain is told `Unavailable`."""

    __slots__ = ()

    async def taken(self) -> None:
        """Return once there is a connection. Raises `Unavailable`."""
        if self.sync_connection is None:
            try:
                await self.start()
            except PoolTimeout as error:
                raise Unavailable("every database connection is busy", retry_after=1.0) from error

    async def execute(self, *asked: Any, **how: Any) -> Any:
        await self.taken()
        return await super().execute(*asked, **how)

    async def get_raw_connection(self) -> PoolProxiedConnection:
        await self.taken()
        return await super().get_raw_connection()

    async def run_sync(self, fn: Callable[..., T], *arg: Any, **kw: Any) -> T:
        await self.taken()
        return await super().run_sync(fn, *arg, **kw)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:  # type: ignore[override]  # and no more
        """A savepoint, as `async with` alone."""
        await self.taken()
        async with super().begin_nested():
            yield

    def in_transaction(self) -> bool:
        return self.sync_connection is not None and super().in_transaction()

    async def commit(self) -> None:
        if self.sync_connection is not None:
            await super().commit()

    async def close(self) -> None:
        if self.sync_connection is not None:
            await super().close()

    @property
    def dialect(self) -> sa.Dialect:
        return self.sync_engine.dialect

    @dialect.setter
    def dialect(self, attr: sa.Dialect) -> None:
        raise AttributeError("a connection speaks its engine's dialect")
