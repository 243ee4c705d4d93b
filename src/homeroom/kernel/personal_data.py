"""What a house holds about somebody: told whole to whoever may ask, and erased where it may be."""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Annotated, Protocol, TypeGuard, TypeVar, runtime_checkable

import attrs

from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.privacy import Personal
from homeroom.kernel.rights import Role
from homeroom.kernel.unit_of_work import UnitOfWork

Fact = str | int | bool | tuple[str, ...] | None
Row = Mapping[str, Fact]

_INWARD = frozenset({"version"})
"""What tells nothing of anybody, but keeps two who write apart."""


@attrs.frozen
class Section:
    """One kind of thing that is held about somebody, and every one of it."""

    name: str
    rows: Sequence[Row]


@attrs.frozen(kw_only=True)
class DataSubject:
    """Whom data are about, as far as one must know to decide who may have them."""

    person_id: PersonId
    institution_id: InstitutionId
    roles: frozenset[Role]
    zone: tzinfo | None = None
    """Where they live, as far as one knows: it says which day it is there."""


@attrs.frozen(kw_only=True)
class KnownAge:
    """What one knows of somebody's age: most often, nothing."""

    born: Annotated[date | None, Personal] = attrs.field(default=None, repr=False)
    attested: bool = False
    """Whether somebody stands up for it that they are 13 or older."""


U_contra = TypeVar("U_contra", bound=UnitOfWork, contravariant=True)


class FindSubject(Protocol[U_contra]):
    """Looks who somebody is, within reach. Raises a `NotFound`, whatever the context calls it."""

    async def __call__(
        self, unit: U_contra, person_id: PersonId, *, reach: InstitutionId | None
    ) -> DataSubject: ...


class FindAge(Protocol[U_contra]):
    """Looks what is known of somebody's age; of whom nothing is, that."""

    async def __call__(self, unit: U_contra, person_id: PersonId) -> KnownAge: ...


@runtime_checkable
class HoldsPersonalData(Protocol[U_contra]):
    """What one context holds about persons. Both steps stay inside the unit that they are given.

    Conformance: `homeroom_testing.conformance.personal_data.HoldsPersonalDataConformance`.
    """

    @property
    def name(self) -> str:
        """The context's."""
        ...

    async def about(self, unit: U_contra, person_id: PersonId) -> Sequence[Section]:
        """All that is held, but for secrets; every section also when there is nothing in it."""
        ...

    async def erase(
        self, unit: U_contra, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        """Take away, or put pseudonyms in the place of, all that need not be kept: how many of
        each kind. What somebody was called, and where they can be reached, is gone then."""
        ...


def row_of(thing: "attrs.AttrsInstance", *, without: Iterable[str] = ()) -> Row:
    """What *thing* says in its fields, by their names on the wire; never what is kept from sight.

    A field that is added some day is told too, without anybody having to think of it.
    """
    left_out = {*without, *_INWARD}
    return {_camel(name): _fact(value) for name, value in _fields_of(thing) if name not in left_out}


def _fields_of(thing: "attrs.AttrsInstance") -> Iterator[tuple[str, object]]:
    for field in attrs.fields(type(thing)):
        if not field.repr or field.name.startswith("_"):
            continue
        value = getattr(thing, field.name)
        if _has_fields(value):
            yield from _fields_of(value)
        else:
            yield field.name, value


def _has_fields(value: object) -> TypeGuard["attrs.AttrsInstance"]:
    return attrs.has(type(value))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _fact(value: object) -> Fact:
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, frozenset | set | tuple | list):
        return tuple(sorted(map(_text_of, value)))
    if isinstance(value, Mapping):
        return tuple(f"{key}: {_text_of(one)}" for key, one in sorted(value.items()))
    return _text_of(value)


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return str(value.value)
    if _has_fields(value):
        parts = (_text_of(part) for _, part in _fields_of(value) if part is not None)
        return ":".join(parts)
    return str(value)
