"""Questions: what they ask, and the life they lead until and after they are served."""

import enum
from collections.abc import Iterator
from datetime import datetime
from typing import Self

import attrs

from homeroom.exams.errors import BadQuestion, QuestionElsewhere
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.web import is_web
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId, new_id
from homeroom.published.exams import QuestionActivated, QuestionRetired, QuestionRevised

_LONGEST_STEM, _LONGEST_EXPLANATION, _LONGEST_TAG, _MOST_TAGS, _MOST_SOURCES = (
    5000,
    5000,
    50,
    20,
    10,
)


class QuestionStatus(enum.Enum):
    """Where a question is in its life."""

    DRAFT = "draft"
    IN_REVIEW = "inReview"
    NEEDS_REVISION = "needsRevision"
    ACTIVE = "active"
    """It may be served: the only one of which that is true."""

    RETIRED = "retired"
    REJECTED = "rejected"
    """For good."""


_LONGEST_REFERENCE, _LONGEST_NOTE = 200, 2000
_UNWRITTEN = frozenset({QuestionStatus.DRAFT, QuestionStatus.NEEDS_REVISION})
OVER = frozenset({QuestionStatus.RETIRED, QuestionStatus.REJECTED})


@attrs.frozen
class Source:
    """Where to read why the answer is right."""

    title: str
    url: str = ""


@attrs.frozen(kw_only=True)
class Content:
    """What somebody wrote: one edition of a question, which never changes."""

    stem: str
    body: Body
    explanation: str = ""
    difficulty: int = 3
    """From 1, easy, to 5."""

    tags: frozenset[str] = frozenset()
    sources: tuple[Source, ...] = ()
    media_url: str = ""

    def expect_sound(self) -> None:
        """Raises `BadQuestion` with all that is wrong."""
        if problems := [*self._problems(), *self.body.problems()]:
            raise BadQuestion(problems=problems)

    def _problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.stem.strip()) <= _LONGEST_STEM:
            yield Problem("stem", f"write 1 to {_LONGEST_STEM} characters")
        if len(self.explanation) > _LONGEST_EXPLANATION:
            yield Problem("explanation", f"write at most {_LONGEST_EXPLANATION} characters")
        if not 1 <= self.difficulty <= 5:
            yield Problem("difficulty", "must be from 1, easy, to 5")
        if len(self.tags) > _MOST_TAGS or not all(1 <= len(t) <= _LONGEST_TAG for t in self.tags):
            yield Problem(
                "tags", f"give at most {_MOST_TAGS}, each of 1 to {_LONGEST_TAG} characters"
            )
        if len(self.sources) > _MOST_SOURCES:
            yield Problem("sources", f"give at most {_MOST_SOURCES}")
        for number, source in enumerate(self.sources):
            if not source.title.strip() or (source.url and not is_web(source.url)):
                yield Problem(f"sources[{number}]", "needs a title, and an https address if any")
        if self.media_url and not is_web(self.media_url):
            yield Problem("mediaUrl", "must be an https address")


@attrs.define(kw_only=True)
class Question(Aggregate):
    """A question of one exam. Each change of what it says is another edition."""

    id: QuestionId
    institution_id: InstitutionId
    exam_id: ExamId
    objective_id: ObjectiveId
    content: Content
    edition: int = 1
    status: QuestionStatus = QuestionStatus.DRAFT
    note: str = ""
    """What the last reviewer had to say."""

    reference: str | None = None
    """What it is called elsewhere: whoever brings it in again changes it, and adds no other."""

    created_at: datetime

    @classmethod
    def draft(
        cls,
        institution_id: InstitutionId,
        exam_id: ExamId,
        objective_id: ObjectiveId,
        content: Content,
        *,
        at: datetime,
        reference: str | None = None,
    ) -> Self:
        """Raises `BadQuestion`."""
        content.expect_sound()
        if reference is not None and not _is_reference(reference):
            wrong = f"must be of 1 to {_LONGEST_REFERENCE} characters, in one line"
            raise BadQuestion(problems=[Problem("reference", wrong)])
        return cls(
            id=QuestionId(new_id()),
            institution_id=institution_id,
            exam_id=exam_id,
            objective_id=objective_id,
            content=content,
            reference=reference,
            created_at=at,
        )

    @property
    def is_served(self) -> bool:
        return self.status is QuestionStatus.ACTIVE

    def revise(self, content: Content, *, at: datetime) -> None:
        """What it says from now on. Who was served an edition before keeps it.

        Raises `BadQuestion`, or `QuestionElsewhere` once its life is over.
        """
        self._expect(frozenset(QuestionStatus) - OVER)
        content.expect_sound()
        if content == self.content:
            return
        self.content = content
        self.edition += 1
        if self.is_served:
            self.record(
                QuestionRevised(
                    occurred_at=at,
                    institution_id=self.institution_id,
                    question_id=self.id,
                    edition=self.edition,
                )
            )

    def move(self, objective_id: ObjectiveId) -> None:
        """It asks for another objective of the same exam."""
        self._expect(frozenset(QuestionStatus) - OVER)
        self.objective_id = objective_id

    def submit(self) -> None:
        """Whoever reviews may look at it now."""
        self._expect(_UNWRITTEN)
        self.status = QuestionStatus.IN_REVIEW

    def send_back(self, note: str) -> None:
        """It is not good enough yet, and *note* says why. Raises `BadQuestion` without one."""
        self._expect(frozenset({QuestionStatus.IN_REVIEW}))
        self.status, self.note = QuestionStatus.NEEDS_REVISION, _reason(note)

    def reject(self, note: str) -> None:
        """It will never do, and *note* says why. Raises `BadQuestion` without one."""
        self._expect(frozenset({QuestionStatus.IN_REVIEW}))
        self.status, self.note = QuestionStatus.REJECTED, _reason(note)

    def activate(self, *, at: datetime, note: str = "") -> None:
        """A reviewer says that it may be served."""
        self._expect(frozenset({QuestionStatus.IN_REVIEW}))
        self.status, self.note = QuestionStatus.ACTIVE, _remark(note)
        self.record(
            QuestionActivated(
                occurred_at=at,
                institution_id=self.institution_id,
                question_id=self.id,
                edition=self.edition,
            )
        )

    def retire(self, *, at: datetime) -> None:
        """It is served to nobody new; whoever sits with it goes on."""
        self._expect(frozenset({QuestionStatus.ACTIVE}))
        self.status = QuestionStatus.RETIRED
        self.record(
            QuestionRetired(occurred_at=at, institution_id=self.institution_id, question_id=self.id)
        )

    def _expect(self, allowed: frozenset[QuestionStatus]) -> None:
        if self.status not in allowed:
            wanted = " or ".join(sorted(one.value for one in allowed))
            raise QuestionElsewhere(
                f"This question is {self.status.value}; only what is {wanted} can do this."
            )


def _is_reference(text: str) -> bool:
    return 1 <= len(text.strip()) <= _LONGEST_REFERENCE and text.isprintable()


def _reason(note: str) -> str:
    if not note.strip():
        raise BadQuestion(problems=[Problem("note", "say what is wrong with it")])
    return _remark(note)


def _remark(note: str) -> str:
    if len(note) > _LONGEST_NOTE:
        problem = Problem("note", f"write at most {_LONGEST_NOTE} characters")
        raise BadQuestion(problems=[problem])
    return note
