"""Whose e-mail addresses are whose, as the operator says; and whom anybody may invite by that."""

from collections.abc import Mapping, Sequence

import attrs

from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.rates import Rate, RateLimiter
from homeroom.people.errors import BadInvitation, BadPerson, TooManyAttempts
from homeroom.people.model.persons import Identity
from homeroom.people.ports.repositories import PeopleQueries


@attrs.frozen(kw_only=True)
class InvitingRules:
    """Whom people may invite, and how often, as the operator says."""

    domains: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """For each domain the institution, by name or id; empty is the oldest."""

    any_domain: bool = False
    """Whether somebody with an address elsewhere may be invited, where domains are set."""

    an_hour: int = 5
    """Invitations of one person: each is a letter, which a stolen session could send to anybody."""


@attrs.frozen
class Domains:
    """Which domains of e-mail addresses are an institution's."""

    houses: Mapping[str, str]
    institutions: PeopleQueries

    async def of(self, house: InstitutionId) -> Sequence[str]:
        """In the order in which they were set; none if none are."""
        if not self.houses:
            return ()
        every = await self.institutions.institutions()
        meant = {named for one in every if one.id == house for named in (str(one.id), one.name)}
        if every and every[0].id == house:
            meant.add("")
        return [domain for domain, named in self.houses.items() if named in meant]

    async def expect_no_others(self, house: InstitutionId, identity: Identity) -> None:
        """Raises `BadPerson` for an address, or a name like one, of another institution's domain:
        whoever it belongs to could not be taken in there any more."""
        names = {"email": identity.email or "", "userName": identity.user_name}
        said = {field: name.rpartition("@")[2] for field, name in names.items() if "@" in name}
        if not said.keys() or not self.houses.keys() & set(said.values()):
            return
        own = await self.of(house)
        why = "is of another institution's domain: it is theirs to give away"
        wrong = [
            Problem(field, why)
            for field, domain in said.items()
            if domain in self.houses and domain not in own
        ]
        if wrong:
            raise BadPerson(problems=wrong)


@attrs.frozen
class Usher:
    """Who may be invited, by whom, and how often."""

    domains: Domains
    rates: RateLimiter
    rules: InvitingRules

    async def expect_welcome(self, house: InstitutionId, identity: Identity) -> None:
        """Raises `BadInvitation` for an address of a domain that is not the institution's."""
        own = () if self.rules.any_domain else await self.domains.of(house)
        if own and (identity.email or "").rpartition("@")[2] not in own:
            why = f"must be an address of {' or '.join(own)}: ask your operator to let in others"
            raise BadInvitation(problems=[Problem("email", why)])

    async def count(self, person_id: PersonId | None) -> None:
        """Raises `TooManyAttempts`. Keys and the command line bring whole terms, and are let be."""
        if person_id is None:
            return
        rate = Rate(self.rules.an_hour, per=3_600)
        allowance = await self.rates.take(f"inviting:{person_id}", rate)
        if not allowance.allowed:
            raise TooManyAttempts(retry_after=allowance.retry_after)
