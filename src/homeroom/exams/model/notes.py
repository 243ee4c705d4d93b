"""What somebody who studies keeps of a question for themselves: a bookmark, and a note."""

from datetime import datetime
from typing import Annotated

import attrs

from homeroom.exams.dispute_errors import BadNote
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, InstitutionId, NoteId, PersonId, QuestionId
from homeroom.kernel.privacy import Opinion

LONGEST_NOTE = 2_000


@attrs.frozen(kw_only=True)
class Note:
    """Somebody's own, on one question; nobody else sees it."""

    id: NoteId
    person_id: PersonId
    institution_id: InstitutionId
    exam_id: ExamId
    question_id: QuestionId
    edition: int
    """Which they were served."""

    bookmarked: bool = False
    text: Annotated[str, Opinion] = ""
    at: datetime

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be kept."""
        return not (self.bookmarked or self.text)


def noted(text: str) -> str:
    """As it is kept. Raises `BadNote`."""
    stripped = text.strip()
    if len(stripped) > LONGEST_NOTE or "\0" in stripped:
        raise BadNote(problems=[Problem("note", f"must be at most {LONGEST_NOTE} characters")])
    return stripped
