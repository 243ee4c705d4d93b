"""JSON text for attrs objects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar, get_type_hints

import attrs
import msgspec
from msgspec.inspect import DataclassType, Field, type_info

from homeroom.kernel.codec import Codec, Undecodable

T = TypeVar("T")

_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


Decoder = msgspec.json.Decoder[Any]

_decoders: dict[type, Decoder] = {}


def _decoder(cls: type) -> Decoder:
    decoder = _decoders.get(cls)
    if decoder is None:
        decoder = _decoders[cls] = msgspec.json.Decoder(cls)
    return decoder


_strict: dict[type, Decoder] = {}


def _strict_decoder(cls: type) -> Decoder:
    """Reads what *cls* is made of, into a twin of it that refuses strangers, as attrs cannot."""
    decoder = _strict.get(cls)
    if decoder is None:
        decoder = _strict[cls] = msgspec.json.Decoder(_twin(cls) if attrs.has(cls) else cls)
    return decoder


def _twin(cls: type) -> type:
    hints, shape = get_type_hints(cls, include_extras=True), type_info(cls)
    parts = shape.fields if isinstance(shape, DataclassType) else ()
    fields = [(part.name, hints[part.name], _default(part)) for part in parts]
    return msgspec.defstruct(cls.__name__, fields, kw_only=True, forbid_unknown_fields=True)


def _default(part: Field) -> Any:
    if part.default_factory is msgspec.NODEFAULT:
        return part.default
    return msgspec.field(default_factory=part.default_factory)


def _field_names(cls: type) -> frozenset[str]:
    return frozenset(it.name for it in attrs.fields(cls)) if attrs.has(cls) else frozenset()


class JsonCodec:
    """JSON with the field names as they are; instants in RFC 3339."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder(order="deterministic").encode

    def encode(self, value: object) -> str:
        return self._encode(value).decode()

    def decode(self, cls: type[T], text: str) -> T:
        try:
            return msgspec.convert(_strict_decoder(cls).decode(text), cls, from_attributes=True)
        except _UNREADABLE:
            return self._told_why(cls, text)

    def _told_why(self, cls: type[T], text: str) -> T:
        """The slow way, which reads twice, names strangers, and has the last word."""
        known = _field_names(cls)
        try:
            if attrs.has(cls):
                self._refuse_strangers(known, text)
            read: T = _decoder(cls).decode(text)
        except msgspec.ValidationError as error:
            fields = ", ".join(sorted(known)) or "none"
            raise Undecodable(f"not a {cls.__name__}, whose fields are: {fields}") from error
        except _UNREADABLE as error:
            raise Undecodable(f"not a {cls.__name__}, for it is not JSON") from error
        return read

    def _refuse_strangers(self, known: frozenset[str], text: str) -> None:
        fields = _decoder(dict[str, msgspec.Raw]).decode(text)
        if strange := fields.keys() - known:
            raise Undecodable(f"unknown fields: {', '.join(sorted(strange))[:200]}")


@asynccontextmanager
async def open_codec() -> AsyncIterator[Codec]:
    """The codec behind entry point `homeroom.codec`, name `json`."""
    yield JsonCodec()
