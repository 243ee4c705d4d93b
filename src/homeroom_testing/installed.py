"""The servers' programs that are installed here, wherever the system keeps them."""

import os
import pwd
import shutil
from pathlib import Path


class NotInstalled(Exception):
    """The programs of a server are not on this machine."""


def installed_programs(kind: str) -> list[str]:
    """Where the programs of a *kind* of server are. Raises `NotInstalled`."""
    match kind:
        case "postgres":
            return [postgres_program(name) for name in ("initdb", "postgres", "pg_isready")]
        case "redis":
            return [program("redis-server")]
        case "rabbitmq":
            return [rabbitmq_server(), program("epmd")]
        case _:
            raise NotInstalled(f"no private server is called {kind!r}")


def postgres_program(name: str) -> str:
    """Where PostgreSQL's *name* is, of the newest version here. Raises `NotInstalled`."""
    homes = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name)
    )
    for directory in (*reversed(homes), *map(Path, os.get_exec_path())):
        if (directory / name).exists():
            return str(directory / name)
    raise NotInstalled(f"{name}: install the PostgreSQL server")


def rabbitmq_server() -> str:
    """RabbitMQ's start script. Raises `NotInstalled`."""
    # Debian's wrapper on the path changes user and directories; the script it wraps does not.
    plain = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return str(plain) if plain.exists() else program("rabbitmq-server")


def program(name: str) -> str:
    """Where *name* is, on the path or where systems hide servers. Raises `NotInstalled`."""
    if found := shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"])):
        return found
    raise NotInstalled(f"{name} is not on the path")


def unprivileged_account(*preferred: str) -> str:
    """A system user without rights that exists here. Raises `NotInstalled`."""
    for name in (*preferred, "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NotInstalled("no unprivileged account to run the server as")
