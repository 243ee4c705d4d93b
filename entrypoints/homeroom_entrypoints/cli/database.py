"""`homeroom db`: the shape of what is stored."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from homeroom.house import Schema, SchemaStatus
from homeroom_entrypoints.cli.running import (
    Context,
    long_work,
    make_data_dir,
    pass_context,
    told_plainly,
)
from homeroom_entrypoints.composition.application import storage_settings
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings


@click.group(help="See and upgrade the database's schema.")
def db() -> None: ...


@db.command(help="Bring the schema up to date; safe beside running processes.")
@pass_context
@told_plainly
def upgrade(context: Context) -> None:
    settings = context.settings()
    with long_work("The schema is brought up to date"):
        status = asyncio.run(_upgraded(settings))
    click.echo(f"The schema is at {status.current}.")


@db.command(help="Which revision the schema is at; exit code 1 if it is behind.")
@pass_context
@told_plainly
def status(context: Context) -> None:
    found = asyncio.run(_looked_at(context.settings()))
    click.echo(f"current: {found.current or 'none'}\nwanted:  {found.wanted}")
    if not found.ready:
        click.echo("Run `homeroom db upgrade`.", err=True)
        sys.exit(1)


async def _upgraded(settings: Settings) -> SchemaStatus:
    async with _schema(settings) as schema:
        return await schema.upgrade()


async def _looked_at(settings: Settings) -> SchemaStatus:
    async with _schema(settings) as schema:
        return await schema.status()


@asynccontextmanager
async def _schema(settings: Settings) -> AsyncIterator[Schema]:
    make_data_dir(settings)
    async with find_adapter("schema", settings.storage.adapter)(storage_settings(settings)) as it:
        schema: Schema = it
        yield schema
