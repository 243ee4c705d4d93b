"""What people's context tells: keys, for now."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import ApiKeyId


@event("people.api_key_issued.v1")
@attrs.frozen(kw_only=True)
class ApiKeyIssued(Event):
    """A key was made; its secret was shown once and is not kept."""

    api_key_id: ApiKeyId


@event("people.api_key_revoked.v1")
@attrs.frozen(kw_only=True)
class ApiKeyRevoked(Event):
    """A key opens nothing any more."""

    api_key_id: ApiKeyId
