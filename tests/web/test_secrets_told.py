"""Answers that hold a secret may be kept by nobody on their way; all others say nothing of it."""

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

TASKS = "/api/v1/tasks"
BELL = {
    "name": "Bell",
    "every": 86_400,
    "notifier": "webhook",
    "target": {"url": "https://bell.example/ring"},
    "payload": {"room": "B12"},
}


async def test_whoever_carries_an_answer_with_a_secret_is_told_to_keep_nothing(house: Any) -> None:
    made = await house.client.post(TASKS, json=BELL)
    assert made.status_code == 201, made.text
    bell = f"{TASKS}/{made.json()['id']}"
    told = [
        await house.client.post("/api/v1/keys", json={"name": "new", "roles": ["ADMIN"]}),
        await house.client.get(f"{bell}/signing-secret"),
        await house.client.post(f"{bell}/signing-secret/rotate"),
        await house.client.put(f"{bell}/watch", json={"every": 60}),
    ]
    assert [one.status_code for one in told] == [201, 200, 200, 200]
    assert [one.headers.get("cache-control") for one in told] == ["no-store"] * 4
    for plain in (made, await house.client.get(f"{bell}/watch")):
        assert "cache-control" not in plain.headers
