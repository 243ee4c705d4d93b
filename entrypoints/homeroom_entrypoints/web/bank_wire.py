"""Questions on the wire, as authors see them: with their keys and explanations.

Nothing of this is ever answered to somebody who sits an exam; what they are served has shapes of
its own.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.exams.model.choices import Marking
from homeroom.exams.model.notation import content_said, read_content
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.use_cases.looking import QuestionInFull
from homeroom.exams.use_cases.reviewing import Approval
from homeroom_entrypoints.web.catalogue_wire import Exact
from homeroom_entrypoints.web.wire import Wire


class OptionWire(Wire, frozen=True, kw_only=True):
    id: str
    text: str
    worth: Exact = "0"
    """Its share of the mark: 1 is all of it, and less than nothing takes away."""

    explanation: str = ""


class AcceptedWire(Wire, frozen=True, kw_only=True):
    text: str
    worth: Exact = "1"
    explanation: str = ""


class RangeWire(Wire, frozen=True, kw_only=True):
    """The numbers from `low` to `high`, both included."""

    low: Exact
    high: Exact
    worth: Exact = "1"
    explanation: str = ""


class PartWire(Wire, frozen=True, kw_only=True):
    id: str
    text: str


class SingleWire(Wire, frozen=True, tag_field="kind", tag="single"):
    """One option is to be chosen: the one that is worth 1."""

    options: list[OptionWire]


class MultipleWire(Wire, frozen=True, tag_field="kind", tag="multiple"):
    """All options that are worth something are to be chosen."""

    options: list[OptionWire]
    marking: Marking = Marking.ALL_OR_NOTHING


class TrueFalseWire(Wire, frozen=True, tag_field="kind", tag="trueFalse"):
    is_true: bool
    why_true: str = ""
    why_false: str = ""


class ShortAnswerWire(Wire, frozen=True, tag_field="kind", tag="shortAnswer"):
    accepted: list[AcceptedWire]
    case_matters: bool = False


class NumericWire(Wire, frozen=True, tag_field="kind", tag="numeric"):
    ranges: list[RangeWire]


class MatchingWire(Wire, frozen=True, tag_field="kind", tag="matching"):
    """`pairs` names, for each premise in their order, the id of its target."""

    premises: list[PartWire]
    targets: list[PartWire]
    pairs: list[str]


class OrderingWire(Wire, frozen=True, tag_field="kind", tag="ordering"):
    """The items stand in the order that is right."""

    items: list[PartWire]


BodyWire = (
    SingleWire
    | MultipleWire
    | TrueFalseWire
    | ShortAnswerWire
    | NumericWire
    | MatchingWire
    | OrderingWire
)


class SourceWire(Wire, frozen=True, kw_only=True):
    title: str
    url: str = ""


class ContentBody(Wire, frozen=True, kw_only=True):
    """What a question says."""

    stem: str
    body: BodyWire
    explanation: str = ""
    difficulty: int = 3
    tags: tuple[str, ...] = ()
    sources: tuple[SourceWire, ...] = ()
    media_url: str = ""

    def content(self) -> Content:
        """Raises `BadQuestion`."""
        said = msgspec.to_builtins(self)
        fields = msgspec.structs.fields(ContentBody)
        return read_content({one.encode_name: said[one.encode_name] for one in fields})

    @classmethod
    def said(cls, content: Content) -> "ContentBody":
        return msgspec.convert(content_said(content), ContentBody)


class NewQuestionBody(ContentBody, frozen=True, kw_only=True):
    exam_id: UUID
    objective_id: UUID
    reference: str | None = None
    """What it is called elsewhere, once in its exam."""


class ObjectiveBody(Wire, frozen=True, kw_only=True):
    objective_id: UUID


class NoteBody(Wire, frozen=True, kw_only=True):
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    """What is wrong with it."""


class QuestionAnswer(Wire, frozen=True, kw_only=True):
    id: UUID
    institution_id: UUID
    exam_id: UUID
    objective_id: UUID
    status: str
    edition: int
    content: ContentBody
    reference: str | None
    note: str
    """What the last reviewer had to say."""

    created_at: datetime

    @classmethod
    def of(cls, question: Question) -> "QuestionAnswer":
        return cls(
            id=question.id,
            institution_id=question.institution_id,
            exam_id=question.exam_id,
            objective_id=question.objective_id,
            status=question.status.value,
            edition=question.edition,
            content=ContentBody.said(question.content),
            reference=question.reference,
            note=question.note,
            created_at=question.created_at,
        )


class QuestionsAnswer(Wire, frozen=True, kw_only=True):
    data: list[QuestionAnswer]
    next_cursor: str | None


class EditionAnswer(Wire, frozen=True, kw_only=True):
    edition: int
    content: ContentBody


class QuestionInFullAnswer(Wire, frozen=True, kw_only=True):
    """A question, and what it said in each of its editions, the first one first."""

    question: QuestionAnswer
    editions: list[EditionAnswer]

    @classmethod
    def of(cls, found: QuestionInFull) -> "QuestionInFullAnswer":
        editions = [
            EditionAnswer(edition=number, content=ContentBody.said(content))
            for number, content in enumerate(found.editions, start=1)
        ]
        return cls(question=QuestionAnswer.of(found.question), editions=editions)


class LeftOutAnswer(Wire, frozen=True, kw_only=True):
    question_id: UUID
    code: str
    reason: str


class ApprovalAnswer(Wire, frozen=True, kw_only=True):
    """What came of approving all that waited; unless it is whole, ask again for the rest."""

    approved: list[UUID]
    left_out: list[LeftOutAnswer]
    is_whole: bool

    @classmethod
    def of(cls, approval: Approval) -> "ApprovalAnswer":
        left_out = [
            LeftOutAnswer(question_id=one.question_id, code=one.code, reason=one.reason)
            for one in approval.left_out
        ]
        return cls(approved=list(approval.approved), left_out=left_out, is_whole=approval.is_whole)
