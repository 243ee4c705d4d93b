"""Where a message to the Discord of tests goes, and how it is shown when it was kept."""

import re
from collections.abc import Mapping
from datetime import datetime

from homeroom_testing.discord_rules import INVALID_FORM, SNOWFLAKE, Form, Object, Refused

_SWITCH = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}
_USER = re.compile(r"<@!?(\d+)>")
_EVERYBODY = re.compile(r"@(everyone|here)\b")


def read_query(query: Mapping[str, str]) -> tuple[bool, bool, str]:
    """`wait`, `with_components` and `thread_id`. Raises `Refused`."""
    form = Form()
    switches = []
    for name in ("wait", "with_components"):
        if query.get(name, "0") not in _SWITCH:
            form.flag((name,), query[name])
        switches.append(_SWITCH.get(query.get(name, "0"), False))
    thread = query.get("thread_id", "")
    if thread and not SNOWFLAKE.fullmatch(thread):
        form.note(("thread_id",), "NUMBER_TYPE_COERCE", "Value is not snowflake.")
    if form.wrong:
        raise Refused(400, INVALID_FORM, "Invalid Form Body", form.tree())
    return switches[0], switches[1], thread


def check_thread(message: Object, *, thread: str, forum: bool) -> None:
    """Raises `Refused` unless the message goes where this channel has a place for it."""
    named = bool(message.get("thread_name"))
    if forum and not (thread or named):
        words = "Webhooks posted to forum channels must have a thread_name or thread_id"
        raise Refused(400, 220001, words)
    if forum and thread and named:
        words = "Webhooks posted to forum channels cannot have both a thread_name and thread_id"
        raise Refused(400, 220002, words)
    if named and not forum:
        words = "Webhooks can only create threads in forum channels"
        raise Refused(400, 220003, words)


def as_shown(message: Object, webhook: str, number: str, at: datetime) -> dict[str, object]:
    """*message* as Discord gives it back: with its number, and with whom it called."""
    content = str(message.get("content") or "")
    everybody, users = _called(message, content)
    return {
        "id": number,
        "type": 0,
        "webhook_id": webhook,
        "channel_id": str(int(webhook) + 1),
        "content": content.strip(),
        "embeds": [{**embed, "type": "rich"} for embed in _objects(message.get("embeds"))],
        "components": message.get("components") or [],
        "attachments": [],
        "mention_everyone": everybody,
        "mentions": [{"id": user} for user in users],
        "mention_roles": [],
        "pinned": False,
        "tts": bool(message.get("tts")),
        "flags": message.get("flags") or 0,
        "timestamp": at.isoformat(),
        "edited_timestamp": None,
        "author": {
            "id": webhook,
            "bot": True,
            "discriminator": "0000",
            "username": message.get("username") or "Tests",
            "avatar": None,
        },
    }


def _called(message: Object, content: str) -> tuple[bool, list[str]]:
    """Whether everybody is called, and who else; without a word on it, webhooks call users."""
    allowed = message.get("allowed_mentions")
    rules: Object = allowed if isinstance(allowed, dict) else {"parse": ["users"]}
    parse, named = rules.get("parse") or (), rules.get("users") or ()
    assert isinstance(parse, list | tuple)
    assert isinstance(named, list | tuple)
    everybody = "everyone" in parse and _EVERYBODY.search(content) is not None
    users = [user for user in _USER.findall(content) if "users" in parse or user in named]
    return everybody, users


def _objects(value: object) -> list[Object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
