"""Hashing passwords: slow on purpose, and as slow for people who are not here."""

from typing import Any, Protocol, runtime_checkable

import attrs

LONGEST_PASSWORD = 1_024
"""Characters of the longest password that is hashed. More would be work for whoever asks for it."""

_KIB_PER_LANE = 8


def _within(low: int, high: int) -> Any:
    def check(_: object, field: "attrs.Attribute[int]", value: int) -> None:
        if not low <= value <= high:
            raise ValueError(f"passwords.{field.name}: a number from {low} to {high}")

    return check


@attrs.frozen(kw_only=True)
class PasswordHasherSettings:
    """What a hash costs. The defaults are the least that OWASP advises for argon2id.

    RFC 9106 asks for 64 MiB and 3 passes where memory is short: seven times the work, for a
    thief as for a class of thirty that signs in as the lesson begins.
    """

    passes: int = attrs.field(default=2, validator=_within(1, 64))
    memory_kib: int = attrs.field(default=19 * 1_024, validator=_within(8, 4 * 1_024 * 1_024))
    lanes: int = attrs.field(default=1, validator=_within(1, 64))
    """Threads that one hash is worked on by; a thief gains nothing by it, and nor do we."""

    limit_kib: int = attrs.field(default=256 * 1_024, validator=_within(8, 64 * 1_024 * 1_024))
    """What all hashes under way may take together. One is under way whatever it takes."""

    waiting: int = attrs.field(default=500, validator=_within(1, 100_000))
    """Hashes that wait for their turn; who comes after them is told to come again."""

    apart: bool = True
    """In a process of its own, which has its turn when nobody else on the machine wants one."""

    def __attrs_post_init__(self) -> None:
        if self.memory_kib < _KIB_PER_LANE * self.lanes:
            raise ValueError(f"passwords.memory_kib: {_KIB_PER_LANE} KiB for each lane, or more")
        if self.limit_kib < self.memory_kib:
            raise ValueError("passwords.limit_kib: as much as one hash takes, or more")


@attrs.frozen
class Checked:
    """What comparing a password with a hash told."""

    fits: bool
    outdated: bool = False
    """It fits, and the hash was made with other settings than today's: hash it again."""


@runtime_checkable
class PasswordHasher(Protocol):
    """Turns passwords into what may be kept, and never back. Works beside the event loop.

    Passwords are taken in Unicode's form NFKC, so that the same one typed on another keyboard is
    the same: what is composed or wide for one system is not for another. Case and spaces count.
    More than the settings allow at once raises `HasherBusy`.

    Conformance: `homeroom_testing.conformance.hashing.PasswordHasherConformance`.
    """

    async def hash(self, password: str) -> str:
        """A salted hash that names its own settings; another each time.

        Raises `PasswordTooLong`, before any work.
        """
        ...

    async def check(self, password: str, hashed: str | None) -> Checked:
        """Whether *password* made *hashed*. With None, as much work, and it never fits.

        A hash that cannot be read, or that would cost far more than ours, does not fit either,
        after as much work; nor does a password that is too long.
        """
        ...
