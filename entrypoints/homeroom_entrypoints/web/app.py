"""The web application: routes, documentation, and the gate around them."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp
from swagger_ui_bundle import swagger_ui_path

from homeroom.kernel.rates import Rate
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.door import AnyBody, ApiRequest, Door, Doorkeeper, provide_actor
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

_ASSETS = "/docs/assets"


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
        dependencies={"actor": Provide(provide_actor, sync_to_thread=False)},
    )
    return Litestar(
        [api, live, ready, metrics, *_assets(web.docs)],
        dependencies={
            "homeroom": _given(homeroom),
            "doorkeeper": _given(keeper),
            "numbers": _given(numbers),
        },
        request_class=AnyBody,
        exception_handlers=HANDLERS,
        request_max_body_size=web.body_limit_bytes,
        cors_config=_cors(web.cors_origins),
        openapi_config=_openapi(web.root_path) if web.docs else None,
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


def _assets(docs: bool) -> list[Router]:
    """Swagger UI from the installed package: no other host is asked."""
    if not docs:
        return []
    directory = Path(swagger_ui_path)
    return [create_static_files_router(_ASSETS, directories=[directory], include_in_schema=False)]


def _openapi(root_path: str) -> OpenAPIConfig:
    assets = root_path + _ASSETS
    swagger = SwaggerRenderPlugin(
        js_url=f"{assets}/swagger-ui-bundle.js",
        css_url=f"{assets}/swagger-ui.css",
        standalone_preset_js_url=f"{assets}/swagger-ui-standalone-preset.js",
        favicon=f'<link rel="icon" href="{assets}/favicon-32x32.png">',
        path="/",
    )
    return OpenAPIConfig(
        title="Homeroom",
        version=version("homeroom"),
        servers=[Server(url=root_path or "/")],
        path="/docs",
        render_plugins=[swagger],
        security=[{"ApiKey": []}, {"Bearer": []}],
        components=Components(
            security_schemes={
                "ApiKey": SecurityScheme(
                    type="apiKey", name="X-API-Key", security_scheme_in="header"
                ),
                "Bearer": SecurityScheme(type="http", scheme="bearer"),
            }
        ),
    )
