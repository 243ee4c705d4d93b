"""`homeroom db`: the shape of what is stored."""

import asyncio
import sys

import click

from homeroom.house import Schema, SchemaStatus
from homeroom_entrypoints.cli.running import Context, make_data_dir, pass_context, told_plainly
from homeroom_entrypoints.composition.application import storage_settings
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings


@click.group(help="See and upgrade the database's schema.")
def db() -> None: ...


@db.command(help="Bring the schema up to date; safe beside running processes.")
@pass_context
@told_plainly
def upgrade(context: Context) -> None:
    status = asyncio.run(_schema(context.settings(), upgrade=True))
    click.echo(f"The schema is at {status.current}.")


@db.command(help="Which revision the schema is at; exit code 1 if it is behind.")
@pass_context
@told_plainly
def status(context: Context) -> None:
    found = asyncio.run(_schema(context.settings(), upgrade=False))
    click.echo(f"current: {found.current or 'none'}\nwanted:  {found.wanted}")
    if not found.ready:
        click.echo("Run `homeroom db upgrade`.", err=True)
        sys.exit(1)


async def _schema(settings: Settings, *, upgrade: bool) -> SchemaStatus:
    make_data_dir(settings)
    opening = find_adapter("schema", settings.storage.adapter)
    async with opening(storage_settings(settings)) as schema:
        opened: Schema = schema
        return await (opened.upgrade() if upgrade else opened.status())
