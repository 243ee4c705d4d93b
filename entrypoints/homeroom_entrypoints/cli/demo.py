"""`homeroom demo`: something to try Homeroom out with."""

import click
import msgspec

from homeroom_entrypoints.cli.running import as_json, long_work, operator, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.demo.bank import read_bank
from homeroom_entrypoints.demo.loading import LoadBank, Loaded
from homeroom_entrypoints.web.catalogue_wire import ExamAnswer


@click.group(help="Bring in something to try Homeroom out with.")
def demo() -> None: ...


@demo.command(help="Bring in an exam with its questions, backend-pro. What is there stays.")
@as_json
@with_homeroom
async def exams(homeroom: Homeroom, as_json: bool) -> None:
    load = LoadBank(homeroom.exams)
    with long_work("Bringing in questions"):
        loaded = await load(await operator(homeroom), read_bank())
    if as_json:
        answer = msgspec.json.encode(ExamAnswer.of(loaded.exam))
        click.echo(msgspec.json.format(answer))
    else:
        click.echo(_told(loaded))


def _told(loaded: Loaded) -> str:
    exam, outline, terms = loaded.exam, loaded.exam.outline, loaded.exam.outline.terms
    minutes = int(terms.time_limit.total_seconds()) // 60
    return (
        f"{outline.name} is {exam.status.value}: {loaded.added} questions came in, "
        f"{loaded.kept} were there.\n"
        f"It asks {terms.questions} of them, in {minutes} minutes; {terms.passing} % is a pass.\n"
        f"Take it: homeroom exams take {outline.code}"
    )
