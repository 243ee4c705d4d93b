"""Targets: where a task's messages go. What a target says is a secret, and never shown whole."""

import enum
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Self, TypeAlias

import attrs

from homeroom.kernel.outbound_targets import read_target
from homeroom.scheduling.errors import UnreadableTarget
from homeroom.scheduling.model.discord_urls import DiscordUrl, kept_discord_url
from homeroom.scheduling.model.payloads import Json
from homeroom.scheduling.model.signatures import SECRET_PREFIX

MASKED = "…"
"""Stands in a mask for what is not shown; no address holds it."""

_REMEMBERED = 1_024
_SHOWN = 4
_GUESSABLE = 16
"""A secret shorter than this would be half told by its last letters."""


class NotifierKind(enum.Enum):
    """By which way a task's messages leave."""

    DISCORD = "discord"
    WEBHOOK = "webhook"
    EMAIL = "email"
    LOG = "log"


@attrs.frozen(kw_only=True)
class DiscordTarget:
    """A channel of Discord's, or a thread in it, through one of its webhooks."""

    url: str = attrs.field(repr=False)

    @property
    def parts(self) -> DiscordUrl:
        return kept_discord_url(self.url)


@attrs.frozen(kw_only=True)
class WebhookTarget:
    """Somebody's own address, which gets signed JSON."""

    url: str = attrs.field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False, hash=False)
    """Beside ours; names in lower case."""

    secrets: tuple[str, ...] = attrs.field(repr=False)
    """What messages are signed with, newest first: two while one is being rotated, else one."""

    def rotate(self, secret: str) -> Self:
        """Sign with *secret* too, and with the newest of the others until `settle`."""
        others = [one for one in self.secrets if one != secret]
        return attrs.evolve(self, secrets=(secret, *others[:1]))

    def settle(self) -> Self:
        """Sign with the newest secret alone: every receiver knows it by now."""
        return attrs.evolve(self, secrets=self.secrets[:1])


@attrs.frozen(kw_only=True)
class EmailTarget:
    """Letters to a few people."""

    to: tuple[str, ...] = attrs.field(repr=False)
    subject: str


@attrs.frozen(kw_only=True)
class LogTarget:
    """A line in our own log."""


Target: TypeAlias = DiscordTarget | WebhookTarget | EmailTarget | LogTarget


def target_text(target: Target) -> str:
    """*target* as it is sealed: the same text for the same target, always."""
    said: dict[str, Json] = {"kind": "log"}
    match target:
        case DiscordTarget(url=url):
            said = {"kind": "discord", "url": url}
        case WebhookTarget(url=url, method=method, headers=headers, secrets=secrets):
            said = {"kind": "webhook", "url": url, "method": method}
            said |= {"headers": dict(headers), "secrets": list(secrets)}
        case EmailTarget(to=to, subject=subject):
            said = {"kind": "email", "to": list(to), "subject": subject}
        case LogTarget():
            pass
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


@lru_cache(_REMEMBERED)
def read_target_text(text: str) -> Target:
    """What `target_text` wrote. Raises `UnreadableTarget`, quoting nothing of it."""
    try:
        said: Json = json.loads(text)
    except ValueError:
        raise UnreadableTarget from None  # the cause would quote it
    match said:
        case {"kind": "discord", "url": str(url)}:
            return DiscordTarget(url=url)
        case {
            "kind": "webhook",
            "url": str(url),
            "method": str(method),
            "headers": dict(headers),
            "secrets": list(secrets),
        }:
            pairs = {name: str(value) for name, value in headers.items()}
            keys = tuple(str(one) for one in secrets)
            return WebhookTarget(url=url, method=method, headers=pairs, secrets=keys)
        case {"kind": "email", "to": list(to), "subject": str(subject)}:
            return EmailTarget(to=tuple(str(one) for one in to), subject=subject)
        case {"kind": "log"}:
            return LogTarget()
    raise UnreadableTarget


def mask(target: Target) -> str:
    """What may be shown of *target*: enough to tell it from others, too little to use it."""
    match target:
        case DiscordTarget():
            parts = target.parts
            return f"https://{parts.host}/api/webhooks/{MASKED}/{MASKED}{parts.token[-_SHOWN:]}"
        case WebhookTarget():
            where = read_target(target.url)
            last = where.path.rpartition("/")[2]
            return f"{where.origin}/{MASKED}" + (last[-_SHOWN:] if len(last) >= _GUESSABLE else "")
        case EmailTarget():
            return ", ".join(_masked(address) for address in target.to)
        case LogTarget():
            return "log"


def _masked(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[0] if len(local) > 1 else ''}{MASKED}@{domain}"


def identity(target: Target) -> str:
    """The same for two targets that send to the same receiving end. A secret: fingerprint it."""
    match target:
        case DiscordTarget():
            return f"discord {target.parts.webhook_id}/{target.parts.token}"
        case WebhookTarget():
            return f"webhook {target.url}"
        case EmailTarget():
            return f"email {' '.join(sorted(address.lower() for address in target.to))}"
        case LogTarget():
            return "log"


def secret_parts(target: Target) -> tuple[str, ...]:
    """Every text of *target* that must never be shown, not even in what a receiver echoes."""
    match target:
        case DiscordTarget():
            return (target.url, target.parts.token)
        case WebhookTarget():
            path = read_target(target.url).path
            told = [target.url, path, *target.secrets, *target.headers.values()]
            told += [one.removeprefix(SECRET_PREFIX) for one in target.secrets]
            told += [word for value in target.headers.values() for word in value.split()]
            told += [word for word in re.split(r"[/?&=]", path) if len(word) >= _GUESSABLE]
            return tuple(dict.fromkeys(one for one in told if len(one) > _SHOWN))
        case EmailTarget():
            return target.to
        case LogTarget():
            return ()


def discord_send_url(target: DiscordTarget, base_url: str = "") -> str:
    """Where *target* is called: at Discord, or at the operator's stand-in at *base_url*."""
    if not base_url:
        return target.url
    return base_url.rstrip("/") + read_target(target.url).path
