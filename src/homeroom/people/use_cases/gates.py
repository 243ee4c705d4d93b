"""Slowing down those who guess: how often somebody may try, by name, by address, and in all."""

import hashlib

import attrs

from homeroom.kernel.ids import PersonId
from homeroom.kernel.rates import Rate, RateLimiter
from homeroom.people.errors import TooManyAttempts
from homeroom.people.model.sessions import Device


@attrs.frozen
class Gate:
    """Slows down those who guess, one name at a time; nobody is shut out for good.

    Whoever guesses from elsewhere uses up their own attempts first, not the owner's.
    """

    rates: RateLimiter
    each: Rate = Rate(5)
    """From one address for one name."""

    all_together: Rate = Rate(60, per=600)
    """From everywhere for one name."""

    going_on: Rate = Rate(10)
    """Tokens traded from one address for one person, in all their sessions there."""

    misses: Rate = Rate(60)
    """Sign-ins in vain from one address, under whatever names."""

    async def go_on(self, person_id: PersonId, device: Device) -> None:
        """Raises `TooManyAttempts` for whoever trades more tokens than any client needs."""
        await self._count(f"going-on:{person_id}:{device.network}", self.going_on)

    async def pass_through(self, purpose: str, name: str, device: Device) -> None:
        """Raises `TooManyAttempts`, whether or not anybody has this name."""
        await self.come_near(purpose, name, device)
        await self.come_from_anywhere(purpose, name)

    async def come_near(self, purpose: str, name: str, device: Device) -> None:
        """The same, for those alone who come from this address."""
        await self._count(f"{_key(purpose, name)}:{device.network}", self.each)

    async def come_from_anywhere(self, purpose: str, name: str) -> None:
        """The same, for all together."""
        await self._count(_key(purpose, name), self.all_together)

    async def expect_few_misses(self, device: Device) -> None:
        """Raises `TooManyAttempts` where too many names were tried in vain: a right guess is
        not told from a wrong one there."""
        await self._count(_missed(device), self.misses, times=0)

    async def miss(self, device: Device) -> None:
        """One more came in vain from there."""
        await self.rates.take(_missed(device), self.misses)

    async def _count(self, key: str, rate: Rate, *, times: int = 1) -> None:
        allowance = await self.rates.take(key, rate, times=times)
        if not allowance.allowed:
            raise TooManyAttempts(retry_after=allowance.retry_after)


def _key(purpose: str, name: str) -> str:
    return f"{purpose}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _missed(device: Device) -> str:
    return f"sign-in-missed:{device.network}"
