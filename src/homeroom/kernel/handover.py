"""Entries on their way to the record: of what was done without a transaction of its own."""

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

import attrs
from attrs.validators import ge, gt

from homeroom.kernel.audit import Change, Entry, Outcome
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import ApiKeyId, EntryId, InstitutionId, PersonId

Write = Callable[[Sequence[Entry]], Awaitable[None]]
"""Puts entries into the record; one that stands there already is not put there again."""


class RecordBehind(Unavailable):
    """The record cannot keep up with what has to stand in it. Try again in a moment."""

    code = "record_behind"


@attrs.frozen(kw_only=True)
class DeadEntry:
    """An entry that the record refused, and why; the reason names no value."""

    entry: Entry
    reason: str


@attrs.frozen(kw_only=True)
class HandoverSettings:
    """What a handover is opened with; each adapter reads what concerns it."""

    url: str = attrs.field(default="", repr=False)
    """Where the service is; empty for its usual place on this machine."""

    directory: Path = Path("handover")
    """Where entries lie that are kept on this machine."""

    environment: str = "development"
    """Entries of one environment are kept apart from all others."""

    most: int = attrs.field(default=10_000, validator=ge(1))
    """Entries that may be on their way at once; whoever brings one more waits for room."""

    patience: float = attrs.field(default=2.0, validator=gt(0))
    """Seconds for which somebody waits for room."""

    batch: int = attrs.field(default=200, validator=ge(1))
    """Entries that are written in one transaction at most."""


@runtime_checkable
class Handover(Protocol):
    """Takes entries at once, keeps them, and hands them on until they stand in the record.

    Conformance: `homeroom_testing.conformance.handover.HandoverConformance`.
    """

    async def take(self, *entries: Entry) -> None:
        """Kept from the return on, whatever becomes of this process.

        Raises `Unavailable`, `RecordBehind` among it, when it cannot keep them: then what they
        tell of must not be done.
        """
        ...

    def hand_on(self, write: Write) -> AbstractAsyncContextManager[None]:
        """While this is open, hand what was taken to *write*, in batches, at least once each.

        What it raises as `Unavailable` is tried again; an entry that it refuses for good comes
        among the dead, and keeps no other back. At the end what was taken here is handed on,
        unless the record is away: then whoever opens next finds it.
        """
        ...

    async def dead(self, *, limit: int) -> Sequence[DeadEntry]:
        """Entries that the record refused, oldest first."""
        ...

    async def replay(self) -> int:
        """Take every dead entry anew; how many."""
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do."""
        ...


def written(entry: Entry) -> str:
    """*entry* as one line of JSON."""
    said = {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "institution": str(entry.institution_id),
        "person": _text(entry.person_id),
        "key": _text(entry.api_key_id),
        "action": entry.action,
        "resource": entry.resource,
        "resource_id": _text(entry.resource_id),
        "outcome": entry.outcome.value,
        "trace": entry.trace_id,
        "changes": {name: [one.before, one.after] for name, one in entry.changes.items()},
    }
    return json.dumps(said, separators=(",", ":"))


def read(line: str | bytes) -> Entry:
    """The entry that was *written*. Raises `Undecodable` if it is none, or was cut off."""
    try:
        said: dict[str, Any] = json.loads(line)
        person, key, which = (_uuid(said[name]) for name in ("person", "key", "resource_id"))
        return Entry(
            id=EntryId(UUID(said["id"])),
            at=datetime.fromisoformat(said["at"]),
            institution_id=InstitutionId(UUID(said["institution"])),
            person_id=None if person is None else PersonId(person),
            api_key_id=None if key is None else ApiKeyId(key),
            action=said["action"],
            resource=said["resource"],
            resource_id=which,
            outcome=Outcome(said["outcome"]),
            trace_id=said["trace"],
            changes={name: Change(*both) for name, both in said["changes"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Undecodable("this is no entry of a record") from error


def _text(one: UUID | None) -> str | None:
    return None if one is None else str(one)


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
