"""Which rights an endpoint asks for: said beside its address, and told in the description.

What is said here decides nothing: use cases do. A test asks every endpoint in every role, and
fails where one asks for something else than it says.
"""

import functools
from dataclasses import field, make_dataclass
from typing import Any

from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi.spec import Operation

from homeroom.kernel.rights import Right

_KEY = "rights"


def asks(right: Right, *also: Right) -> dict[str, Any]:
    """The options of an endpoint that asks for *right* first; *also* depends on what is meant."""
    return {_KEY: (right, *also)}


def asked_by(handler: BaseRouteHandler) -> tuple[Right, ...]:
    """What *handler* says it asks for, first of all the right that it always asks."""
    said: tuple[Right, ...] = handler.opt.get(_KEY, ())
    return said


def telling(operation: type[Operation], handler: HTTPRouteHandler) -> type[Operation]:
    """*operation*, with the names of what *handler* asks for as `x-rights`."""
    names = tuple(right.name for right in asked_by(handler))
    # A class can be hashed, whatever its instances can; the annotations do not know it.
    return _telling(operation, names) if names else operation  # type: ignore[arg-type]


@functools.cache
def _telling(operation: type[Operation], names: tuple[str, ...]) -> type[Operation]:
    """Making a class takes a while, and many endpoints ask for the same."""
    told = field(default_factory=lambda: list(names), metadata={"alias": "x-rights"})
    return make_dataclass(operation.__name__, [("rights", list[str], told)], bases=(operation,))
