"""Rows, as every module here takes them out and puts them in."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from homeroom.kernel.page import PageRequest
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into

Row = sa.Row[*tuple[Any, ...]]
Select = sa.Select[*tuple[Any, ...]]


async def insert_unless_taken(
    connection: AsyncConnection, table: sa.Table, row: Mapping[str, object]
) -> bool:
    """Whether *row* was put into *table*; False if one of its unique constraints says no.

    Unlike an error, a "no" leaves the transaction as it was. Another transaction under way
    that would take the same place is waited for.
    """
    new = insert_into(table, connection.dialect.name)
    cautious = new.values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return (await connection.execute(cautious)).first() is not None


async def delete_free(connection: AsyncConnection, key: sa.Column[Any], portion: Select) -> int:
    """Delete those of *portion*, which selects *key*, that nobody else holds; how many."""
    table = key.table
    free = portion.with_for_update(of=table, skip_locked=True).cte("free")
    gone = sa.delete(table).where(key.in_(sa.select(free))).returning(key)
    return len((await connection.execute(gone)).all())


async def paged(
    connection: AsyncConnection, every: Select, page: PageRequest, *order: sa.ColumnElement[Any]
) -> tuple[Sequence[Row], int]:
    """The rows of *every* that are on *page*, and how many there are in all."""
    counted = sa.select(sa.func.count()).select_from(
        every.with_only_columns(sa.literal(1), maintain_column_froms=True).subquery()
    )
    total = (await connection.execute(counted)).scalar_one()
    shown = every.order_by(*order).limit(page.limit).offset(page.offset)
    rows = (await connection.execute(shown)).all() if total > page.offset else []
    return rows, total
