"""Discord's embeds: the boxes in a message, each alone and all of them together."""

from collections.abc import Mapping

from homeroom.scheduling.model import discord_limits as limits
from homeroom.scheduling.model.discord_limits import Findings, units
from homeroom.scheduling.model.payloads import Json

# What Discord fills in by itself is let through, so that a copied embed can be pasted.
_IGNORED = {"type", "provider", "video"}
_IN_EMBED = _IGNORED | {
    *("title", "description", "url", "timestamp", "color", "fields"),
    *("footer", "image", "thumbnail", "author"),
}
_IN_PICTURE = {"url", "proxy_url", "height", "width", "content_type", "placeholder", "flags"}
_SEEN = ("title", "description", "fields", "footer", "image", "thumbnail", "author")


def check_embeds(findings: Findings, path: str, value: Json) -> None:
    """Every limit on embeds, and the one on all their text together."""
    together = 0
    for index, embed in enumerate(findings.items(path, value, limits.EMBEDS)):
        together += _check_embed(findings, f"{path}[{index}]", embed)
    if together > limits.EMBEDS_TOGETHER:
        wanted = f"hold {together} characters together; Discord takes {limits.EMBEDS_TOGETHER}"
        findings.add(path, wanted)


def _check_embed(findings: Findings, path: str, value: Json) -> int:
    """How many characters this embed adds to the sum."""
    before = len(findings.problems)
    embed = findings.group(path, value, _IN_EMBED)
    if not any(_shows(embed.get(name)) for name in _SEEN) and len(findings.problems) == before:
        findings.add(path, "shows nothing: give it a title, a description, fields or a picture")
    said = [
        findings.text(f"{path}.title", embed.get("title"), limits.TITLE),
        findings.text(f"{path}.description", embed.get("description"), limits.DESCRIPTION),
    ]
    findings.url(f"{path}.url", embed.get("url"))
    findings.instant(f"{path}.timestamp", embed.get("timestamp"))
    findings.number(f"{path}.color", embed.get("color"), 0, limits.COLOR)
    for name in ("image", "thumbnail"):
        if (given := embed.get(name)) is not None:
            picture = findings.group(f"{path}.{name}", given, _IN_PICTURE)
            findings.url(f"{path}.{name}.url", picture.get("url") or "")
    said += _check_edges(findings, path, embed)
    said += _check_fields(findings, f"{path}.fields", embed.get("fields"))
    return sum(units(text) for text in said if text)


def _shows(value: Json) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _check_edges(findings: Findings, path: str, embed: Mapping[str, Json]) -> list[str | None]:
    said = []
    edges = (("author", "name", limits.AUTHOR), ("footer", "text", limits.FOOTER))
    for edge, name, at_most in edges:
        if (value := embed.get(edge)) is None:
            continue
        where = f"{path}.{edge}"
        known = {name, "url", "icon_url", "proxy_icon_url"} - (
            {"url"} if edge == "footer" else set()
        )
        group = findings.group(where, value, known)
        said.append(findings.text(f"{where}.{name}", group.get(name), at_most, needed=True))
        findings.url(f"{where}.url", group.get("url"))
        findings.url(f"{where}.icon_url", group.get("icon_url"))
    return said


def _check_fields(findings: Findings, path: str, value: Json) -> list[str | None]:
    said: list[str | None] = []
    for index, field in enumerate(findings.items(path, value, limits.FIELDS)):
        where = f"{path}[{index}]"
        group = findings.group(where, field, {"name", "value", "inline"})
        for name, at_most in (("name", limits.FIELD_NAME), ("value", limits.FIELD_VALUE)):
            said.append(findings.text(f"{where}.{name}", group.get(name), at_most, needed=True))
        findings.flag(f"{where}.inline", group.get("inline"))
    return said
