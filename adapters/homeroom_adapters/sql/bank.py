"""Questions and their editions, in tables, inside a unit of work."""

from collections.abc import Collection, Mapping

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import QuestionExists, QuestionNotFound, StaleQuestion
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.catalogue import changed
from homeroom_adapters.sql.exams_rows import (
    edition_cells,
    question_cells,
    question_from,
    questions_with_contents,
    read_content_text,
)
from homeroom_adapters.sql.exams_tables import question_editions, questions
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import but_for
from homeroom_adapters.sql.rows import insert_unless_taken


@attrs.frozen
class SqlQuestions:
    """The questions, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        this = (questions.c.id == question_id, *within(questions, reach))
        found = await question_where(self._connection, *this)
        if found is None:
            raise QuestionNotFound
        return found

    async def by_reference(self, exam_id: ExamId, reference: str) -> Question | None:
        if not reference.isprintable():  # none is called so, and PostgreSQL could not be asked
            return None
        this = (questions.c.exam_id == exam_id, questions.c.reference == reference)
        return await question_where(self._connection, *this)

    async def save(self, question: Question) -> None:
        await (self._insert(question) if question.version == 0 else self._update(question))
        # What is there already stays as it is: only another edition is written down.
        await insert_unless_taken(self._connection, question_editions, edition_cells(question))
        question.version += 1
        await self._outbox.put(*question.release_events())

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        return await contents_of(self._connection, wanted)

    async def _insert(self, question: Question) -> None:
        if await insert_unless_taken(self._connection, questions, question_cells(question)):
            return
        known = await question_where(self._connection, questions.c.id == question.id)
        raise QuestionExists if known is None else StaleQuestion

    async def _update(self, question: Question) -> None:
        same = (questions.c.id == question.id, questions.c.version == question.version)
        change = sa.update(questions).where(*same).values(but_for("id", question_cells(question)))
        if not await changed(self._connection, change, QuestionExists):
            raise StaleQuestion


async def question_where(
    connection: AsyncConnection, *where: sa.ColumnElement[bool]
) -> Question | None:
    wanted = questions_with_contents().where(*where)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else question_from(row)


async def contents_of(
    connection: AsyncConnection, wanted: Collection[Edition]
) -> Mapping[Edition, Content]:
    """What these editions say, in one statement."""
    if not wanted:
        return {}
    ids = question_editions.c.question_id
    which = sa.tuple_(ids, question_editions.c.edition).in_(list(wanted))
    # By pairs alone SQLite would read every row there is; ids are found by the index.
    these = sa.select(question_editions).where(ids.in_({one for one, _ in wanted}), which)
    rows = await connection.execute(these)
    return {
        (QuestionId(row.question_id), row.edition): read_content_text(row.content) for row in rows
    }
