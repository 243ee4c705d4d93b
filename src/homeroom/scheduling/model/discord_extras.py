"""What else a Discord message may hold: whom it may mention, components, a poll."""

from collections.abc import Mapping

from homeroom.scheduling.model import discord_limits as limits
from homeroom.scheduling.model.discord_limits import Findings, units
from homeroom.scheduling.model.payloads import Json

_MENTIONABLE = ("everyone", "roles", "users")
_ROW, _BUTTON, _TEXT = 1, 2, 10
_SECTION, _THUMBNAIL, _GALLERY, _SEPARATOR, _CONTAINER = 9, 11, 12, 14, 17
_OLDER = (_ROW,)
_NEWER = (_ROW, _SECTION, _TEXT, _THUMBNAIL, _GALLERY, _SEPARATOR, _CONTAINER)
_LINK = 5
_DEEPEST = 5


def check_mentions(findings: Findings, path: str, value: Json) -> None:
    """Whom the message may call: kinds of people, or some people of a kind, and never both."""
    known = {"parse", "users", "roles", "replied_user"}
    allowed = findings.group(path, value, known)
    kinds = findings.items(f"{path}.parse", allowed.get("parse"), len(_MENTIONABLE))
    for index, kind in enumerate(kinds):
        if kind not in _MENTIONABLE:
            wanted = f"must be one of {', '.join(_MENTIONABLE)}"
            findings.add(f"{path}.parse[{index}]", wanted)
    for name in ("users", "roles"):
        some = findings.ids(f"{path}.{name}", allowed.get(name), limits.MENTIONS)
        if some and name in kinds:
            wanted = f"cannot name {name} while parse has all of them"
            findings.add(f"{path}.{name}", wanted)
    findings.flag(f"{path}.replied_user", allowed.get("replied_user"))


def check_poll(findings: Findings, path: str, value: Json) -> None:
    if value is None:
        return
    known = {"question", "answers", "duration", "allow_multiselect", "layout_type"}
    poll = findings.group(path, value, known)
    question = findings.group(f"{path}.question", poll.get("question"), {"text"})
    findings.text(f"{path}.question.text", question.get("text"), limits.QUESTION, needed=True)
    answers = findings.items(f"{path}.answers", poll.get("answers"), limits.POLL_ANSWERS)
    if not answers:
        findings.add(f"{path}.answers", f"must be 1 to {limits.POLL_ANSWERS}")
    for index, answer in enumerate(answers):
        where = f"{path}.answers[{index}]"
        media = findings.group(where, answer, {"poll_media"}).get("poll_media")
        said = findings.group(f"{where}.poll_media", media, {"text", "emoji"})
        findings.text(f"{where}.poll_media.text", said.get("text"), limits.POLL_ANSWER, needed=True)
    findings.number(f"{path}.duration", poll.get("duration"), 1, limits.POLL_HOURS)
    findings.flag(f"{path}.allow_multiselect", poll.get("allow_multiselect"))
    findings.number(f"{path}.layout_type", poll.get("layout_type"), 1, 1)


def check_components(findings: Findings, path: str, value: Json, *, newer: bool) -> None:
    """What only shows, or leads to an address; what asks for an answer needs a bot behind it.

    The *newer* manner builds the whole message of components, the older puts rows below it.
    """
    at_most = limits.COMPONENTS_V2 if newer else limits.COMPONENTS
    listed = findings.items(path, value, at_most)
    count, length = 0, 0
    for index, one in enumerate(listed):
        more, longer = _check_component(findings, f"{path}[{index}]", one, _DEEPEST, newer=newer)
        count, length = count + more, length + longer
    if newer and count > at_most >= len(listed):
        findings.add(path, f"are {count} with those inside others; Discord takes {at_most}")
    if length > limits.COMPONENT_TEXT:
        wanted = f"hold {length} characters together; Discord takes {limits.COMPONENT_TEXT}"
        findings.add(path, wanted)


def _check_component(
    findings: Findings, path: str, value: Json, deeper: int, *, newer: bool
) -> tuple[int, int]:
    """How many components this one is, and how many characters of text they hold."""
    if not isinstance(value, dict):
        findings.add(path, "must be an object")
        return 1, 0
    kind = value.get("type")
    if kind == _BUTTON:
        _check_button(findings, path, value)
    elif kind not in (_NEWER if newer else _OLDER):
        findings.add(f"{path}.type", "is no component that a webhook can send")
    text = value.get("content") if kind == _TEXT else None
    said = findings.text(f"{path}.content", text, limits.COMPONENT_TEXT, needed=kind == _TEXT)
    count, length = 1, units(said or "")
    inside = findings.items(f"{path}.components", value.get("components"), limits.COMPONENTS_V2)
    inner = [(f"{path}.components[{index}]", one) for index, one in enumerate(inside)]
    if "accessory" in value:
        inner.append((f"{path}.accessory", value["accessory"]))
    if inner and not deeper:
        findings.add(path, "is nested too deeply")
        return count, length
    for where, one in inner:
        more, longer = _check_component(findings, where, one, deeper - 1, newer=newer)
        count, length = count + more, length + longer
    return count, length


def _check_button(findings: Findings, path: str, button: Mapping[str, Json]) -> None:
    if button.get("style") != _LINK:
        findings.add(f"{path}.style", f"must be {_LINK}, a link: nobody is there to be answered")
        return
    findings.url(f"{path}.url", button.get("url", ""))
    if not button.get("label") and not button.get("emoji"):
        findings.add(f"{path}.label", "must not be blank")
    findings.text(f"{path}.label", button.get("label"), limits.BUTTON)
