"""Files of questions: commands of `homeroom exams`."""

from pathlib import Path
from typing import BinaryIO

import click

from homeroom.exams.use_cases.bringing import Arrival, Report, Row, Wishes
from homeroom_entrypoints.cli.exams_here import exam_called
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.exam_files import InstalledFormats
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.exam_files_wire import ImportAnswer

_exam = click.argument("exam", metavar="EXAM")
_NOTHING = "There is no question in this file."


@click.command("import", help="Bring questions in from a file; what was in it before is revised.")
@_exam
@click.argument("file", type=click.File("rb"))
@click.option("--format", "format_name", help="Told from the file's name if left out.")
@click.option("--objective", default="", help="For questions that name none: its code or name.")
@click.option("--submit", is_flag=True, help="Hand them in for review at once.")
@click.option("--dry-run", is_flag=True, help="Tell what would become of each, and keep nothing.")
@as_json
@with_homeroom
async def import_(
    homeroom: Homeroom,
    exam: str,
    file: BinaryIO,
    format_name: str | None,
    objective: str,
    submit: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    formats = InstalledFormats(homeroom.plant.ambient)
    chosen = format_name or await formats.for_file(file.name)
    wishes = Wishes(dry_run=dry_run, objective=objective, submit=submit)
    report = await homeroom.exams.import_questions(actor, found.id, chosen, file, wishes)
    rows = [_row(one) for one in report.rows if one.arrival is not Arrival.UNCHANGED]
    if rows or as_json:
        show_answer(ImportAnswer.of(report), rows, as_json=as_json)
    if not as_json:
        click.echo(_told(report))


@click.command(help="Write the questions of an exam to a file, or to the terminal.")
@_exam
@click.option("--format", "format_name", required=True, help="Such as gift, csv or qti3.")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path))
@with_homeroom
async def export(homeroom: Homeroom, exam: str, format_name: str, file: Path | None) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    taken = await homeroom.exams.export_questions(actor, found.id, format_name)
    # What was written is read again as it is: no line's end may become another one.
    with click.open_file(str(file or "-"), "wb") as target:
        async for piece in taken.pieces:
            target.write(piece)
    if left_out := sum(taken.left_out.values()):
        kinds = ", ".join(kind.value for kind in taken.left_out)
        click.echo(f"Left out, for {format_name} cannot hold them: {left_out} ({kinds}).", err=True)


def _row(row: Row) -> dict[str, object]:
    problems = "; ".join(f"{one.field}: {one.message}" for one in row.problems)
    return {
        "line": row.line,
        "what": row.arrival.value,
        "question": " ".join(row.words.split()),
        "problems": problems,
    }


def _told(report: Report) -> str:
    if not report.counts:
        return _NOTHING
    counts = ", ".join(f"{report.counts[one]} {one.value}" for one in Arrival)
    return f"{'Nothing was kept. It would be' if report.dry_run else 'Brought in'}: {counts}."
