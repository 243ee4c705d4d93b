"""The settings' sections about what is sent: when, by which way, and who hears of failures."""

from pathlib import Path
from typing import Literal

import attrs

from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.kernel.outbound_targets import read_target
from homeroom.kernel.sealing import SealerSettings, read_key
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import adapter, setting


def sealing_keys(secret: Secret) -> tuple[str, ...]:
    """The keys, newest first, as an operator writes them: with commas between."""
    return tuple(part.strip() for part in secret.reveal().split(",") if part.strip())


def _keys(_settings: object, _field: object, secret: Secret) -> None:
    try:
        if secret:
            SealerSettings(keys=sealing_keys(secret))
    except ValueError:
        raise Expected(
            "keys of 32 bytes in base64, newest first, with commas between; "
            "`homeroom secrets new-key` makes one"
        ) from None


def _key(_settings: object, _field: object, secret: Secret) -> None:
    try:
        if secret:
            read_key(secret.reveal().strip())
    except ValueError:
        raise Expected("one key of 32 bytes in base64") from None


def _web_address(_settings: object, _field: object, text: str) -> None:
    try:
        if text:
            read_target(text)
    except UrlRefused:
        raise Expected("an address such as http://127.0.0.1:8080") from None


@attrs.frozen(kw_only=True)
class SealingSettings:
    """How stored secrets, such as the addresses of webhooks, are kept from who reads the store."""

    adapter: str = adapter("sealer", "aesgcm", "How secrets are sealed: aesgcm.")
    keys: Secret = setting(
        Secret(),
        "The keys, newest first, with commas between; empty means one that is made and kept in "
        "`data_dir`. Every process of one house needs the same.",
        _keys,
    )
    fingerprint_key: Secret = setting(
        Secret(),
        "By which receiving ends are recognised; empty means by the oldest of the keys. Set it to "
        "that one before you take it away.",
        _key,
    )


@attrs.frozen(kw_only=True)
class SchedulingSettings:
    """How exact the scheduler is, and how long it remembers."""

    grace_seconds: float = setting(
        5.0, "A firing that is later than this was missed.", rules.positive()
    )
    batch: int = setting(200, "Tasks that are fired in one transaction.", rules.positive())
    deliveries_at_once: int = setting(
        100,
        "Deliveries one worker process has under way at once: they mostly wait for others.",
        rules.between(1, 10_000, "a number from 1 to 10000"),
    )
    keep_days: float = setting(
        90.0, "How long executions and their log can be looked up.", rules.positive()
    )
    allow_http: bool = setting(False, "Let webhooks be called without TLS.")
    webhook_timeout_seconds: float = setting(
        15.0, "How long a webhook may take to answer.", rules.positive()
    )


@attrs.frozen(kw_only=True)
class DiscordSettings:
    """How Discord is called."""

    base_url: str = setting("", "Who is called in Discord's place, for tests.", _web_address)
    timeout_seconds: float = setting(10.0, "How long Discord may take to answer.", rules.positive())


@attrs.frozen(kw_only=True)
class MailSettings:
    """The mail server that takes our letters."""

    host: str = setting("", "The mail server; empty means that no letters are sent.")
    port: int = setting(587, "Its port.", rules.port)
    username: str = setting("", "Who we are there.")
    password: Secret = setting(Secret(), "Our password there.")
    security: Literal["starttls", "tls", "none"] = setting(
        "starttls", "How the way there is encrypted.", rules.one_of("starttls", "tls", "none")
    )
    sender: str = setting("", "The address our letters come from.")
    timeout_seconds: float = setting(30.0, "How long one letter may take.", rules.positive())
    ca_file: Path | None = setting(
        None, "A file of PEM certificates to trust beside the public ones."
    )


@attrs.frozen(kw_only=True)
class AlertSettings:
    """Who hears of tasks that gave up and of pings that stayed away."""

    kind: Literal["log", "discord", "webhook", "email"] = setting(
        "log",
        "By which way alerts leave: log, discord, webhook, email.",
        rules.one_of("log", "discord", "webhook", "email"),
    )
    target: Secret = setting(
        Secret(), "Where they go: a webhook's URL, or e-mail addresses with commas between."
    )
    secret: Secret = setting(Secret(), "What alerts to a webhook are signed with: whsec_…")
