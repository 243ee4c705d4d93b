"""Reads objects of JSON field by field, and remembers all that is wrong with them."""

import enum
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeVar
from uuid import UUID

import attrs

from homeroom.kernel.errors import Problem

E = TypeVar("E", bound=enum.Enum)
V = TypeVar("V")

_LONGEST_NUMBER, _MOST = 80, 1_000
_EXACT = re.compile(r"[+-]?[0-9]{1,25}(/0*[1-9][0-9]{0,24}|\.[0-9]{1,25})?")
"""Neither powers of ten, by which a short text can fill the memory, nor a division by nothing."""


@attrs.define(eq=False)
class Fields:
    """The fields of one object. What cannot be read is noted, and something else stands for it.

    A field without a *usual* value may not be left out; null is as good as left out.
    """

    _said: Mapping[Any, object]
    _path: str = ""
    _asked: set[str] = attrs.field(factory=set, init=False, alias="asked")
    _within: list["Fields"] = attrs.field(factory=list, init=False, alias="within")
    _wrong: list[Problem] = attrs.field(factory=list, init=False, alias="wrong")

    @classmethod
    def of(cls, said: object, path: str = "") -> "Fields":
        if isinstance(said, Mapping):
            return cls(said, path)
        nothing = cls({}, path)
        nothing._wrong.append(Problem(path, "must be an object"))
        return nothing

    @property
    def problems(self) -> list[Problem]:
        """All that was found wrong here and further inside, and what nobody asked for."""
        names = (str(name)[:100] for name in self._said if name not in self._asked)
        strange = [Problem(self._at(name), "is not known here; leave it out") for name in names]
        inside = [problem for one in self._within for problem in one.problems]
        return [*self._wrong, *strange, *inside][:_MOST]

    def pass_over(self) -> None:
        """What else it says is neither right nor wrong."""
        self._said = {}

    def text(self, name: str, usual: str | None = None) -> str:
        said = self._get(name, usual, "")
        return said if isinstance(said, str) else self._note(name, "must be a text", "")

    def texts(self, name: str, usual: Sequence[str] | None = None) -> tuple[str, ...]:
        said = self._list(name, usual)
        texts = tuple(one for one in said if isinstance(one, str))
        return texts if len(texts) == len(said) else self._note(name, "must be texts", ())

    def whole(self, name: str, usual: int | None = None) -> int:
        said = self._get(name, usual, 0)
        if isinstance(said, int) and not isinstance(said, bool):
            return said
        return self._note(name, "must be a whole number", 0)

    def whole_or_none(self, name: str) -> int | None:
        return None if self._get(name, None, None, needed=False) is None else self.whole(name)

    def truth(self, name: str, usual: bool | None = None) -> bool:
        said = self._get(name, usual, False)
        return said if isinstance(said, bool) else self._note(name, "must be true or false", False)

    def share(self, name: str, usual: Fraction | None = None) -> Fraction:
        said = self._get(name, usual, Fraction(0))
        if isinstance(said, Fraction):
            return said
        text = _number_text(said)
        if _EXACT.fullmatch(text):
            return Fraction(text)
        return self._note(name, 'must be a number such as 0.5, or "1/3"', Fraction(0))

    def number(self, name: str, usual: Decimal | None = None) -> Decimal:
        said = self._get(name, usual, Decimal(0))
        if isinstance(said, Decimal):
            return said
        try:
            number = Decimal(_number_text(said))
        except InvalidOperation:
            number = Decimal("NaN")
        wrong = 'must be a number such as 3.14, or "3.14"'
        return number if number.is_finite() else self._note(name, wrong, Decimal(0))

    def id_or_none(self, name: str) -> UUID | None:
        said = self._get(name, None, None, needed=False)
        try:
            return None if said is None else UUID(said if isinstance(said, str) else "")
        except ValueError:
            return self._note(name, "must be an id, or left out", None)

    def one_of(self, name: str, kinds: type[E], usual: E | None = None) -> E | None:
        """None for what is none of *kinds*."""
        said = self._get(name, usual, None)
        if said is None or isinstance(said, kinds):
            return said
        known = ", ".join(str(one.value) for one in kinds)
        found = next((one for one in kinds if one.value == said), None)
        return found or self._note(name, f"must be one of {known}", None)

    def part(self, name: str, *, needed: bool = True) -> "Fields":
        said = self._get(name, None, {}, needed=needed)
        inside = Fields.of({} if said is None else said, self._at(name))
        self._within.append(inside)
        return inside

    def parts(self, name: str, usual: Sequence[object] | None = None) -> list["Fields"]:
        said = self._list(name, usual)
        inside = [Fields.of(one, f"{self._at(name)}[{n}]") for n, one in enumerate(said)]
        self._within.extend(inside)
        return inside

    def _list(self, name: str, usual: Sequence[object] | None) -> Sequence[object]:
        said = self._get(name, usual, ())
        if isinstance(said, list | tuple) and len(said) <= _MOST:
            return said
        return self._note(name, f"must be a list, of {_MOST} at most", ())

    def _get(self, name: str, usual: object, instead: object, *, needed: bool = True) -> object:
        self._asked.add(name)
        said = self._said.get(name)
        if said is not None:
            return said
        if usual is None and needed:
            return self._note(name, "is missing", instead)
        return usual

    def _note(self, name: str, wrong: str, instead: V) -> V:
        self._wrong.append(Problem(self._at(name), wrong))
        return instead

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _number_text(said: object) -> str:
    """A number's own text; that of a float is the shortest one that means it."""
    if isinstance(said, bool) or not isinstance(said, str | int | float | Decimal | Fraction):
        return ""
    text = str(said) if not isinstance(said, int) or abs(said) < 10**_LONGEST_NUMBER else ""
    return text if len(text) <= _LONGEST_NUMBER else ""
