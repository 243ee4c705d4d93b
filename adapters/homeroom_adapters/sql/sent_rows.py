"""Rows that are sent along whole: the statements that put many of them in, or change many."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom_adapters.sql.alchemy import insert_into
from homeroom_adapters.sql.engine import Connection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.postgres_driver import Rows
from homeroom_adapters.sql.sent import Cell, Sent


def sent_along(name: str, table: sa.Table, *columns: str) -> Sent:
    """The shape of rows with these *columns* of *table*."""
    return Sent(name, {column: table.c[column].type for column in columns})


@attrs.frozen
class ForMany:
    """A statement about any number of rows, which are sent along."""

    _sent: Sent
    _statement: Fixed
    _in_order: Callable[[Mapping[str, Cell]], tuple[Cell, ...]] = attrs.field(
        default=attrs.Factory(lambda self: _reader(self._sent), takes_self=True), init=False
    )

    async def run(self, connection: Connection, rows: Iterable[Mapping[str, Cell]]) -> Rows:
        """Every row that it answers."""
        return await self.run_in_order(connection, [self._in_order(row) for row in rows])

    async def run_in_order(self, connection: Connection, rows: Sequence[tuple[Cell, ...]]) -> Rows:
        """The same for cells that stand in the order of the columns already."""
        values = self._sent.parameters(connection.dialect.name, rows)
        return await self._statement.run(connection, values)


def _reader(sent: Sent) -> Callable[[Mapping[str, Cell]], tuple[Cell, ...]]:
    """What takes a row's cells in the order of the columns that are *sent*."""
    if len(sent.columns) > 1:
        return itemgetter(*sent.columns)
    (only,) = sent.columns
    return lambda row: (row[only],)


def inserting(dialect: str, table: sa.Table, sent: Sent) -> Any:
    """Put what is *sent* into *table*."""
    # SQLite would take ON CONFLICT for a join's condition, were there no WHERE.
    rows = sa.select(*sent.table(dialect).values()).where(sa.true())
    return insert_into(table, dialect).from_select([*sent.columns], rows)
