"""Files of questions on the wire: what became of each question in them."""

from uuid import UUID

from homeroom.exams.use_cases.bringing import Arrival, Report, Row
from homeroom_entrypoints.web.wire import Wire


class WrongWire(Wire, frozen=True):
    field: str
    message: str


class RowAnswer(Wire, frozen=True, kw_only=True):
    line: int
    status: str
    question_id: UUID | None
    words: str
    """How it begins."""

    problems: list[WrongWire]

    @classmethod
    def of(cls, row: Row) -> "RowAnswer":
        return cls(
            line=row.line,
            status=row.arrival.value,
            question_id=row.question_id,
            words=row.words,
            problems=[WrongWire(one.field, one.message) for one in row.problems],
        )


class ImportAnswer(Wire, frozen=True, kw_only=True):
    """Counts are of all questions in the file; of rows, 1000 of each status are told."""

    dry_run: bool
    drafted: int
    revised: int
    unchanged: int
    refused: int
    rows: list[RowAnswer]

    @classmethod
    def of(cls, report: Report) -> "ImportAnswer":
        return cls(
            dry_run=report.dry_run,
            drafted=report.counts[Arrival.DRAFTED],
            revised=report.counts[Arrival.REVISED],
            unchanged=report.counts[Arrival.UNCHANGED],
            refused=report.counts[Arrival.REFUSED],
            rows=[RowAnswer.of(one) for one in report.rows],
        )
