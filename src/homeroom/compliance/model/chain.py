"""The chain: each sealed entry carries a link made of the one before it and of its own words."""

import hashlib
import json
from collections.abc import Iterable, Sequence

import attrs

from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import InstitutionId

FIRST = "0" * 64
"""What the first link of a record is made of."""


@attrs.frozen
class Head:
    """Where a record's chain ends: how many entries are sealed, and the last one's link."""

    institution_id: InstitutionId
    sealed: int = 0
    link: str = FIRST


@attrs.frozen
class Sealed:
    """An entry in its place in the chain."""

    entry: Entry
    place: int
    link: str


@attrs.frozen
class Mark:
    """What somebody keeps of a record elsewhere: the link of its entry at that place."""

    place: int
    link: str


@attrs.frozen
class Verdict:
    """What became of a record, as far as the chain can tell."""

    institution_id: InstitutionId
    sealed: int
    unsealed: int
    link: str
    """The last one's: kept elsewhere, it finds out who writes the whole chain anew."""

    broken_at: int | None = None
    """The first place where something was changed, taken away or put in; None if nothing was."""


def link_of(before: str, entry: Entry) -> str:
    """SHA-256 over the link before and everything that the entry says, in one fixed order."""
    said = [
        str(entry.id),
        entry.at.isoformat(),
        str(entry.institution_id),
        *(None if one is None else str(one) for one in (entry.person_id, entry.api_key_id)),
        entry.action,
        entry.resource,
        None if entry.resource_id is None else str(entry.resource_id),
        entry.outcome.value,
        entry.trace_id,
        [[name, one.before, one.after] for name, one in sorted(entry.changes.items())],
    ]
    text = json.dumps(said, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def seal(head: Head, entries: Iterable[Entry]) -> tuple[Head, Sequence[Sealed]]:
    """The chain goes on with *entries*, in their order."""
    place, link, sealed = head.sealed, head.link, []
    for entry in entries:
        place, link = place + 1, link_of(link, entry)
        sealed.append(Sealed(entry, place, link))
    return Head(head.institution_id, place, link), sealed


@attrs.define
class Walk:
    """Goes along a chain from its first entry, and remembers where it first broke.

    With what was *kept* elsewhere, it breaks also where a new chain says something else.
    """

    kept: Mark | None = None
    place: int = 0
    link: str = FIRST
    broken_at: int | None = None

    def over(self, following: Iterable[Sealed]) -> None:
        for one in following:
            self.place += 1
            expected = link_of(self.link, one.entry)
            fits = (one.place, one.link) == (self.place, expected) and self._is_kept(one)
            if self.broken_at is None and not fits:
                self.broken_at = self.place
            self.link = one.link

    def arrived(self, head: Head) -> int | None:
        """Where it broke, if it did; the end counts too, for the last ones may have been taken."""
        too_short = self.kept is not None and self.place < self.kept.place
        elsewhere = (self.place, self.link) != (head.sealed, head.link)
        if self.broken_at is None and (too_short or elsewhere):
            return self.place + 1
        return self.broken_at

    def _is_kept(self, one: Sealed) -> bool:
        return self.kept is None or one.place != self.kept.place or one.link == self.kept.link
