"""One transaction: state, events and jobs commit together or not at all."""

from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.audit import AuditTrail
from homeroom.kernel.jobs import Jobs


class Inbox(Protocol):
    """What each consumer has already heard, so that hearing twice does nothing.

    Conformance: `homeroom_testing.conformance.inbox.InboxConformance`.
    """

    async def first_time(self, consumer: str, message_id: str) -> bool:
        """True once per pair, if the unit commits; then False until it is forgotten."""
        ...

    async def forget(self, consumer: str, *, before: datetime, limit: int) -> int:
        """Forget at most *limit* of what *consumer* heard *before*; how many that were.

        For those alone who know that nobody tells it again.
        """
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving it without `commit` discards everything.

    Use it with `async with`, from one task. After `commit` it does no more.
    Conformance: `homeroom_testing.conformance.unit.UnitConformance`.
    """

    @property
    def outbox(self) -> Outbox: ...

    @property
    def audit(self) -> AuditTrail: ...

    @property
    def inbox(self) -> Inbox: ...

    @property
    def jobs(self) -> Jobs: ...

    async def commit(self) -> None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
