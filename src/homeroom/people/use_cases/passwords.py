"""Passwords that somebody chose: whether they are good enough, and what is kept of them."""

import unicodedata

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.people.errors import BadPassword, BreachedPassword
from homeroom.people.model.credentials import Credential, check_password
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.sessions import EndedBy
from homeroom.people.ports.breaches import BreachList
from homeroom.people.ports.hashing import PasswordHasher
from homeroom.people.ports.repositories import PeopleUnit


@attrs.frozen
class Passwords:
    """Good enough passwords become what is kept of them."""

    hasher: PasswordHasher
    clock: Clock
    breaches: BreachList

    async def chosen(self, person: Person, password: str, *, by_themselves: bool) -> Credential:
        """Raises `BadPassword`, and `PersonGone` for whom no password would open anything."""
        person.expect_present()
        check_password(password, never=_names_of(person.identity))
        await self._expect_unknown(password)
        return Credential.of(
            person.id,
            person.institution_id,
            await self.hasher.hash(password),
            must_change=not by_themselves,
            at=self.clock.now(),
        )

    async def _expect_unknown(self, password: str) -> None:
        """Raises `BreachedPassword`. It is looked for as it will be hashed."""
        if await self.breaches.knows(unicodedata.normalize("NFKC", password)):
            wrong = "has leaked somewhere, and thieves try it first; choose another"
            raise BreachedPassword(problems=[Problem("password", wrong)])


async def replace_password(unit: PeopleUnit, person: Person, chosen: Credential) -> None:
    """From now on it is *chosen*: what they held before, tickets and sessions, opens nothing.

    The person is saved too: whoever signs in with the old password now is told they are late.
    """
    await unit.tickets.revoke_all(person.id, at=chosen.changed_at)
    await unit.persons.save(await unit.persons.get(person.id, reach=person.institution_id))
    kept = await unit.credentials.of(chosen.person_id) or chosen
    kept.change(chosen.hashed, must_change=chosen.must_change, at=chosen.changed_at)
    await unit.credentials.save(kept)
    await unit.sessions.end_all(chosen.person_id, EndedBy.PASSWORD, at=chosen.changed_at)


def expect_another(old: str, new: str) -> None:
    """Raises `BadPassword` for the same one again, which somebody else may have chosen."""
    if unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new):
        raise BadPassword(problems=[Problem("password", "must be another one than the old one")])


def _names_of(identity: Identity) -> frozenset[str]:
    names = (identity.user_name, identity.first_name, identity.last_name, identity.full_name)
    return frozenset(name.casefold() for name in (*names, identity.email or ""))
