"""The desk: where repositories lay documents out, inside a unit's transaction or outside of any."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError, OperationFailure

from homeroom_adapters.mongo.errors import Taken, is_write_conflict, translated
from homeroom_adapters.mongo.indexes import unique_fields

Document = dict[str, Any]
Where = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]

HELD = "held"
"""The field that grows when a unit takes hold of a document. No row has it: it is taken off."""

BATCH = 10_000
"""Documents that one answer may bring, so that one question is enough."""

TRIES = 60
"""How often a unit that has written nothing yet begins again, to take hold of a document."""

_LONGEST_WAIT = 0.1


@attrs.frozen
class Desk:
    """The documents, by the names of their collections.

    Inside a unit everything goes through its `session`, hence into its one transaction. MongoDB
    ends a transaction at the first error in it, so what may be refused is looked for *before* it
    is written: only somebody who commits in the same moment ends the unit, which then answers
    `Crossed`.
    """

    database: AsyncDatabase[Document]
    session: AsyncClientSession | None = None
    touched: set[str] = attrs.field(factory=set, eq=False)
    """The collections that were written to: a unit that has none has nothing to commit here."""

    kept: set[str] = attrs.field(factory=set, eq=False)
    """Those of them in which more was done than to take something away."""

    def __call__(self, name: str) -> AsyncCollection[Document]:
        """The collection called *name*, to read from. Pass `session` along."""
        return self.database[name]

    def writing(self, name: str) -> AsyncCollection[Document]:
        """The collection called *name*, to write to. Pass `session` along."""
        self.touched.add(name)
        self.kept.add(name)
        return self.database[name]

    async def find_one(self, name: str, where: Where) -> Document | None:
        with translated():
            found = await self(name).find_one(where, session=self.session)
        return None if found is None else _bare(found)

    async def find(
        self,
        name: str,
        where: Where,
        *,
        sort: Sort = (),
        limit: int = 0,
        fields: Mapping[str, int] | None = None,
    ) -> list[Document]:
        """Those that agree with *where*: all, if *limit* is 0; whole, without *fields*."""
        with translated():
            cursor = self(name).find(
                where, fields, session=self.session, limit=limit, batch_size=BATCH
            )
            if sort:
                cursor = cursor.sort(list(sort))
            return [_bare(one) for one in await cursor.to_list()]

    async def insert_unless_taken(self, name: str, document: Document) -> bool:
        """Whether *document* was put in; False if its id or a unique field of it is taken."""
        if await self._is_taken(name, document):
            return False
        with translated():
            try:
                await self.writing(name).insert_one(document, session=self.session)
            except DuplicateKeyError:
                return False
            except OperationFailure as error:
                # The peer tells duplicates without a code: whether it is one can be seen.
                if error.code is not None or not await self._is_taken(name, document):
                    raise
                return False
        return True

    async def replace(self, name: str, where: Where, document: Document) -> bool:
        """Whether the one that agrees with *where* was there, and is *document* now.

        Also False if somebody else is changing it at this moment: this unit is over then.
        Raises `Taken` if another document has a unique field of it already.
        """
        if await self._is_taken(name, document, other_than=document["_id"]):
            if await self.find_one(name, where) is None:
                return False
            raise Taken(name)
        with translated():
            try:
                done = await self.writing(name).replace_one(where, document, session=self.session)
            except DuplicateKeyError as error:
                raise Taken(name) from error
            except OperationFailure as error:
                if is_write_conflict(error):
                    return False
                if error.code is None and await self._is_taken(
                    name, document, other_than=document["_id"]
                ):
                    raise Taken(name) from error
                raise
        return done.matched_count > 0

    async def change(self, name: str, where: Where, update: Document) -> bool:
        """Whether one that agrees with *where* was there, and was changed by *update*."""
        with translated():
            done = await self.writing(name).update_one(where, update, session=self.session)
        return done.matched_count > 0

    async def remove(self, name: str, where: Where) -> int:
        """How many were taken away."""
        with translated():
            self.touched.add(name)
            gone = await self.database[name].delete_many(where, session=self.session)
        return gone.deleted_count

    async def hold(self, name: str, where: Where) -> Document | None:
        """The one that agrees with *where*, which nobody else changes before this unit ends.

        A unit that has written nothing yet waits for others by beginning again, and so sees what
        they committed. One that has written cannot: raises `Crossed`.
        """
        with translated():
            for attempt in range(TRIES):
                try:
                    return await self._held(name, where)
                except OperationFailure as error:
                    if not is_write_conflict(error) or self.touched or attempt == TRIES - 1:
                        raise
                    await self.begin_again(attempt)
        return None

    async def _held(self, name: str, where: Where) -> Document | None:
        held = await self(name).find_one_and_update(
            where,
            {"$inc": {HELD: 1}},
            session=self.session,
            return_document=ReturnDocument.AFTER,
        )
        if held is None:
            return None
        self.touched.add(name)
        self.kept.add(name)
        return _bare(held)

    async def begin_again(self, attempt: int) -> None:
        """Wait a moment, and go by what others committed meanwhile."""
        if self.session is None:
            return
        await self.session.abort_transaction()
        longest = min(_LONGEST_WAIT, 0.002 * 2**attempt)
        await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter keeps no secret
        await self.session.start_transaction()

    async def _is_taken(
        self, name: str, document: Document, *, other_than: object | None = None
    ) -> bool:
        fields = [one for one in unique_fields(name) if document.get(one) is not None]
        keys: list[Document] = [{one: document[one]} for one in fields]
        if other_than is None:
            keys.append({"_id": document["_id"]})
        if not keys:
            return False
        where: Document = {"$or": keys}
        if other_than is not None:
            where["_id"] = {"$ne": other_than}
        with translated():
            found = await self(name).find_one(where, {"_id": 1}, session=self.session)
        return found is not None


def _bare(document: Document) -> Document:
    document.pop(HELD, None)
    return document
