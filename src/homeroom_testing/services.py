"""The services that tests may use: where they are looked for, and what to say when one is missing.

Nothing here imports a driver. A service is *found* when it answers at the address of its variable,
or at its usual address on this machine.
"""

import getpass
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from homeroom_testing.children import answers
from homeroom_testing.installed import NotInstalled, installed_programs

REQUIRE = "HOMEROOM_TEST_REQUIRE"


@attrs.frozen
class Found:
    """A service that answers."""

    at: str
    """Its URL, or the program's path."""

    def __str__(self) -> str:
        return f"at {without_password(self.at)}"


@attrs.frozen
class Missing:
    """A service that does not, and what a reader can do about it."""

    why: str
    cure: str

    def __str__(self) -> str:
        return f"{self.why}; {self.cure}"


Search = Callable[[Mapping[str, str]], Found | Missing]


def without_password(url: str) -> str:
    """The *url* as it may be printed."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user = parts.username or ""
    return parts._replace(
        netloc=parts.netloc.replace(f"{user}:{parts.password}@", f"{user}@")
    ).geturl()


def find_postgres(environment: Mapping[str, str]) -> Found | Missing:
    """PostgreSQL at its variable or on port 5432, as a user who may log in."""
    cure = (
        "start PostgreSQL on 127.0.0.1:5432 with a user who may create databases, "
        "or set HOMEROOM_TEST_POSTGRES_URL"
    )
    if chosen := environment.get("HOMEROOM_TEST_POSTGRES_URL"):
        return _reached(chosen, port=5432, cure=cure)
    if not answers("127.0.0.1", 5432):
        return Missing("nothing answers at 127.0.0.1:5432", cure)
    for user in dict.fromkeys((getpass.getuser(), "postgres")):
        candidate = f"postgresql://{user}@127.0.0.1:5432/postgres"
        if _may_log_in(candidate):
            return Found(candidate)
    return Missing("PostgreSQL answers, but neither the system user nor postgres may log in", cure)


def find_redis(environment: Mapping[str, str]) -> Found | Missing:
    """Redis at its variable or on port 6379."""
    url = environment.get("HOMEROOM_TEST_REDIS_URL", "redis://127.0.0.1:6379")
    return _reached(url, port=6379, cure="start redis-server, or set HOMEROOM_TEST_REDIS_URL")


def find_rabbitmq(environment: Mapping[str, str]) -> Found | Missing:
    """RabbitMQ at its variable or on port 5672."""
    url = environment.get("HOMEROOM_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")
    return _reached(url, port=5672, cure="start rabbitmq-server, or set HOMEROOM_TEST_RABBITMQ_URL")


def find_mongo(environment: Mapping[str, str]) -> Found | Missing:
    """MongoDB at its variable, else the program of a peer that speaks its protocol."""
    cure = 'pip install "neosqlite[nx27017]", or set HOMEROOM_TEST_MONGO_URL'
    if chosen := environment.get("HOMEROOM_TEST_MONGO_URL"):
        return _reached(chosen, port=27017, cure=cure)
    if program := _program("nx-27017"):
        return Found(program)
    return Missing("no nx-27017 beside this Python", cure)


def find_node(environment: Mapping[str, str]) -> Found | Missing:
    """Node, with npm to fetch what a peer needs."""
    cure = "install Node 20 or later with npm"
    if not shutil.which("npm", path=environment.get("PATH")):
        return Missing("no npm on the path", cure)
    program = shutil.which("node", path=environment.get("PATH"))
    return Found(program) if program else Missing("no node on the path", cure)


def find_programs(kind: str) -> Search:
    """A search for the programs of a server that tests start and kill themselves."""

    def search(_: Mapping[str, str]) -> Found | Missing:
        try:
            return Found(installed_programs(kind)[0])
        except NotInstalled as absent:
            return Missing(str(absent), f"install the {kind} server; it need not run")

    return search


SEARCHES: Mapping[str, Search] = {
    "postgres": find_postgres,
    "redis": find_redis,
    "rabbitmq": find_rabbitmq,
    "mongo": find_mongo,
    "node": find_node,
    "postgres-programs": find_programs("postgres"),
    "redis-programs": find_programs("redis"),
    "rabbitmq-programs": find_programs("rabbitmq"),
}


class UnknownService(Exception):
    """A marker or a setting names a service that nobody knows how to look for."""


@attrs.define
class Services:
    """What was looked for in this session; each service is searched once, when first needed."""

    environment: Mapping[str, str]
    required: frozenset[str] = frozenset()
    _answers: dict[str, Found | Missing] = attrs.field(factory=dict, init=False, alias="answers")

    def look_for(self, name: str) -> Found | Missing:
        """Where the service called *name* is, or why it is not. Raises `UnknownService`."""
        if name not in SEARCHES:
            raise UnknownService(f"no service {name!r}; known: {list(SEARCHES)}")
        if name not in self._answers:
            self._answers[name] = SEARCHES[name](self.environment)
        return self._answers[name]


def services_of_this_machine() -> Services:
    """The services that this process' environment names and requires. Raises `UnknownService`."""
    named = {name.strip() for name in os.environ.get(REQUIRE, "").split(",")} - {""}
    if strangers := named - SEARCHES.keys():
        raise UnknownService(f"{REQUIRE} names {sorted(strangers)}; known: {list(SEARCHES)}")
    return Services(os.environ, frozenset(named))


def _reached(url: str, *, port: int, cure: str) -> Found | Missing:
    parts = urlsplit(url)
    host, actual = parts.hostname or "127.0.0.1", parts.port or port
    if answers(host, actual):
        return Found(url)
    return Missing(f"nothing answers at {host}:{actual}", cure)


def _may_log_in(url: str) -> bool:
    try:
        import psycopg  # noqa: PLC0415 - whoever tests without PostgreSQL need not have it
    except ImportError:
        return False
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _program(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)
