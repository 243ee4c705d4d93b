"""The numbers of the web service, as Prometheus reads them."""

import uuid
from typing import Any

import attrs
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from homeroom.kernel.errors import Unavailable
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.worker.measured import WorkerMeter

pytestmark = pytest.mark.anyio


async def counted(client: httpx.AsyncClient, name: str) -> dict[tuple[str, ...], float]:
    """The samples of *name* by the values of their labels, in the order of the labels' names."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == name
    }


async def test_requests_are_counted_by_route_and_never_by_address(house: Any) -> None:
    ids = [str(uuid.uuid4()) for _ in range(3)]
    for one in ids:
        assert (await house.client.get(f"/api/v1/ops/jobs/{one}")).status_code == 404
    requests = await counted(house.client, "http_requests_total")
    assert requests == {("GET", "/api/v1/ops/jobs/{job_id}", "404"): 3}
    page = (await house.client.get("/metrics")).text
    assert not any(one in page for one in ids)


async def test_addresses_nobody_answers_share_one_label(house: Any) -> None:
    for n in range(3):
        await house.client.get(f"/made/up/{n}")
    assert await counted(house.client, "http_requests_total") == {("GET", "unmatched", "404"): 3}


async def test_methods_nobody_knows_share_one_label(house: Any) -> None:
    for method in ("BREW", "STEEP"):
        await house.client.request(method, "/health")
    assert sum((await counted(house.client, "http_requests_total")).values()) == 2
    assert {method for method, _, _ in await counted(house.client, "http_requests_total")} == {
        "other",
        "GET",
    }


async def test_answers_are_timed_in_the_agreed_buckets(house: Any) -> None:
    await house.client.get("/health/live")
    buckets = await counted(house.client, "http_request_duration_seconds_bucket")
    bounds = [bound for bound, *rest in buckets if rest[1] == "/health/live"]
    assert bounds == ["0.05", "0.1", "0.2", "0.4", "0.8", "1.6", "3.2", "6.4", "+Inf"]


async def test_queues_show_how_many_jobs_wait_in_them(house: Any) -> None:
    for _ in range(2):
        await house.client.post("/api/v1/ops/jobs", json={"name": "operations.checkup.v1"})
    jobs = await counted(house.client, "homeroom_queue_jobs")
    assert jobs["default", "ready"] == 2
    assert jobs["default", "dead"] == 0


async def test_the_page_tells_which_homeroom_it_is(house: Any) -> None:
    (version,) = await counted(house.client, "homeroom_info")
    assert version[0][0].isdigit()


async def test_one_page_shows_web_and_worker_when_they_share_a_process(house: Any) -> None:
    settings = load_settings({})
    numbers = Numbers(house.homeroom.plant, settings)
    WorkerMeter(numbers, house.homeroom.plant.handlers).lost(2)
    app: Any = create_app(house.homeroom, settings, numbers)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        await client.get("/health/live")
        assert await counted(client, "homeroom_leases_lost_total") == {(): 2}
        live = ("GET", "/health/live", "200")
        assert (await counted(client, "http_requests_total"))[live] == 1


class Away:
    """Questions to a storage that is down."""

    async def queues(self) -> Any:
        raise Unavailable("nobody answers")


async def test_the_page_is_readable_while_the_storage_is_away(house: Any) -> None:
    plant = house.homeroom.plant
    assert await counted(house.client, "homeroom_storage_up") == {(): 1}
    storage = attrs.evolve(plant.storage, job_queries=Away())
    homeroom = attrs.evolve(house.homeroom, plant=attrs.evolve(plant, storage=storage))
    app: Any = create_app(homeroom, load_settings({}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        await client.get("/health/live")
        assert await counted(client, "homeroom_storage_up") == {(): 0}
        assert await counted(client, "homeroom_queue_jobs") == {}
        assert (await counted(client, "http_requests_total"))["GET", "/health/live", "200"] == 1
