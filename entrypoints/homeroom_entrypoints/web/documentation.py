"""What the service says of itself: its description for machines, and a page to read it on."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import get_args
from uuid import UUID

import msgspec
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
from litestar.typing import FieldDefinition
from swagger_ui_bundle import swagger_ui_path

from homeroom_entrypoints.web.errors import PROBLEM_JSON, ProblemDetails
from homeroom_entrypoints.web.record_files import MEDIA_TYPES
from homeroom_entrypoints.web.rights import telling

_ASSETS = "/docs/assets"

_SENTENCES = {
    400: "The request cannot be understood as it stands; `errors` names what to mend.",
    401: "We do not know who you are. Send a valid API key or access token.",
    403: "You may not do this.",
    404: "There is no such thing here.",
    409: "Things do not stand, or no longer stand, so that this can be done.",
    413: "The request's body is too large.",
    429: "You ask too often.",
    503: "This does not work right now. Try again later.",
}
_ALSO = {MEDIA_TYPES["jsonl"]: MEDIA_TYPES["csv"]}
"""What is answered as one type may be asked for as the other."""

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


_BEFORE_THE_DOOR = (400, 404, 409, 429, 503)
_AT_THE_DOOR = (400, 401, 403, 409, 413, 429, 503)
_POINTING = frozenset({"of_task", "node_id", "ranked_in", "record_of"})
"""Parameters that mean one thing, which may not be there."""


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
            handler.operation_class = telling(_BodyOptional if optional else _Refusing, handler)
            if {} not in handler.resolve_security():
                handler.responses = refusals(*_behind_the_door(route, handler))
            elif handler.responses:  # it says so itself
                continue
            elif route.path_parameters:  # no key is asked, but the path may name nothing
                handler.responses = refusals(*_BEFORE_THE_DOOR)
            elif data is not None:  # whoever is nobody yet says who they are
                handler.responses = refusals(*_AT_THE_DOOR)


def _behind_the_door(route: HTTPRoute, handler: HTTPRouteHandler) -> list[int]:
    """How *handler*, which asks for a key, may refuse."""
    statuses = [400, 401, 403, 429, 503]
    parameters = handler.parsed_fn_signature.parameters
    data = parameters.get("data")
    if route.path_parameters or _POINTING & parameters.keys() or (data and _names_things(data)):
        statuses.append(404)
    if handler.http_methods != {"GET"}:
        statuses.append(409)
    if data:
        statuses.append(413)
    return sorted(statuses)


def _names_things(data: FieldDefinition) -> bool:
    """Whether a body names things by their ids; they may not be there."""
    shape = data.annotation
    if not (isinstance(shape, type) and issubclass(shape, msgspec.Struct)):
        return False
    return any(_holds_ids(field.type) for field in msgspec.structs.fields(shape))


def _holds_ids(kind: object) -> bool:
    return kind is UUID or any(map(_holds_ids, get_args(kind)))


@dataclass
class _Refusing(Operation):
    """An operation that tells of the headers its refusals carry."""

    def __post_init__(self) -> None:
        usual = (self.responses or {}).get("200")
        if isinstance(usual, OpenAPIResponse) and usual.content:
            usual.content |= {
                also: usual.content[one] for one, also in _ALSO.items() if one in usual.content
            }
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
