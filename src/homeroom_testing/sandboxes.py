"""Rooms of our own inside services that belong to somebody else.

Each sandbox is a context manager: what it made is gone afterwards, and nothing else was touched.
Drivers are imported when a sandbox is opened, never before.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import attrs

from homeroom_testing.children import Child, free_port, private_directory

Sandbox = contextlib.AbstractContextManager[str]

PREFIX = "homeroom_test_"
CLAIM = "homeroom-test-claim"


def fresh_name() -> str:
    """A name that no other session has."""
    return PREFIX + secrets.token_hex(6)


def empty_postgres(url: str) -> None:
    """Leave nothing in the database but its schema: much cheaper than another database.

    Rows are deleted, for to truncate writes files anew; one statement deletes them all, so that
    what refers to what is asked when it ends. Only where triggers guard rows is a table truncated.
    """
    import psycopg  # noqa: PLC0415 - whoever opens no sandbox needs no driver
    from psycopg.sql import SQL, Identifier, Literal  # noqa: PLC0415 - nor this

    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT relname, EXISTS (SELECT 1 FROM pg_trigger"
            " WHERE tgrelid = pg_class.oid AND NOT tgisinternal) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND relname <> 'alembic_version'"
        ).fetchall()
        asked = SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
        look = [asked.format(Literal(name), Identifier(name)) for name, _ in tables]
        filled = {name for (name,) in connection.execute(SQL(" UNION ALL ").join(look))}
        guarded = [Identifier(name) for name, is_guarded in tables if is_guarded and name in filled]
        if guarded:
            # Their guards let nobody empty them: they look away while a replica is made.
            connection.execute("SET session_replication_role = replica")
            connection.execute(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(guarded)))
            connection.execute("SET session_replication_role = origin")
        if filled:
            deleted = (
                SQL("{} AS (DELETE FROM {})").format(Identifier(f"no {name}"), Identifier(name))
                for name, is_guarded in tables
                if name in filled and not is_guarded
            )
            connection.execute(
                SQL("WITH {} SELECT").format(SQL(", ").join([*deleted, SQL("nothing AS (SELECT)")]))
            )
            connection.execute(
                "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)"
                " FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
            )


@contextlib.contextmanager
def postgres_database(
    server: str, *, template: str | None = None, durable: bool = True
) -> Iterator[str]:
    """A new database on *server*, as a URL; dropped afterwards, whoever is still connected.

    One that is not *durable* may lose its last commits if the server dies, and is much faster.
    """
    import psycopg  # noqa: PLC0415 - whoever opens no sandbox needs no driver
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    name = fresh_name()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(
                Identifier(name), Identifier(template or "template1")
            )
        )
        if not durable:
            relaxed = SQL("ALTER DATABASE {} SET synchronous_commit TO off")
            connection.execute(relaxed.format(Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
            )


@contextlib.contextmanager
def postgres_schema(database: str) -> Iterator[str]:
    """A new, empty schema as a URL whose search path is that schema alone: much cheaper."""
    import psycopg  # noqa: PLC0415 - whoever opens no sandbox needs no driver
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    name = fresh_name()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    joint = "&" if urlsplit(database).query else "?"
    try:
        yield f"{database}{joint}options={quote(f'-csearch_path={name}')}"
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(name)))


@attrs.frozen
class RedisRoom:
    """A numbered database and the prefix that every key of ours must carry."""

    url: str
    prefix: str


@contextlib.contextmanager
def redis_room(server: str) -> Iterator[RedisRoom]:
    """A database from 9 to 15 that was empty, claimed for us; our keys are deleted afterwards.

    When none is empty, a random prefix in database 9 keeps us apart.
    """
    number = next((number for number in range(9, 16) if _claim(_numbered(server, number))), None)
    room = RedisRoom(_numbered(server, number or 9), fresh_name() + ":")
    try:
        yield room
    finally:
        delete_keys(room.url, room.prefix)
        if number is not None:
            _release_claim(room.url)


def delete_keys(url: str, prefix: str) -> None:
    """Delete what starts with *prefix*, and nothing else."""
    import redis  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(match=f"{prefix}*", count=1000):
            client.unlink(key)


@contextlib.contextmanager
def emptied_redis(private: str) -> Iterator[str]:
    """A Redis that is ours alone, without any key. Never for one that others use."""
    import redis  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    with redis.Redis.from_url(private) as client:
        client.flushall()
    yield private


@contextlib.contextmanager
def rabbitmq_host(server: str) -> Iterator[str]:
    """A virtual host of our own, deleted with all its queues.

    Made through the management API, else by rabbitmqctl on this machine. Where neither may be
    used, the server's own host is given out, and only `fresh_name` keeps tests apart.
    """
    name = fresh_name()
    for make, remove in ((_put_host, _delete_host), (_add_host, _drop_host)):
        if make(server, name):
            try:
                yield urlsplit(server)._replace(path=f"/{name}").geturl()
            finally:
                remove(server, name)
            return
    yield server


@contextlib.contextmanager
def mongo_peer(program: str) -> Iterator[str]:
    """A server that speaks MongoDB's protocol from memory, for as long as the block lasts."""
    port = free_port()
    directory = private_directory("mongo")
    own_files = ("--log-file", directory / "nx.log", "--pid-file", directory / "nx.pid")
    where = ("--db", "memory", "--host", "127.0.0.1", "-p", str(port))
    peer = Child([program, *where, *own_files], directory)
    try:
        peer.start()
        peer.wait_for_port(port, within=30)
        yield f"mongodb://127.0.0.1:{port}/"
    finally:
        peer.stop(grace=3)
        shutil.rmtree(directory, ignore_errors=True)


def drop_mongo_database(url: str, name: str) -> None:
    """Forget the database called *name*."""
    import pymongo  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(url)
    with client:
        client.drop_database(name)


def _numbered(server: str, number: int) -> str:
    return urlsplit(server)._replace(path=f"/{number}").geturl()


def _claim(url: str) -> bool:
    import redis  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    with redis.Redis.from_url(url, decode_responses=True) as client:
        if not client.set(CLAIM, "taken", nx=True, ex=2 * 3600):
            return False
        # A session that was killed leaves keys of ours behind: they are nobody's now.
        leftovers = [key for key in client.scan_iter(count=1000) if key != CLAIM]
        if all(key.startswith(PREFIX) for key in leftovers):
            for key in leftovers:
                client.unlink(key)
            return True
        client.delete(CLAIM)
        return False


def _release_claim(url: str) -> None:
    import redis  # noqa: PLC0415 - whoever opens no sandbox needs no driver

    with redis.Redis.from_url(url) as client:
        client.delete(CLAIM)


def _management(server: str, method: str, path: str, body: bytes = b"") -> bool:
    parts = urlsplit(server)
    account = f"{parts.username or 'guest'}:{parts.password or 'guest'}"
    request = urllib.request.Request(
        f"http://{parts.hostname}:15672/api/{path}",
        data=body,
        method=method,
        headers={
            "Authorization": "Basic " + b64encode(account.encode()).decode(),
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            return True
    except OSError:
        return False


def _put_host(server: str, name: str) -> bool:
    user = urlsplit(server).username or "guest"
    everything = b'{"configure": ".*", "write": ".*", "read": ".*"}'
    return _management(server, "PUT", f"vhosts/{name}") and _management(
        server, "PUT", f"permissions/{name}/{user}", everything
    )


def _delete_host(server: str, name: str) -> None:
    _management(server, "DELETE", f"vhosts/{name}")


def _rabbitmqctl(*words: str) -> bool:
    program = shutil.which("rabbitmqctl", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        return False
    try:
        done = subprocess.run([program, "-q", *words], capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _add_host(server: str, name: str) -> bool:
    parts = urlsplit(server)
    if parts.hostname not in {"127.0.0.1", "localhost"} or (parts.port or 5672) != 5672:
        return False  # rabbitmqctl would speak to another server than the one we test
    user = parts.username or "guest"
    return _rabbitmqctl("add_vhost", name) and _rabbitmqctl(
        "set_permissions", "-p", name, user, ".*", ".*", ".*"
    )


def _drop_host(server: str, name: str) -> None:
    _rabbitmqctl("delete_vhost", name)
