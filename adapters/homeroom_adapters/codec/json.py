"""JSON text for attrs objects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs
import msgspec

from homeroom.kernel.codec import Codec, Undecodable

T = TypeVar("T")


_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def _decoder(cls: type[T]) -> msgspec.json.Decoder[T]:
    decoder = _decoders.get(cls)
    if decoder is None:
        decoder = _decoders[cls] = msgspec.json.Decoder(cls)
    return decoder


_fields: dict[type, frozenset[str]] = {}


def _field_names(cls: type) -> frozenset[str]:
    known = _fields.get(cls)
    if known is None:
        names = (field.name for field in attrs.fields(cls)) if attrs.has(cls) else ()
        known = _fields[cls] = frozenset(names)
    return known


class JsonCodec:
    """JSON with the field names as they are; instants in RFC 3339."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder(order="deterministic").encode

    def encode(self, value: object) -> str:
        return self._encode(value).decode()

    def decode(self, cls: type[T], text: str) -> T:
        try:
            known = _field_names(cls)
            if known:
                self._refuse_strangers(known, text)
            return _decoder(cls).decode(text)
        except msgspec.ValidationError as error:
            fields = ", ".join(sorted(_field_names(cls))) or "none"
            raise Undecodable(f"not a {cls.__name__}, whose fields are: {fields}") from error
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Undecodable(f"not a {cls.__name__}, for it is not JSON") from error

    def _refuse_strangers(self, known: frozenset[str], text: str) -> None:
        fields = _decoder(dict[str, msgspec.Raw]).decode(text)
        if strange := fields.keys() - known:
            raise Undecodable(f"unknown fields: {', '.join(sorted(strange))[:200]}")


@asynccontextmanager
async def open_codec() -> AsyncIterator[Codec]:
    """The codec behind entry point `homeroom.codec`, name `json`."""
    yield JsonCodec()
