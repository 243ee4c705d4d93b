"""Rows, as every module here takes them out and puts them in."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = sa.Row[*tuple[Any, ...]]
Select = sa.Select[*tuple[Any, ...]]


async def insert_unless_taken(
    connection: AsyncConnection, table: sa.Table, row: Mapping[str, object]
) -> bool:
    """Whether *row* was put into *table*; False if one of its unique constraints says no.

    Unlike an error, a "no" leaves the transaction as it was. Another transaction under way
    that would take the same place is waited for.
    """
    new = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    cautious = new(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return (await connection.execute(cautious)).first() is not None
