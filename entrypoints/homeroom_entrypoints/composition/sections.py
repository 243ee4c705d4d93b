"""The settings' sections: what an operator may decide, and what holds if nobody does."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import attrs

from homeroom.kernel.outbound import OutboundSettings as OpenedOutbound
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.rules import Network
from homeroom_entrypoints.composition.secret import Secret

_OUTBOUND = OpenedOutbound()


def setting(default: Any, meaning: str, rule: Callable[..., None] | None = None) -> Any:
    """A field with its default, its one-line meaning for the settings page, and its rule."""
    return attrs.field(default=default, validator=rule, metadata={"meaning": meaning})


def adapter(port: str, default: str, meaning: str) -> Any:
    """A setting that names an installed adapter of *port*; its default always stands."""
    told = {"meaning": meaning, "port": port}
    return attrs.field(default=default, validator=rules.adapter_name, metadata=told)


@attrs.frozen(kw_only=True)
class StorageSettings:
    """Where everything is kept."""

    adapter: str = adapter("storage", "sql", "The storage adapter.")
    url: Secret = setting(
        Secret(), "The database's address; empty means SQLite in `data_dir`.", rules.address
    )
    pool_size: int = setting(
        10, "Connections each process keeps to the database.", rules.positive()
    )


@attrs.frozen(kw_only=True)
class QueueSettings:
    """How fast one queue may go, counted over all workers."""

    concurrency: int | None = setting(
        None, "Jobs of this queue that may run at once, over all workers.", rules.positive()
    )
    rate_per_second: float | None = setting(
        None, "Jobs of this queue that may start in a second, over all workers.", rules.positive()
    )
    paused: bool = setting(False, "Keep this queue's jobs waiting.")


@attrs.frozen(kw_only=True)
class JobsSettings:
    """How jobs are carried and run."""

    carrier: str = adapter(
        "carrier", "none", "The broker that carries ready jobs: none, bullmq, rabbitmq."
    )
    url: Secret = setting(Secret(), "The broker's address.", rules.address)
    only_offer: tuple[str, ...] = setting(
        (),
        "Queues that other programs work off: their jobs go to the carrier, and no worker of "
        "ours takes them.",
        rules.queues_of_others,
    )
    lease_seconds: float = setting(
        15.0, "How long a job stays claimed if its worker falls silent.", rules.positive()
    )
    poll_seconds: float = setting(
        5.0, "How often a worker looks for jobs that nobody announced.", rules.positive()
    )
    grace_seconds: float = setting(
        20.0, "How long running jobs may take to finish at shutdown.", rules.positive()
    )
    concurrency: int = setting(
        10,
        "Jobs one worker process runs at once, beside `scheduling.deliveries_at_once`.",
        rules.positive(),
    )
    retain_succeeded_hours: float = setting(
        24.0, "How long a finished job can still be looked up.", rules.positive()
    )
    queues: Mapping[str, QueueSettings] = setting(
        attrs.Factory(dict), "Limits per queue.", rules.queue_names
    )


@attrs.frozen(kw_only=True)
class BusSettings:
    """What carries published facts to the outside."""

    adapter: str = adapter("bus", "memory", "The event bus: memory, redis, rabbitmq.")
    url: Secret = setting(Secret(), "The bus's address.", rules.address)


@attrs.frozen(kw_only=True)
class ComplianceSettings:
    """What the house decides beyond what the law says."""

    teens_need_consent: bool = setting(
        True, "Whether a parent must have agreed also for those from 13 to 17."
    )


@attrs.frozen(kw_only=True)
class AuditSettings:
    """How entries of those who only looked come into the record of who did what."""

    handover: str = adapter(
        "handover",
        "spool",
        "What keeps them on their way: spool, a file in `data_dir`; redis, a stream, for those "
        "that may get lost with it.",
    )
    url: Secret = setting(Secret(), "The handover's address.", rules.address)
    most_waiting: int = setting(
        10_000,
        "Entries that may be on their way at once; then whoever looks waits, and is refused.",
        rules.positive(),
    )


@attrs.frozen(kw_only=True)
class CacheSettings:
    """Where answers are remembered."""

    adapter: str = adapter("cache", "memory", "The cache: memory, redis.")
    url: Secret = setting(Secret(), "The cache's address.", rules.address)


@attrs.frozen(kw_only=True)
class WebSettings:
    """How the web service listens and whom it trusts."""

    host: str = setting("127.0.0.1", "The address to listen on.", rules.host)
    port: int = setting(8000, "The port to listen on.", rules.port)
    root_path: str = setting("", "The path prefix a proxy strips.", rules.root_path)
    cors_origins: tuple[str, ...] = setting(
        (), "Origins whose pages may call the API.", rules.every(rules.origin)
    )
    trusted_proxies: tuple[Network, ...] = setting(
        (), "Networks whose `X-Forwarded-For` is believed when callers are counted."
    )
    metrics_networks: tuple[Network, ...] = setting(
        rules.OWN_NETWORKS,
        "Networks from which `/metrics` may be read; empty means from everywhere.",
    )
    admin_networks: tuple[Network, ...] = setting(
        (),
        "Networks from which administrators' functions may be asked over the API; empty means "
        "from everywhere.",
    )
    body_limit_bytes: int = setting(
        1_048_576, "The largest request body; more is answered with 413.", rules.positive()
    )
    rate_limit_per_minute: int = setting(
        600, "Requests per caller and minute; more are answered with 429.", rules.positive()
    )
    rate_limit_store: str = adapter("rates", "memory", "Where requests are counted: memory, redis.")
    rate_limit_url: Secret = setting(Secret(), "The counting store's address.", rules.address)
    rate_limit_fails_open: bool = setting(
        False, "Let requests through while the counting store is away."
    )
    sockets_per_person: int = setting(
        5, "WebSockets one person may have open at once, in each process.", rules.positive()
    )
    ping_seconds: float = setting(
        20.0,
        "How often those at the other end of WebSockets are asked whether they are there; as long "
        "they have to answer.",
        rules.positive(),
    )
    hsts: bool = setting(False, "Tell browsers to use HTTPS only.")
    docs: bool = setting(True, "Serve the API's documentation at `/docs`.")


@attrs.frozen(kw_only=True)
class WatchSettings:
    """How a worker that runs alone is watched. In `homeroom up` the web service shows it all."""

    metrics_host: str = setting(
        "127.0.0.1", "Where a worker that runs alone shows its numbers.", rules.host
    )
    metrics_port: int = setting(
        0,
        "The port of its `/metrics` and `/health`; 0 means none.",
        rules.between(0, 65535, "a port from 1 to 65535, or 0 for none"),
    )


@attrs.frozen(kw_only=True)
class OutboundSettings:
    """What our own calls to other systems may reach, and what they may cost."""

    adapter: str = adapter("outbound", "http", "How other systems are called: http, memory.")
    allow: tuple[Network, ...] = setting(
        _OUTBOUND.allow, "Private networks that may be called all the same, on every port."
    )
    deny: tuple[Network, ...] = setting(
        _OUTBOUND.deny, "Networks that are never called, not even if allowed."
    )
    ports: tuple[int, ...] = setting(
        _OUTBOUND.ports, "Ports of the public internet that may be called.", rules.every(rules.port)
    )
    ca_file: Path | None = setting(
        _OUTBOUND.ca_file, "A file of PEM certificates to trust beside the public ones."
    )
    timeout_seconds: float = setting(
        _OUTBOUND.deadline,
        "How long one call may take, tries and waits included.",
        rules.positive(),
    )
    response_limit_bytes: int = setting(
        _OUTBOUND.max_body,
        "The largest answer that is read, unless the caller expects a larger one.",
        rules.positive(),
    )
    connections: int = setting(
        _OUTBOUND.connections,
        "Calls one process makes at once; more wait their turn.",
        rules.between(1, 512, "a number from 1 to 512"),
    )


@attrs.frozen(kw_only=True)
class LogSettings:
    """What is logged, and how it looks."""

    level: Literal["debug", "info", "warning", "error", "critical"] = setting(
        "info",
        "The least severe line that is written.",
        rules.one_of("debug", "info", "warning", "error", "critical"),
    )
    format: Literal["json", "console"] = setting(
        "json", "`json` lines for machines, `console` for people.", rules.one_of("json", "console")
    )
    access: bool = setting(True, "Write one line per request.")


@attrs.frozen(kw_only=True)
class PeopleSettings:
    """Who may enter an empty house."""

    bootstrap_key: Secret | None = setting(
        None, "The first administrator's API key; otherwise one is made.", rules.key_secret
    )
    courier: str = adapter(
        "courier",
        "email",
        "How invitations and new passwords reach people: email, if `email.host` is set; memory, "
        "which only keeps them.",
    )
    public_url: str = setting(
        "",
        "Where the pages are to which letters lead: `…/invitation` and `…/password-reset`, with "
        "`#token=…` behind. This house has them: then it is where it is reached itself. Empty "
        "means that letters have a token in place of a link.",
        rules.web_page,
    )
    sign_in_url: str = setting(
        "",
        "Where people sign in: the house's own pages lead there once a password is chosen.",
        rules.web_page,
    )
    invitations_per_hour: int = setting(
        5,
        "How many invitations one person may make in an hour; keys and the command line, which "
        "bring whole terms, are not counted.",
        rules.between(1, 10_000, "a number from 1 to 10000"),
    )
    invite_any_domain: bool = setting(
        False,
        "Let people be invited whose address is of no domain that `google.domains` names for the "
        "institution; where it names none, anybody is.",
    )
