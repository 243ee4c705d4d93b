"""`homeroom doctor`: what is configured, and what of it answers."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import click

from homeroom.kernel.errors import Refusal
from homeroom_entrypoints.cli.running import Context, as_json, pass_context, show, told_plainly
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Ping
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.settings import Settings, explain


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


async def _examined(settings: Settings) -> list[tuple[str, str, str]]:
    return [finding async for finding in _examine(settings)]


async def _examine(settings: Settings) -> AsyncIterator[tuple[str, str, str]]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        try:
            homeroom = await stack.enter_async_context(open_homeroom(settings))
        except Refusal as refusal:
            yield ("house", "missing", refusal.message)
            return
        storage = homeroom.plant.storage
        try:
            await storage.ping()
            status = await storage.schema.status()
        except Refusal as refusal:
            yield ("storage", "degraded", refusal.message)
            return
        yield ("storage", "ok", f"{settings.storage.adapter}, schema {status.current}")
        plant = homeroom.plant
        yield await _pinged("bus", plant.bus.ping, settings.bus.adapter)
        yield await _pinged("cache", plant.cache.ping, settings.cache.adapter)
        yield await _pinged("rates", plant.rates.ping, settings.web.rate_limit_store)
        if plant.carrier is not None:
            yield await _pinged("carrier", plant.carrier.ping, settings.jobs.carrier)


async def _pinged(what: str, ping: Ping, adapter: str) -> tuple[str, str, str]:
    try:
        await ping()
    except Refusal as refusal:
        return (what, "degraded", refusal.message)
    return (what, "ok", adapter)
