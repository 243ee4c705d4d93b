"""The web application: its routes, and the gate around them."""

from typing import Any

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.types import ASGIApp

from homeroom.kernel.rates import Rate
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.documentation import Refusals, documentation, documentation_assets
from homeroom_entrypoints.web.door import AnyBody, ApiRequest, Door, Doorkeeper
from homeroom_entrypoints.web.errors import HANDLERS
from homeroom_entrypoints.web.gate import Gate
from homeroom_entrypoints.web.health import live, ready
from homeroom_entrypoints.web.metrics import HttpMeter, metrics
from homeroom_entrypoints.web.operations import (
    DeadLetterController,
    JobController,
    QueueController,
)
from homeroom_entrypoints.web.people import KeyController


def create_app(homeroom: Homeroom, settings: Settings, numbers: Numbers | None = None) -> ASGIApp:
    """The ASGI application over an open *homeroom*; *numbers* are this process's, if it has any."""
    numbers = numbers or Numbers(homeroom.plant, settings)
    return Gate(
        _routes(homeroom, settings, numbers),
        HttpMeter(numbers.registry),
        access_log=settings.log.access,
        hsts=settings.web.hsts,
    )


def _routes(homeroom: Homeroom, settings: Settings, numbers: Numbers) -> Litestar:
    web = settings.web
    keeper = Doorkeeper(homeroom.people.authenticate)
    door = Door(
        keeper,
        homeroom.plant.rates,
        Rate(web.rate_limit_per_minute),
        web.rate_limit_fails_open,
        Callers(web.trusted_proxies),
    )

    async def admit(request: ApiRequest) -> None:
        # A bound method would be deep-copied with all it is bound to.
        await door.admit(request)

    api = Router(
        "/api/v1",
        route_handlers=[KeyController, JobController, DeadLetterController, QueueController],
        before_request=admit,
    )
    assets = [documentation_assets()] if web.docs else []
    return Litestar(
        [api, live, ready, metrics, *assets],
        dependencies={
            "homeroom": _given(homeroom),
            "doorkeeper": _given(keeper),
            "numbers": _given(numbers),
        },
        request_class=AnyBody,
        exception_handlers=HANDLERS,
        request_max_body_size=web.body_limit_bytes,
        cors_config=_cors(web.cors_origins),
        openapi_config=documentation(web.root_path) if web.docs else None,
        plugins=[Refusals()],
        logging_config=None,
    )


def _given(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False, use_cache=True)


def _cors(origins: tuple[str, ...]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Trace-Id"],
        expose_headers=["X-Trace-Id", "Retry-After"],
    )
