"""What does not fit a shape of the wire: which field, and what it must be, in our words.

Whoever read it said no; this finds the reasons anew, from the shape and not from what the library
called them. A shape is told as what it wants, so that no value that was sent is ever repeated:
it may be a secret, or somebody's name.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from homeroom.kernel.errors import Problem

LONGEST_NAME = 60
"""Names that callers make up are told no longer than this."""

_MOST = 20
"""So many problems are told at once: whoever mends them asks again."""

_LISTS = (list, tuple, set, frozenset)
_ALIKE = 0.65

_PLAIN: dict[type[inspect.Type], str] = {
    inspect.NoneType: "null",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "an instant such as 2026-05-01T09:00:00Z",
    inspect.DateType: "a day such as 2026-05-01",
    inspect.TimeType: "a time of day such as 09:00:00",
    inspect.UUIDType: "an id such as 0196a5f2-7c1e-7f3a-9b1d-2f4e6a8c0d12",
    inspect.DecimalType: "a number",
    inspect.BytesType: "text in base64",
    inspect.StructType: "an object",
}


def misfits(said: object, shape: Any, *, at: str = "") -> list[Problem]:
    """Everything about *said*, which is JSON or the like, that keeps it from being a *shape*.

    *at* is where it stands in a body, if that is not all of it. Empty if it is one after all.
    """
    found = islice(_problems(said, shape, at), _MOST)
    return [Problem(one.field or "body", one.message) for one in found]


def wanted(shape: Any) -> str:
    """What a value of this *shape* must be."""
    return f"must be {_told(inspect.type_info(shape))}"


def wanted_as_text(shape: Any) -> str:
    """The same of what stands in an address, where nobody can say null."""
    kind = inspect.type_info(shape)
    return f"must be {_told(kind, null=False)}"


def unknown(name: str, known: Iterable[str], thing: str = "field") -> str:
    """What is said of a *name* that nobody reads, where some are *known*."""
    alike = {_bare(one): one for one in known}
    near = get_close_matches(_bare(name[:LONGEST_NAME]), alike, n=1, cutoff=_ALIKE)
    if near:
        return f"is no {thing} here; did you mean {alike[near[0]]}?"
    return f"is no {thing} here; known are: {', '.join(sorted(alike.values())) or 'none'}"


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _problems(said: object, shape: Any, at: str) -> Iterator[Problem]:
    why = _refused(said, shape)
    if why is None:
        return
    found, parts = False, list(_parts(shape))
    if isinstance(said, Mapping) and len(kinds := _tagged(parts)) > 1:
        name, said_to_be = _tag_field(parts[0]), str(said.get(_tag_field(parts[0])))
        if said_to_be not in kinds:
            yield Problem(_inside(at, name), f"must be one of: {', '.join(kinds)}")
            return
        parts = [kinds[said_to_be]]
    for part in parts:
        for problem in _within(said, part, at):
            found = True
            yield problem
    if not found:
        yield Problem(at, why or wanted(shape))


def _refused(said: object, shape: Any) -> str | None:
    """None for what can be read; else what a shape of ours itself says of it, if it does."""
    try:
        msgspec.convert(said, shape, strict=True)
    except msgspec.ValidationError as error:
        return str(error.__cause__) if isinstance(error.__cause__, ValueError) else ""
    return None


def _parts(shape: Any) -> Iterator[Any]:
    """The shapes that *shape* may be, without what is noted about them."""
    if get_origin(shape) is Annotated:
        yield from _parts(get_args(shape)[0])
    elif get_origin(shape) in (Union, UnionType):
        for one in get_args(shape):
            yield from _parts(one)
    else:
        yield shape


def _tagged(parts: Iterable[Any]) -> Mapping[str, Any]:
    """The shapes among *parts* that one field tells apart, by what it says."""
    return {str(one.__struct_config__.tag): one for one in parts if _tag_field(one)}


def _tag_field(shape: Any) -> str:
    config = getattr(shape, "__struct_config__", None)
    return "" if config is None else config.tag_field or ""


def _within(said: object, shape: Any, at: str) -> Iterator[Problem]:
    """What is wrong with the fields, items or values of *said*, if it has what *shape* has."""
    inner = get_args(shape)
    if isinstance(said, Mapping):
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
            yield from _of_fields(said, shape, at)
        elif get_origin(shape) is dict:
            for key, value in said.items():
                yield from _problems(value, inner[1], _inside(at, str(key)))
    elif isinstance(said, list) and inner and get_origin(shape) in _LISTS:
        for index, item in enumerate(said):
            yield from _problems(item, inner[0], f"{at}[{index}]")


def _of_fields(
    said: Mapping[Any, object], shape: type[msgspec.Struct], at: str
) -> Iterator[Problem]:
    fields = {one.encode_name: one for one in msgspec.structs.fields(shape)}
    for name, field in fields.items():
        if name in said:
            yield from _problems(said[name], field.type, _inside(at, name))
        elif field.required:
            yield Problem(_inside(at, name), "is missing")
    if shape.__struct_config__.forbid_unknown_fields:
        known = {*fields, shape.__struct_config__.tag_field}
        for name in sorted(map(str, said.keys() - known)):
            yield Problem(_inside(at, name), unknown(name, fields))


def _inside(at: str, name: str) -> str:
    short = name[:LONGEST_NAME]
    return f"{at}.{short}" if at else short


def _told(kind: inspect.Type, *, null: bool = True) -> str:
    """*kind* in words that go on after "must be"."""
    if isinstance(kind, inspect.Metadata):
        return _told(kind.type, null=null)
    if isinstance(kind, inspect.UnionType):
        several = [one for one in kind.types if null or not isinstance(one, inspect.NoneType)]
        return ", or ".join(dict.fromkeys(_told(one) for one in several))
    if isinstance(kind, inspect.EnumType | inspect.LiteralType):
        return f"one of: {', '.join(_choices(kind))}"
    if isinstance(kind, inspect.StrType):
        return f"text{_sized(kind, 'character')}{_patterned(kind)}"
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        whole = "whole " if isinstance(kind, inspect.IntType) else ""
        return f"a {whole}number{_bounded(kind)}"
    return _told_of_many(kind)


def _choices(kind: inspect.EnumType | inspect.LiteralType) -> list[str]:
    several = kind.values if isinstance(kind, inspect.LiteralType) else kind.cls
    return [str(getattr(one, "value", one)) for one in several]


def _told_of_many(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.DictType):
        return f"an object{_sized(kind, 'field')}"
    if isinstance(kind, inspect.CollectionType | inspect.TupleType):
        return f"a list{_sized(kind, 'item')}"
    return _PLAIN.get(type(kind), "something else")


def _sized(
    kind: inspect.StrType | inspect.DictType | inspect.CollectionType | inspect.TupleType, of: str
) -> str:
    if isinstance(kind, inspect.TupleType):
        return f" of {_counted(len(kind.item_types), of)}"
    least, most = kind.min_length or 0, kind.max_length
    if most is None:
        return f" of at least {_counted(least, of)}" if least else ""
    if not least:
        return f" of at most {_counted(most, of)}"
    span = "" if least == most else f"{least} to "
    return f" of {span}{_counted(most, of)}"


def _counted(count: int, of: str) -> str:
    return f"{count} {of}" if count == 1 else f"{count} {of}s"


def _patterned(kind: inspect.StrType) -> str:
    return f" that matches {kind.pattern}" if kind.pattern else ""


def _bounded(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge} to {kind.le}"
    bounds = [
        f"{word} {bound}"
        for word, bound in (
            ("at least", kind.ge),
            ("more than", kind.gt),
            ("at most", kind.le),
            ("less than", kind.lt),
        )
        if bound is not None
    ]
    bounds += [f"a multiple of {kind.multiple_of}"] if kind.multiple_of is not None else []
    return f" that is {' and '.join(bounds)}" if bounds else ""
