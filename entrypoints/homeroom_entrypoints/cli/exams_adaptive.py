"""`homeroom exams adaptive`, `pool` and `calibrate`: tests that adapt, and what they choose of."""

import sys
from collections.abc import Iterator
from datetime import timedelta

import attrs
import click
from msgspec import UNSET

from homeroom.exams.errors import SittingExpired
from homeroom.exams.model.adaptive.rules import MOST_ITEMS, Rules
from homeroom.exams.model.adaptive.sheets import AdaptiveSheet
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Invalid
from homeroom.kernel.ids import QuestionId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_here import as_somebody, exam_called, somebody
from homeroom_entrypoints.cli.exams_take import something_to_read
from homeroom_entrypoints.cli.exams_words import Unclear, left, read, told
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.adaptive_wire import (
    AdaptiveAnswer,
    CalibrationAnswer,
    OutcomeAnswer,
    PoolAnswer,
    PoolEntryAnswer,
)
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.sheets_wire import ServedQuestion

_USUAL = Rules()
_HELP = """\
Answer with the number before a choice, or with several, such as: 1 3
A word or a number that is asked for is typed as it is; put = before it if it is one of these:
  s  stop here, and say what it came to     q  leave; what you answered is kept
  ?  this help"""
_VERDICTS = {
    "passed": "Passed",
    "failed": "Not passed",
    "unsettled": "Too close to say whether it is a pass",
}


@click.command(help="Take an adaptive test: each question follows from the answers before it.")
@click.argument("exam", metavar="EXAM")
@as_somebody
@click.option(
    "--most",
    type=click.IntRange(1, MOST_ITEMS),
    default=_USUAL.most,
    show_default=True,
    help="So many questions are enough.",
)
@click.option(
    "--standard-error",
    type=click.FloatRange(0, 2),
    default=_USUAL.error,
    show_default=True,
    help="Small enough to stop at; 0 is never.",
)
@with_homeroom
async def adaptive(
    homeroom: Homeroom, exam: str, user_name: str | None, most: int, standard_error: float
) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    rules = attrs.evolve(_USUAL, fewest=min(_USUAL.fewest, most), most=most, error=standard_error)
    sheet = await homeroom.exams.adaptive.begin(actor, found.id, rules)
    click.echo(f"{found.outline.name}: at most {sheet.sitting.terms.rules.most} questions.")
    await _Seat(homeroom, actor, sheet).sit()


@click.command(help="The questions that adaptive tests choose from, and what is known of them.")
@click.argument("exam", metavar="EXAM")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def pool(
    homeroom: Homeroom, exam: str, limit: int, cursor: str | None, as_json: bool
) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    page = CursorRequest(read_cursor(cursor), limit)
    entries = await homeroom.exams.adaptive.see_pool(actor, found.id, page)
    rows = [PoolEntryAnswer.of(one) for one in entries.items]
    answer = PoolAnswer(data=rows, next_cursor=write_cursor(entries.next))
    show_answer(answer, [_row(one) for one in rows], as_json=as_json, empty="No active questions.")


@click.command(help="Have a worker learn what the questions are like from tests that are over.")
@click.argument("exam", metavar="EXAM")
@as_json
@with_homeroom
async def calibrate(homeroom: Homeroom, exam: str, as_json: bool) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    job_id = await homeroom.exams.adaptive.calibrate(actor, found.id)
    show_answer(CalibrationAnswer(job_id), [{"job": job_id}], as_json=as_json)


@attrs.define
class _Seat:
    """Somebody at a terminal, or a script in their place, and the question that waits."""

    homeroom: Homeroom
    actor: Actor
    sheet: AdaptiveSheet

    async def sit(self) -> None:
        """Ask until it is over or they leave; what they answer is kept at once."""
        while (question := AdaptiveAnswer.of(self.sheet).question) is not None:
            self._ask(question)
            try:
                typed = await self._typed()
                if typed is None:
                    click.echo("What you answered is kept. Time goes on; take it again to go on.")
                    return
                await self._obey(question, typed)
            except SittingExpired:
                click.echo("Time is up.")
                self.sheet = await self.homeroom.exams.adaptive.leave(
                    self.actor, self.sheet.sitting.id
                )
        _show(AdaptiveAnswer.of(self.sheet))

    @property
    def _time_left(self) -> timedelta:
        return self.sheet.sitting.ends_at - self.homeroom.plant.ambient.clock.now()

    def _ask(self, question: ServedQuestion) -> None:
        number = len(self.sheet.sitting.steps)
        click.echo(f"\nQuestion {number} · {left(self._time_left)} left")
        for line in told(question):
            click.echo(line)
        click.echo("> ", nl=False)

    async def _typed(self) -> str | None:
        """What is typed next; None if they leave. Raises `SittingExpired`."""
        try:
            await something_to_read(self._time_left)
        except TimeoutError:
            raise SittingExpired from None
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            click.echo(line.rstrip("\n"))
        return None if not line or line.strip() == "q" else line.strip()

    async def _obey(self, question: ServedQuestion, typed: str) -> None:
        use_cases, sitting_id = self.homeroom.exams.adaptive, self.sheet.sitting.id
        if typed in ("?", ""):
            click.echo(_HELP)
            return
        if typed == "s":
            self.sheet = await use_cases.leave(self.actor, sitting_id)
            return
        try:
            said = tuple(read(question, typed.removeprefix("=").strip()))
            about = QuestionId(question.id)
            self.sheet = await use_cases.answer(self.actor, sitting_id, about, said)
        except (Unclear, Invalid) as refusal:
            click.echo(getattr(refusal, "message", str(refusal)))


def _show(answer: AdaptiveAnswer) -> None:
    if answer.outcome is not UNSET:
        for line in _told(answer.answered_count, answer.outcome):
            click.echo(line)


def _told(count: int, outcome: OutcomeAnswer) -> Iterator[str]:
    yield f"\n{_VERDICTS[outcome.verdict]}, after {count} answer{'s' * (count != 1)}."
    reach = f"from {outcome.low:+.2f} to {outcome.high:+.2f}"
    yield f"Ability {outcome.ability:+.2f} ({reach}); {outcome.cut:+.2f} passes."


def _row(entry: PoolEntryAnswer) -> dict[str, object]:
    return {
        "question": QuestionId(entry.question_id),
        "edition": entry.edition,
        "known": entry.source,
        "a": f"{entry.a:.2f}",
        "b": f"{entry.b:+.2f}",
        "± b": None if entry.b_error is None else f"{entry.b_error:.2f}",
        "answers": entry.answers,
    }
