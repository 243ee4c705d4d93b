"""The database under our scheduler, for what only a benchmark does to it or asks of it.

    python scheduling_ground.py URL RUNS PATIENCE    wait until so many have ended

Whoever is measured does not look by itself whether all is done: it would pay for looking.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path

import attrs
import sqlalchemy as sa

from homeroom_adapters.sql.scheduling_tables import executions, tasks


@attrs.frozen
class Ground:
    """The database itself, for what only a benchmark does to it or asks of it."""

    engine: sa.Engine

    @classmethod
    def at(cls, url: str) -> "Ground":
        driver = url.replace("postgresql://", "postgresql+psycopg://")
        return cls(sa.create_engine(driver, isolation_level="AUTOCOMMIT"))

    def copy(self, name: str, amount: int) -> None:
        """So many more of the task called *name*."""
        made = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
        own = {"id": made[self.engine.dialect.name], "name": "name || ' ' || n"}
        columns = tuple(tasks.c.keys())
        cells = ", ".join(own.get(column, column) for column in columns)
        copies = (
            f"INSERT INTO tasks ({', '.join(columns)})"
            " WITH RECURSIVE them(n) AS"
            " (SELECT 1 UNION ALL SELECT n + 1 FROM them WHERE n < :most),"
            " model AS MATERIALIZED (SELECT * FROM tasks WHERE name = :name)"  # not again for each
            f" SELECT {cells} FROM model, them"
        )
        with self.engine.connect() as connection:
            connection.execute(sa.text(copies), {"most": amount, "name": name})

    def settle_down(self) -> None:
        """What the server itself would do before long."""
        with self.engine.connect() as connection:
            vacuum = "VACUUM (ANALYZE)" if self.engine.dialect.name == "postgresql" else "ANALYZE"
            connection.execute(sa.text(vacuum))

    def done(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """When each firing of a window was due, and when it was begun, of those that ended."""
        wanted = sa.select(executions.c.due_at, executions.c.started_at).where(
            executions.c.due_at >= since,
            executions.c.due_at < until,
            executions.c.finished_at.is_not(None),
            executions.c.started_at.is_not(None),
        )
        with self.engine.connect() as connection:
            return [(due, begun) for due, begun in connection.execute(wanted)]

    def count_done(self) -> int:
        ended = executions.c.finished_at.is_not(None)
        wanted = sa.select(sa.func.count()).select_from(executions).where(ended)
        with self.engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def ended(self) -> datetime:
        """When the last of them ended."""
        with self.engine.connect() as connection:
            last: datetime = connection.execute(
                sa.select(sa.func.max(executions.c.finished_at))
            ).scalar_one()
        return last

    def server_cpu(self) -> float:
        """Seconds of CPU that this database's connections have used; PostgreSQL's, on loopback."""
        ours = sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        used = 0
        with self.engine.connect() as connection:
            for (pid,) in connection.execute(ours):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                used += sum(map(int, fields[11:13]))
        return used / os.sysconf("SC_CLK_TCK")


def main(url: str, count: str, patience: str) -> None:
    if (cores := os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {cores - 1})  # the store's, as all load is
    ground, deadline = Ground.at(url), time.monotonic() + float(patience)
    while ground.count_done() < int(count):
        if time.monotonic() > deadline:
            raise SystemExit("out of patience")
        time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
