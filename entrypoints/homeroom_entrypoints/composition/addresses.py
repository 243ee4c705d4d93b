"""Which adapter needs which kind of address: what a single setting's rule cannot see."""

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

import attrs

from homeroom.kernel.errors import Problem
from homeroom_entrypoints.composition.catalogue import Path, variable
from homeroom_entrypoints.composition.secret import Secret


@attrs.frozen
class Spoken:
    """The addresses the adapter *choice* understands. Strangers' adapters judge their own."""

    chooser: Path
    choice: str
    url: Path
    schemes: frozenset[str]
    example: str
    may_be_empty: bool = False


_REDIS = frozenset({"redis", "rediss"})
_AMQP = frozenset({"amqp", "amqps"})
_POSTGRES = frozenset({"postgresql", "postgres"})
_REDIS_EXAMPLE = "redis://:password@host:6379/0"
_AMQP_EXAMPLE = "amqp://user:password@host:5672/"
_MONGO = frozenset({"mongodb", "mongodb+srv"})
_MONGO_EXAMPLE = "mongodb://user:password@host:27017/homeroom?replicaSet=rs0"
_SQL_EXAMPLE = "postgresql://user:password@host:5432/homeroom or sqlite:///file.sqlite3"

_STORAGE, _JOBS = ("storage", "url"), ("jobs", "url")
_DOCUMENTS = ("documents", "url")
_BUS, _CACHE, _RATES = ("bus", "url"), ("cache", "url"), ("web", "rate_limit_url")
_CARRIER, _COUNTS = ("jobs", "carrier"), ("web", "rate_limit_store")

_SPOKEN = (
    Spoken(("storage", "adapter"), "sql", _STORAGE, _POSTGRES | {"sqlite"}, _SQL_EXAMPLE, True),
    Spoken(("documents", "adapter"), "mongo", _DOCUMENTS, _MONGO, _MONGO_EXAMPLE, True),
    Spoken(_CARRIER, "bullmq", _JOBS, _REDIS | _POSTGRES, _REDIS_EXAMPLE),
    Spoken(_CARRIER, "rabbitmq", _JOBS, _AMQP, _AMQP_EXAMPLE),
    Spoken(("bus", "adapter"), "redis", _BUS, _REDIS, _REDIS_EXAMPLE),
    Spoken(("bus", "adapter"), "rabbitmq", _BUS, _AMQP, _AMQP_EXAMPLE),
    Spoken(("cache", "adapter"), "redis", _CACHE, _REDIS, _REDIS_EXAMPLE),
    Spoken(("audit", "handover"), "redis", ("audit", "url"), _REDIS, _REDIS_EXAMPLE),
    Spoken(_COUNTS, "redis", _RATES, _REDIS, _REDIS_EXAMPLE),
)

_DEFAULTS: Mapping[Path, str] = {("storage", "adapter"): "sql"}


def address_problems(values: Mapping[Path, object], refused: Collection[Path]) -> Iterator[Problem]:
    """What is wrong between a chosen adapter and its address; *refused* ones are judged already."""
    for spoken in _SPOKEN:
        chosen = values.get(spoken.chooser, _DEFAULTS.get(spoken.chooser))
        if chosen == spoken.choice and spoken.url not in refused:
            yield from _judge(spoken, values.get(spoken.url, Secret()))


def _judge(spoken: Spoken, url: object) -> Iterator[Problem]:
    text = url.reveal() if isinstance(url, Secret) else ""
    who = f"{'.'.join(spoken.chooser)} {spoken.choice!r}"
    field = f"{variable(spoken.url)} ({'.'.join(spoken.url)})"
    if not text and not spoken.may_be_empty:
        yield Problem(field, f"is missing: {who} needs an address. Write {spoken.example}.")
    elif text and not _speaks(spoken, text):
        yield Problem(field, f"is no address that {who} understands. Write {spoken.example}.")


def _speaks(spoken: Spoken, text: str) -> bool:
    """Whether the scheme fits, and the rest can be taken apart."""
    try:
        parts = urlsplit(text)
        return parts.port != 0 and parts.scheme.partition("+")[0] in spoken.schemes
    except ValueError:
        return False
