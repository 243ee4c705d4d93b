"""`homeroom exams stats`: what an exam and its questions turned out to be like."""

import click

from homeroom.exams.model.statistics import LEAST, ExamStatistics
from homeroom.exams.use_cases.statistics import Measured
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_here import exam_called
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.statistics_wire import ExamStatisticsAnswer

_LONGEST_STEM = 40
_TOO_FEW = f"fewer than {LEAST}"


@click.command(help="Show what an exam and its questions turned out to be like, newest first.")
@click.argument("exam", metavar="EXAM")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def stats(
    homeroom: Homeroom, exam: str, limit: int, cursor: str | None, as_json: bool
) -> None:
    actor = await operator(homeroom)
    called = await exam_called(homeroom, actor, exam)
    page = CursorRequest(read_cursor(cursor), limit)
    found = await homeroom.exams.see_exam_statistics(actor, called.id, page)
    rows = [_row(one) for one in found.questions.items]
    nothing = "Nothing was counted yet."
    show_answer(ExamStatisticsAnswer.of(found), rows, as_json=as_json, empty=nothing)
    if as_json or found.whole is None:
        return
    click.echo(_told(found.whole))
    if found.questions.next is not None:
        click.echo(f"There are more: --cursor {write_cursor(found.questions.next)}")


def _told(whole: ExamStatistics) -> str:
    made = f"{whole.made_at:%Y-%m-%d %H:%M} UTC"
    figures = whole.figures
    if figures is None:
        return f"Tests counted: {whole.sittings}, {_TOO_FEW}: too few to tell more. Made {made}."
    kind = "KR-20" if figures.is_kr20 else "alpha"
    return (
        f"Tests counted: {whole.sittings}. Mean {figures.mean:.1%}, deviation "
        f"{figures.deviation:.1%}, {kind} {_number(figures.reliability)}, error of measurement "
        f"{'-' if figures.error is None else format(figures.error, '.1%')}. Made {made}."
    )


def _row(one: Measured) -> dict[str, object]:
    found, stem = one.statistics, " ".join(one.content.stem.split())
    figures = found.figures
    return {
        "id": found.question_id,
        "edition": found.edition,
        "question": stem if len(stem) <= _LONGEST_STEM else f"{stem[: _LONGEST_STEM - 1]}…",
        "asked": found.responses,
        "facility": None if figures is None else f"{figures.facility:.0%}",
        "r": None if figures is None else _number(figures.corrected),
        "D27": None if figures is None else _number(figures.discrimination),
        "flags": _TOO_FEW
        if figures is None
        else ", ".join(sorted(flag.value for flag in figures.flags)),
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
