"""What asks for no right, and why."""

from collections.abc import Mapping

_PING = "the token in the address is the proof; whoever knows it may ping, and may nothing else"
_LIVES = "orchestrators and balancers ask; it tells whether the house can serve"
_DESCRIBES = "the description of the API, which is public"

_SIGNS_IN = "whoever asks is nobody yet: it is how one shows who one is"

_HAS_A_TICKET = "whoever asks is nobody yet: the token that they were sent is the proof"

_LEADS_ON = "a page where letters lead to, the same for everybody; it tells nothing of anybody"

OPEN: Mapping[str, str] = {
    "POST /api/v1/auth/invitations/accept": _HAS_A_TICKET,
    "POST /api/v1/auth/invitations/verify": _HAS_A_TICKET,
    "POST /api/v1/auth/password/forgot": "whoever asks forgot how to show who they are",
    "POST /api/v1/auth/password/reset": _HAS_A_TICKET,
    "GET /invitation": _LEADS_ON,
    "POST /invitation": _HAS_A_TICKET,
    "GET /password-reset": _LEADS_ON,
    "POST /password-reset": _HAS_A_TICKET,
    "GET /pages/{file_path}": _LEADS_ON,
    "HEAD /pages/{file_path}": _LEADS_ON,
    "POST /api/v1/auth/login": _SIGNS_IN,
    "POST /api/v1/auth/refresh": _SIGNS_IN,
    "GET /api/v1/auth/google": _SIGNS_IN,
    "POST /api/v1/auth/google": _SIGNS_IN,
    "GET /api/v1/auth/google/callback": _SIGNS_IN,
    "GET /.well-known/jwks.json": "public keys, for whoever believes our tokens",
    "POST /api/v1/pings/{token}": _PING,
    "POST /api/v1/pings/{token}/start": _PING,
    "POST /api/v1/pings/{token}/fail": _PING,
    "GET /health": _LIVES,
    "GET /health/live": _LIVES,
    "GET /health/ready": _LIVES,
    "GET /api/v1/health": _LIVES,
    "GET /metrics": "Prometheus asks; numbers of routes and queues, and nothing of anybody",
    "GET /docs": _DESCRIBES,
    "GET /docs/{path}": _DESCRIBES,
    "GET /docs/openapi.json": _DESCRIBES,
    "GET /docs/oauth2-redirect.html": _DESCRIBES,
    "GET /docs/assets/{file_path}": _DESCRIBES,
    "HEAD /docs/assets/{file_path}": _DESCRIBES,
}
"""The endpoints that ask for no right, and why."""
