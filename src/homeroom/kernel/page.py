"""Pages: numbered where people leaf through, by cursor where machines walk."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import attrs

from homeroom.kernel.errors import Invalid, Problem

T = TypeVar("T")
U = TypeVar("U")

MAX_LIMIT = 200


class BadPage(Invalid):
    """There is no such page. Ask for page 1 or more, and 1 to 200 rows."""

    code = "bad_page"


def _bounded(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise BadPage(problems=[Problem("limit", f"must be from 1 to {MAX_LIMIT}, not {limit}")])


@attrs.frozen
class PageRequest:
    """The *number*-th page of *limit* rows, counted from 1."""

    number: int = 1
    limit: int = 20

    def __attrs_post_init__(self) -> None:
        _bounded(self.limit)
        if not 1 <= self.number <= 1_000_000:
            raise BadPage(problems=[Problem("page", f"must be 1 or more, not {self.number}")])

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.limit


@attrs.frozen
class Page(Generic[T]):
    """Some rows, and how many there are in all."""

    items: Sequence[T]
    total: int
    request: PageRequest

    @property
    def total_pages(self) -> int:
        return -(-self.total // self.request.limit)


@attrs.frozen
class CursorRequest:
    """*limit* rows after the row called *after*, newest first."""

    after: UUID | None = None
    limit: int = 50

    def __attrs_post_init__(self) -> None:
        _bounded(self.limit)


@attrs.frozen
class CursorPage(Generic[T]):
    """Some rows, and the row to go on after; None when this was the last page."""

    items: Sequence[T]
    next: UUID | None

    @classmethod
    def cut(cls, rows: Sequence[T], limit: int, key: Callable[[T], UUID]) -> "CursorPage[T]":
        """A page from *rows*, which were asked for with one more than *limit*."""
        kept = tuple(rows[:limit])
        return cls(kept, key(kept[-1]) if len(rows) > limit else None)
