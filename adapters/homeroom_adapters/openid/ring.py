"""A provider's keys, remembered, and fetched again when a name is unknown: once, and not soon."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from homeroom.kernel.clock import Clock
from homeroom.people.errors import OpenIdUnavailable

if TYPE_CHECKING:
    from homeroom_adapters.openid.keys import ProvingKey

GOOD_FOR = timedelta(hours=1)
"""So long keys are believed without a look at the provider, so that one it took away ends."""

LEAST_APART = timedelta(minutes=1)
"""So often, at most, a name that nobody knows sends us to the provider."""


@attrs.define
class KeyRing:
    """The keys of one provider."""

    _fetch: Callable[[], Awaitable[bytes]] = attrs.field(alias="fetch")
    _clock: Clock = attrs.field(alias="clock")
    _keys: "Mapping[str, ProvingKey]" = attrs.field(factory=dict, init=False, alias="keys")
    _fetched_at: datetime | None = attrs.field(default=None, init=False, alias="fetched_at")
    _fetching: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False, alias="fetching")

    async def find(self, name: str) -> "ProvingKey | None":
        """The key of this *name*. Raises `OpenIdUnavailable`."""
        async with self._fetching:  # of many who need it at once, one fetches it
            if self._is_due(name):
                await self._renew()
        return self._keys.get(name)

    async def look(self) -> None:
        """Fetch the keys now. Raises `OpenIdUnavailable`."""
        async with self._fetching:
            await self._renew()
        if not self._keys:
            raise OpenIdUnavailable("the provider shows no key that we could believe")

    def _is_due(self, name: str) -> bool:
        if self._fetched_at is None:
            return True
        age = self._clock.now() - self._fetched_at
        return age >= GOOD_FOR or (name not in self._keys and age >= LEAST_APART)

    async def _renew(self) -> None:
        from homeroom_adapters.openid.keys import read_keys  # noqa: PLC0415 - for the first token

        body = await self._fetch()
        try:
            self._keys = read_keys(body)
        except (ValueError, RecursionError):
            raise OpenIdUnavailable("the provider's keys cannot be read") from None
        self._fetched_at = self._clock.now()
