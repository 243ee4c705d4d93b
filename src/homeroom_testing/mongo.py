"""What a server that speaks MongoDB's protocol can do: declared, so that suites may ask.

The peer that tests start by themselves deviates from MongoDB in a few known ways. An adapter
that leans on one of them would pass on the peer and fail in production, or the other way round.
"""

from collections.abc import Iterable
from typing import Any

import attrs
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase


@attrs.frozen(kw_only=True)
class MongoAbilities:
    """Where servers differ."""

    databases: bool = True
    """What is in one database is not seen in another. Where it is, name collections apart."""

    duplicate_codes: bool = True
    """A duplicate is answered with code 11000, not only with words."""

    upserted_ids: bool = True
    """An upsert that inserts answers the new document's id."""

    array_filters: bool = True
    """An update may name the elements of an array that it is about."""

    replicated: bool = True
    """It is a replica set, and says so. Where it is not, transactions are its own affair."""

    isolated: bool = True
    """Others do not see what a transaction has not committed, and whoever writes to the same
    document meanwhile is told so."""

    ids_in_indexes: bool = True
    """An index may hold `_id` beside other fields."""

    plans: bool = True
    """`explain` tells which index answers, and whether documents are read for it."""


PEER = MongoAbilities(
    databases=False,
    duplicate_codes=False,
    upserted_ids=False,
    array_filters=False,
    replicated=False,
    isolated=False,
    ids_in_indexes=False,
    plans=False,
)
MONGODB = MongoAbilities()


async def abilities_of(client: AsyncMongoClient[dict[str, Any]]) -> MongoAbilities:
    """The abilities of whoever answers: only MongoDB tells the commit it was built from."""
    told = await client.admin.command("buildInfo")
    return MONGODB if "gitVersion" in told else PEER


async def empty(database: AsyncDatabase[dict[str, Any]], collections: Iterable[str]) -> None:
    """Take every document out of these, for whom databases do not keep apart."""
    for name in collections:
        await database[name].delete_many({})
