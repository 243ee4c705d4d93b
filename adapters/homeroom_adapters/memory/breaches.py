"""The passwords that everybody tries first, for a house without a list of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.people.ports.breaches import BreachList, BreachListSettings

_WORDS = """
    1111111111 123123123123 123321123321 12345678900 123456789012 12345678910 1234567890
    0123456789 0987654321 9876543210 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc abcdefghij
    abcd123456 abc1234567 administrator adminadmin asdfghjkl; asdfghjkl1 basketball
    changeme123 chocolate1 football123 iloveyou123 iloveyou12 letmein123 letmein1234
    password01 password10 password12 password123 password1234 password12345 password!1
    passwordpassword p@ssword123 p@ssw0rd123 passw0rd123 princess123 qazwsxedcrfv
    q1w2e3r4t5 q1w2e3r4t5y6 qwerty1234 qwerty12345 qwerty123456 qwertyuiop qwertyuiop123
    qwertyuiop[] superman123 sunshine123 teacher123 student123 universe123 welcome123
    welcome1234 zaq12wsxcde3 zxcvbnm123 Password10 Password12 Password123 Password1234
    Password123! Password1! Passw0rd123 P@ssword123 P@ssw0rd123 Qwerty1234 Welcome123
    Welcome1234 Welcome2024 Welcome2025
"""

FIRST_TRIED = frozenset(_WORDS.split())
"""What of the lists of leaked passwords is long enough to be chosen here at all."""


@attrs.frozen
class MemoryBreachList:
    """Knows the passwords it was given."""

    _known: frozenset[str] = FIRST_TRIED

    async def knows(self, password: str) -> bool:
        return password in self._known


@asynccontextmanager
async def open_breaches(
    _settings: BreachListSettings, _ambient: Ambient
) -> AsyncIterator[BreachList]:
    """The list behind entry point `homeroom.breaches`, name `memory`."""
    yield MemoryBreachList()
