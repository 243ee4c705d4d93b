"""What somebody asks of a sitting, on the wire: in our words, and in those of older clients."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from homeroom.exams.model.answers import LONGEST_ANSWER, MOST, Answer
from homeroom.exams.model.wishes import MOST_QUESTIONS, USUAL_QUESTIONS, Given, Mode, Wish
from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId, SittingId
from homeroom_entrypoints.web.wire import Wire

_Word = Annotated[str, msgspec.Meta(max_length=LONGEST_ANSWER)]
_Said = _Word | Annotated[list[_Word], msgspec.Meta(max_length=MOST)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
_Confidence = Annotated[int, msgspec.Meta(ge=1, le=5)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_QUESTIONS)]
_Difficulty = Annotated[int, msgspec.Meta(ge=1, le=5)]
_Objectives = Annotated[list[UUID], msgspec.Meta(max_length=MOST_QUESTIONS)]


_StudyMode = Literal[
    "practice",
    "sequential",
    "random",
    "incorrect",
    "review",
    "weakAreas",
    "weak_areas",
    "custom",
]


class _OfExam(Wire, frozen=True, kw_only=True):
    exam_id: UUID | None = None
    exam_id_before: UUID | None = msgspec.field(name="exam_id", default=None)
    """The same, for clients that call it so."""

    def __post_init__(self) -> None:
        if (self.exam_id is None) == (self.exam_id_before is None):
            raise ValueError("say which exam: `examId`, or `exam_id` in its place")

    @property
    def exam(self) -> ExamId:
        (said,) = filter(None, (self.exam_id, self.exam_id_before))
        return ExamId(said)


class StartTestBody(_OfExam, frozen=True, kw_only=True):
    mode: Literal["simulation"] = "simulation"


class StudyBody(_OfExam, frozen=True, kw_only=True):
    mode: _StudyMode = "practice"
    """To practise is to have questions at random, of all objectives or of those that are named;
    to review, those that are due; weak areas are the objectives that one does not know well."""

    objective_ids: _Objectives | None = None
    objective_ids_before: _Objectives | None = msgspec.field(name="objective_ids", default=None)
    difficulties: Annotated[list[_Difficulty], msgspec.Meta(max_length=5)] = msgspec.field(
        default_factory=list
    )
    question_count: _Count | None = None
    question_count_before: _Count | None = msgspec.field(name="question_count", default=None)

    @property
    def wish(self) -> Wish:
        named = self.objective_ids or self.objective_ids_before or []
        chosen = bool(named or self.difficulties)
        practised = Mode.CUSTOM if chosen else Mode.RANDOM
        return Wish(
            mode=practised if self.mode == "practice" else _called(self.mode),
            questions=self.question_count or self.question_count_before or USUAL_QUESTIONS,
            objectives=frozenset(map(ObjectiveId, named)),
            difficulties=frozenset(self.difficulties),
        )


class GivenBody(Wire, frozen=True, kw_only=True):
    answer: _Said = ""
    """Ids of what is chosen, or the text; several in a list. Nothing takes an answer back."""

    confidence: _Confidence | None = None
    time_spent: _Seconds | None = None
    time_spent_before: _Seconds | None = msgspec.field(name="time_spent", default=None)

    @property
    def given(self) -> Given:
        return Given(
            answer=_answer(self.answer),
            confidence=self.confidence,
            seconds=self.time_spent or self.time_spent_before or 0,
        )


class AnswerBody(GivenBody, frozen=True, kw_only=True):
    session_id: UUID | None = None
    session_id_before: UUID | None = msgspec.field(name="session_id", default=None)
    """The same, for clients that call it so."""

    def __post_init__(self) -> None:
        if (self.session_id is None) == (self.session_id_before is None):
            raise ValueError("say in which session: `sessionId`, or `session_id` in its place")

    @property
    def sitting(self) -> SittingId:
        (said,) = filter(None, (self.session_id, self.session_id_before))
        return SittingId(said)


class SubmitBody(Wire, frozen=True, kw_only=True):
    answers: dict[str, _Said] = msgspec.field(default_factory=dict)
    """What was not kept before, by the ids of questions. It counts if there is still time."""

    time_taken: _Seconds | None = None
    """Read and not believed: how long it took, our clock says."""

    time_taken_before: _Seconds | None = msgspec.field(name="time_taken", default=None)

    @property
    def last(self) -> dict[QuestionId, Given]:
        """Raises `Invalid`."""
        return {_question(name): Given(answer=_answer(said)) for name, said in self.answers.items()}


def _called(mode: str) -> Mode:
    """Older clients have a word of their own for weak areas."""
    return Mode.WEAK_AREAS if mode == "weak_areas" else Mode(mode)


def _answer(said: str | list[str]) -> Answer:
    if isinstance(said, str):
        return (said,) if said else ()
    return tuple(said)


def _question(name: str) -> QuestionId:
    try:
        return QuestionId(UUID(name))
    except ValueError:
        raise Invalid(
            problems=[Problem("answers", "must be told by the ids of questions")]
        ) from None
