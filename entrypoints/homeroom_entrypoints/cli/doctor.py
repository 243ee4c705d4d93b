"""`homeroom doctor`: what is configured, and what of it answers."""

import asyncio
import sys

import click

from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Refusal
from homeroom_entrypoints.cli.running import (
    Context,
    as_json,
    make_data_dir,
    pass_context,
    show,
    told_plainly,
)
from homeroom_entrypoints.composition.application import Choice, chosen_adapters, open_ambient
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.settings import Settings, explain

Finding = tuple[str, str, str]
"""What was looked at, how it is, and what to do or to know."""


@click.command(help="Say in plain words what is missing or degraded; exit code 1 if anything is.")
@click.option("--settings", "with_settings", is_flag=True, help="List every setting too.")
@as_json
@pass_context
@told_plainly
def doctor(context: Context, with_settings: bool, as_json: bool) -> None:
    settings = context.settings()
    configure_logs(settings.log)
    found = asyncio.run(_examined(settings))
    rows = [{"what": what, "state": state, "advice": advice} for what, state, advice in found]
    show(rows, as_json=as_json, empty="")
    if with_settings:
        shown = [{"name": e.name, "value": e.value, "source": e.source} for e in explain(settings)]
        show(shown, as_json=as_json, empty="")
    if any(row["state"] != "ok" for row in rows):
        sys.exit(1)


async def _examined(settings: Settings) -> list[Finding]:
    try:
        make_data_dir(settings)
    except Refusal as refusal:
        return [("data", "missing", refusal.message)]
    async with open_ambient() as ambient:
        return [await _examine(choice, ambient) for choice in chosen_adapters(settings)]


async def _examine(choice: Choice, ambient: Ambient) -> Finding:
    """Open one adapter by itself and ask it: what ails another does not hide it."""
    state = "missing"
    try:
        async with choice.open(ambient) as adapter:
            state = "degraded"
            await adapter.ping()
            advice = choice.name
            if isinstance(adapter, Storage):
                advice += f", schema {(await adapter.schema.status()).current}"
    except Refusal as refusal:
        return (choice.port, state, refusal.message)
    return (choice.port, "ok", advice)
