"""Names on disk and on the wire: chosen by people, bound once, never derived from a class path."""

import re
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_SHAPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*")


class Names(Generic[T]):
    """Which class goes by which name. A name belongs to one class for ever."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._classes: dict[str, type[T]] = {}
        self._names: dict[type[T], str] = {}

    def bind(self, name: str, cls: type[T]) -> None:
        """Give *cls* its *name*; refuses a malformed or taken one."""
        if not _SHAPE.fullmatch(name):
            raise ValueError(f"{self._what} name {name!r} must look like context.thing_happened.v1")
        if name in self._classes:
            raise ValueError(f"{self._what} name {name!r} is taken by {self._classes[name]!r}")
        self._classes[name] = cls
        self._names[cls] = name

    def name_of(self, cls: type[T]) -> str:
        """Raises `LookupError` for a class that nobody named."""
        try:
            return self._names[cls]
        except KeyError:
            raise LookupError(f"{cls.__qualname__} has no {self._what} name") from None

    def class_of(self, name: str) -> type[T] | None:
        """The class behind *name*, or None if this process does not know it."""
        return self._classes.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)
