"""Readers of ID tokens that leave out one thing each, and an attack that shows why it is there."""

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from openid_ground import Believing, told

from homeroom.people.errors import OpenIdRefused
from homeroom.people.model.openid import Proven
from homeroom_adapters.openid.keys import ProvingKey, read_keys
from homeroom_adapters.openid.reading import IdTokens, Said
from homeroom_testing.clock import SteppingClock
from homeroom_testing.forged_id_tokens import ATTACKS
from homeroom_testing.openid import ANA, Provider, rsa_key
from homeroom_testing.signing_keys import mac, part


class Mending(IdTokens):
    """Puts right what a token says before it is looked at."""

    async def _proven(self, token: str, header: Said) -> bytes:
        proven = await super()._proven(token, header)
        try:
            said = json.loads(proven)
        except (ValueError, RecursionError):
            return proven
        mended = self.mended(said) if isinstance(said, dict) else {}
        return json.dumps({**said, **mended}).encode() if mended else proven

    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}


class NeedsNoSignature(IdTokens):
    async def read(self, token: str, *, nonce: str, at: datetime) -> Proven:
        if token.endswith(".") and told(token, 0).get("alg") == "none":
            return Proven(subject="x", email="x@school.edu")
        return await super().read(token, nonce=nonce, at=at)


class ConfusesAlgorithms(Believing):
    """Lets the token say what its key is for, and takes a public one for a shared secret."""

    async def believes(self, token: str, header: Said) -> bool:
        key = await self.find_key(str(header.get("kid")))
        if header.get("alg") != "HS256" or key is None:
            return False
        text = str(key._proves.as_dict()["n"])
        secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signed, _, signature = token.rpartition(".")
        return part(mac(secret, signed.encode())) == signature


class TakesTheKeyThatIsBrought(Believing):
    async def believes(self, token: str, header: Said) -> bool:
        return bool({"jku", "jwk", "x5u"} & header.keys())


class TriesAnyKey(IdTokens):
    async def _proven(self, token: str, header: Said) -> bytes:
        return await super()._proven(token, {**header, "kid": "first"})


class TakesAnyKind(IdTokens):
    async def _proven(self, token: str, header: Said) -> bytes:
        return await super()._proven(token, {**header, "typ": "JWT"})


class UnderstandsEverything(Believing):
    async def believes(self, token: str, header: Said) -> bool:
        return "crit" in header


class BelievesOthers(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"iss": self.settings.issuers[0]}


class BelievesForOthers(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        aud = said.get("aud")
        ours = self.settings.client_id
        return {"aud": ours} if isinstance(aud, list) and ours in aud else {}


class AsksNotWhoAskedForIt(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"azp": self.settings.client_id}


class ForgetsToEnd(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"exp": 2_000_000_000} if type(said.get("exp")) is int else {}


class ForgetsToBegin(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"nbf": 0} if type(said.get("nbf")) is int else {}


class ReadsAnyNumber(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        given = said.get("exp")
        return {"exp": int(given)} if isinstance(given, float) and given < 1e11 else {}


class NeedsNoNonce(IdTokens):
    async def read(self, token: str, *, nonce: str, at: datetime) -> Proven:
        try:
            missing = "nonce" not in told(token, 1)
        except (ValueError, IndexError, TypeError):
            missing = False
        if missing:
            return Proven(subject="x", email="x@school.edu")
        return await super().read(token, nonce=nonce, at=at)


class NeedsNoVerifiedAddress(Mending):
    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"email_verified": bool(said.get("email_verified", True))}


class TakesTheLastWord(Mending):
    """Lets what is said twice mean what was said last."""

    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"seen": True}


class TellsWhatWasWrong(IdTokens):
    async def read(self, token: str, *, nonce: str, at: datetime) -> Proven:
        try:
            return await super().read(token, nonce=nonce, at=at)
        except OpenIdRefused as refused:
            raise OpenIdRefused(f"{refused.message}: {token}") from None


FALLS_FOR: dict[type[IdTokens], str] = {
    NeedsNoSignature: "alg none, unsigned",
    ConfusesAlgorithms: "HS256 under the public key",
    TakesTheKeyThatIsBrought: "a stranger's key that is elsewhere",
    TriesAnyKey: "kid unknown",
    TakesAnyKind: "typ an access token's",
    UnderstandsEverything: "something critical and unknown",
    BelievesOthers: "iss another",
    BelievesForOthers: "two audiences",
    AsksNotWhoAskedForIt: "azp another",
    ForgetsToEnd: "expired",
    ForgetsToBegin: "not yet",
    ReadsAnyNumber: "exp a float",
    NeedsNoNonce: "nonce missing",
    NeedsNoVerifiedAddress: "email_verified missing",
    TakesTheLastWord: "email twice",
}
"""An attack that succeeds against each."""


@pytest.mark.anyio
@pytest.mark.parametrize("reader", [IdTokens, *FALLS_FOR], ids=lambda one: one.__name__)
async def test_who_leaves_out_one_thing_falls_for_an_attack(reader: type[IdTokens]) -> None:
    clock, key = SteppingClock(), rsa_key("first")
    provider = Provider(clock, url="https://provider.example")
    keys = read_keys(json.dumps({"keys": [key.shown]}).encode())

    async def find(name: str) -> ProvingKey | None:
        return keys.get(name)

    tokens, honest = reader(provider.settings(), find), provider.told(ANA, "n0nce")
    believed = set[str]()
    for name, attack in ATTACKS.items():
        with suppress(OpenIdRefused):
            await tokens.read(attack(honest), nonce="n0nce", at=clock.now())
            believed.add(name)
    expected = FALLS_FOR.get(reader)
    assert expected in believed if expected else not believed
