"""Whom another house vouches for is somebody here: found again, linked, or begun.

Every way to sign in through another house asks this one place. What differs between them is what
the word of a house is good for, and that is said by its `Trust`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum

import attrs

from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rights import Role
from homeroom.people.errors import PersonNotFound, WrongCredentials
from homeroom.people.model.identities import Account
from homeroom.people.model.persons import Identity, Person, RoleSource
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleUnit


class Namesake(Enum):
    """What somebody is whose address is a person's here whom they may not be taken for."""

    REFUSED = "refused"
    NEWCOMER = "newcomer"


@attrs.frozen(kw_only=True)
class Trust:
    """What the word of another house is good for here."""

    owns_institution: bool
    """Whether it says, each time, which institution somebody belongs to: an account that was
    another one's counts no more."""

    over_passwords: bool
    """Whether it may speak for people who have a password here."""

    beside_others: bool
    """Whether an address links people who have accounts in further houses already."""

    beyond: frozenset[Role]
    """Roles of people whom an address alone does not make known."""

    namesake: Namesake
    newcomers: frozenset[Role] | None
    """What newcomers are here; None takes nobody in."""


@attrs.frozen(kw_only=True)
class Vouched:
    """Somebody as another house vouches for them."""

    provider: str
    subject: str = attrs.field(repr=False)
    house: InstitutionId
    """Where they belong."""

    email: str | None = attrs.field(repr=False)
    """Only if it is proven that it is theirs."""

    called: Callable[[], Identity] = attrs.field(repr=False)
    """What they are called here as newcomers."""


class How(Enum):
    """How somebody came to be known."""

    AGAIN = "again"
    LINKED = "linked"
    BEGUN = "begun"


@attrs.frozen
class Recognised:
    """Who they are here, and their account. Neither is saved yet."""

    person: Person
    account: Account
    how: How


@attrs.frozen
class Register:
    """Finds, links or begins the person whom another house vouches for."""

    queries: PersonQueries

    async def look_up(
        self, unit: PeopleUnit, vouched: Vouched, trust: Trust, *, at: datetime
    ) -> Recognised:
        """An account is known again by its number alone, an address links, others are newcomers.

        Raises `WrongCredentials` for who may not come in this way.
        """
        account = await unit.identities.of(vouched.provider, vouched.subject)
        if account is not None:
            person = await _owner(unit, account, vouched, trust)
            return Recognised(person, account, How.AGAIN)
        known = await self._by_address(unit, vouched, trust)
        person = known or _begun(vouched, trust, at)
        linked = Account.link(person, vouched.provider, vouched.subject, at=at)
        return Recognised(person, linked, How.LINKED if known else How.BEGUN)

    async def _by_address(self, unit: PeopleUnit, vouched: Vouched, trust: Trust) -> Person | None:
        """Whoever has their proven address; None for nobody. Raises `WrongCredentials`."""
        email = vouched.email
        found = await self.queries.by_name(email) if email else None
        if found is None:
            return None
        person = found.person
        if person.institution_id == vouched.house and person.identity.email == email:
            person = await unit.persons.get(person.id, reach=vouched.house)
            if person.identity.email == email and await _may_be(unit, person, vouched, trust):
                _expect_active(person)
                return person
        if trust.namesake is Namesake.REFUSED:
            raise WrongCredentials
        return None


async def _owner(unit: PeopleUnit, account: Account, vouched: Vouched, trust: Trust) -> Person:
    reach = vouched.house if trust.owns_institution else account.institution_id
    try:
        person = await unit.persons.get(account.person_id, reach=reach)
    except PersonNotFound:
        raise WrongCredentials from None  # their account moved to another institution
    _expect_active(person)
    if not trust.over_passwords and await _has_password(unit, person):
        raise WrongCredentials
    return person


async def _may_be(unit: PeopleUnit, person: Person, vouched: Vouched, trust: Trust) -> bool:
    """Whoever has shown who they are by something else is not taken for them by an address."""
    if person.held & trust.beyond:
        return False
    if not trust.over_passwords and await _has_password(unit, person):
        return False
    accounts = await unit.identities.of_person(person.id)
    return not (_at(vouched.provider, accounts) if trust.beside_others else accounts)


def _begun(vouched: Vouched, trust: Trust, at: datetime) -> Person:
    if trust.newcomers is None:
        raise WrongCredentials
    return Person.begin(
        vouched.house, vouched.called(), roles=trust.newcomers, at=at, source=RoleSource.AUTO
    )


def _at(provider: str, accounts: Sequence[Account]) -> list[Account]:
    return [one for one in accounts if one.provider == provider]


def _expect_active(person: Person) -> None:
    if not person.is_active:
        raise WrongCredentials


async def _has_password(unit: PeopleUnit, person: Person) -> bool:
    return await unit.credentials.of(person.id) is not None
