"""Accounts elsewhere, in memory, inside a unit."""

from collections.abc import Sequence

import attrs

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import PersonId
from homeroom.people.errors import IdentityTaken, StaleIdentity
from homeroom.people.model.identities import Account
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryIdentities:
    """The accounts, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def of(self, provider: str, subject: str) -> Account | None:
        return self._transaction.reading().accounts.get((provider, subject))

    async def of_person(self, person_id: PersonId) -> Sequence[Account]:
        drafts = self._transaction.reading()
        theirs = drafts.accounts.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: (one.linked_at, one.provider, one.subject))

    async def save(self, account: Account) -> None:
        drafts = await self._transaction.writing()
        known = drafts.accounts.get((account.provider, account.subject))
        if known is not None and known.person_id != account.person_id:
            raise IdentityTaken
        if (0 if known is None else known.version) != account.version:
            raise StaleIdentity
        if drafts.persons.get(account.person_id) is None:
            raise Conflict("the person of this account is not there; save the person first")
        account.version += 1
        drafts.accounts.put(account)
        await self._outbox.put(*account.release_events())

    async def unlink(self, account: Account) -> None:
        drafts = await self._transaction.writing()
        known = drafts.accounts.get((account.provider, account.subject))
        if known is not None and known.person_id == account.person_id:
            drafts.accounts.remove((account.provider, account.subject))
