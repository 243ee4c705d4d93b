"""`homeroom secrets`: keys that only the operator of a house needs."""

from collections.abc import Callable, Mapping

import click

from homeroom_entrypoints.composition.identity import new_signing_key
from homeroom_entrypoints.composition.sending import new_sealing_key

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
