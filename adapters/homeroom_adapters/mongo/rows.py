"""Rows as documents, and documents as rows: by one converter, which refuses unknown fields.

An id is text, `01890a5d-ac96-774b-bcce-b302099a8057`, and sorts as the UUID does. An instant is
text too, `2026-11-22T06:30:00.000001+00:00`: a BSON date would lose what is below a millisecond,
and texts of one length in one zone sort as the instants do. Exact numbers are texts. What has its
field's default is left out, which is what keeps it out of sparse indexes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar
from uuid import UUID

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.bson import make_converter

Document = dict[str, Any]

_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class Row:
    """What one document holds. Its field `id` is the document's `_id`."""


R = TypeVar("R", bound=Row)


def instant_text(instant: datetime) -> str:
    """*instant* as it is stored; give it to comparisons too."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def document_of(row: Row) -> Document:
    """The document that holds *row*."""
    document: Document = _CONVERTER.unstructure(row)
    return document


def row_of(cls: type[R], document: Mapping[str, Any]) -> R:
    """The *cls* that *document* holds. One that is not of this shape is a mistake: raises."""
    return _CONVERTER.structure(document, cls)


def fields_of(cls: type[Row]) -> dict[str, int]:
    """The projection that asks for the fields of *cls*, and for nothing else."""
    names = ("_id" if one.name == "id" else one.name for one in attrs.fields(cls))
    asked = dict.fromkeys(names, 1)
    return asked if "_id" in asked else {"_id": 0, **asked}


def _is_row(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Row)


def _renamed(cls: type[Row]) -> dict[str, Any]:
    names = {one.name for one in attrs.fields(cls)}
    return {"id": override(rename="_id", omit_if_default=False)} if "id" in names else {}


def _converter() -> Converter:
    converter = make_converter(forbid_extra_keys=True, omit_if_default=True)
    for kind in (UUID, Decimal, Fraction):
        converter.register_unstructure_hook(kind, str)
        converter.register_structure_hook(kind, lambda value, cls: cls(value))
    converter.register_unstructure_hook(datetime, instant_text)
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_unstructure_hook(timedelta, lambda value: value // _MICROSECOND)
    converter.register_structure_hook(timedelta, lambda value, _: timedelta(microseconds=value))
    converter.register_unstructure_hook_factory(
        _is_row,
        lambda cls: make_dict_unstructure_fn(
            cls, converter, _cattrs_omit_if_default=True, **_renamed(cls)
        ),
    )
    converter.register_structure_hook_factory(
        _is_row,
        lambda cls: make_dict_structure_fn(
            cls, converter, _cattrs_forbid_extra_keys=True, **_renamed(cls)
        ),
    )
    return converter


_CONVERTER = _converter()
