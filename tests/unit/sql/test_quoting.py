"""What goes wrong in a database is told without the values that were sent there."""

import traceback

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from homeroom_adapters.sql.engine import Database

pytestmark = pytest.mark.anyio


async def test_a_mistake_of_ours_quotes_no_parameters(database: Database) -> None:
    name = "ana.reyes" + "@school.edu"
    wrong = sa.select(sa.func.no_such_function(sa.bindparam("name", name)))
    with pytest.raises(DBAPIError) as refusal:
        async with database.read() as connection:
            await connection.execute(wrong)
    told = "".join(traceback.format_exception(refusal.value))
    assert "no_such_function" in told
    assert name not in told
