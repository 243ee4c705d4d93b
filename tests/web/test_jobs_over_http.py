"""Jobs as operators see and steer them over HTTP."""

import uuid
from typing import Any

import pytest

from homeroom.kernel.queue import Lease, Settlement, Verdict

pytestmark = pytest.mark.anyio

JOBS = "/api/v1/ops/jobs"


async def asked(house: Any, **fields: Any) -> str:
    body = {"name": "operations.checkup.v1", "payload": {"note": "x"}, **fields}
    answer = await house.client.post(JOBS, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def killed(house: Any) -> str:
    """A job that reached the dead letters."""
    job_id = await asked(house)
    queue = house.homeroom.plant.storage.queue
    (claim,) = await queue.claim("default", limit=1, lease=Lease(worker="test", seconds=15))
    await queue.settle([Settlement(claim.id, claim.token, Verdict.DEAD, None, "broken: why")])
    return job_id


async def test_an_asked_job_is_found_ready(house: Any) -> None:
    job_id = await asked(house, priority=7)
    job = (await house.client.get(f"{JOBS}/{job_id}")).json()
    assert (job["state"], job["priority"], job["attempts"]) == ("ready", 7, 0)
    assert "payload" not in job


async def test_a_job_for_later_is_scheduled(house: Any) -> None:
    job_id = await asked(house, runAt="2999-01-01T00:00:00Z")
    listed = (await house.client.get(JOBS, params={"state": "scheduled"})).json()["data"]
    assert [row["id"] for row in listed] == [job_id]


async def test_a_key_asks_once(house: Any) -> None:
    assert await asked(house, dedupeKey="nightly") == await asked(house, dedupeKey="nightly")


async def test_unknown_work_is_refused_with_what_is_known(house: Any) -> None:
    answer = await house.client.post(JOBS, json={"name": "nobody.knows.v1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "work_not_known")
    assert "operations.checkup.v1" in answer.json()["detail"]


async def test_a_payload_that_is_not_the_works_is_refused(house: Any) -> None:
    body = {"name": "operations.checkup.v1", "payload": {"strange": 1}}
    answer = await house.client.post(JOBS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "undecodable")


async def test_a_cancelled_job_can_be_tried_again(house: Any) -> None:
    job_id = await asked(house)
    cancelled = await house.client.post(f"{JOBS}/{job_id}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    assert (await house.client.post(f"{JOBS}/{job_id}/cancel")).status_code == 409
    assert (await house.client.post(f"{JOBS}/{job_id}/retry")).json()["state"] == "ready"
    assert (await house.client.post(f"{JOBS}/{job_id}/retry")).status_code == 409


async def test_dead_letters_say_why_and_are_replayed(house: Any) -> None:
    job_id = await killed(house)
    letters = (await house.client.get("/api/v1/ops/dead-letters")).json()["data"]
    assert [(row["id"], row["lastError"]) for row in letters] == [(job_id, "broken: why")]
    replayed = await house.client.post("/api/v1/ops/dead-letters/replay", json={})
    assert replayed.json() == {"count": 1}
    assert (await house.client.get(f"{JOBS}/{job_id}")).json()["state"] == "ready"


async def test_dead_letters_are_purged_where_they_fit(house: Any) -> None:
    await killed(house)
    purge = "/api/v1/ops/dead-letters/purge"
    elsewhere = await house.client.post(purge, json={"queue": "elsewhere"})
    assert elsewhere.json() == {"count": 0}
    assert (await house.client.post(purge, json={"queue": "default"})).json() == {"count": 1}


async def test_queues_count_what_waits(house: Any) -> None:
    await asked(house)
    (queue,) = (await house.client.get("/api/v1/ops/queues")).json()["data"]
    assert (queue["name"], queue["ready"], queue["workers"]) == ("default", 1, 0)


async def test_an_unknown_job_is_not_found(house: Any) -> None:
    assert (await house.client.get(f"{JOBS}/{uuid.uuid4()}")).status_code == 404
