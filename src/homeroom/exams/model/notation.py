"""Questions and exams as plain JSON values, and back: one form for stores, files and the wire.

    {"stem": "2 + 2?", "body": {"kind": "numeric", "ranges": [{"low": "4", "high": "4"}]}}

Exact numbers are texts, such as "1/2" or "3.14"; numbers are understood too. What may be left
out, is. Whoever reads is told of everything that is wrong at once, unknown fields too. That
something can be read does not make it sound: ask `Content.expect_sound`.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from homeroom.exams.errors import BadExam, BadQuestion
from homeroom.exams.model.answers import ALL, NOTHING, Kind
from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.catalogue import Objective, Outline, Terms
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.reading import Fields
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer
from homeroom.kernel.ids import ObjectiveId, new_id

Said = dict[str, Any]

_MINUTE, _MOST_MINUTES = timedelta(minutes=1), 1_000_000


def content_said(content: Content) -> Said:
    said = _but_for_nothing(
        explanation=content.explanation,
        tags=sorted(content.tags),
        sources=[_but_for_nothing(title=one.title, url=one.url) for one in content.sources],
        mediaUrl=content.media_url,
    )
    body = body_said(content.body)
    return {"stem": content.stem, "body": body, "difficulty": content.difficulty, **said}


def read_content(said: object) -> Content:
    """Raises `BadQuestion` with all that cannot be understood."""
    fields = Fields.of(said)
    content = _content(fields)
    if fields.problems:
        raise BadQuestion(problems=fields.problems)
    return content


def body_said(body: Body) -> Said:
    return {"kind": body.kind.value, **_parts_said(body)}


def read_body(said: object) -> Body:
    """Raises `BadQuestion` with all that cannot be understood."""
    fields = Fields.of(said, "body")
    body = _body(fields)
    if fields.problems:
        raise BadQuestion(problems=fields.problems)
    return body


def outline_said(outline: Outline) -> Said:
    terms = outline.terms
    return {
        "code": outline.code,
        "name": outline.name,
        "description": outline.description,
        "objectives": [_objective_said(one) for one in outline.objectives],
        "terms": {
            "questions": terms.questions,
            "timeLimitMinutes": terms.time_limit // _MINUTE,
            "passingScore": str(terms.passing),
            "attempts": terms.attempts,
        },
    }


def read_outline(said: object) -> Outline:
    """Objectives without an id are given one. Raises `BadExam` with all that is not understood."""
    fields = Fields.of(said)
    outline = _outline(fields)
    if fields.problems:
        raise BadExam(problems=fields.problems)
    return outline


def _parts_said(body: Body) -> Said:
    match body:
        case Single() | Multiple() | TrueFalse():
            return _choice_said(body)
        case ShortAnswer():
            accepted = [_accepted_said(one) for one in body.accepted]
            return {"accepted": accepted, "caseMatters": body.case_matters}
        case Numeric():
            return {"ranges": [_range_said(one) for one in body.ranges]}
        case Matching():
            premises, targets = map(_things_said, (body.premises, body.targets))
            return {"premises": premises, "targets": targets, "pairs": list(body.pairs)}
        case Ordering():
            return {"items": _things_said(body.items)}


def _choice_said(body: Single | Multiple | TrueFalse) -> Said:
    if isinstance(body, TrueFalse):
        why = _but_for_nothing(whyTrue=body.why_true, whyFalse=body.why_false)
        return {"isTrue": body.is_true, **why}
    options = [_option_said(one) for one in body.options]
    marking = {"marking": body.marking.value} if isinstance(body, Multiple) else {}
    return {"options": options, **marking}


def _option_said(option: Option) -> Said:
    said = {"id": option.id, "text": option.text, "worth": str(option.worth)}
    return {**said, **_explained(option)}


def _accepted_said(one: Accepted) -> Said:
    return {"text": one.text, "worth": str(one.worth), **_explained(one)}


def _range_said(one: Range) -> Said:
    said = {"low": str(one.low), "high": str(one.high), "worth": str(one.worth)}
    return {**said, **_explained(one)}


def _things_said(things: tuple[Part, ...]) -> list[Said]:
    return [{"id": one.id, "text": one.text} for one in things]


def _objective_said(one: Objective) -> Said:
    said = {"id": str(one.id), "code": one.code, "name": one.name, "weight": str(one.weight)}
    return said if one.parent_id is None else {**said, "parent": str(one.parent_id)}


def _explained(one: Option | Accepted | Range) -> Said:
    return _but_for_nothing(explanation=one.explanation)


def _but_for_nothing(**said: object) -> Said:
    return {name: value for name, value in said.items() if value}


def _content(fields: Fields) -> Content:
    return Content(
        stem=fields.text("stem"),
        body=_body(fields.part("body")),
        explanation=fields.text("explanation", ""),
        difficulty=fields.whole("difficulty", 3),
        tags=frozenset(fields.texts("tags", ())),
        sources=tuple(map(_source, fields.parts("sources", ()))),
        media_url=fields.text("mediaUrl", ""),
    )


def _source(fields: Fields) -> Source:
    return Source(title=fields.text("title"), url=fields.text("url", ""))


def _body(fields: Fields) -> Body:
    kind = fields.one_of("kind", Kind)
    if kind is None:
        fields.pass_over()
        return Ordering(items=())
    return _READ[kind](fields)


def _single(fields: Fields) -> Body:
    return Single(options=tuple(map(_option, fields.parts("options"))))


def _multiple(fields: Fields) -> Body:
    return Multiple(
        options=tuple(map(_option, fields.parts("options"))),
        marking=fields.one_of("marking", Marking, Marking.ALL_OR_NOTHING) or Marking.ALL_OR_NOTHING,
    )


def _true_false(fields: Fields) -> Body:
    return TrueFalse(
        is_true=fields.truth("isTrue"),
        why_true=fields.text("whyTrue", ""),
        why_false=fields.text("whyFalse", ""),
    )


def _short_answer(fields: Fields) -> Body:
    return ShortAnswer(
        accepted=tuple(map(_accepted, fields.parts("accepted"))),
        case_matters=fields.truth("caseMatters", False),
    )


def _numeric(fields: Fields) -> Body:
    return Numeric(ranges=tuple(map(_range, fields.parts("ranges"))))


def _matching(fields: Fields) -> Body:
    return Matching(
        premises=tuple(map(_part, fields.parts("premises"))),
        targets=tuple(map(_part, fields.parts("targets"))),
        pairs=fields.texts("pairs"),
    )


def _ordering(fields: Fields) -> Body:
    return Ordering(items=tuple(map(_part, fields.parts("items"))))


_READ: Mapping[Kind, Callable[[Fields], Body]] = {
    Kind.SINGLE: _single,
    Kind.MULTIPLE: _multiple,
    Kind.TRUE_FALSE: _true_false,
    Kind.SHORT_ANSWER: _short_answer,
    Kind.NUMERIC: _numeric,
    Kind.MATCHING: _matching,
    Kind.ORDERING: _ordering,
}


def _option(fields: Fields) -> Option:
    return Option(
        id=fields.text("id"),
        text=fields.text("text"),
        worth=fields.share("worth", NOTHING),
        explanation=fields.text("explanation", ""),
    )


def _accepted(fields: Fields) -> Accepted:
    return Accepted(
        text=fields.text("text"),
        worth=fields.share("worth", ALL),
        explanation=fields.text("explanation", ""),
    )


def _range(fields: Fields) -> Range:
    return Range(
        low=fields.number("low"),
        high=fields.number("high"),
        worth=fields.share("worth", ALL),
        explanation=fields.text("explanation", ""),
    )


def _part(fields: Fields) -> Part:
    return Part(id=fields.text("id"), text=fields.text("text"))


def _outline(fields: Fields) -> Outline:
    return Outline(
        code=fields.text("code"),
        name=fields.text("name"),
        description=fields.text("description", ""),
        objectives=tuple(map(_objective, fields.parts("objectives", ()))),
        terms=_terms(fields.part("terms", needed=False)),
    )


def _objective(fields: Fields) -> Objective:
    parent_id = fields.id_or_none("parent")
    return Objective(
        id=ObjectiveId(fields.id_or_none("id") or new_id()),
        code=fields.text("code"),
        name=fields.text("name"),
        weight=fields.share("weight", Fraction(0)),
        parent_id=None if parent_id is None else ObjectiveId(parent_id),
    )


def _terms(fields: Fields) -> Terms:
    usual = Terms()
    return Terms(
        questions=fields.whole("questions", usual.questions),
        time_limit=_minutes(fields.whole("timeLimitMinutes", usual.time_limit // _MINUTE)),
        passing=fields.number("passingScore", usual.passing),
        attempts=fields.whole_or_none("attempts"),
    )


def _minutes(count: int) -> timedelta:
    """No more than can be counted; what is sound is far less."""
    return min(max(count, 0), _MOST_MINUTES) * _MINUTE
