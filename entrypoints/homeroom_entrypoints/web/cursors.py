"""Cursors on the wire: opaque text that names the row to go on after."""

import base64
import binascii
from uuid import UUID

from homeroom.kernel.errors import Problem
from homeroom.kernel.page import BadPage

_STRANGE = "We never gave this cursor. Leave it out to begin with the first page."


def write_cursor(row: UUID | None) -> str | None:
    return None if row is None else base64.urlsafe_b64encode(row.bytes).rstrip(b"=").decode()


def read_cursor(text: str | None) -> UUID | None:
    """Raises `BadPage` for a text we never gave."""
    if text is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        hint = "use nextCursor of the last page as it was given"
        raise BadPage(_STRANGE, problems=[Problem("cursor", hint)]) from error
