"""How questions are printed for learners: JSON, in pieces that are joined without a look inside."""

from collections.abc import Iterator, Sequence

import msgspec

from homeroom.exams.model.answers import Kind
from homeroom.exams.model.arranged import Matching, Part
from homeroom.exams.model.forms import Item
from homeroom.exams.model.papers import Press, Printed
from homeroom.exams.model.questions import Content
from homeroom.exams.model.sheets import choices_of
from homeroom.kernel.ids import QuestionId, SittingId

_TRUE_OR_FALSE = {"true": "True", "false": "False"}
_write = msgspec.json.Encoder().encode


def press() -> Press:
    """The one whose layout the API describes as `PaperAnswer`."""
    return Press(layout="json-1", printed=_printed, bound=_bound)


def _printed(question_id: QuestionId, content: Content) -> Printed:
    """Fields are named one by one: what is not named here is never told."""
    body = content.body
    fixed = body.kind is Kind.TRUE_FALSE
    texts = _TRUE_OR_FALSE if fixed else choices_of(body)
    premises = body.premises if isinstance(body, Matching) else ()
    told = {
        "id": question_id,
        "type": body.kind.value,
        "text": content.stem,
        "mediaUrl": content.media_url or None,
        "premises": [_choice(one) for one in premises],
    }
    choices = {name: _write({"id": name, "text": text}) for name, text in texts.items()}
    head = _write(told)[1:-1] + b',"answers":['
    if fixed:  # in the one order that everybody knows
        return Printed(head + b",".join(choices.values()), {})
    return Printed(head, choices)


def _choice(part: Part) -> dict[str, str]:
    return {"id": part.id, "text": part.text}


def _bound(sitting_id: SittingId, questions: Sequence[tuple[Item, Printed]]) -> Sequence[bytes]:
    """Few and shared pieces: each costs its share of every answer."""
    begins = b'{"testId":' + _write(sitting_id) + b',"questions":['
    return [begins, *_pieces(questions), b"]}]}" if questions else b"]}"]


def _pieces(questions: Sequence[tuple[Item, Printed]]) -> Iterator[bytes]:
    every = {item.objective_id for item, _ in questions}
    opens = {one: b'{"objectiveId":' + _write(one) + b"," for one in every}
    follows = {one: b"]}," + opening for one, opening in opens.items()}
    joint = opens
    for item, printed in questions:
        yield joint[item.objective_id]
        yield printed.head
        for place, name in enumerate(item.order):
            if place:
                yield b","
            yield printed.choices[name]
        joint = follows
