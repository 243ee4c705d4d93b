"""What a log line may not tell: secrets and people's addresses, however deep they sit.

Cheap where nothing is hidden: a text is searched by patterns only if it holds a mark of one.
Every pattern is linear in the text's length, for log lines are written by strangers too.
"""

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import attrs

REDACTED = "[redacted]"

_MAX_DEPTH = 8
_MAX_ITEMS = 200

_SECRET_KEYS = frozenset(
    {"authorization", "cookie", "setcookie", "password", "token", "accesstoken", "refreshtoken"}
    | {"apikey", "xapikey", "secret", "sessionid", "email", "useragent", "xforwardedfor"}
    | {"xrealip", "ip"}
)
_SECRET_ENDINGS = ("password", "secret", "token", "apikey", "email")
_SEPARATORS = str.maketrans("", "", "-_. ")

_BEARER = re.compile(r"(bearer)(?:[\s:=+]|%20)++\S++", re.IGNORECASE)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+)*+")
_API_KEY = re.compile(r"hr_[A-Za-z0-9_-]{8,}+")
_ASSIGNED = re.compile(
    r"(password|passwd|pwd|secret|token|api_?key)((?:\\{0,32}[\"'])?\s{0,3}[=:]\s{0,3})"
    r"(?:\\{0,32}\"[^\"]*+\"|\\{0,32}'[^']*+'|\S++)",
    re.IGNORECASE,
)
_HINT = re.compile("pass|pwd|secret|token|key")
_LOCAL = r"[^\s@<>,;:\"()\[\]\\]"
_DOMAIN = r"(?:\[[^\s\]]++\]|[\w.-]++)"
_EMAIL = re.compile(rf"(?:(?<!{_LOCAL}){_LOCAL}++|\"[^\"\n]{{1,64}}\")@{_DOMAIN}")
_ESCAPED_EMAIL = re.compile(r"(?<![^\s@&=?/:;,])(?:[^\s@%&=?/:;,]|%(?!40))++%40[^\s@&=?/]++")
_WORD = re.compile(r"\S++")
_SHORTEST = 8
"""Of letters and digits alone, the shortest text in which any pattern finds a secret."""

_PLAIN = frozenset({int, float, bool, type(None), datetime, date, time, UUID, Decimal})


@lru_cache(maxsize=1024)
def is_secret_key(key: str) -> bool:
    """Whether values under *key* are never shown, in whatever case it is written."""
    bare = key.lower().translate(_SEPARATORS)
    return bare in _SECRET_KEYS or bare.endswith(_SECRET_ENDINGS)


@lru_cache(maxsize=1024)
def _named(key: str) -> tuple[str, bool]:
    """How *key* is shown, and whether what stands under it is not."""
    return scrub(key), is_secret_key(key)


def scrub(text: str) -> str:
    """*text* without the secrets and addresses that can be recognised in it."""
    if len(text) < _SHORTEST and text.isalnum():
        return text
    low = text.lower()
    if "@" in low or "%40" in low:
        text = _without_addresses(text)
    if "bearer" in low:
        text = _BEARER.sub(rf"\1 {REDACTED}", text)
    if "eyj" in low:
        text = _JWT.sub(REDACTED, text)
    if "hr_" in low:
        text = _API_KEY.sub(REDACTED, text)
    if ("=" in low or ":" in low) and _HINT.search(low):
        text = _ASSIGNED.sub(rf"\1\2{REDACTED}", text)
    return text


def _without_addresses(text: str) -> str:
    if "://" in text:
        text = _WORD.sub(lambda word: _without_login(word[0]), text)
    return _ESCAPED_EMAIL.sub(REDACTED, _EMAIL.sub(REDACTED, text))


def _without_login(word: str) -> str:
    """An address without the login in front of its host, odd passwords included."""
    start, end = word.find("://"), word.rfind("@")
    return f"{word[: start + 3]}{REDACTED}{word[end:]}" if 0 <= start < end else word


def redact(value: Any, depth: int = _MAX_DEPTH) -> Any:
    """A copy of *value*, made of plain things, that may be written down."""
    kind = type(value)
    if kind is str:
        return scrub(value)
    if kind in _PLAIN:
        return value
    if depth == 0:
        return "…"
    if kind is dict or isinstance(value, Mapping):
        return _redact_fields(value.items(), depth - 1)
    return _redact_other(value, depth - 1)


def redact_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of *fields* that may be written down."""
    return _redact_fields(fields.items(), _MAX_DEPTH)


def _redact_fields(items: Iterable[tuple[Any, Any]], depth: int) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for given, value in items:
        name = given if type(given) is str else _text(given)
        if len(shown) >= _MAX_ITEMS:
            shown["…"] = "more"
            break
        key, hidden = _named(name)
        shown[key] = REDACTED if hidden else redact(value, depth)
    return shown


def _redact_other(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return scrub(str(value.value) if isinstance(value, enum.Enum) else str(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return scrub(bytes(value).decode("utf-8", "replace"))
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth) for item in list(value)[:_MAX_ITEMS]]
    if names := _field_names(value):
        return _redact_fields(((name, getattr(value, name, None)) for name in names), depth)
    return scrub(_text(value))


def _field_names(value: object) -> list[str]:
    """The fields of a value that has named ones: a repr would hide which are secret."""
    cls = type(value)
    if attrs.has(cls):
        return [field.name for field in attrs.fields(cls)]
    return [*getattr(cls, "__dataclass_fields__", ()), *getattr(cls, "__struct_fields__", ())]


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - a value that cannot be shown must not stop its line
        return f"<{type(value).__name__}: {type(error).__name__}>"
