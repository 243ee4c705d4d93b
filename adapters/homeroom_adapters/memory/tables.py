"""Committed values by key, and what a unit means to change of them."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import attrs

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@attrs.define(eq=False)
class Table(Generic[K, V]):
    """Committed values by key, and which of them holds each unique value.

    What is in here is never changed in place: *copied* guards what goes in and out.
    """

    key: Callable[[V], K]
    unique: Callable[[V], Hashable | None]
    """What no two values share; None shares with anybody."""

    copied: Callable[[V], V]
    rows: dict[K, V] = attrs.field(factory=dict, init=False)
    holders: dict[Hashable, K] = attrs.field(factory=dict, init=False)

    def keep(self, row: V) -> None:
        key = self.key(row)
        self.remove(key)
        self.rows[key] = row
        held = self.unique(row)
        if held is not None:
            self.holders[held] = key

    def remove(self, key: K) -> None:
        row = self.rows.pop(key, None)
        if row is None:
            return
        held = self.unique(row)
        # In one commit another row may have taken the value over before this one left.
        if held is not None and self.holders.get(held) == key:
            del self.holders[held]


@attrs.define(eq=False)
class Draft(Generic[K, V]):
    """One unit's changes to a table, laid over what is committed."""

    _table: Table[K, V]
    _lock: threading.Lock
    _rows: dict[K, V | None] = attrs.field(factory=dict, init=False, alias="rows")
    """None for what this unit removes."""

    _holders: dict[Hashable, K] = attrs.field(factory=dict, init=False, alias="holders")

    def get(self, key: K) -> V | None:
        with self._lock:
            row = self._rows[key] if key in self._rows else self._table.rows.get(key)
        return None if row is None else self._table.copied(row)

    def every(self) -> list[V]:
        """Every value, in no order."""
        with self._lock:
            rows = {**self._table.rows, **self._rows}
        return [self._table.copied(row) for row in rows.values() if row is not None]

    def select(self, wanted: Callable[[V], bool]) -> list[V]:
        """Every value that is *wanted*, in no order."""
        with self._lock:
            rows = [*self._table.rows.items()]
        kept = (row for key, row in rows if key not in self._rows)
        every = (*kept, *(row for row in self._rows.values() if row is not None))
        return [self._table.copied(row) for row in every if wanted(row)]

    def holder(self, value: Hashable) -> K | None:
        """The key of the row that holds this unique value."""
        if value in self._holders:
            return self._holders[value]
        with self._lock:
            key = self._table.holders.get(value)
        return None if key is None or key in self._rows else key

    def put(self, row: V) -> None:
        key = self._table.key(row)
        self._let_go(key)
        self._rows[key] = self._table.copied(row)
        held = self._table.unique(row)
        if held is not None:
            self._holders[held] = key

    def remove(self, key: K) -> None:
        self._let_go(key)
        self._rows[key] = None

    def apply(self) -> None:
        """Change the table, while its lock is held."""
        for key, row in self._rows.items():
            if row is None:
                self._table.remove(key)
            else:
                self._table.keep(row)

    def _let_go(self, key: K) -> None:
        before = self._rows.get(key)
        if before is not None:
            held = self._table.unique(before)
            if held is not None and self._holders.get(held) == key:
                del self._holders[held]
