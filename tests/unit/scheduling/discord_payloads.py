"""Messages for Discord, and what is said of them."""

import json
from collections.abc import Mapping

from homeroom.scheduling.model.discord import check_message, message_body
from homeroom.scheduling.model.payloads import Json
from homeroom.scheduling.model.targets import DiscordTarget
from homeroom.scheduling.model.templates import Values
from homeroom_testing.clock import NOON

URL = f"https://discord.com/api/v10/webhooks/123456789012345678/{'t' * 68}?wait=true"
CHANNEL = DiscordTarget(url=URL)
SHOWING = DiscordTarget(url=f"{URL}&with_components=true")
SOMEBODY = "323456789012345678"
VALUES = Values(
    task_name="Daily report", task_id="t", execution_id="e", now=NOON, scheduled_for=NOON, attempt=1
)
SEED: dict[str, Json] = {
    "content": "Task executed successfully!",
    "username": "Task Scheduler Bot",
    "avatar_url": "https://i.imgur.com/4M34hi2.png",
    "embeds": [
        {
            "title": "✅ Task Completed",
            "description": "Task has been executed successfully",
            "color": 3066993,
            "fields": [
                {"name": "Task Name", "value": "Daily Report", "inline": True},
                {"name": "Execution Time", "value": "2025-10-07 10:00:00", "inline": True},
            ],
            "timestamp": "2025-10-07T10:00:00.000Z",
        }
    ],
}


def wrong(payload: Json, target: DiscordTarget | None = CHANNEL) -> list[str]:
    """The fields that something is wrong with."""
    return [problem.field for problem in check_message(payload, target)]


def embed(**parts: Json) -> dict[str, Json]:
    return {"embeds": [{"title": "t", **parts}]}


def sent(payload: Mapping[str, Json]) -> dict[str, Json]:
    read: dict[str, Json] = json.loads(message_body(payload))
    return read
