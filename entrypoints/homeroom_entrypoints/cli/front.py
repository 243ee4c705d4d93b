"""The web half of serving. Apart, for its libraries take the longest to read."""

import asyncio

import click
import uvicorn

from homeroom_entrypoints.cli.listening import Server, bound
from homeroom_entrypoints.cli.socket_server import of_sockets
from homeroom_entrypoints.cli.starting import in_short_turns, without_collecting
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.web.app import create_app


async def serve(
    homeroom: Homeroom, settings: Settings, stop: asyncio.Event, numbers: Numbers | None = None
) -> None:
    """Answer requests until *stop*; then finish those under way."""
    in_short_turns()
    with without_collecting():
        app = create_app(homeroom, settings, numbers)
    config = uvicorn.Config(
        app,
        root_path=settings.web.root_path,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # `web.trusted_proxies` says whose headers are believed
        timeout_graceful_shutdown=int(settings.jobs.grace_seconds),
        **of_sockets(settings.web.ping_seconds),
    )
    server = Server(config)
    host, port = settings.web.host, settings.web.port
    with bound(host, port, advice="Set HOMEROOM_WEB__PORT to a free port.") as listener:
        stopping = asyncio.create_task(_stop_with(server, stop))
        click.echo(f"Homeroom answers at http://{host}:{port}")
        try:
            await server.serve([listener])
        finally:
            stopping.cancel()


async def _stop_with(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
