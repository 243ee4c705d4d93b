"""Bodies of requests: from bytes to a shape of the wire, in one step where all is well."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from litestar import Request

from homeroom.kernel.errors import Invalid, Problem
from homeroom_entrypoints.web.misfits import misfits

T = TypeVar("T")

_MALFORMED = "The body is malformed JSON"
_MISREAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class AnyBody(Request[Any, Any, Any]):
    """A request whose body may be anything at all. It is taken at its word: no number is a time."""

    async def json(self) -> Any:
        body = await self.body() or b"null"
        wanted = self.route_handler.parsed_data_field
        return read_body(body, Any if wanted is None else wanted.annotation)


def read_body(body: bytes, shape: type[T]) -> T:
    """The *shape* that *body* has. Raises `Invalid`."""
    try:
        return _reader(shape).decode(body)
    except _MISREAD:
        return _told_why(body, shape)


@contextmanager
def told_as(fields: Mapping[str, str]) -> Iterator[None]:
    """What the core calls by one name, this body calls by another: so are problems with it told."""
    try:
        yield
    except Invalid as refusal:
        refusal.problems = tuple(
            Problem(fields.get(one.field, one.field), one.message) for one in refusal.problems
        )
        raise


_readers: dict[type, msgspec.json.Decoder[Any]] = {}
"""One for each shape that a handler takes, and so they are few."""


def _reader(shape: type[T]) -> msgspec.json.Decoder[T]:
    reader = _readers.get(shape)
    if reader is None:
        reader = _readers[shape] = msgspec.json.Decoder(shape)
    return reader


def _told_why(body: bytes, shape: type[T]) -> T:
    """The slow way, which finds what is no JSON anywhere before it looks at any field.

    It has the last word: of a field that is there twice it reads only the second.
    """
    try:
        raw = msgspec.json.decode(body)
    except _MISREAD as error:
        raise Invalid(_malformed(body)) from error
    try:
        # The framework itself reads bodies as it must read parameters, where all is text.
        return msgspec.convert(raw, shape, strict=True)
    except msgspec.ValidationError as error:
        raise Invalid(problems=misfits(raw, shape)) from error


def _malformed(body: bytes) -> str:
    """Why *body* is no JSON, and where, as far as another reader can tell."""
    try:
        json.loads(body.decode())
    except UnicodeDecodeError:
        return f"{_MALFORMED}: it is not UTF-8. Send it as UTF-8."
    except RecursionError:
        return f"{_MALFORMED}: it is nested too deeply. Send it with fewer levels."
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        return f"{_MALFORMED} {where}. Mend what stands there, or is missing."
    return f"{_MALFORMED}: it has a number too large, or text that is none. Mend that."
