"""The place for accounts elsewhere, by which persons are known again."""

from collections.abc import Sequence
from typing import Protocol

from homeroom.kernel.ids import PersonId
from homeroom.people.model.identities import Account


class Identities(Protocol):
    """Accounts elsewhere, each of one person; `save` puts released events in the outbox.

    Conformance: `homeroom_testing.conformance.identities.IdentitiesConformance`.
    """

    async def of(self, provider: str, subject: str) -> Account | None:
        """The account that *provider* calls *subject*, to the letter; None if nobody's is."""
        ...

    async def of_person(self, person_id: PersonId) -> Sequence[Account]:
        """Theirs, the first linked first."""
        ...

    async def save(self, account: Account) -> None:
        """Raises `IdentityTaken` if it is another person's, `StaleIdentity` after a newer save.

        Of two who link one account at once, the second waits and is refused.
        """
        ...

    async def unlink(self, account: Account) -> None:
        """It is nobody's any more; one that is nobody's stays so."""
        ...
