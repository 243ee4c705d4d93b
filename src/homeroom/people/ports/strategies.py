"""Ways to prove who somebody is; the house asks them in the order of their priority."""

from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.outbound import Outbound
from homeroom.kernel.sealing import Sealer
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Device
from homeroom.people.ports.hashing import PasswordHasher
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleQueries, StartPeopleUnit


@attrs.frozen(kw_only=True)
class Attempt:
    """What somebody shows who wants to sign in."""

    name: str
    """Their user name or e-mail address, written small."""

    password: str = attrs.field(repr=False)
    device: Device = Device()


@attrs.frozen(kw_only=True)
class LoginSettings:
    """What an operator says about one way to sign in that another package brings."""

    url: str = attrs.field(default="", repr=False)
    """Where those are asked who know people by it."""

    secret: str = attrs.field(default="", repr=False)
    """By what they know us."""


@attrs.frozen(kw_only=True)
class LoginMeans:
    """What the house lends to a way to sign in."""

    start: StartPeopleUnit
    persons: PersonQueries
    institutions: PeopleQueries
    hasher: PasswordHasher
    sealer: Sealer
    outbound: Outbound


@runtime_checkable
class LoginStrategy(Protocol):
    """One way to sign in. Below 100 ours, from 100 other houses', from 200 what is left.

    Conformance: `homeroom_testing.conformance.strategies.LoginStrategyConformance`.
    """

    @property
    def name(self) -> str: ...

    @property
    def priority(self) -> int: ...

    async def can_handle(self, attempt: Attempt) -> bool:
        """Whether this way is theirs. The first that says so is the only one that is tried."""
        ...

    async def authenticate(self, attempt: Attempt) -> Person:
        """Raises `WrongCredentials`, whatever was wrong, after as much work in every case."""
        ...
