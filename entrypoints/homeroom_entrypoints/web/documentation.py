"""What the service says of itself: its description for machines, and a page to read it on."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIHeader,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
    SecurityScheme,
    Server,
)
from litestar.plugins.base import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.static_files import create_static_files_router
from swagger_ui_bundle import swagger_ui_path

from homeroom_entrypoints.web.errors import PROBLEM_JSON, ProblemDetails

_ASSETS = "/docs/assets"

_SENTENCES = {
    400: "The request cannot be understood as it stands; `errors` names what to mend.",
    401: "We do not know who you are. Send a valid API key.",
    403: "You may not do this.",
    404: "There is no such thing here.",
    409: "Things do not stand, or no longer stand, so that this can be done.",
    413: "The request's body is too large.",
    429: "You ask too often.",
    503: "This does not work right now. Try again later.",
}
_HEADERS = {
    "401": ("WWW-Authenticate", OpenAPIType.STRING, "How to say who you are.", True),
    "429": ("Retry-After", OpenAPIType.INTEGER, "Seconds to wait.", True),
    "503": ("Retry-After", OpenAPIType.INTEGER, "Seconds to wait, where we can tell.", False),
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The description of answers that have the one shape of all refusals."""
    return {
        status: ResponseSpec(
            ProblemDetails,
            generate_examples=False,
            description=_SENTENCES[status],
            media_type=PROBLEM_JSON,
        )
        for status in statuses
    }


class Refusals(ReceiveRoutePlugin):
    """Describes how each operation may refuse, so that no handler can forget to say it.

    Left alone the framework describes a shape of its own, and it does not answer with that.
    """

    def receive_route(self, route: BaseRoute) -> None:
        if not isinstance(route, HTTPRoute):
            return
        for handler in route.route_handlers:
            data = handler.parsed_fn_signature.parameters.get("data")
            optional = data is not None and data.has_default
            handler.operation_class = _BodyOptional if optional else _Refusing
            if {} not in handler.resolve_security():
                handler.responses = refusals(*_behind_the_door(route, handler))


def _behind_the_door(route: HTTPRoute, handler: HTTPRouteHandler) -> list[int]:
    """How *handler*, which asks for a key, may refuse."""
    statuses = [400, 401, 403, 429, 503]
    if route.path_parameters:
        statuses.append(404)
    if handler.http_methods != {"GET"}:
        statuses.append(409)
    if "data" in handler.parsed_fn_signature.parameters:
        statuses.append(413)
    return sorted(statuses)


@dataclass
class _Refusing(Operation):
    """An operation that tells of the headers its refusals carry."""

    def __post_init__(self) -> None:
        for status, (name, kind, description, always) in _HEADERS.items():
            response = (self.responses or {}).get(status)
            if isinstance(response, OpenAPIResponse):
                header = OpenAPIHeader(Schema(type=kind), description=description, required=always)
                response.headers = {name: header}


@dataclass
class _BodyOptional(_Refusing):
    """An operation that means something without a body, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False


def documentation_assets() -> Router:
    """Swagger UI from the installed package: no other host is asked."""
    directory = Path(swagger_ui_path)
    return create_static_files_router(_ASSETS, directories=[directory], include_in_schema=False)


def documentation(root_path: str) -> OpenAPIConfig:
    """The description of the API, as it is reached behind *root_path*."""
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
