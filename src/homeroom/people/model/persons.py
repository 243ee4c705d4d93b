"""Persons: who somebody is, what they are called, and what they are here."""

import enum
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

import attrs

from homeroom.kernel.actor import Actor, Post
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, SessionId, new_id
from homeroom.kernel.privacy import Contact, Personal
from homeroom.kernel.rights import Role
from homeroom.people.errors import BadPerson, PersonGone, PersonInactive
from homeroom.people.model.places import Place, PostNotFound, expect_held_at_nodes
from homeroom.published.people import (
    PersonBegan,
    PersonErased,
    PersonRenamed,
    PersonResumed,
    PersonRolesChanged,
    PersonStopped,
)

_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_LONGEST_EMAIL, _LONGEST_NAME = 254, 100
_NOBODY = "~"
"""How pseudonyms begin, and no user name does."""


class RoleSource(enum.Enum):
    """How somebody came to a role: found out from elsewhere, or given by a person here."""

    AUTO = "auto"
    MANUAL = "manual"


@attrs.frozen
class HeldRole:
    """A role somebody holds, where it came from, and where it counts."""

    role: Role
    source: RoleSource = RoleSource.MANUAL
    at: NodeId | None = None
    """The one node of the roster that they hold it at; None is the whole institution."""


@attrs.frozen(kw_only=True)
class Identity:
    """What somebody is called. User names are written small: nobody is two people for a capital."""

    user_name: Annotated[str, Personal]
    first_name: Annotated[str, Personal]
    last_name: Annotated[str, Personal]
    email: Annotated[str | None, Contact] = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def names(self) -> frozenset[str]:
        """What they may sign in with, written small. Each is theirs alone, as whichever it is."""
        if self.is_pseudonym:
            return frozenset()
        return frozenset(one.lower() for one in (self.user_name, self.email) if one)

    @classmethod
    def given(
        cls, user_name: str, first_name: str, last_name: str, email: str | None = None
    ) -> Self:
        """As somebody wrote it. Raises `BadPerson` with all that is wrong."""
        said = cls(
            user_name=user_name.strip().lower(),
            first_name=first_name.strip(),
            last_name=last_name.strip(),
            email=email.strip().lower() if email and email.strip() else None,
        )
        if problems := list(said._wrong()):
            raise BadPerson(problems=problems)
        return said

    @classmethod
    def pseudonym(cls, person_id: PersonId) -> Self:
        """What stands for somebody who was erased: nobody is called so, or signs in with it."""
        return cls(user_name=f"{_NOBODY}{person_id.hex}", first_name=_NOBODY, last_name=_NOBODY)

    @property
    def is_pseudonym(self) -> bool:
        return self.user_name.startswith(_NOBODY)

    def _wrong(self) -> Iterable[Problem]:
        if not _USER_NAME.fullmatch(self.user_name):
            yield Problem(
                "username", "must be 1 to 100 of a-z 0-9 . _ @ + -, a letter or digit first"
            )
        for field, name in (("firstName", self.first_name), ("lastName", self.last_name)):
            if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
                yield Problem(field, f"must be 1 to {_LONGEST_NAME} printable characters")
        if self.email is not None and not is_email(self.email):
            yield Problem("email", "must be an e-mail address such as ana@school.edu")


@attrs.define(kw_only=True)
class Person(Aggregate):
    """Somebody of an institution. Their user name, and their e-mail address, is theirs alone."""

    id: PersonId
    institution_id: InstitutionId
    identity: Identity
    roles: frozenset[HeldRole] = frozenset()
    is_active: bool = True
    created_at: datetime
    last_login_at: datetime | None = None

    @classmethod
    def begin(
        cls,
        institution_id: InstitutionId,
        identity: Identity,
        *,
        roles: frozenset[Role],
        at: datetime,
        source: RoleSource = RoleSource.MANUAL,
    ) -> Self:
        person = cls(
            id=PersonId(new_id()),
            institution_id=institution_id,
            identity=identity,
            roles=frozenset(HeldRole(role, source) for role in roles),
            created_at=at,
        )
        person.record(
            PersonBegan(occurred_at=at, institution_id=institution_id, person_id=person.id)
        )
        return person

    @property
    def held(self) -> frozenset[Role]:
        """What they are in the whole institution, wherever it came from."""
        return frozenset(one.role for one in self.roles if one.at is None)

    @property
    def posts(self) -> frozenset[Post]:
        """What they are at single nodes, wherever it came from."""
        return frozenset(Post(one.role, one.at) for one in self.roles if one.at is not None)

    def call(self, identity: Identity, *, at: datetime) -> None:
        """They are called so from now on. Raises `PersonGone`."""
        self.expect_present()
        if identity != self.identity:
            self.identity = identity
            self.record(
                PersonRenamed(occurred_at=at, institution_id=self.institution_id, person_id=self.id)
            )

    def give(self, roles: frozenset[Role], *, at: datetime, node: NodeId | None = None) -> None:
        """From now on exactly *roles* by hand, in the whole institution or at *node*.

        What was found out from elsewhere stays, and so does what they are anywhere else. Raises
        `PostRefused` for what nobody is at a single node.
        """
        self._hold(roles, RoleSource.MANUAL, node, at=at)

    def find(self, roles: frozenset[Role], *, at: datetime, node: NodeId | None = None) -> None:
        """Another house says that they are *roles*, there; what was given by hand stays."""
        self._hold(roles, RoleSource.AUTO, node, at=at)

    def appoint(self, role: Role, place: Place, *, at: datetime) -> None:
        """By hand, they are *role* at this node too. Raises `PostRefused` where that fits not."""
        place.expect_to_fit(role)
        self.give(self._given_at(place.id) | {role}, at=at, node=place.id)

    def dismiss(self, role: Role, node: NodeId, *, at: datetime) -> None:
        """They were given *role* there, and are it no more. Raises `PostNotFound`."""
        given = self._given_at(node)
        if role not in given:
            raise PostNotFound
        self.give(given - {role}, at=at, node=node)

    def _given_at(self, node: NodeId) -> frozenset[Role]:
        by_hand = (one for one in self.roles if one.source is RoleSource.MANUAL)
        return frozenset(one.role for one in by_hand if one.at == node)

    def _hold(
        self, roles: frozenset[Role], source: RoleSource, node: NodeId | None, *, at: datetime
    ) -> None:
        self.expect_present()
        if node is not None:
            expect_held_at_nodes(roles)
        others = {one for one in self.roles if (one.source, one.at) != (source, node)}
        wanted = frozenset(others | {HeldRole(role, source, node) for role in roles})
        if wanted == self.roles:
            return
        self.roles = wanted
        self.record(
            PersonRolesChanged(
                occurred_at=at, institution_id=self.institution_id, person_id=self.id
            )
        )

    def stop(self, *, at: datetime) -> None:
        """They may not sign in, and what they hold in their hands opens nothing."""
        if self.is_active:
            self.is_active = False
            self.record(
                PersonStopped(occurred_at=at, institution_id=self.institution_id, person_id=self.id)
            )

    def resume(self, *, at: datetime) -> None:
        self.expect_present()
        if not self.is_active:
            self.is_active = True
            self.record(
                PersonResumed(occurred_at=at, institution_id=self.institution_id, person_id=self.id)
            )

    def erase(self, *, at: datetime) -> None:
        """For good: what is left is an id, for which nothing stands. Raises `PersonGone`."""
        self.expect_present()
        self.identity, self.roles = Identity.pseudonym(self.id), frozenset()
        self.is_active, self.last_login_at = False, None
        self.record(
            PersonErased(occurred_at=at, institution_id=self.institution_id, person_id=self.id)
        )

    def expect_present(self) -> None:
        """Raises `PersonGone` for somebody of whom nothing but an id is left."""
        if self.identity.is_pseudonym:
            raise PersonGone

    def act(self) -> Actor:
        """The actor they are. Raises `PersonInactive`."""
        if not self.is_active:
            raise PersonInactive
        return Actor(
            institution_id=self.institution_id,
            roles=self.held,
            posts=self.posts,
            person_id=self.id,
        )


@attrs.frozen(kw_only=True)
class Standing:
    """All that a request needs to know of whoever makes it, read at once."""

    person: Person
    session_id: SessionId
    session_ended: bool
    must_change: bool
    """Somebody else chose their password."""

    def act(self) -> Actor | None:
        """The actor, or None if the session has ended or they may not act any more.

        Until they chose a password of their own they are nobody here but themselves.
        """
        if self.session_ended or not self.person.is_active:
            return None
        actor = attrs.evolve(self.person.act(), session_id=self.session_id)
        if not self.must_change:
            return actor
        return attrs.evolve(actor, roles=frozenset(), posts=frozenset(), held_back=True)


def is_email(text: str) -> bool:
    return len(text) <= _LONGEST_EMAIL and text.isprintable() and bool(_EMAIL.fullmatch(text))
