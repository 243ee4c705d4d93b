"""Marked values, and a scanner that finds them wherever they turn up.

    canaries = Canaries()
    password = canaries.password("Ana's")
    seen = Sightings()
    ...                                     # sign Ana in, and have `seen` hold all that is said
    assert canaries.leaks(seen) == []

Give a house nothing but marked values, and have it do whatever it does, failures too. A value is
found as it is and in other clothes: in other letters, escaped, in base64 or hex, or cut short.
What may tell a value, such as the one answer that shows a key, is said where it is held.
"""

import base64
import binascii
import enum
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import attrs

_CUT = 14
"""So many characters of a secret tell enough of it, where the rest was cut off."""

_SHORTEST = 8
"""Less than this might turn up by chance."""


_URLSAFE = str.maketrans("+/", "-_")


class Kind(enum.Enum):
    """What sort of thing a marked value is; a place may be one where some sorts belong."""

    PASSWORD = "password"
    TOKEN = "token"
    KEY = "key"
    """The secret of an API key."""

    SECRET = "secret"
    """What signs messages, or is sent along in their headers."""

    ADDRESS = "address"
    """Where a task sends to, which whoever knows may write to."""

    TICKET = "ticket"
    """What an invitation or a letter lets somebody choose a password by."""

    COOKIE = "cookie"
    CSRF = "CSRF token"
    CODE = "code"
    """What a browser carries between another house's sign-in and ours."""

    BIRTH_DATE = "birth date"
    EMAIL = "email"
    NAME = "name"


PERSONAL = frozenset({Kind.EMAIL, Kind.NAME})
"""What is no secret, and stands where persons do, and nowhere else."""


@attrs.frozen
class Canary:
    """A value that can only come from where it was put."""

    kind: Kind
    whose: str
    text: str = attrs.field(repr=False)

    @property
    def forms(self) -> Mapping[str, str]:
        """What it looks like in each of its clothes; letters count in one case."""
        shapes = {"as it is": self.text.lower(), **dict(_clothes(self.text))}
        if self.kind not in PERSONAL:
            shapes["cut short"] = _telling(self.text).lower()
        return shapes


def _telling(text: str) -> str:
    """The beginning of what nobody could guess of *text*."""
    if "://" in text:
        return urlsplit(text).path.rpartition("/")[2][:_CUT]
    proof = text.rpartition(".")[2]  # before it stand ids, and what was signed
    bare = proof if len(proof) >= _CUT else text
    for prefix in ("hr_ticket_", "hr_", "whsec_"):
        bare = bare.removeprefix(prefix)
    return bare[:_CUT]


def _clothes(text: str) -> Iterator[tuple[str, str]]:
    raw = text.encode()
    for shift in range(3):
        yield f"in base64, {shift} bytes in", _inner_base64(raw, shift).lower()
        urlsafe = _inner_base64(raw, shift).translate(_URLSAFE)
        yield f"in base64 for addresses, {shift} bytes in", urlsafe.lower()
    yield "in hex", raw.hex()
    yield "reversed", text[::-1].lower()
    yield "escaped for JSON", json.dumps(text)[1:-1].lower()
    yield "escaped for an address", quote(text, safe="").lower()
    yield "escaped for a form", quote_plus(text, safe="").lower()


def _inner_base64(raw: bytes, shift: int) -> str:
    """What *raw* is in base64, *shift* bytes in, without what depends on what stands around it."""
    encoded = base64.b64encode(bytes(shift) + raw).decode()
    return encoded[-(-shift * 4 // 3) : (shift + len(raw)) * 4 // 3]


@attrs.frozen
class Seen:
    """A text that came out of a house, where, and what it may tell."""

    place: str
    text: str = attrs.field(repr=False)
    may: Collection[Kind | str] = ()


@attrs.frozen
class Leak:
    """A value that is where it must not be. What it is stays untold here, too."""

    what: str
    place: str
    form: str

    def __str__(self) -> str:
        return f"{self.what} is in {self.place}, {self.form}"


@attrs.define
class Sightings:
    """All that a house let out, kept until it is searched."""

    seen: list[Seen] = attrs.field(factory=list[Seen], repr=False)

    def hold(self, place: str, text: str | bytes, *, may: Collection[Kind | str] = ()) -> None:
        """Keep *text*, in which the values in *may*, or of the kinds in it, are no leak."""
        whole = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
        self.seen.append(Seen(place, whole, may))

    @property
    def places(self) -> frozenset[str]:
        return frozenset(one.place for one in self.seen)


@attrs.define
class Canaries:
    """Makes marked values, takes up those that a house made, and knows them again."""

    _kept: list[Canary] = attrs.field(factory=list[Canary], init=False, repr=False, alias="kept")

    def take_up(self, kind: Kind, whose: str, text: str) -> str:
        """Mark *text*, which was made elsewhere; it is handed back."""
        if len(text) < _SHORTEST:
            raise ValueError(f"{whose} {kind.value} is too short to be told from chance")
        self._kept.append(Canary(kind, whose, text))
        return text

    def password(self, whose: str) -> str:
        return self.take_up(Kind.PASSWORD, whose, f"plums {_fresh()} & Ünter+Ofen")

    def name(self, whose: str) -> str:
        """A name as people have them: letters, the first of them large."""
        letters = "".join(chr(ord("a") + secrets.randbelow(26)) for _ in range(14))
        return self.take_up(Kind.NAME, whose, letters.capitalize())

    def email(self, whose: str) -> str:
        return self.take_up(Kind.EMAIL, whose, f"c{_fresh()}@school.example")

    def address(self, whose: str, origin: str = "https://hooks.example") -> str:
        return self.take_up(Kind.ADDRESS, whose, f"{origin}/in/{_fresh()}{_fresh()}")

    def birth_date(self, whose: str) -> str:
        """A day on which nobody at school was born, so that no other date is taken for it."""
        day = date(1801, 1, 1) + timedelta(days=secrets.randbelow(20_000))
        return self.take_up(Kind.BIRTH_DATE, whose, day.isoformat())

    def secret(self, whose: str) -> str:
        return self.take_up(Kind.SECRET, whose, f"s{_fresh()}")

    @property
    def kinds(self) -> frozenset[Kind]:
        """What sorts of values there are so far."""
        return frozenset(one.kind for one in self._kept)

    def leaks(self, sightings: Sightings) -> list[Leak]:
        """Every value that is where it may not be, in the order in which that was seen."""
        forms = [(canary, list(canary.forms.items())) for canary in self._kept]
        return [leak for one in sightings.seen for leak in _leaks_of(one, forms)]


def _fresh() -> str:
    return secrets.token_hex(10)


def _leaks_of(seen: Seen, forms: Iterable[tuple[Canary, list[tuple[str, str]]]]) -> Iterator[Leak]:
    low = seen.text.lower()
    texts = (low, _unescaped(low))
    for canary, shapes in forms:
        if canary.kind in seen.may or canary.text in seen.may:
            continue
        for form, shape in shapes:
            if any(shape in text for text in texts):
                yield Leak(f"{canary.whose} {canary.kind.value}", seen.place, form)
                break


def _unescaped(text: str) -> str:
    r"""*text* with `\u00fc` and the like read, as JSON writes them."""
    if "\\u" not in text:
        return text
    return text.encode("ascii", "backslashreplace").decode("unicode_escape", "replace").lower()


def sqlite_rows(file: Path) -> Iterator[tuple[str, str]]:
    """Every row of every table in *file*, as text after its table's name."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        asked = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for (table,) in connection.execute(asked).fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own name
                yield table, " ".join(map(_told, row))


def _told(value: object) -> str:
    if isinstance(value, bytes):
        return f"{value.decode('latin-1')} {binascii.hexlify(value).decode()}"
    return str(value)
