"""What of people, and of the record, is committed: tables by key."""

from typing import TypeVar

import attrs

from homeroom.compliance.model.chain import Head, Sealed
from homeroom.compliance.model.consents import Consent
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import (
    ApiKeyId,
    ConsentId,
    DistrictId,
    EntryId,
    InstitutionId,
    PersonId,
    SessionId,
    TicketId,
    TokenId,
)
from homeroom.people.model.ages import AgeRecord
from homeroom.people.model.credentials import Credential
from homeroom.people.model.districts import District
from homeroom.people.model.identities import Account
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Session
from homeroom.people.model.tickets import Ticket
from homeroom_adapters.memory.tables import Table

T = TypeVar("T")


@attrs.frozen
class Name:
    """A user name or an e-mail address, small, and the one person in the house that it means."""

    name: str
    person_id: PersonId


@attrs.frozen
class Token:
    """What is kept of a token that a session ever went on with."""

    id: TokenId
    session_id: SessionId
    digest: str = attrs.field(repr=False)


def institutions() -> Table[InstitutionId, Institution]:
    return Table(key=lambda one: one.id, unique=lambda one: one.name, copied=attrs.evolve)


def called(district: District) -> tuple[str, str]:
    """What no two districts share."""
    return district.details.name, district.details.state


def districts() -> Table[DistrictId, District]:
    return Table(key=lambda one: one.id, unique=called, copied=attrs.evolve)


def api_keys() -> Table[ApiKeyId, ApiKey]:
    return Table(key=lambda one: one.id, unique=lambda one: one.digest, copied=attrs.evolve)


def persons() -> Table[PersonId, Person]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def names() -> Table[str, Name]:
    return Table(key=lambda one: one.name, unique=lambda _: None, copied=attrs.evolve)


def credentials() -> Table[PersonId, Credential]:
    return Table(key=lambda one: one.person_id, unique=lambda _: None, copied=attrs.evolve)


def ages() -> Table[PersonId, AgeRecord]:
    return Table(key=lambda one: one.person_id, unique=lambda _: None, copied=attrs.evolve)


def sessions() -> Table[SessionId, Session]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def tokens() -> Table[TokenId, Token]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def accounts() -> Table[tuple[str, str], Account]:
    return Table(
        key=lambda one: (one.provider, one.subject), unique=lambda _: None, copied=attrs.evolve
    )


def tickets() -> Table[TicketId, Ticket]:
    return Table(key=lambda one: one.id, unique=lambda one: one.digest, copied=attrs.evolve)


def entries() -> Table[EntryId, Entry]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=_frozen)


def sealed() -> Table[EntryId, Sealed]:
    return Table(key=lambda one: one.entry.id, unique=lambda _: None, copied=_frozen)


def consents() -> Table[ConsentId, Consent]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def heads() -> Table[InstitutionId, Head]:
    return Table(key=lambda one: one.institution_id, unique=lambda _: None, copied=_frozen)


def _frozen(thing: T) -> T:
    """As it is: nobody can change it."""
    return thing
