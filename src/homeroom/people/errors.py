"""What people's context refuses."""

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Stale


class ApiKeyNotFound(NotFound):
    """There is no such API key."""

    code = "api_key_not_found"


class ApiKeyAlreadyRevoked(Conflict):
    """This API key has been revoked already."""

    code = "api_key_already_revoked"


class StaleApiKey(Stale):
    """Someone changed this API key at the same time. Read it again and decide anew."""

    code = "stale_api_key"


class ApiKeyExists(Conflict):
    """This secret is in use by another key already."""

    code = "api_key_exists"


class BadApiKey(Invalid):
    """This API key cannot be made as asked."""

    code = "bad_api_key"


class InstitutionNotFound(NotFound):
    """There is no such institution."""

    code = "institution_not_found"


class InstitutionExists(Conflict):
    """There is an institution of this name already."""

    code = "institution_exists"
