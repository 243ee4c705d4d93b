"""The handover: what a unit lays down beside us goes into its own transaction first.

Two stores have no transaction in common. So a unit's events, entries and jobs are written as
documents of `handovers`, in the transaction that changes exams' documents: all of it is there, or
nothing. After the commit each is carried into the storage beside us, in one unit that remembers by
its inbox that it was, and then taken away. Whoever dies between leaves it to a relay: carried at
least once and heard once, it is there exactly once. What one unit laid down keeps its order; what
a relay carries may be overtaken by what was committed after it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta

import attrs

from homeroom.house import HouseUnit
from homeroom.kernel.aggregates import event_names
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Refusal, Unavailable
from homeroom.kernel.handover import written
from homeroom.kernel.ids import new_id
from homeroom.kernel.jobs import work_names
from homeroom.kernel.tracing import current_trace, tracing
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.handover_rows import (
    Asked,
    HandoverRow,
    Named,
    Piece,
    add,
    content_of,
    put,
    size_of,
)
from homeroom_adapters.mongo.laid import HEARD, Laid, key_of
from homeroom_adapters.mongo.rows import Document, document_of, instant_text, row_of

HANDOVERS = "handovers"

CONSUMER = "documents"
"""The name under which the inbox beside us remembers what was handed over."""

AGED = timedelta(seconds=5)
"""How long whoever wrote a handover may take to carry it, before a relay does."""

_log = logging.getLogger(__name__)

_AT_ONCE = 100
_EVERY: Document = {}
_PORTION = 1_000
_BETWEEN = timedelta(hours=1)
_HELD = timedelta(days=1)
"""Longer than any relay holds a document that another has carried, and than clocks differ."""

_MOST_TEXT = 4 * 1024 * 1024
"""Characters of one handover: a document of MongoDB holds 16 MB."""


@attrs.frozen
class Handovers:
    """Writes handovers down, and carries them."""

    desk: Desk
    """Outside of any unit."""

    start: Callable[[], HouseUnit]
    """A unit of the storage beside us."""

    ambient: Ambient

    def rows_for(self, laid: Laid) -> list[HandoverRow]:
        """What was *laid* down, in as many rows as documents can hold."""
        now, trace_id = self.ambient.clock.now(), current_trace()
        rows: list[HandoverRow] = []
        room = 0
        for piece in self._pieces(laid):
            size = size_of(piece)
            if not rows or size > room:
                rows.append(HandoverRow(id=new_id(), at=now, trace_id=trace_id))
                room = _MOST_TEXT
            add(rows[-1], piece)
            room -= size
        return rows

    async def carry(self, document: Document) -> None:
        """Put what *document* holds where it belongs, unless it is there, and take it away."""
        row = row_of(HandoverRow, document)
        content = content_of(row, self.ambient.codec)
        async with self.start() as unit:
            if await unit.inbox.first_time(CONSUMER, str(row.id)):
                with tracing(row.trace_id) if row.trace_id else nullcontext():
                    await put(unit, content)
                await unit.commit()
        if row.heard:
            keys = [key_of(message) for message in content.heard]
            await self.desk.remove(HEARD, {"_id": {"$in": keys}})
        await self.desk.remove(HANDOVERS, {"_id": document["_id"]})

    async def carry_at_once(self, documents: list[Document]) -> None:
        """Carry what was committed just now, in order, up to the first that cannot be: a relay
        carries the rest. Nobody who asked is told of it, for what they asked is done."""
        for document in documents:
            try:
                await self.carry(document)
            except Exception as error:  # noqa: BLE001 - whatever it is, the commit stands
                _log.warning("a handover is left to the relay: %s", _named(error))
                return

    async def carry_aged(self) -> int:
        """Carry what others left behind, oldest first; how many it has carried.

        One that nobody can carry keeps no other back. Raises `Unavailable` when a store is away.
        """
        before = instant_text(self.ambient.clock.now() - AGED)
        carried, after = 0, _EVERY
        while True:
            old = await self._page(before, after)
            for document in old:
                carried += await self._is_carried(document)
            if len(old) < _AT_ONCE:
                return carried
            after = _behind(old[-1])

    async def forget_carried(self) -> None:
        """Forget, beside us, what was carried more than a day before the oldest that waits:
        nobody can still hold a document of then. While one waits for ever, all after it stay."""
        oldest = await self.desk.find(HANDOVERS, {}, sort=[("at", 1)], limit=1)
        since = instant_text(self.ambient.clock.now())
        until = datetime.fromisoformat(min([since, *(one["at"] for one in oldest)])) - _HELD
        gone = _PORTION
        while gone == _PORTION:
            async with self.start() as unit:
                gone = await unit.inbox.forget(CONSUMER, before=until, limit=_PORTION)
                await unit.commit()

    async def keep_carrying(self, every: float) -> None:
        """The relay: looks at once, and then each *every* seconds, until it is cancelled."""
        due = self.ambient.clock.now()
        while True:
            try:
                await self.carry_aged()
                if self.ambient.clock.now() >= due:
                    await self.forget_carried()
                    due = self.ambient.clock.now() + _BETWEEN
            except Unavailable as refusal:
                _log.warning("handovers wait: %s", refusal.code)
            except Exception:  # noqa: BLE001 - it is told, and whoever is behind waits no longer
                _log.exception("the relay of handovers tripped, and goes on")
            await asyncio.sleep(every)

    async def _page(self, before: str, after: Document) -> list[Document]:
        """The next of those that were written up to *before*, oldest first."""
        wanted = {"$and": [{"at": {"$lte": before}}, after]}
        oldest = [("at", 1), ("_id", 1)]
        return await self.desk.find(HANDOVERS, wanted, sort=oldest, limit=_AT_ONCE)

    async def _is_carried(self, document: Document) -> bool:
        try:
            await self.carry(document)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, others go on
            await self._tell_once(document, error)
            return False
        return True

    async def _tell_once(self, document: Document, error: Exception) -> None:
        """Once in all processes together; never what it holds, which errors may repeat."""
        this = {"_id": document["_id"], "told": {"$exists": False}}
        if await self.desk.change(HANDOVERS, this, {"$set": {"told": True}}):
            _log.error("handover %s cannot be carried: %s", document["_id"], _named(error))

    def _pieces(self, laid: Laid) -> Iterator[Piece]:
        codec = self.ambient.codec
        for happened in laid.events:
            yield Named(name=event_names.name_of(type(happened)), payload=codec.encode(happened))
        yield from map(written, laid.entries)
        for request, job_id in laid.promised:
            yield Asked(
                id=job_id,
                name=work_names.name_of(type(request.work)),
                payload=codec.encode(request.work),
                policy=codec.encode(request.effective_policy),
                institution_id=request.institution_id,
                run_at=request.run_at,
                dedupe_key=request.dedupe_key,
            )
        yield from laid.heard


def handover_document(row: HandoverRow) -> Document:
    return document_of(row)


def _behind(last: Document) -> Document:
    """What those agree with that come after *last*, oldest first."""
    later = {"at": {"$gt": last["at"]}}
    same = {"at": last["at"], "_id": {"$gt": last["_id"]}}
    return {"$or": [later, same]}


def _named(error: Exception) -> str:
    """What went wrong, by its name alone."""
    return error.code if isinstance(error, Refusal) else type(error).__name__
