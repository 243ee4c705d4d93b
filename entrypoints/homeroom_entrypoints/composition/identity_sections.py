"""The settings' sections about who somebody is: how passwords are kept, and tokens signed."""

from datetime import timedelta
from pathlib import Path

import attrs

from homeroom.people.ports.hashing import PasswordHasherSettings
from homeroom.people.ports.tokens import TokenSignerSettings
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import adapter, setting
from homeroom_entrypoints.composition.sending_sections import sealing_keys

_KIB = 1_024
_HASHING = PasswordHasherSettings()
_LEEWAY = timedelta(seconds=10)

signing_keys = sealing_keys
"""The keys, newest first, as an operator writes them: with commas between."""


def _keys(_settings: object, _field: object, secret: Secret) -> None:
    try:
        if secret:
            TokenSignerSettings(keys=signing_keys(secret))
    except ValueError:
        raise Expected(
            "keys such as Ed25519:… with 32 bytes in base64, newest first, with commas between; "
            "`homeroom secrets new-key --kind signing` makes one"
        ) from None


def _name(_settings: object, _field: object, text: str) -> None:
    if not text.strip() or len(text) > 200:
        raise Expected("a name of 1 to 200 characters")


@attrs.frozen(kw_only=True)
class SigningSettings:
    """How access tokens are signed, and how long they count."""

    adapter: str = adapter("signer", "jose", "How access tokens are signed: jose.")
    keys: Secret = setting(
        Secret(),
        "The keys, newest first, with commas between: `Ed25519:`, `HS256:` or `RS256:` and "
        "base64. Empty means one that is made and kept in `data_dir`. Every process of one house "
        "needs the same.",
        _keys,
    )
    issuer: str = setting("homeroom", "Who says what is in a token.", _name)
    audience: str = setting("homeroom", "Who is to believe it.", _name)
    access_seconds: int = setting(
        300,
        "How long an access token counts, before it has to be refreshed.",
        rules.between(10, 86_400, "a number of seconds from 10 to 86400"),
    )
    leeway_seconds: int = setting(
        int(_LEEWAY.total_seconds()),
        "How far the clocks of those who sign and those who read may differ.",
        rules.between(0, 300, "a number of seconds from 0 to 300"),
    )


@attrs.frozen(kw_only=True)
class PasswordSettings:
    """What hashing a password costs, us and whoever stole the hashes."""

    adapter: str = adapter("hasher", "argon2", "How passwords are hashed: argon2.")
    passes: int = setting(
        _HASHING.passes,
        "How often a hash goes over its memory.",
        rules.between(1, 64, "a number from 1 to 64"),
    )
    memory_mib: int = setting(
        _HASHING.memory_kib // _KIB,
        "The memory of one hash. Hashes of other settings are made anew when their owners sign in.",
        rules.between(1, 4_096, "a number of MiB from 1 to 4096"),
    )
    lanes: int = setting(
        _HASHING.lanes,
        "The threads that one hash is worked on by.",
        rules.between(1, 64, "a number from 1 to 64"),
    )
    limit_mib: int = setting(
        _HASHING.limit_kib // _KIB,
        "The memory that all hashes under way may take together in one process; the others wait.",
        rules.between(1, 65_536, "a number of MiB from 1 to 65536"),
    )
    apart: bool = setting(
        _HASHING.apart,
        "Hash in a process of its own, which has its turn when nobody else on the machine wants "
        "one. Without, in threads of this process: where a machine is never idle.",
    )


@attrs.frozen(kw_only=True)
class BreachSettings:
    """Passwords that leaked somewhere, none of which can be chosen."""

    adapter: str = adapter(
        "breaches",
        "memory",
        "Where leaked passwords are looked up: memory, the few that everybody tries first; file.",
    )
    file: Path | None = setting(
        None,
        "For `file`: the SHA-1 hashes of leaked passwords in hexadecimal, sorted, one a line; what "
        "stands behind a colon does not count.",
    )
