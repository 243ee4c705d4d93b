"""Whether the house lives, and whether it can serve."""

from litestar import Response, get
from litestar.di import NamedDependency

from homeroom.kernel.errors import Unavailable
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.wire import HealthAnswer


@get("/health/live", tags=("health",), summary="The process answers", security=[{}])
async def live() -> HealthAnswer:
    return HealthAnswer(status="ok", checks={})


@get(
    ["/health", "/health/ready", "/api/v1/health"],
    tags=("health",),
    summary="The storage answers too",
    security=[{}],
)
async def ready(homeroom: NamedDependency[Homeroom]) -> Response[HealthAnswer]:
    try:
        await homeroom.plant.storage.ping()
    except Unavailable:
        down = HealthAnswer(status="unavailable", checks={"storage": "unavailable"})
        return Response(down, status_code=503)
    return Response(HealthAnswer(status="ok", checks={"storage": "ok"}))
