"""The record of who did what: one entry for each thing done, in the transaction that did it."""

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol, TypeGuard, get_type_hints
from uuid import UUID

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import ApiKeyId, EntryId, InstitutionId, PersonId, new_id
from homeroom.kernel.privacy import is_personal
from homeroom.kernel.rights import Right
from homeroom.kernel.tracing import current_trace

MASKED = "•••"
"""What stands for a personal value: that it changed is told, and not what it was or is."""

_LONGEST_VALUE = 200


class Outcome(enum.Enum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"


@attrs.frozen
class Change:
    """One field, as it was and as it is; None for nothing."""

    before: str | None
    after: str | None


@attrs.frozen(kw_only=True)
class Subject:
    """What an entry is about: a kind of thing, and which one."""

    kind: str
    id: UUID | None = None
    institution_id: InstitutionId


@attrs.frozen(kw_only=True)
class Entry:
    """Somebody did something: by id alone, so that the record outlives what it tells of."""

    id: EntryId = attrs.field(factory=lambda: EntryId(new_id()))
    at: datetime
    institution_id: InstitutionId
    """Whose record it stands in: the institution of what it was done to."""

    person_id: PersonId | None = None
    api_key_id: ApiKeyId | None = None
    """Neither: the house itself, or its operator at the command line."""

    action: str
    resource: str
    resource_id: UUID | None = None
    outcome: Outcome = Outcome.DONE
    trace_id: str = attrs.field(factory=current_trace)
    changes: Mapping[str, Change] = attrs.field(factory=dict[str, Change])


class AuditTrail(Protocol):
    """Where a unit of work lays what was done, to stand there if and only if it commits.

    Conformance: `homeroom_testing.conformance.audit.AuditTrailConformance`.
    """

    async def note(self, *entries: Entry) -> None:
        """Nothing that is noted is ever changed, or taken away, through this house.

        An entry that stands already, by its id, is not noted a second time.
        """
        ...


def entry_of(
    actor: Actor,
    right: Right | str,
    subject: Subject,
    *,
    at: datetime,
    before: "attrs.AttrsInstance | None" = None,
    after: "attrs.AttrsInstance | None" = None,
) -> Entry:
    """That *actor* did to *subject* what *right* lets them do, and which fields that changed.

    Where no right is needed, as for what is one's own, *right* is what it is called.
    """
    return Entry(
        at=at,
        institution_id=subject.institution_id,
        person_id=actor.person_id,
        api_key_id=actor.api_key_id,
        action=right if isinstance(right, str) else right.name,
        resource=subject.kind,
        resource_id=subject.id,
        changes=changes_between(before, after),
    )


def counted(entry: Entry, **of_each: int) -> Entry:
    """*entry*, which stands for many: how many of which."""
    return attrs.evolve(
        entry, changes={kind: Change(None, str(number)) for kind, number in of_each.items()}
    )


def changes_between(
    before: "attrs.AttrsInstance | None", after: "attrs.AttrsInstance | None"
) -> Mapping[str, Change]:
    """Which fields differ, by their names; what is personal, or is kept from sight, is masked.

    None stands for what is not there yet, or no more.
    """
    was, now = dict(_fields_of(before)), dict(_fields_of(after))
    return {
        name: Change(_shown(was.get(name)), _shown(now.get(name)))
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    }


@attrs.frozen
class _Field:
    value: object
    masked: bool


def _fields_of(
    thing: "attrs.AttrsInstance | None", prefix: str = ""
) -> Iterator[tuple[str, _Field]]:
    """Every field that tells two values apart, those of values inside it too."""
    if thing is None:
        return
    marks = get_type_hints(type(thing), include_extras=True)
    for field in attrs.fields(type(thing)):
        value, name = getattr(thing, field.name), f"{prefix}{field.name}"
        if not field.eq or value is None:
            continue
        masked = not field.repr or is_personal(marks.get(field.name))
        if _has_fields(value) and not masked:
            yield from _fields_of(value, f"{name}.")
        else:
            yield name, _Field(value, masked)


def _has_fields(value: object) -> TypeGuard["attrs.AttrsInstance"]:
    return attrs.has(type(value))


def _shown(field: _Field | None) -> str | None:
    if field is None:
        return None
    return MASKED if field.masked else _text_of(field.value)[:_LONGEST_VALUE]


def _text_of(value: object) -> str:
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, frozenset | set | tuple | list):
        return ", ".join(sorted(map(_text_of, value)))
    if _has_fields(value):
        return ":".join(_shown(field) or "" for _, field in _fields_of(value))
    return str(value)
