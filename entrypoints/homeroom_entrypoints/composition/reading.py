"""How a written value becomes a typed one: cattrs, with sentences for people."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import cattrs

from homeroom_entrypoints.composition.rules import Expected, Network, network
from homeroom_entrypoints.composition.secret import Secret

T = TypeVar("T", int, float)

_WORDS = {"true": True, "yes": True, "on": True, "1": True}
_WORDS |= {"false": False, "no": False, "off": False, "0": False}


def _text(raw: object, _type: object = None) -> str:
    if not isinstance(raw, str):
        raise Expected("text in quotes")
    if not raw.isprintable():
        raise Expected("one line without control characters")
    return raw


def _number(kind: Callable[[str], T], written: type | tuple[type, ...], what: str) -> Any:
    def read(raw: object, _type: object) -> T:
        if isinstance(raw, bool) or not isinstance(raw, written):
            raise Expected(what)
        try:
            return kind(str(raw))
        except ValueError:
            raise Expected(what) from None

    return read


def _switch(raw: object, _type: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in _WORDS:
        return _WORDS[raw.strip().lower()]
    raise Expected("true or false")


def _path(raw: object, _type: object) -> Path:
    if not (text := _text(raw)):
        raise Expected("a directory, such as ./homeroom-data")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise Expected("a directory without ~: nobody's home is known here") from None


def _choice(raw: object, wanted: Any) -> str:
    words: Sequence[str] = get_args(wanted)
    if raw in words:
        return str(raw)
    close = difflib.get_close_matches(str(raw).lower(), words, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise Expected(f"one of {', '.join(words)}{hint}")


def _several(raw: object, wanted: Any) -> tuple[Any, ...]:
    """A list in TOML; in a variable, the same separated by commas."""
    if isinstance(raw, str):
        raw = [part.strip() for part in raw.split(",") if part.strip()]
    if not isinstance(raw, Sequence):
        raise Expected("a list, or values separated by commas")
    return tuple(_converter.structure(part, get_args(wanted)[0]) for part in raw)


def _made_of(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _build() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    whole = _number(int, (str, int), "a whole number in digits")
    converter.register_structure_hook(int, whole)
    converter.register_structure_hook(float, _number(float, (str, int, float), "a number"))
    converter.register_structure_hook(bool, _switch)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(Path, _path)
    converter.register_structure_hook(Secret, lambda raw, _: Secret(_text(raw)))
    converter.register_structure_hook(Network, lambda raw, _: network(_text(raw)))
    converter.register_structure_hook_func(_made_of(Literal), _choice)
    converter.register_structure_hook_func(_made_of(tuple), _several)
    return converter


_converter = _build()


def read(raw: object, kind: Any) -> Any:
    """*raw* as a *kind*. Raises `Expected`, or cattrs' own group for a whole class."""
    return _converter.structure(raw, kind)
