"""Fixed statements as SQLite's own texts: how values go in, and how rows come out."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.sqlite_driver import Rows, Straight, Values, ask, driver_of

_NAMED = sqlite.dialect(paramstyle="named")
_PLACE = re.compile(r":(\w+)")

Convert = Callable[[Any], Any]


@attrs.frozen
class SqliteText:
    """A statement for which SQLAlchemy is not needed any more."""

    text: str
    _inward: Mapping[str, Convert]
    _outward: tuple[tuple[int, Convert], ...]

    async def run(self, connection: AsyncConnection | Straight, given: Values) -> Rows:
        """Every row that it answers."""
        inward = self._inward
        values = {
            name: inward[name](value) if name in inward else value for name, value in given.items()
        }
        found = await self._answer(connection, values)
        return [self._row(list(cells)) for cells in found] if self._outward else found

    async def _answer(self, connection: AsyncConnection | Straight, values: Values) -> Rows:
        if isinstance(connection, Straight):
            return await connection.ask(self.text, values)
        driver = await driver_of(connection)
        if not connection.in_transaction():
            await connection.begin()
        place = f"the database file {connection.engine.url.database}"
        return await ask(driver, self.text, values, place)

    def _row(self, cells: list[Any]) -> list[Any]:
        for place, convert in self._outward:
            cells[place] = convert(cells[place])
        return cells


@cache
def sqlite_text(build: Callable[[str], Any]) -> SqliteText:
    """What *build* makes for SQLite, compiled once."""
    statement = build("sqlite")
    compiled = statement.compile(dialect=_NAMED)
    binds = {name: compiled.binds[name] for name in compiled.params}
    constants = {name: _literal(it) for name, it in binds.items() if not it.required}
    inward = {name: _inward(it.type) for name, it in binds.items() if it.required}
    outward = [(place, _outward(it.type)) for place, it in enumerate(statement.exported_columns)]
    return SqliteText(
        # A value in a condition that an index has too makes SQLite plan anew at every execution.
        _PLACE.sub(lambda found: constants.get(found[1], found[0]), str(compiled)),
        {name: convert for name, convert in inward.items() if convert},
        tuple((place, convert) for place, convert in outward if convert),
    )


def _literal(bind: sa.BindParameter[Any]) -> str:
    if bind.value is None:
        return "NULL"
    write = bind.type.dialect_impl(_NAMED).literal_processor(_NAMED)
    assert write is not None  # noqa: S101 - every type of our tables knows how it is written
    return write(bind.value)


def _inward(kind: sa.types.TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(_NAMED).bind_processor(_NAMED)


def _outward(kind: sa.types.TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(_NAMED).result_processor(_NAMED, None)
