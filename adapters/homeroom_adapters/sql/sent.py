"""Tables that are sent along with a statement: any number of rows in a few parameters.

PostgreSQL unpacks one array for each column, SQLite one JSON text. Either way the statement
stays the same for one row and for thousands, so that it is compiled, prepared and planned once.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from types import NoneType
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa

from homeroom_adapters.sql.tables import to_micros

Cell = str | int | datetime | UUID | None


@attrs.frozen
class Sent:
    """The shape of a table to be sent: the name and the type of each column."""

    name: str
    columns: dict[str, sa.types.TypeEngine[Any]]

    def table(self, dialect: str) -> dict[str, sa.ColumnElement[Any]]:
        """Its columns, to be selected from in a statement of *dialect*."""
        if dialect == "sqlite":
            return self._from_json()
        arrays = [self._sent_array(name) for name in self.columns]
        rows = sa.func.unnest(*arrays).table_valued(*self.columns, name=self.name)
        unpacked = rows.render_derived()
        return {name: sa.type_coerce(unpacked.c[name], kind) for name, kind in self.columns.items()}

    def holds(self, name: str, cell: sa.ColumnElement[Any], dialect: str) -> sa.ColumnElement[bool]:
        """Whether *cell* is in the column *name*.

        PostgreSQL finds such rows by an index, however few it believes there are. A list that is
        joined it may also go through for each row of the table, which it once took for empty.
        """
        if dialect == "sqlite":
            return cell.in_(sa.select(self._from_json()[name]))
        return cell == sa.any_(self._sent_array(name))

    def parameters(self, dialect: str, rows: Sequence[Sequence[Cell]]) -> dict[str, str]:
        """What to execute the statement with; each of *rows* has a cell for every column."""
        if dialect == "sqlite":
            return {self.name: _AS_JSON.encode(rows)}
        columns = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        named = zip(self.columns, columns, strict=True)
        return {self._parameter(name): _array(cells) for name, cells in named}

    def _sent_array(self, name: str) -> sa.ColumnElement[Any]:
        sent = sa.bindparam(self._parameter(name), type_=sa.Text)
        return sa.cast(sent, sa.ARRAY(self.columns[name]))

    def _parameter(self, column: str) -> str:
        return f"{self.name}_{column}"

    def _from_json(self) -> dict[str, sa.ColumnElement[Any]]:
        rows = sa.func.json_each(sa.bindparam(self.name, type_=sa.Text)).table_valued("value")
        row = rows.alias(self.name).c.value
        return {
            name: sa.type_coerce(row.op("->>")(sa.literal_column(str(place))), kind)
            for place, (name, kind) in enumerate(self.columns.items())
        }


def _for_sqlite(cell: UUID | datetime) -> str | int:
    """What JSON does not know."""
    return cell.hex if isinstance(cell, UUID) else to_micros(cell)


_AS_JSON = json.JSONEncoder(default=_for_sqlite)


def _array(cells: Sequence[Cell]) -> str:
    """PostgreSQL's own way to write an array; drivers take ten times as long, cell by cell.

    Many a column holds the same in all rows, and nearly all hold one type.
    """
    kinds = set(map(type, cells))
    if len(kinds) != 1:
        return "{" + ",".join([_FOR_POSTGRES[type(cell)](cell) for cell in cells]) + "}"
    (kind,), first = kinds, cells[0]
    write = _FOR_POSTGRES[kind]
    if kind is not UUID and cells.count(first) == len(cells):
        return "{" + ",".join([write(first)] * len(cells)) + "}"
    return "{" + ",".join(map(write, cells)) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_FOR_POSTGRES: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "NULL",
    UUID: attrgetter("hex"),
    int: str,
    datetime: lambda instant: f'"{instant.isoformat()}"',
    str: _quoted,
}
