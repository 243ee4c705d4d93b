"""What every look through documents begins with: whose they are, and which page of them."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pymongo import DESCENDING

from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.page import CursorRequest
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.rows import Document

_LONGEST = 16_000
"""Characters of a search. Nothing that is kept to be searched is as long."""


def within(reach: InstitutionId | None) -> Document:
    """That a document is within *reach*."""
    return {} if reach is None else {"institution_id": str(reach)}


def said(name: str, value: UUID | str | int | None) -> Document:
    """That field *name* is exactly *value*, if one is asked for."""
    if value is None:
        return {}
    return {name: str(value) if isinstance(value, UUID) else value}


def is_sayable(text: str) -> bool:
    """Whether *text* may stand in what is searched: what cannot be printed stands nowhere."""
    return text.isprintable() and len(text) <= _LONGEST


def saying(text: str) -> Document:
    """That `sought` has *text* in it, to the letter and in any case."""
    return {"sought": {"$regex": re.escape(text.casefold())}} if text else {}


async def newest(
    desk: Desk,
    name: str,
    where: Mapping[str, Any],
    page: CursorRequest,
    *,
    fields: Mapping[str, int] | None = None,
) -> list[Document]:
    """A page of collection *name*, and one more."""
    before = {} if page.after is None else {"_id": {"$lt": str(page.after)}}
    return await desk.find(
        name,
        {**where, **before},
        sort=[("_id", DESCENDING)],
        limit=page.limit + 1,
        fields=fields,
    )
