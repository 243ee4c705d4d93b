"""The record of who did what, on the wire."""

from datetime import datetime
from uuid import UUID

from homeroom.compliance.model.chain import Verdict
from homeroom.kernel.audit import Entry
from homeroom_entrypoints.web.wire import Wire


class ChangeAnswer(Wire, frozen=True):
    """A personal value is masked: that it changed is told, and not what it was or is."""

    before: str | None
    after: str | None


class EntryAnswer(Wire, frozen=True):
    id: UUID
    at: datetime
    institution_id: UUID
    actor_id: UUID | None
    api_key_id: UUID | None
    action: str
    resource_type: str
    resource_id: UUID | None
    outcome: str
    trace_id: str
    changes: dict[str, ChangeAnswer]

    @classmethod
    def of(cls, entry: Entry) -> "EntryAnswer":
        return cls(
            id=entry.id,
            at=entry.at,
            institution_id=entry.institution_id,
            actor_id=entry.person_id,
            api_key_id=entry.api_key_id,
            action=entry.action,
            resource_type=entry.resource,
            resource_id=entry.resource_id,
            outcome=entry.outcome.value,
            trace_id=entry.trace_id,
            changes={
                name: ChangeAnswer(before=one.before, after=one.after)
                for name, one in entry.changes.items()
            },
        )


class EntriesAnswer(Wire, frozen=True):
    data: list[EntryAnswer]
    next_cursor: str | None


class DeadEntryAnswer(Wire, frozen=True):
    """An entry that the record refused, and the code of its refusal."""

    reason: str
    entry: EntryAnswer


class DeadEntriesAnswer(Wire, frozen=True):
    data: list[DeadEntryAnswer]


class VerdictsAnswer(Wire, frozen=True):
    """Of several institutions; `whole` if all of them are."""

    whole: bool
    data: list["VerdictAnswer"]


class VerdictAnswer(Wire, frozen=True):
    """`brokenAt` is the place of the first entry that was touched; null if none was. Keep `sealed`
    and `link` elsewhere: shown again, they find out who wrote the whole record anew."""

    institution_id: UUID
    whole: bool
    sealed: int
    unsealed: int
    link: str
    broken_at: int | None

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictAnswer":
        return cls(
            institution_id=verdict.institution_id,
            whole=verdict.broken_at is None,
            sealed=verdict.sealed,
            unsealed=verdict.unsealed,
            link=verdict.link,
            broken_at=verdict.broken_at,
        )
