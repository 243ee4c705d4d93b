"""Hypothesis strategies for the house's own things."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from homeroom.compliance.model.consents import Consent, ConsentKind
from homeroom.kernel.actor import Role
from homeroom.kernel.ids import (
    ApiKeyId,
    ConsentId,
    DistrictId,
    InstitutionId,
    NodeId,
    PersonId,
    SessionId,
    TicketId,
    new_id,
)
from homeroom.kernel.rights import HELD_AT_NODES
from homeroom.people.model.ages import AgeRecord, Attestation
from homeroom.people.model.credentials import Credential
from homeroom.people.model.districts import District, DistrictDetails, Office
from homeroom.people.model.institutions import (
    Agreements,
    Institution,
    Plan,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource
from homeroom.people.model.sessions import Device, EndedBy, RefreshSecret, Session
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret
from homeroom.roster.model.nodes import Label

_EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - the strategy wants it so, and adds the zone
_LATEST = datetime(2200, 1, 1)  # noqa: DTZ001

instants = st.datetimes(_EARLIEST, _LATEST, timezones=st.just(UTC))
"""Instants as they are kept: UTC, to the microsecond."""

# What every store can keep: no lone surrogates, and no NUL, which PostgreSQL refuses in text.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)

_words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """What places are called; no two have one code, or one reference."""
    mark = new_id().hex
    refer = draw(st.booleans())
    return Label(
        code=f"{draw(_words)[:30]} {mark}",
        name=draw(_words),
        reference=f"course:{mark}" if refer else None,
    )


_terms = st.builds(
    Terms,
    retention_days=st.integers(1, 3_650),
    agreed=st.builds(Agreements, recording=..., ai=..., data_sharing=...),
    time_zone=st.sampled_from(("UTC", "Asia/Manila", "America/Argentina/Buenos_Aires")),
)


@st.composite
def institutions(draw: st.DrawFn) -> Institution:
    """Institutions of any name; no two of the same."""
    identity = new_id()
    return Institution(
        id=InstitutionId(identity),
        name=f"{draw(_words)} {identity.hex}",
        created_at=draw(instants),
        subscription=Subscription(
            plan=draw(st.sampled_from(Plan)),
            status=draw(st.sampled_from(SubscriptionStatus)),
            until=draw(st.none() | instants),
        ),
        terms=draw(_terms),
    )


@st.composite
def districts(draw: st.DrawFn) -> District:
    """Districts, open ones and closed ones; no two are called the same."""
    identity, said = new_id(), st.just("") | _words
    office = Office(
        superintendent=draw(said),
        email=draw(st.sampled_from(["", "office@district.edu"])),
        phone=draw(said),
        website=draw(st.sampled_from(["", "https://district.edu/a?b=1"])),
    )
    return District(
        id=DistrictId(identity),
        details=DistrictDetails(
            name=f"{draw(_words)} {identity.hex}",
            state=draw(said),
            region=draw(said),
            office=office,
            plan=draw(st.sampled_from(Plan)),
        ),
        is_active=draw(st.booleans()),
        created_at=draw(instants),
    )


@st.composite
def api_keys(draw: st.DrawFn) -> ApiKey:
    """Keys of an institution that nobody knows yet, revoked and expired ones too."""
    secret = KeySecret.fresh()
    return ApiKey(
        id=ApiKeyId(new_id()),
        institution_id=InstitutionId(new_id()),
        name=draw(_words),
        roles=draw(st.frozensets(st.sampled_from(Role), min_size=1)),
        digest=secret.digest,
        hint=secret.text[-4:],
        created_at=draw(instants),
        expires_at=draw(st.none() | instants),
        revoked_at=draw(st.none() | instants),
    )


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Persons of an institution that nobody knows yet; no two are called the same."""
    identity = new_id()
    return Person(
        id=PersonId(identity),
        institution_id=InstitutionId(new_id()),
        identity=Identity(
            user_name=identity.hex,
            first_name=draw(_words),
            last_name=draw(_words),
            email=draw(st.none() | st.just(f"{identity.hex}@school.edu")),
        ),
        roles=draw(st.frozensets(_held_roles)),
        is_active=draw(st.booleans()),
        created_at=draw(instants),
        last_login_at=draw(st.none() | instants),
    )


_held_roles = st.builds(HeldRole, st.sampled_from(Role), st.sampled_from(RoleSource)) | st.builds(
    HeldRole,
    st.sampled_from([role for role in Role if role in HELD_AT_NODES]),
    st.sampled_from(RoleSource),
    st.builds(lambda: NodeId(new_id())),
)


def credentials() -> st.SearchStrategy[Credential]:
    """Passwords of a person that nobody knows yet."""
    return st.builds(
        Credential,
        person_id=st.builds(lambda: PersonId(new_id())),
        institution_id=st.builds(lambda: InstitutionId(new_id())),
        hashed=_words,
        must_change=st.booleans(),
        changed_at=instants,
        version=st.just(0),
    )


@st.composite
def age_records(draw: st.DrawFn) -> AgeRecord:
    """What is known of the age of a person that nobody knows yet."""
    by = st.none() | st.builds(lambda: PersonId(new_id()))
    words = st.builds(Attestation, by=by, at=instants, evidence=_words)
    return AgeRecord(
        person_id=PersonId(new_id()),
        institution_id=InstitutionId(new_id()),
        sealed=draw(st.none() | _words),
        attestation=draw(st.none() | words),
    )


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """Tickets of a person that nobody knows yet, used and revoked ones too."""
    return Ticket(
        id=TicketId(new_id()),
        kind=draw(st.sampled_from(TicketKind)),
        person_id=PersonId(new_id()),
        institution_id=InstitutionId(new_id()),
        digest=TicketSecret.fresh().digest,
        created_at=draw(instants),
        expires_at=draw(instants),
        used_at=draw(st.none() | instants),
        revoked_at=draw(st.none() | instants),
    )


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Sessions of a person that nobody knows yet, ended and expired ones too."""
    secret = RefreshSecret.fresh()
    return Session(
        id=SessionId(new_id()),
        person_id=PersonId(new_id()),
        institution_id=InstitutionId(new_id()),
        device=Device(browser=draw(texts), system=draw(texts), address=draw(texts)),
        token_id=secret.token_id,
        digest=secret.digest,
        began_at=draw(instants),
        used_at=draw(instants),
        expires_at=draw(instants),
        ended_at=draw(st.none() | instants),
        ended_by=draw(st.none() | st.sampled_from(EndedBy)),
    )


@st.composite
def consents(draw: st.DrawFn) -> Consent:
    """Consents of a person that nobody knows yet, withdrawn, expired and bare ones too."""
    return Consent(
        id=ConsentId(new_id()),
        person_id=PersonId(new_id()),
        institution_id=InstitutionId(new_id()),
        kind=draw(st.sampled_from(ConsentKind)),
        given_by=draw(texts),
        evidence=draw(texts),
        given_at=draw(instants),
        expires_at=draw(st.none() | instants),
        withdrawn_at=draw(st.none() | instants),
    )
