"""`homeroom exams flagged` and `events`: what happened beside sittings."""

import uuid

import click

from homeroom.kernel.ids import SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_here import exam_called
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.integrity_wire import AllFlaggedAnswer, FlaggedAnswer, WatchedAnswer

_limit = click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)


@click.command(help="List sittings for an exam beside which much happened, newest first.")
@click.argument("exam", metavar="EXAM")
@_limit
@cursor
@as_json
@with_homeroom
async def flagged(
    homeroom: Homeroom, exam: str, limit: int, cursor: str | None, as_json: bool
) -> None:
    actor = await operator(homeroom)
    page = CursorRequest(read_cursor(cursor), limit)
    exam_id = (await exam_called(homeroom, actor, exam)).id
    found = await homeroom.exams.find_flagged(actor, page, exam_id=exam_id)
    rows = [FlaggedAnswer.of(one) for one in found.items]
    answer = AllFlaggedAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [
        {
            "id": one.sitting_id,
            "person": one.person_id,
            "points": one.points,
            "events": one.event_count,
        }
        for one in rows
    ]
    show_answer(answer, shown, as_json=as_json, empty="No sitting is flagged.")


@click.command(help="List what happened beside a sitting, newest first.")
@click.argument("sitting_id", metavar="SITTING", type=click.UUID)
@_limit
@cursor
@as_json
@with_homeroom
async def events(
    homeroom: Homeroom, sitting_id: uuid.UUID, limit: int, cursor: str | None, as_json: bool
) -> None:
    see, page = homeroom.exams.see_events, CursorRequest(read_cursor(cursor), limit)
    answer = WatchedAnswer.of(await see(await operator(homeroom), SittingId(sitting_id), page))
    rows = [
        {
            "at": one.at,
            "what": one.type.value,
            "seconds": one.seconds,
            "question": one.question_id,
        }
        for one in answer.data
    ]
    show_answer(answer, rows, as_json=as_json, empty="Nothing was told of it.")
    if not as_json and rows:
        click.echo(f"Points: {answer.points}{', flagged' if answer.is_flagged else ''}")
