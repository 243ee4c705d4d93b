"""Hypothesis strategies for the house's own things."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import ApiKeyId, InstitutionId, new_id
from homeroom.people.model import ApiKey, Institution, KeySecret

_EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - the strategy wants it so, and adds the zone
_LATEST = datetime(2200, 1, 1)  # noqa: DTZ001

instants = st.datetimes(_EARLIEST, _LATEST, timezones=st.just(UTC))
"""Instants as they are kept: UTC, to the microsecond."""

# What every store can keep: no lone surrogates, and no NUL, which PostgreSQL refuses in text.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)

_words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@st.composite
def institutions(draw: st.DrawFn) -> Institution:
    """Institutions of any name; no two of the same."""
    identity = new_id()
    return Institution(
        id=InstitutionId(identity),
        name=f"{draw(_words)} {identity.hex}",
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
