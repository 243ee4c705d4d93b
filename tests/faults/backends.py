"""What may keep the jobs and what may bring them to workers: the pairs put to the test."""

import attrs
import pytest


@attrs.frozen
class Backend:
    """A storage and a carrier. `storage` and `broker` name the private servers they need."""

    name: str
    storage: str = "sqlite"
    carrier: str = "none"
    broker: str = ""

    @property
    def server(self) -> str:
        """What may be away: the broker, which only this backend needs, or else the storage."""
        return self.broker or self.storage

    def as_parameter(self) -> object:
        servers = [name for name in (self.storage, self.broker) if name not in ("", "sqlite")]
        services = [pytest.mark.service(f"{server}-programs") for server in servers]
        return pytest.param(self, id=self.name, marks=[pytest.mark.adapter(self.name), *services])


BACKENDS = (
    Backend("sql on SQLite"),
    Backend("sql on PostgreSQL", storage="postgres"),
    Backend("jobs by bullmq", storage="postgres", carrier="bullmq", broker="redis"),
    Backend("jobs by rabbitmq", storage="postgres", carrier="rabbitmq", broker="rabbitmq"),
)

SERVED = tuple(backend for backend in BACKENDS if backend.storage != "sqlite")
"""Those that lean on a server: one that may be away."""

EVERY_BACKEND = pytest.mark.parametrize("backend", [backend.as_parameter() for backend in BACKENDS])

LONG_RUN = 200
"""Kills from which faults are as many, and leases as long, as promises are stated for."""


@attrs.frozen
class Extent:
    """How much a session asks for: *kills* over all backends together."""

    kills: int

    @property
    def long(self) -> bool:
        return self.kills >= LONG_RUN

    @property
    def lease(self) -> float:
        """Seconds; the default in a long run."""
        return 15.0 if self.long else 3.0

    @property
    def kills_each(self) -> int:
        return -(-self.kills // len(BACKENDS))

    @property
    def terminations_each(self) -> int:
        return 20 if self.long else -(-20 // len(BACKENDS))
