"""Tables that are sent along with a statement: any number of rows in a few parameters.

PostgreSQL unpacks one array for each column, SQLite one JSON text. Either way the statement
stays the same for one row and for thousands, so that it is compiled, prepared and planned once.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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
        arrays = [
            sa.cast(sa.bindparam(self._parameter(name), type_=sa.Text), postgresql.ARRAY(kind))
            for name, kind in self.columns.items()
        ]
        rows = sa.func.unnest(*arrays).table_valued(*self.columns, name=self.name)
        unpacked = rows.render_derived()
        return {name: sa.type_coerce(unpacked.c[name], kind) for name, kind in self.columns.items()}

    def parameters(self, dialect: str, rows: Sequence[Sequence[Cell]]) -> dict[str, str]:
        """What to execute the statement with; each of *rows* has a cell for every column."""
        if dialect == "sqlite":
            return {self.name: json.dumps([[_for_sqlite(cell) for cell in row] for row in rows])}
        columns = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        named = zip(self.columns, columns, strict=True)
        return {self._parameter(name): _array(cells) for name, cells in named}

    def _parameter(self, column: str) -> str:
        return f"{self.name}_{column}"

    def _from_json(self) -> dict[str, sa.ColumnElement[Any]]:
        rows = sa.func.json_each(sa.bindparam(self.name, type_=sa.Text)).table_valued("value")
        row = rows.alias(self.name).c.value
        return {
            name: sa.type_coerce(row.op("->>")(sa.literal_column(str(place))), kind)
            for place, (name, kind) in enumerate(self.columns.items())
        }


def _for_sqlite(cell: Cell) -> str | int | None:
    if isinstance(cell, UUID):
        return cell.hex
    return to_micros(cell) if isinstance(cell, datetime) else cell


def _array(cells: Iterable[Cell]) -> str:
    """PostgreSQL's own way to write an array; drivers take ten times as long, cell by cell."""
    return "{" + ",".join(map(_for_postgres, cells)) + "}"


def _for_postgres(cell: Cell) -> str:
    match cell:
        case None:
            return "NULL"
        case UUID():
            return cell.hex
        case int():
            return str(cell)
        case datetime():
            return f'"{cell.isoformat()}"'
        case _:
            return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'
