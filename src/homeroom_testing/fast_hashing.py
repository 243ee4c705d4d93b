"""argon2 at its lowest cost: real hashes for tests, in a fraction of a millisecond.

    async with open_hasher(FAST, ambient) as hasher: ...

or, where a whole house is opened, `FAST_VARIABLES` among the environment's. Nothing is pretended:
such hashes are checked like any other, and houses of other settings read them as outdated.
"""

from homeroom.people.ports.hashing import PasswordHasherSettings

FAST = PasswordHasherSettings(passes=1, memory_kib=8, lanes=1, limit_kib=1_024, apart=False)
"""The least that argon2 takes. It protects nobody."""

FAST_VARIABLES = {
    "HOMEROOM_PASSWORDS__PASSES": "1",
    "HOMEROOM_PASSWORDS__MEMORY_MIB": "1",
    "HOMEROOM_PASSWORDS__APART": "false",
}
"""The least that the settings take, in MiB: a millisecond or so."""
