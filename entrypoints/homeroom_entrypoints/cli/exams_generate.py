"""Questions that a machine writes: commands of `homeroom exams`."""

import asyncio
from contextlib import suppress
from pathlib import Path

import click

from homeroom.exams.errors import BadGeneration, ObjectiveNotFound
from homeroom.exams.model.budgets import DOLLAR
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.generations import Fate, Generation, GenerationStatus, Outcome, Wish
from homeroom.exams.use_cases.generating import WriteOrdered
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import GenerationId, ObjectiveId
from homeroom.kernel.jobs import work_names
from homeroom.kernel.queue import Handlers, Run
from homeroom_entrypoints.cli.exams_here import exam_called
from homeroom_entrypoints.cli.running import as_json, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.generations_wire import GenerationAnswer, GenerationsAnswer

_NONE = "Nothing that could be asked was found in the text."
_LATER = "A worker writes them: see `homeroom exams generations EXAM`."


@click.command(help="Have questions written about a text, and hand them in for review.")
@click.argument("exam", metavar="EXAM")
@click.option("--objective", required=True, help="What they are for: its code or its name.")
@click.option(
    "--from",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The text, in UTF-8: plain, or Markdown.",
)
@click.option("--count", default=10, show_default=True)
@click.option("--difficulty", default=3, show_default=True, help="From 1, easy, to 5.")
@click.option("--no-wait", is_flag=True, help="Leave it to a worker, and do not wait for it.")
@as_json
@with_homeroom
async def generate(
    homeroom: Homeroom,
    exam: str,
    objective: str,
    file: Path,
    count: int,
    difficulty: int,
    no_wait: bool,
    as_json: bool,
) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    wish = Wish(source=_text(file), origin=file.name, count=count, difficulty=difficulty)
    where = _objective(found, objective)
    ordered = await homeroom.exams.generate_questions(actor, found.id, where, wish)
    if not no_wait:
        ordered = await _written(homeroom, actor, ordered.id)
    rows = [_row(one) for one in ordered.outcomes]
    if rows or as_json:
        show_answer(GenerationAnswer.of(ordered), rows, as_json=as_json)
    if not as_json:
        click.echo(_told(ordered))


@click.command(help="Show the last orders for questions of an exam, newest first.")
@click.argument("exam", metavar="EXAM")
@as_json
@with_homeroom
async def generations(homeroom: Homeroom, exam: str, as_json: bool) -> None:
    actor = await operator(homeroom)
    found = await exam_called(homeroom, actor, exam)
    ordered = await homeroom.exams.find_generations(actor, found.id)
    answer = GenerationsAnswer([GenerationAnswer.of(one) for one in ordered])
    rows: list[dict[str, object]] = [
        {
            "id": one.id,
            "status": one.status.value,
            "from": one.wish.origin,
            "wanted": one.wish.count,
            "written": len(one.outcomes),
            "dollars": f"{one.cost / DOLLAR:.4f}",
            "reason": one.reason,
        }
        for one in ordered
    ]
    show_answer(answer, rows, as_json=as_json, empty="Nobody has ordered questions for it.")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem("file", "must be text in UTF-8")
        raise BadGeneration(problems=[problem]) from None


def _objective(exam: Exam, said: str) -> ObjectiveId:
    """The one of that code, or of that name. Raises `ObjectiveNotFound`, which names those."""
    asked = [one for one in exam.outline.objectives if one.id in exam.outline.weights]
    for one in asked:
        if said.casefold() in {one.code.casefold(), one.name.casefold()}:
            return one.id
    codes = ", ".join(one.code for one in asked) or "none"
    raise ObjectiveNotFound(f"There is no objective {said[:40]!r}. This exam has {codes}.")


async def _written(homeroom: Homeroom, actor: Actor, generation_id: GenerationId) -> Generation:
    """The order once it was tried: here, or by another worker that came first."""
    # Only whoever waits needs a worker.
    from homeroom_entrypoints.worker.service import Equipment, WorkerService  # noqa: PLC0415
    from homeroom_entrypoints.worker.settings import Part, WorkerSettings  # noqa: PLC0415

    plant, stop = homeroom.plant, asyncio.Event()
    equipment = Equipment(
        storage=plant.storage,
        bus=plant.bus,
        ambient=plant.ambient,
        handlers=_handlers(homeroom, generation_id, stop),
    )
    settings = WorkerSettings(parts=frozenset({Part.JOBS}), concurrency=1)
    working = asyncio.create_task(WorkerService(equipment, settings).run(stop))
    try:
        while True:
            seen = await homeroom.exams.see_generation(actor, generation_id)
            if stop.is_set() or seen.status is not GenerationStatus.WAITING:
                return seen
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await stop.wait()
    finally:
        stop.set()
        await working


def _handlers(homeroom: Homeroom, generation_id: GenerationId, stop: asyncio.Event) -> Handlers:
    """Those who write questions, and say when this order was tried."""
    _, handle = homeroom.plant.handlers.find(work_names.name_of(WriteOrdered))

    async def write(ordered: WriteOrdered, run: Run) -> None:
        try:
            await handle(ordered, run)
        finally:
            if ordered.generation_id == generation_id:
                stop.set()

    own = Handlers()
    own.add(WriteOrdered, write)
    return own


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "what": outcome.fate.value,
        "question": outcome.words,
        "remarks": " ".join(outcome.remarks),
    }


def _told(generation: Generation) -> str:
    if generation.status is GenerationStatus.FAILED:
        return f"Nothing was written: {generation.reason}"
    if generation.status is GenerationStatus.WAITING:
        return f"Ordered: {generation.id}. {_LATER}"
    if not generation.outcomes:
        return _NONE
    fates = [one.fate for one in generation.outcomes]
    counts = ", ".join(f"{fates.count(one)} {one.value}" for one in Fate)
    return f"Written: {counts}. It cost ${generation.cost / DOLLAR:.4f}."
