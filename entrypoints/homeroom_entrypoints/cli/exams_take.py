"""`homeroom exams take` and `results`: to sit for an exam at a terminal, and what it came to."""

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import attrs
import click
from msgspec import UNSET

from homeroom.exams.errors import SittingExpired
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.wishes import MOST_QUESTIONS, USUAL_QUESTIONS, Given, Mode, Wish
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Conflict, Invalid
from homeroom.kernel.ids import QuestionId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.exams_here import as_somebody, exam_called, somebody
from homeroom_entrypoints.cli.exams_words import (
    HELP,
    Unclear,
    breakdown,
    explained,
    left,
    named,
    outcome,
    read,
    told,
)
from homeroom_entrypoints.cli.running import as_json, cursor, show, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.sheets_wire import (
    FeedbackAnswer,
    ResultAnswer,
    ServedQuestion,
    SittingAnswer,
    SittingsAnswer,
)

_TIME_IS_UP = "Time is up."


@click.command(help="Take an exam, by its code or id; or study for it, with the answers at once.")
@click.argument("exam", metavar="EXAM")
@as_somebody
@click.option("--study", is_flag=True, help="Without a time limit; say what is right at once.")
@click.option(
    "--mode",
    type=click.Choice([one.value for one in Mode if not one.is_timed]),
    help="What to study; to review is to see again what is due.",
)
@click.option(
    "--questions",
    type=click.IntRange(1, MOST_QUESTIONS),
    help=f"How many to study; {USUAL_QUESTIONS} if left out.",
)
@with_homeroom
async def take(
    homeroom: Homeroom,
    exam: str,
    user_name: str | None,
    study: bool,
    mode: str | None,
    questions: int | None,
) -> None:
    actor = await somebody(homeroom, user_name)
    found = await exam_called(homeroom, actor, exam)
    usual = Mode.RANDOM if study else Mode.SIMULATION
    wish = Wish(mode=Mode(mode) if mode else usual, questions=questions)
    sheet = await homeroom.exams.begin_sitting(actor, found.id, wish)
    count = f"{len(sheet.questions)} question{'s' * (len(sheet.questions) != 1)}"
    click.echo(f"{found.outline.name}: {count}. Type ? for help.")
    await Seat(homeroom, actor, sheet).sit()


@click.command(help="What my sittings came to, newest first; of one, each question with its key.")
@click.argument("sitting_id", type=click.UUID, required=False)
@as_somebody
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@cursor
@as_json
@with_homeroom
async def results(
    homeroom: Homeroom,
    sitting_id: uuid.UUID | None,
    user_name: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    actor = await somebody(homeroom, user_name)
    if sitting_id is not None:
        sheet = await homeroom.exams.see_result(actor, SittingId(sitting_id))
        _show_in_full(ResultAnswer.of(sheet), as_json)
        return
    page = CursorRequest(read_cursor(cursor), limit)
    found = await homeroom.exams.my_sittings(actor, page)
    rows = [SittingAnswer.of(one) for one in found.items]
    answer = SittingsAnswer(data=rows, next_cursor=write_cursor(found.next))
    show_answer(answer, [_row(one) for one in rows], as_json=as_json, empty="No sittings yet.")


class _Through(Exception):
    """They are through, or have left."""


@attrs.define
class Seat:
    """Somebody at a terminal, or a script in their place, and where in a sitting they are."""

    homeroom: Homeroom
    actor: Actor
    sheet: Sheet
    place: int = 0
    _warned: bool = attrs.field(default=False, init=False)

    async def sit(self) -> None:
        """Ask until they submit, leave, or time is up; what they answer is kept at once."""
        try:
            while True:
                self._ask()
                await self._obey((await self._typed()).strip())
        except SittingExpired:
            click.echo(_TIME_IS_UP)
            await self._end()
        except _Through:
            return

    @property
    def question(self) -> ServedQuestion:
        return ServedQuestion.of(self.sheet.questions[self.place])

    @property
    def time_left(self) -> timedelta:
        return self.sheet.summary.ends_at - self.homeroom.plant.ambient.clock.now()

    def _ask(self) -> None:
        question = self.question
        marks = [f"Question {self.place + 1} of {len(self.sheet.questions)}"]
        marks += [f"{left(self.time_left)} left"] if self.sheet.summary.mode.is_timed else []
        marks += ["flagged"] if question.is_flagged else []
        click.echo("\n" + " · ".join(marks))
        for line in told(question):
            click.echo(line)
        if question.given:
            click.echo(f"So far: {named(question, question.given)}")
        click.echo("> ", nl=False)

    async def _typed(self) -> str:
        """What is typed next. Raises `SittingExpired` if nothing is in time."""
        try:
            await something_to_read(self.time_left)
        except TimeoutError:
            raise SittingExpired from None
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            click.echo(line.rstrip("\n"))
        if not line:
            await self._leave("")
        return line

    async def _obey(self, typed: str) -> None:
        word, _, rest = typed.partition(" ")
        command = None if rest and word != "g" else self._commands().get(word or "n")
        self._warned = self._warned and word == "s"
        try:
            await (command(rest) if command else self._answer(typed.removeprefix("=").strip()))
        except (Unclear, Invalid) as refusal:
            click.echo(getattr(refusal, "message", str(refusal)))

    def _commands(self) -> Mapping[str, Callable[[str], Awaitable[None]]]:
        return {
            "n": self._next,
            "p": self._previous,
            "g": self._go,
            "f": self._flag,
            "l": self._list,
            "x": self._take_back,
            "s": self._submit,
            "q": self._leave,
            "?": self._help,
        }

    async def _answer(self, typed: str) -> None:
        await self._say(tuple(read(self.question, typed)))
        if self.question.feedback is not UNSET:
            for line in explained(self.question, self.question.feedback):
                click.echo(line)
        await self._next("")

    async def _say(self, answer: tuple[str, ...]) -> None:
        say, question = self.homeroom.exams.answer_question, QuestionId(self.question.id)
        try:
            await say(self.actor, self.sheet.summary.id, question, Given(answer=answer))
        except SittingExpired:
            raise
        except Conflict as refusal:
            raise Unclear(refusal.message) from refusal
        await self._look_again()

    async def _next(self, _: str) -> None:
        self.place = min(self.place + 1, len(self.sheet.questions) - 1)

    async def _previous(self, _: str) -> None:
        self.place = max(self.place - 1, 0)

    async def _go(self, where: str) -> None:
        if not (where.isdecimal() and 1 <= int(where) <= len(self.sheet.questions)):
            raise Unclear(f"Say which question, from 1 to {len(self.sheet.questions)}: g 7")
        self.place = int(where) - 1

    async def _flag(self, _: str) -> None:
        flag, question = self.homeroom.exams.flag_question, self.question
        about = self.actor, self.sheet.summary.id, QuestionId(question.id)
        await flag(*about, flagged=not question.is_flagged)
        await self._look_again()

    async def _list(self, _: str) -> None:
        for number, one in enumerate(map(ServedQuestion.of, self.sheet.questions), start=1):
            flag = "flagged, " if one.is_flagged else ""
            click.echo(f"{number:>4}  {flag}{named(one, one.given) or 'not answered'}")

    async def _take_back(self, _: str) -> None:
        await self._say(())

    async def _help(self, _: str) -> None:
        click.echo(HELP)

    async def _submit(self, _: str) -> None:
        places = enumerate(self.sheet.questions, start=1)
        open_ones = [str(number) for number, one in places if not one.answer]
        if open_ones and not self._warned:
            self._warned = True
            click.echo(f"Not answered yet: {', '.join(open_ones)}. To submit even so: s again.")
            return
        await self._end()
        raise _Through

    async def _leave(self, _: str) -> None:
        click.echo("What you answered is kept.")
        if self.sheet.summary.mode.is_timed:
            click.echo(f"Time goes on: {left(self.time_left)} left. Take the exam to go on.")
        raise _Through

    async def _end(self) -> None:
        sheet = await self.homeroom.exams.submit_sitting(self.actor, self.sheet.summary.id)
        _show(ResultAnswer.of(sheet))
        brought = await self.homeroom.exams.achieving.see_earnings(self.actor, sheet.summary.id)
        click.echo(f"Earned: {brought.points} points. New badges: {len(brought.badges)}.")
        click.echo(f"Each question with its key: homeroom exams results {sheet.summary.id}")

    async def _look_again(self) -> None:
        self.sheet = await self.homeroom.exams.see_sitting(self.actor, self.sheet.summary.id)


async def something_to_read(patience: timedelta) -> None:
    """Raises `TimeoutError` if nobody at the terminal types a line in time. A script need not."""
    if not sys.stdin.isatty():
        return
    typed, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        async with asyncio.timeout(patience.total_seconds()):
            await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())


def _show(result: ResultAnswer) -> None:
    click.echo("\n" + outcome(result))
    show(breakdown(result), as_json=False, empty="")


def _show_in_full(result: ResultAnswer, as_json: bool) -> None:
    show_answer(result, breakdown(result), as_json=as_json)
    if as_json:
        return
    click.echo(outcome(result))
    for number, question in enumerate(result.questions, start=1):
        click.echo(f"\n{number}. {question.text}")
        if question.given:
            click.echo(f"You said: {named(question, question.given)}")
        if isinstance(question.feedback, FeedbackAnswer):
            for line in explained(question, question.feedback):
                click.echo(line)


def _row(sitting: SittingAnswer) -> dict[str, object]:
    return {
        "id": uuid.UUID(str(sitting.id)),
        "mode": sitting.mode,
        "status": sitting.status,
        "started": sitting.started_at,
        "answered": f"{sitting.answered_count} of {sitting.question_count}",
        "score": None if sitting.score is None else f"{sitting.score:.1f} %",
        "passed": {None: None, True: "yes", False: "no"}[sitting.passed],
    }
