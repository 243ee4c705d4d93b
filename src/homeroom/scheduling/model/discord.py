"""Discord's messages: what may be in one, and the exact body that is sent.

A message is judged when it is saved, with every variable as long as it can get, so that nothing
which was accepted is refused at three in the morning. Names (`username`, `thread_name`) are
decoration: what they outgrow once filled is clipped, and a forbidden one gives way to ours.
Words are never cut. The seed's "payload of 2000 characters" is the limit of `content`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from homeroom.kernel.errors import Problem
from homeroom.scheduling.errors import BadMessage
from homeroom.scheduling.model import discord_limits as limits
from homeroom.scheduling.model.discord_embeds import check_embeds
from homeroom.scheduling.model.discord_extras import check_components, check_mentions, check_poll
from homeroom.scheduling.model.discord_limits import Findings
from homeroom.scheduling.model.payloads import Json, Payload, payload_text, shape_problems
from homeroom.scheduling.model.targets import DiscordTarget
from homeroom.scheduling.model.templates import Values, fill, has_variables, template_problems

DEFAULT_USERNAME = "Task Scheduler Bot"
_SUPPRESS_EMBEDS = 1 << 2
_SUPPRESS_NOTIFICATIONS = 1 << 12
_COMPONENTS_V2 = 1 << 15
_FLAGS = _SUPPRESS_EMBEDS | _SUPPRESS_NOTIFICATIONS | _COMPONENTS_V2
_SHOWN = ("content", "embeds", "components", "poll")
_KNOWN = frozenset(_SHOWN) | {
    *("username", "avatar_url", "tts", "allowed_mentions", "flags"),
    *("thread_name", "applied_tags"),
}
_FILES = frozenset({"attachments", "files", "payload_json"})
_NAMES = (("username", limits.USERNAME), ("thread_name", limits.THREAD_NAME))
_FORBIDDEN_IN_NAMES = ("@", "#", ":", "```", "discord", "clyde")
_FORBIDDEN_NAMES = frozenset({"everyone", "here"})

_SOME_DAY = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
_AT_THEIR_LONGEST = Values(
    task_name=" ".join(["\N{SLIGHTLY SMILING FACE}" * 50] * 2),
    task_id="00000000-0000-0000-0000-000000000000",
    execution_id="00000000-0000-0000-0000-000000000000",
    now=_SOME_DAY,
    scheduled_for=_SOME_DAY,
    attempt=999,
)


def check_message(payload: Json, target: DiscordTarget | None = None) -> list[Problem]:
    """Everything for which Discord, or our templates, would refuse *payload* at *target*."""
    problems = shape_problems(payload, field="payload", at_most=limits.PAYLOAD_BYTES)
    if problems or not isinstance(payload, dict):
        return problems
    problems = template_problems(payload, field="payload")
    return problems + _check_filled(_longest(payload), target)


def message_body(payload: Payload) -> str:
    """The very JSON that is sent for *payload*, which is filled; asked again, the same.

    Raises `BadMessage` for what outgrew the limits. That cannot happen to what `check_message`
    accepted, unless the limits have changed since.
    """
    message = _with_names(payload)
    message.setdefault("username", DEFAULT_USERNAME)
    message.setdefault("allowed_mentions", {"parse": []})
    if problems := _check_filled(message, None):
        raise BadMessage(problems=problems)
    return payload_text(message)


def _longest(payload: Payload) -> dict[str, Json]:
    """*payload* filled with the longest values there are; its names as they are clipped then."""
    message = fill(payload, _AT_THEIR_LONGEST)
    for name, at_most in _NAMES:
        written, longest = payload.get(name), message.get(name)
        if isinstance(written, str) and isinstance(longest, str) and has_variables(written):
            message[name] = limits.clip(longest, at_most)
    return message


def _with_names(payload: Payload) -> dict[str, Json]:
    """*payload* without what is null, and with names that Discord takes."""
    message: dict[str, Json] = {}
    message |= {key: value for key, value in payload.items() if value is not None}
    for name, at_most in _NAMES:
        if isinstance(value := message.get(name), str):
            message[name] = limits.clip(" ".join(value.split()), at_most)
    username = message.get("username")
    if isinstance(username, str) and name_problem(username):
        message["username"] = DEFAULT_USERNAME
    return message


def name_problem(name: str) -> str:
    """Why *name* cannot be what a message is sent as; empty if it can."""
    lower = " ".join(name.lower().split())
    if not lower:
        return "must not be blank"
    if lower in _FORBIDDEN_NAMES:
        return f"must not be {lower}"
    found = [part for part in _FORBIDDEN_IN_NAMES if part in lower]
    return f"must not contain {' or '.join(found)}" if found else ""


def _check_filled(message: Mapping[str, Json], target: DiscordTarget | None) -> list[Problem]:
    findings = Findings()
    for name in message:
        if name in _FILES:
            findings.add(f"payload.{name}", "cannot be sent: a task's message has no files")
        elif name not in _KNOWN:
            findings.add(f"payload.{name}", "is nothing that Discord knows here")
    _check_words(findings, message)
    check_embeds(findings, "payload.embeds", message.get("embeds"))
    check_mentions(findings, "payload.allowed_mentions", message.get("allowed_mentions"))
    check_poll(findings, "payload.poll", message.get("poll"))
    newer = _check_flags(findings, message)
    check_components(findings, "payload.components", message.get("components"), newer=newer)
    _check_place(findings, message, target)
    return findings.problems


def _check_words(findings: Findings, message: Mapping[str, Json]) -> None:
    content = findings.text("payload.content", message.get("content"), limits.CONTENT)
    shown = [message.get(name) for name in _SHOWN if name != "content"]
    if not (content and content.strip()) and not any(shown):
        wanted = "must not be blank unless there are embeds, components or a poll"
        findings.add("payload.content", wanted)
    username = findings.text("payload.username", message.get("username"), limits.USERNAME)
    if username is not None and (wrong := name_problem(username)):
        findings.add("payload.username", wrong)
    findings.url("payload.avatar_url", message.get("avatar_url"))
    findings.flag("payload.tts", message.get("tts"))


def _check_flags(findings: Findings, message: Mapping[str, Json]) -> bool:
    """Whether the message is made of components alone, in their newer manner."""
    flags = findings.number("payload.flags", message.get("flags"), 0, (1 << 31) - 1) or 0
    if flags & ~_FLAGS:
        wanted = f"may hold {_SUPPRESS_EMBEDS}, {_SUPPRESS_NOTIFICATIONS} and {_COMPONENTS_V2}"
        findings.add("payload.flags", wanted)
    if not flags & _COMPONENTS_V2:
        return False
    for name in ("content", "embeds", "poll"):
        if message.get(name):
            findings.add(f"payload.{name}", f"cannot be sent with the flag {_COMPONENTS_V2}")
    return True


def _check_place(
    findings: Findings, message: Mapping[str, Json], target: DiscordTarget | None
) -> None:
    """A forum wants a thread's id in the address or a name for a new one: never both."""
    name = findings.text("payload.thread_name", message.get("thread_name"), limits.THREAD_NAME)
    if name is not None and not name.strip():
        findings.add("payload.thread_name", "must not be blank")
    findings.ids("payload.applied_tags", message.get("applied_tags"), limits.APPLIED_TAGS)
    if message.get("applied_tags") and name is None:
        findings.add("payload.applied_tags", "are for a new thread: name it in thread_name")
    if target is None:
        return
    if name is not None and target.parts.thread_id:
        findings.add("payload.thread_name", "cannot be sent to a thread: the address names one")
    if message.get("components") and not target.parts.with_components:
        findings.add(
            "payload.components", "are dropped unless the address has with_components=true"
        )
