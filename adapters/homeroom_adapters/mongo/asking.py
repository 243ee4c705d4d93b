"""Ways to ask the desk: by pipelines, and in turn with others who are at the same thing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from homeroom_adapters.mongo.desk import TRIES, Desk
from homeroom_adapters.mongo.errors import Crossed, translated
from homeroom_adapters.mongo.rows import Document

NEWEST = (("_id", -1),)
"""Ids grow with time."""

OLDEST = (("_id", 1),)

T = TypeVar("T")


async def aggregated(desk: Desk, name: str, *steps: Mapping[str, Any]) -> list[Document]:
    """What the pipeline of *steps* makes of the collection called *name*."""
    with translated():
        cursor = await desk(name).aggregate(list(steps), session=desk.session)
        return await cursor.to_list()


async def in_turn(desk: Desk, act: Callable[[], Awaitable[T]]) -> T:
    """What *act* answers, which is the first that this unit writes.

    As long as others are in its way it is done anew, on what they committed. A unit that has
    written before cannot wait: it raises `Crossed`.
    """
    is_first = not desk.touched and desk.session is not None
    for attempt in range(TRIES):
        try:
            return await act()
        except Crossed:
            if not is_first:
                raise
            desk.touched.clear()
            desk.kept.clear()
            await desk.begin_again(attempt)
    return await act()


async def hold_or_begin(desk: Desk, name: str, document: Document) -> Document:
    """What is kept under the id of *document*, held; *document* itself if it was not there."""
    this = {"_id": document["_id"]}
    held = await desk.hold(name, this)
    if held is None and not await desk.insert_unless_taken(name, document):
        held = await desk.hold(name, this)
    return document if held is None else held
