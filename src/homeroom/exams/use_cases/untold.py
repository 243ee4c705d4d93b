"""What a file has no room for stays as it was when a question is brought in again."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content
from homeroom.exams.model.written import ShortAnswer
from homeroom.exams.ports.formats import Holds, Trait

_FIELDS = {
    Trait.EXPLANATION: "explanation",
    Trait.DIFFICULTY: "difficulty",
    Trait.TAGS: "tags",
    Trait.SOURCES: "sources",
    Trait.MEDIA: "media_url",
}
_Choice = TypeVar("_Choice", Single, Multiple)


def with_the_untold(said: Content, before: Content, holds: Holds) -> Content:
    """*said*, with what *holds* has no room for as it was in *before*."""
    untold = {
        field: getattr(before, field) for trait, field in _FIELDS.items() if not _told(trait, holds)
    }
    return attrs.evolve(said, body=_body(said.body, before.body, holds), **untold)


def _told(trait: Trait, holds: Holds) -> bool:
    return trait in holds.traits


def _body(said: Body, before: Body, holds: Holds) -> Body:
    match said, before:
        case (Single(), Single()):
            return _choice(said, before, holds)
        case (Multiple(), Multiple()):
            return _marked(_choice(said, before, holds), before, holds)
        case (TrueFalse(), TrueFalse()) if not _told(Trait.HINTS, holds):
            return attrs.evolve(said, why_true=before.why_true, why_false=before.why_false)
        case (ShortAnswer(), ShortAnswer()) if not _told(Trait.CASE, holds):
            return attrs.evolve(said, case_matters=before.case_matters)
    return said if _told(Trait.IDS, holds) else _arranged(said, before)


def _arranged(said: Body, before: Body) -> Body:
    """With the ids that the same texts had."""
    match said, before:
        case (Matching(), Matching()):
            targets = _ids(before.targets)
            named = {one.id: targets.get(one.text, one.id) for one in said.targets}
            return Matching(
                premises=_named(said.premises, _ids(before.premises)),
                targets=_named(said.targets, targets),
                pairs=tuple(named[one] for one in said.pairs),
            )
        case (Ordering(), Ordering()):
            return Ordering(items=_named(said.items, _ids(before.items)))
    return said


def _choice(said: _Choice, before: _Choice, holds: Holds) -> _Choice:
    known = {option.text: option for option in before.options}
    options = (_option(one, known.get(one.text, one), holds) for one in said.options)
    return attrs.evolve(said, options=tuple(options))


def _option(said: Option, before: Option, holds: Holds) -> Option:
    return attrs.evolve(
        said,
        id=said.id if _told(Trait.IDS, holds) else before.id,
        explanation=said.explanation if _told(Trait.HINTS, holds) else before.explanation,
    )


def _marked(said: Multiple, before: Multiple, holds: Holds) -> Multiple:
    """As it was marked before, if the same options are right: files tell weights instead."""
    if (
        _told(Trait.MARKING, holds)
        or before.marking is Marking.WEIGHTED
        or frozenset(said.key) != frozenset(before.key)
    ):
        return said
    worths = {option.id: option.worth for option in before.options}
    options = (attrs.evolve(one, worth=worths.get(one.id, one.worth)) for one in said.options)
    return Multiple(options=tuple(options), marking=before.marking)


def _ids(parts: Sequence[Part]) -> Mapping[str, str]:
    return {part.text: part.id for part in parts}


def _named(parts: Sequence[Part], ids: Mapping[str, str]) -> tuple[Part, ...]:
    return tuple(attrs.evolve(part, id=ids.get(part.text, part.id)) for part in parts)
