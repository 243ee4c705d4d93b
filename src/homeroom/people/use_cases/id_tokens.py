"""Signing in with what the other house said to a page, which shows it to us."""

import hashlib
from datetime import timedelta

import attrs

from homeroom.people.errors import OpenIdNotSetUp, OpenIdRefused, WrongCredentials
from homeroom.people.model.sessions import Device
from homeroom.people.ports.openid import IdToken
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.openid import OtherHouse, Reception
from homeroom.people.use_cases.signing_in import Desk, SignedIn

SPENT = "people.id_token"
"""What tokens that were shown are noted under: by their digests, and by nothing else of them."""

KEPT_SPENT = timedelta(days=2)
"""How long a token that was shown is remembered: longer than any counts."""


@attrs.frozen
class SignInWithIdToken:
    """A page was given an ID token by a button of the other house, and shows it.

    It is read as strictly as one that a code was traded for: it is for this house alone, counts
    now, and answers the nonce if the page says one. No verifier binds it to who shows it; what
    makes a copy worthless is that each counts once, in whatever process it is shown.
    """

    house: OtherHouse | None
    reception: Reception
    gate: Gate
    desk: Desk

    async def __call__(self, shown: IdToken, device: Device) -> SignedIn:
        """Raises `OpenIdRefused`, whatever was wrong; `OpenIdNotSetUp`, `OpenIdUnavailable` and
        `TooManyAttempts`."""
        if self.house is None:
            raise OpenIdNotSetUp
        await self.gate.pass_through("openid", device.address, device)
        since, name = self.desk.clock.now(), ""
        try:
            proven = await self.house.door.believe(shown)
            name = proven.email
            await self._spend(shown)
            person = await self.reception.receive(proven, self.house.rules)
            return await self.desk.open(person, device, since=since)
        except (OpenIdRefused, WrongCredentials):
            await self.desk.turn_away(name)
            raise OpenIdRefused from None

    async def _spend(self, shown: IdToken) -> None:
        """Raises `OpenIdRefused` for one that was shown before."""
        async with self.reception.start() as unit:
            if not await unit.inbox.first_time(SPENT, _digest_of(shown)):
                raise OpenIdRefused
            await unit.commit()


def _digest_of(shown: IdToken) -> str:
    """Of what is signed: one signature can be written in several ways, and its text cannot."""
    signed = shown.text.rpartition(".")[0] or shown.text
    return hashlib.sha256(signed.encode()).hexdigest()
