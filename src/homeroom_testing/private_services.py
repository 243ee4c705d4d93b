"""PostgreSQL, Redis and RabbitMQ of our own, to be killed and restarted at will.

Each runs from the installed programs, on free ports, with its data in a temporary directory. The
machine's own instances are never touched. Whatever happens to us, nothing stays behind: a guardian
ends the server and deletes its data when this process dies.

    with PrivatePostgres() as server:
        server.kill()       # SIGKILL to all its processes, as a power cut would
        server.restart()    # the same port, the same data
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import anyio
import anyio.to_thread
import attrs

from homeroom_testing.children import Child, free_port, private_directory
from homeroom_testing.installed import (
    postgres_program,
    program,
    rabbitmq_server,
    unprivileged_account,
)


@attrs.define
class PrivateServer:
    """A server with a life of its own; subclasses say what it runs and when it is ready."""

    port: int = attrs.field(factory=free_port, init=False)
    directory: Path = attrs.field(init=False)
    _children: list[Child] = attrs.field(factory=list, init=False, alias="children")

    kind = "server"
    patience = 60.0
    polite = signal.SIGTERM

    def __attrs_post_init__(self) -> None:
        self.directory = private_directory(self.kind, owner=self.owner)

    @property
    def owner(self) -> str | None:
        """The system user it runs as; None is ours."""
        return None

    @property
    def url(self) -> str:
        """Where clients connect; the same after every restart."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The process that clients speak to."""
        return self._children[-1].pid

    def prepare(self) -> None:
        """Lay out the data directory, once, before the first start."""

    def commands(self) -> list[Child]:
        """The processes to run, the server last."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether clients are served."""
        raise NotImplementedError

    def start(self) -> None:
        """Run until clients are served. Raises `DidNotStart`."""
        self._children = self.commands()
        for child in self._children:
            child.start()
        self._children[-1].wait_until(self.ready, within=self.patience)

    def kill(self) -> None:
        """End every process at once, without a chance to tidy up."""
        for child in reversed(self._children):
            child.kill()

    def stop(self) -> None:
        """Shut down in order; what was accepted is on disk."""
        for child in reversed(self._children):
            child.stop(with_signal=self.polite)

    def restart(self) -> None:
        """Start again with the same data on the same port; kills what still runs."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """Stop answering without closing anything: to clients, a network that drops packets."""
        self._children[-1].signal_family(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._children[-1].signal_family(signal.SIGCONT)

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


@attrs.define
class PrivatePostgres(PrivateServer):
    """A PostgreSQL that waits for the disk at every commit, as in production."""

    kind = "postgres"
    polite = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    @property
    def owner(self) -> str | None:
        # PostgreSQL refuses to run as root, so root lends it an account that already exists.
        return unprivileged_account("postgres") if os.getuid() == 0 else None

    @property
    def url(self) -> str:
        return f"postgresql://homeroom@127.0.0.1:{self.port}/postgres"

    def prepare(self) -> None:
        words = "-D data -U homeroom --auth=trust --encoding=UTF8 --no-locale --no-instructions"
        subprocess.run(
            [postgres_program("initdb"), *words.split()],
            cwd=self.directory,
            user=self.owner,
            check=True,
            capture_output=True,
        )

    def commands(self) -> list[Child]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "fsync": "on",
            "synchronous_commit": "on",
            "max_connections": "200",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [postgres_program("postgres"), "-D", str(self.directory / "data"), *options]
        return [Child(command, self.directory, owner=self.owner)]

    def ready(self) -> bool:
        asked = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False, timeout=10).returncode == 0


@attrs.define
class PrivateRedis(PrivateServer):
    """A Redis that appends every write to a file and syncs it once a second."""

    kind = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def commands(self) -> list[Child]:
        options = f"--bind 127.0.0.1 --port {self.port} --dir {self.directory} --save"
        durable = "--appendonly yes --appendfsync everysec --maxmemory-policy noeviction"
        words = [*options.split(), "", *durable.split()]
        return [Child([program("redis-server"), *words], self.directory)]

    def ready(self) -> bool:
        return _says(self.port, b"PING\r\n").startswith(b"+PONG")


@attrs.define
class PrivateRabbit(PrivateServer):
    """A RabbitMQ with a node name, a cookie and a port mapper that no other node shares."""

    kind = "rabbitmq"
    patience = 90.0
    distribution_port: int = attrs.field(factory=free_port, init=False)
    mapper_port: int = attrs.field(factory=free_port, init=False)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def prepare(self) -> None:
        cookie = self.directory / ".erlang.cookie"
        cookie.write_text(self.directory.name.upper())
        cookie.chmod(0o400)
        (self.directory / "environment.conf").touch()
        (self.directory / "enabled_plugins").write_text("[].\n")
        (self.directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nvm_memory_high_watermark.absolute = 512MB\n"
            "disk_free_limit.absolute = 10MB\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """What its server and its command line tools must be told to mean this node."""
        return {
            "HOME": str(self.directory),
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"homeroom-{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_PID_FILE": str(self.directory / "rabbitmq.pid"),
        }

    def commands(self) -> list[Child]:
        # The mapper runs as a child of ours: one that the node starts itself would outlive it.
        mapper = [program("epmd"), "-address", "127.0.0.1", "-port", str(self.mapper_port)]
        return [
            Child(mapper, self.directory, self.environment),
            Child([rabbitmq_server()], self.directory, self.environment),
        ]

    def ready(self) -> bool:
        return _says(self.port, b"AMQP\x00\x00\x09\x01").startswith(b"\x01")


@asynccontextmanager
async def running(server: PrivateServer) -> AsyncIterator[PrivateServer]:
    """Run *server* around a block of coroutines; call its verbs through `in_thread`."""
    await in_thread(server.__enter__)
    try:
        yield server
    finally:
        with anyio.CancelScope(shield=True):
            await in_thread(server.__exit__)


async def in_thread(verb: Callable[[], object]) -> None:
    """``await in_thread(server.restart)``: the event loop goes on meanwhile."""
    await anyio.to_thread.run_sync(verb)


def _says(port: int, greeting: bytes) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(greeting)
            return connection.recv(64)
    except OSError:
        return b""
