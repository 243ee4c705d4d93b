"""Addresses of Discord's webhooks: which are taken, and the one spelling they are kept in."""

import re

import attrs

from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.kernel.outbound_targets import read_target
from homeroom.scheduling.errors import UnreadableTarget

API = "/api/v10"
"""Without a version Discord falls back to one it has given up."""

_HOME = "discord.com"
_HOSTS = {host: host for host in (_HOME, "ptb.discord.com", "canary.discord.com")} | {
    "discordapp.com": _HOME  # the old name, which knows other limits
}
# Neither the length of an id nor of a token is promised anywhere.
_PATH = re.compile(
    r"/api(?:/v[0-9]{1,3})?/webhooks/(?P<id>[0-9]{15,20})/(?P<token>[A-Za-z0-9_-]{32,160})/?"
)
_SNOWFLAKE = re.compile(r"[0-9]{15,20}")
_BOOLEANS = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}


@attrs.frozen(kw_only=True)
class DiscordUrl:
    """A webhook of Discord's. Its token lets anybody write, and is never shown."""

    host: str
    webhook_id: str
    token: str = attrs.field(repr=False)
    thread_id: str = ""
    with_components: bool = False

    @property
    def text(self) -> str:
        """The one spelling: this version of the API, and always waiting for the message's id."""
        query = "wait=true"
        if self.thread_id:
            query += f"&thread_id={self.thread_id}"
        if self.with_components:
            query += "&with_components=true"
        return f"https://{self.host}{API}/webhooks/{self.webhook_id}/{self.token}?{query}"


def kept_discord_url(text: str) -> DiscordUrl:
    """The webhook that was found good and kept as *text*. Raises `UnreadableTarget`."""
    url, _ = read_discord_url(text)
    if url is None:
        raise UnreadableTarget
    return url


def read_discord_url(text: str) -> tuple[DiscordUrl | None, list[str]]:
    """The webhook at *text*, or everything that is wrong with it, quoting nothing of it."""
    try:
        target = read_target(text)
    except UrlRefused as refusal:
        return None, [refusal.message]
    path, _, query = target.path.partition("?")
    found = _PATH.fullmatch(path)
    asked, problems = _read_query(query)
    if target.scheme != "https":
        problems.append("must begin with https://")
    if target.host not in _HOSTS:
        problems.append("must be at discord.com, ptb.discord.com or canary.discord.com")
    if ":" in text.split("/")[2]:
        problems.append("must not name a port")
    if found is None:
        problems.append("must look like https://discord.com/api/webhooks/{id}/{token}")
    if found is None or problems:
        return None, problems
    url = DiscordUrl(
        host=_HOSTS[target.host],
        webhook_id=found["id"],
        token=found["token"],
        thread_id=asked.get("thread_id", ""),
        with_components=_BOOLEANS[asked.get("with_components", "false")],
    )
    return url, []


def _read_query(query: str) -> tuple[dict[str, str], list[str]]:
    asked: dict[str, str] = {}
    problems: list[str] = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name not in {"wait", "thread_id", "with_components"}:
            problems.append("may ask for wait, thread_id and with_components, and nothing else")
        elif name in asked:
            problems.append(f"asks for {name} twice")
        elif name == "thread_id" and not _SNOWFLAKE.fullmatch(value):
            problems.append("has a thread_id that is no id of Discord's")
        elif name != "thread_id" and value not in _BOOLEANS:
            problems.append(f"has a {name} that is neither true nor false")
        else:
            asked[name] = value
    return asked, list(dict.fromkeys(problems))
