"""The record as a file: lines of JSON, or a table that no spreadsheet takes for orders."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Literal

import msgspec

from homeroom.kernel.audit import Entry
from homeroom_entrypoints.web.record_wire import EntryAnswer

Shape = Literal["jsonl", "csv"]

MEDIA_TYPES: dict[Shape, str] = {
    "jsonl": "application/jsonl",
    "csv": "text/csv",
}

_COLUMNS = (
    *("id", "at", "action", "resourceType", "resourceId", "actorId", "apiKeyId"),
    *("outcome", "traceId", "institutionId", "changes"),
)
_AT_ONCE = 100
_ORDERS = ("=", "+", "-", "@", "\t", "\r", "\n")


async def in_file(entries: AsyncIterator[Entry], shape: Shape) -> AsyncIterator[str]:
    """The text of the whole file, piece by piece."""
    write = _lines if shape == "jsonl" else _rows
    if shape == "csv":
        yield _written([_COLUMNS])
    piece: list[EntryAnswer] = []
    async for entry in entries:
        piece.append(EntryAnswer.of(entry))
        if len(piece) == _AT_ONCE:
            yield write(piece)
            piece.clear()
    if piece:
        yield write(piece)


def _lines(piece: Iterable[EntryAnswer]) -> str:
    return "".join(f"{msgspec.json.encode(one).decode()}\n" for one in piece)


def _rows(piece: Iterable[EntryAnswer]) -> str:
    return _written(_cells(one) for one in piece)


def _cells(answer: EntryAnswer) -> list[str]:
    told = msgspec.to_builtins(answer, str_keys=True)
    told["changes"] = msgspec.json.encode(told["changes"]).decode()
    return [_harmless("" if told[name] is None else str(told[name])) for name in _COLUMNS]


def _harmless(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula, and would carry it out."""
    return f"'{cell}" if cell.startswith(_ORDERS) else cell


def _written(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
