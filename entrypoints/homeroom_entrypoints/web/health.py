"""Whether the house lives, and whether it can serve."""

from litestar import get

from homeroom_entrypoints.web.documentation import refusals
from homeroom_entrypoints.web.door import House
from homeroom_entrypoints.web.wire import HealthAnswer


@get("/health/live", tags=("health",), summary="The process answers", security=[{}])
async def live() -> HealthAnswer:
    return HealthAnswer(status="ok", checks={})


@get(
    ["/health", "/health/ready", "/api/v1/health"],
    tags=("health",),
    summary="The storage answers too",
    security=[{}],
    responses=refusals(503),
)
async def ready(homeroom: House) -> HealthAnswer:
    await homeroom.plant.storage.ping()
    return HealthAnswer(status="ok", checks={"storage": "ok"})
