"""`homeroom secrets`: keys that only the operator of a house needs."""

from collections.abc import Callable, Mapping

import click

from homeroom_entrypoints.cli.running import (
    as_json,
    long_work,
    operator,
    show_answer,
    with_homeroom,
)
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.identity import new_signing_key
from homeroom_entrypoints.composition.sending import new_sealing_key
from homeroom_entrypoints.web.wire import Wire

_MAKERS: Mapping[str, Callable[[], str]] = {"sealing": new_sealing_key, "signing": new_signing_key}


@click.group(help="Make what a house keeps its secrets with.")
def secrets() -> None: ...


@secrets.command(
    "new-key",
    help="Make a key for HOMEROOM_SEALING__KEYS, or for HOMEROOM_SIGNING__KEYS with --kind "
    "signing; put it before the others.",
)
@click.option("--kind", type=click.Choice([*_MAKERS]), default="sealing", show_default=True)
def new_key(kind: str) -> None:
    click.echo(_MAKERS[kind]())


class SealedAgain(Wire, frozen=True):
    targets: int
    people: int


@secrets.command(help="Seal anew, under the newest key, all that an older one sealed.")
@as_json
@with_homeroom
async def reseal(homeroom: Homeroom, as_json: bool) -> None:
    by = await operator(homeroom)
    with long_work("Targets of tasks are sealed anew") as done:
        targets = await homeroom.scheduling.seal_again(by, done)
    with long_work("Secrets about people are sealed anew") as done:
        people = await homeroom.people.seal_again(by, done)
    told = (
        f"Sealed under the newest key: {targets} targets of tasks, {people} secrets about people."
    )
    show_answer(SealedAgain(targets=targets, people=people), [], as_json=as_json, empty=told)
