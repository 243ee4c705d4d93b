"""SQLAlchemy's asynchronous core, and its dialects one at a time: what is not used is not read.

Its package for asyncio reads the whole object mapper, and every dialect takes its time too: half
of what SQLAlchemy costs at start. Modules here take their connections from this one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from typing import Any

import sqlalchemy as sa


@contextmanager
def _front_page_unread(name: str) -> Iterator[None]:
    """Modules of package *name* can be read in here without its `__init__`.

    Whoever imports the package later reads its `__init__`, which finds the very same modules.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None:
        yield
        return
    sys.modules[name] = module_from_spec(spec)
    try:
        yield
    finally:
        del sys.modules[name]


with _front_page_unread("sqlalchemy.ext.asyncio"):
    from sqlalchemy.ext.asyncio.engine import AsyncConnection, AsyncEngine, create_async_engine


def insert_into(table: sa.Table, dialect: str) -> Any:
    """An insert that can say what to do on a conflict, as *dialect* writes it."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - only the one that is spoken

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table)


__all__ = ["AsyncConnection", "AsyncEngine", "create_async_engine", "insert_into"]
