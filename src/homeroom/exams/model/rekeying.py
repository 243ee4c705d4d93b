"""What was served, with the key of another edition: as it read, and judged as it should be."""

from collections.abc import Mapping
from typing import TypeVar

import attrs

from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content
from homeroom.exams.model.written import Numeric, ShortAnswer

_Choice = TypeVar("_Choice", Single, Multiple)


def rekeyed(served: Content, right: Content) -> Content | None:
    """*served* as it read, with the key and the reasons of *right*.

    None if answers to the one cannot be judged by the other: they are of another kind, or choose
    among other things.
    """
    body = _rekeyed(served.body, right.body)
    if body is None:
        return None
    return attrs.evolve(served, body=body, explanation=right.explanation, sources=right.sources)


def _rekeyed(served: Body, right: Body) -> Body | None:
    match served, right:
        case (Single() as before, Single() as key):
            return _choice(key, _options(before.options, key.options))
        case (Multiple() as before, Multiple() as key):
            return _choice(key, _options(before.options, key.options))
        case (TrueFalse(), TrueFalse()) | (ShortAnswer(), ShortAnswer()) | (Numeric(), Numeric()):
            return right
        case (Matching(), Matching()):
            return _matching(served, right)
        case (Ordering(), Ordering()):
            texts = _by_id(served.items)
            same = texts.keys() == _by_id(right.items).keys()
            return Ordering(items=tuple(texts[one] for one in right.key)) if same else None
        case _:
            return None


def _choice(right: _Choice, options: tuple[Option, ...] | None) -> _Choice | None:
    return None if options is None else attrs.evolve(right, options=options)


def _options(served: tuple[Option, ...], right: tuple[Option, ...]) -> tuple[Option, ...] | None:
    worths = {one.id: one for one in right}
    if {one.id for one in served} != worths.keys():
        return None
    return tuple(attrs.evolve(worths[one.id], text=one.text) for one in served)


def _matching(served: Matching, right: Matching) -> Matching | None:
    found = dict(zip((one.id for one in right.premises), right.pairs, strict=True))
    if found.keys() != _by_id(served.premises).keys():
        return None
    if not _by_id(served.targets).keys() >= set(right.pairs):
        return None
    return attrs.evolve(served, pairs=tuple(found[one.id] for one in served.premises))


def _by_id(parts: tuple[Part, ...]) -> Mapping[str, Part]:
    return {one.id: one for one in parts}
