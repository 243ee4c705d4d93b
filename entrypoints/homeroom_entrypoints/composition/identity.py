"""What people sign in with, as the settings say: a hasher for passwords, a signer of tokens."""

import base64
import secrets
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial

from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.people.ports.breaches import BreachList, BreachListSettings
from homeroom.people.ports.hashing import PasswordHasher, PasswordHasherSettings
from homeroom.people.ports.tokens import Algorithm, TokenSigner, TokenSignerSettings
from homeroom_entrypoints.composition.identity_sections import signing_keys
from homeroom_entrypoints.composition.key_files import KeyFile
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings

_KIB = 1_024


class SigningKeyUnusable(Unavailable):
    """The key for access tokens cannot be read or made."""

    code = "signing_key_unusable"


class PasswordSettingsInvalid(Invalid):
    """Passwords cannot be hashed as the settings say."""

    code = "password_settings_invalid"


def new_signing_key() -> str:
    """A key nobody has seen yet."""
    return f"{Algorithm.ED25519.value}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


_FILE = KeyFile(
    name="signing.key",
    what="key for access tokens",
    variable="HOMEROOM_SIGNING__KEYS",
    new=new_signing_key,
    refusal=SigningKeyUnusable,
)


def signer_settings(settings: Settings) -> TokenSignerSettings:
    """The keys that were set; else the one kept in the data directory, made when it is missing."""
    own = settings.signing
    make = partial(
        TokenSignerSettings,
        issuer=own.issuer,
        audience=own.audience,
        leeway=timedelta(seconds=own.leeway_seconds),
    )
    return _FILE.settings(signing_keys(own.keys), settings, make)


def hasher_settings(settings: Settings) -> PasswordHasherSettings:
    """What a hash costs. Raises `PasswordSettingsInvalid` for what does not fit together."""
    own = settings.passwords
    try:
        return PasswordHasherSettings(
            passes=own.passes,
            memory_kib=own.memory_mib * _KIB,
            lanes=own.lanes,
            limit_kib=own.limit_mib * _KIB,
            apart=own.apart,
        )
    except ValueError:
        raise PasswordSettingsInvalid(
            "HOMEROOM_PASSWORDS__LIMIT_MIB is less than what one hash takes. Make it as large as "
            "HOMEROOM_PASSWORDS__MEMORY_MIB, or larger."
        ) from None


def open_breaches(settings: Settings, ambient: Ambient) -> AbstractAsyncContextManager[BreachList]:
    """The list of leaked passwords that the settings name."""
    chosen = BreachListSettings(file=settings.breaches.file)
    return find_adapter("breaches", settings.breaches.adapter)(chosen, ambient)


def open_signer(settings: Settings, ambient: Ambient) -> AbstractAsyncContextManager[TokenSigner]:
    """The signer that the settings name."""
    return find_adapter("signer", settings.signing.adapter)(signer_settings(settings), ambient)


def open_hasher(
    settings: Settings, ambient: Ambient
) -> AbstractAsyncContextManager[PasswordHasher]:
    """The hasher that the settings name."""
    return find_adapter("hasher", settings.passwords.adapter)(hasher_settings(settings), ambient)
