"""What drivers' errors mean: by SQLSTATE or SQLite's result code, never by their words."""

import sqlite3

from homeroom.house import SchemaBehind
from homeroom.kernel.errors import Conflict, Invalid, Refusal, Stale, Unavailable


class Locked(Unavailable):
    """Another process is writing to the database file."""

    code = "locked"


class BadText(Invalid):
    """A text holds half of a character, which the database cannot keep. Write it anew."""

    code = "bad_text"


# The most specific comes first: five characters are a condition, two are its class.
_BY_SQLSTATE: tuple[tuple[str, type[Refusal], str], ...] = (
    ("40001", Stale, "somebody changed the same things in {place} at the same moment"),
    ("40P01", Stale, "somebody changed the same things in {place} at the same moment"),
    ("42P01", SchemaBehind, "{place} lacks a table; run `homeroom db upgrade`"),
    ("42703", SchemaBehind, "{place} lacks a column; run `homeroom db upgrade`"),
    ("42501", Unavailable, "we may not do this in {place}; grant its user the right to"),
    ("3D000", Unavailable, "{place} does not exist; create it"),
    ("25006", Unavailable, "{place} is read-only just now"),
    ("53100", Unavailable, "the disk of {place} is full; make room"),
    ("53300", Unavailable, "{place} has no connection left for us"),
    ("55P03", Unavailable, "a lock in {place} was not to be had in time"),
    ("57014", Unavailable, "{place} took too long to answer"),
    ("08", Unavailable, "the connection to {place} was lost"),
    ("23", Conflict, "this does not agree with what {place} holds already"),
    ("28", Unavailable, "{place} does not let us in; check the user and the password"),
    ("53", Unavailable, "{place} is out of resources"),
    ("57P", Unavailable, "{place} is shutting down or starting up"),
    ("58", Unavailable, "the system under {place} failed"),
)

_BY_RESULT_CODE: dict[int, tuple[type[Refusal], str]] = {
    sqlite3.SQLITE_BUSY: (Locked, "{place} is locked by another process"),
    sqlite3.SQLITE_LOCKED: (Locked, "{place} is locked by another process"),
    sqlite3.SQLITE_READONLY: (Unavailable, "{place} is read-only; let us write to it"),
    sqlite3.SQLITE_PERM: (Unavailable, "we may not open {place}"),
    sqlite3.SQLITE_AUTH: (Unavailable, "we may not open {place}"),
    sqlite3.SQLITE_FULL: (Unavailable, "the disk of {place} is full; make room"),
    sqlite3.SQLITE_IOERR: (
        Unavailable,
        "the disk of {place} failed to read or write; see whether it is full or broken",
    ),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, "{place} cannot be opened; is its directory there?"),
    sqlite3.SQLITE_CORRUPT: (Unavailable, "{place} is damaged; restore a backup"),
    sqlite3.SQLITE_NOTADB: (Unavailable, "{place} is not a SQLite database"),
    sqlite3.SQLITE_CONSTRAINT: (Conflict, "this does not agree with what {place} holds already"),
}


def refusal_for(error: BaseException, *, lost: bool, place: str) -> Refusal | None:
    """What *error* means to whoever asked; None if it is a mistake of ours.

    *lost* tells that the connection is gone, or was never made.
    """
    found = _by_sqlstate(error) or _by_result_code(error)
    if found is not None:
        kind, sentence = found
        return kind(sentence.format(place=place))
    if isinstance(error, UnicodeEncodeError):
        return BadText()
    if lost:
        return Unavailable(f"{place} cannot be reached: is it running, and may we log in?")
    return None


def _by_sqlstate(error: BaseException) -> tuple[type[Refusal], str] | None:
    state = getattr(error, "sqlstate", None)
    if not isinstance(state, str):
        return None
    meanings = ((kind, words) for prefix, kind, words in _BY_SQLSTATE if state.startswith(prefix))
    return next(meanings, None)


def _by_result_code(error: BaseException) -> tuple[type[Refusal], str] | None:
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the result; the rest says more about how it came to it.
    return _BY_RESULT_CODE.get(code & 0xFF) if isinstance(code, int) else None
