"""Messages as lines of the log: what kind of message it was, which ids it names, how long it is.

A task's payload is written by people and may name people, and a log is read by many, kept for
long and copied to places that nobody erases from. So no text of a message is logged, not even
redacted: names look like any other word. What a line holds cannot be about anybody by itself:
the delivery's id, the size in bytes, the `type` where it is one of our own such as `task.failed`,
and the UUIDs under names that end in `id`. By them the message itself is found where it is kept,
by those who may see it.
"""

import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache

from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound
from homeroom.scheduling.errors import BadMessage, UnreadableTarget
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.judging import judge_refusal
from homeroom.scheduling.model.payloads import Json, read_payload
from homeroom.scheduling.model.targets import LogTarget, read_target_text
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings

_log = logging.getLogger("homeroom.notifier")
_REMEMBERED = 256
"""Texts of messages: a task's is the same each time, unless it has variables."""

_TYPE = re.compile(r"(?:task|ping)\.[a-z_]{1,40}")
_NAMED_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}(?:Id|_id)|id")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class LogNotifier:
    """Writes a line and is done: the level that hides it is the operator's to choose."""

    async def send(self, message: Message) -> Answer:
        """As the port promises."""
        try:
            told = _told_of(message.target, message.body)
        except Refusal as refusal:
            return judge_refusal(refusal)
        fields = {"delivery_id": message.delivery_id, **told}
        _log.info("a message for the log", extra=fields)
        return Answer(outcome=Outcome.DELIVERED)

    async def ping(self) -> None:
        pass  # the log is always there


@lru_cache(_REMEMBERED)
def _told_of(target: str, text: str) -> Mapping[str, object]:
    """What is told of a message. Raises `UnreadableTarget` and `BadMessage`."""
    if not isinstance(read_target_text(target), LogTarget):
        raise UnreadableTarget
    try:
        body, size = read_payload(text), len(text.encode())
    except ValueError:
        raise BadMessage("a message for the log is a JSON object") from None  # the cause quotes it
    return {"size": size, "type": _type_of(body), "ids": dict(_ids_in(body))}


def _type_of(body: dict[str, Json]) -> str:
    said = body.get("type")
    return said if isinstance(said, str) and _TYPE.fullmatch(said) else ""


def _ids_in(body: dict[str, Json]) -> Iterator[tuple[str, str]]:
    data = body.get("data")
    for name, value in (body | (data if isinstance(data, dict) else {})).items():
        if isinstance(value, str) and _UUID.fullmatch(value) and _NAMED_ID.fullmatch(name):
            yield name, value


@asynccontextmanager
async def open_notifier(
    settings: NotifierSettings, ambient: Ambient, outbound: Outbound
) -> AsyncIterator[Notifier]:
    """The notifier behind entry point `homeroom.notifier`, name `log`, which needs none of it."""
    yield LogNotifier()
