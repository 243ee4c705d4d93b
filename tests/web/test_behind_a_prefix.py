"""The service behind a proxy that strips a path prefix."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(house: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings({"HOMEROOM_WEB__ROOT_PATH": "/school"})
    app: Any = create_app(house.homeroom, settings)
    transport = httpx.ASGITransport(app, root_path="/school")
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        yield client


async def test_requests_are_found_without_the_prefix(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).status_code == 200


async def test_the_documentation_calls_itself_by_the_prefix(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/docs/openapi.json")).json()
    assert schema["servers"] == [{"url": "/school"}]
    page = await client.get("/docs")
    assert 'src="/school/docs/assets/swagger-ui-bundle.js"' in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
