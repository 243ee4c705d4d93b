"""The unit of work: one transaction over every context."""

from types import TracebackType
from typing import Self

import attrs

from homeroom.kernel.codec import Ambient
from homeroom_adapters.memory.jobs import MemoryJobRecords, MemoryJobs
from homeroom_adapters.memory.outbox import MemoryInbox, MemoryOutbox
from homeroom_adapters.memory.people import MemoryApiKeys, MemoryInstitutions
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


def _transaction_over(unit: "MemoryUnit") -> Transaction:
    return Transaction(unit._store)


@attrs.define(eq=False)
class MemoryUnit:
    """One transaction. Nothing is seen outside before it commits, and all of it after."""

    _store: Store
    _ambient: Ambient
    _transaction: Transaction = attrs.field(
        default=attrs.Factory(_transaction_over, takes_self=True), init=False, alias="transaction"
    )

    async def __aenter__(self) -> Self:
        self._transaction.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transaction.end()

    async def commit(self) -> None:
        self._transaction.commit()

    @property
    def outbox(self) -> MemoryOutbox:
        return MemoryOutbox(self._transaction, self._ambient.codec)

    @property
    def inbox(self) -> MemoryInbox:
        return MemoryInbox(self._transaction)

    @property
    def jobs(self) -> MemoryJobs:
        return MemoryJobs(self._transaction, self._ambient.codec, self._ambient.clock)

    @property
    def job_records(self) -> MemoryJobRecords:
        return MemoryJobRecords(self._transaction)

    @property
    def institutions(self) -> MemoryInstitutions:
        return MemoryInstitutions(self._transaction, self.outbox)

    @property
    def api_keys(self) -> MemoryApiKeys:
        return MemoryApiKeys(self._transaction, self.outbox)
