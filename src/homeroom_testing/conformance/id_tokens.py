"""The promises of a door that reads ID tokens: what is forged, stale or for others, is none."""

import asyncio
from collections.abc import Mapping
from functools import partial

import pytest

from homeroom.people.errors import OpenIdRefused, OpenIdUnavailable
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.conformance.openid import Doorway, OpenDoor
from homeroom_testing.forged_id_tokens import ATTACKS
from homeroom_testing.liars import Lie, boast, bomb, cut, say
from homeroom_testing.openid import (
    ANA,
    CLIENT_SECRET,
    Told,
    ec_key,
    open_provider,
    rsa_key,
)
from homeroom_testing.signing_keys import rsa_signing_key


def _in_other_words(header: Mapping[str, object], said: Mapping[str, object], told: Told) -> str:
    return told.key.token({**told.header, **header}, {**told.said, **said})


class IdTokensConformance(Conformance):
    """For doors that read ID tokens. Subclass, provide `open_door`, inherit the proof."""

    @pytest.fixture
    def open_door(self) -> OpenDoor:
        raise NotImplementedError("return something that opens doors over a way out to loopback")

    @pytest.fixture
    def clock(self) -> SteppingClock:
        return SteppingClock()

    async def test_no_attack_is_believed(self, open_door: OpenDoor, clock: SteppingClock) -> None:
        """All of them through one door: what one left behind must not help the next."""
        believed, quoting = [], []
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            for name, attack in ATTACKS.items():
                provider.forge = attack
                try:
                    await doorway.redeem(*doorway.errand(clock))
                    believed.append(name)
                except OpenIdRefused as refused:
                    if refused.message != OpenIdRefused().message:
                        quoting.append(name)
            provider.forge = lambda told: told.honest
            assert await doorway.redeem(*doorway.errand(clock)) == ANA, "the honest still are"
        assert (believed, quoting) == ([], [])

    async def test_what_is_told_in_other_words_is_believed(
        self, open_door: OpenDoor, clock: SteppingClock
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            for header, said in (
                ({"typ": "jwt"}, {"aud": [provider.client_id]}),
                ({"x5t": "print"}, {"at_hash": "hash", "name": "Ana Reyes", "locale": "es"}),
                ({}, {"nbf": int(clock.now().timestamp()) + 20}),
            ):
                provider.forge = partial(_in_other_words, header, said)
                assert await doorway.redeem(*doorway.errand(clock)) == ANA

    async def test_keys_are_fetched_once_for_many(
        self, open_door: OpenDoor, clock: SteppingClock
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            every = [doorway.redeem(*doorway.errand(clock)) for _ in range(10)]
            assert await asyncio.gather(*every) == [ANA] * 10
            assert provider.asked_for("/keys") == 1

    async def test_a_new_key_is_learnt_when_it_signs(
        self, open_door: OpenDoor, clock: SteppingClock
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            await doorway.redeem(*doorway.errand(clock))
            for key in (rsa_key("second"), ec_key("curved")):
                provider.rotate(key)
                clock.step(seconds=120)
                errand, code = doorway.errand(clock)
                assert await doorway.redeem(errand, code) == ANA, key.algorithm
            assert provider.asked_for("/keys") == 3

    async def test_an_unknown_key_sends_us_to_the_provider_now_and_then_alone(
        self, open_door: OpenDoor, clock: SteppingClock
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            await doorway.redeem(*doorway.errand(clock))
            provider.forge = lambda told: told.key.token({**told.header, "kid": "no"}, told.said)
            for _ in range(20):
                clock.step(seconds=10)
                with pytest.raises(OpenIdRefused):
                    await doorway.redeem(*doorway.errand(clock))
            assert provider.asked_for("/keys") <= 5

    async def test_a_key_that_was_taken_away_counts_no_more(
        self, open_door: OpenDoor, clock: SteppingClock
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            await doorway.redeem(*doorway.errand(clock))
            gone = provider.keys.pop()
            provider.rotate()
            provider.forge = lambda told: gone.token({**told.header, "kid": gone.name}, told.said)
            clock.step(seconds=7_200)
            with pytest.raises(OpenIdRefused):
                await doorway.redeem(*doorway.errand(clock))

    @pytest.mark.parametrize("kind", ["short", "shared", "for sealing", "twice", "other curve"])
    async def test_a_key_that_proves_nothing_is_none(
        self, open_door: OpenDoor, clock: SteppingClock, kind: str
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            good = provider.keys[-1]
            shown = {
                "short": [rsa_key("first", rsa_signing_key(1_024)).shown],
                "shared": [{"kty": "oct", "k": "aHVzaA", "kid": "first"}],
                "for sealing": [{**good.shown, "use": "enc"}],
                "twice": [good.shown, {**rsa_key("other").shown, "kid": good.name}],
                "other curve": [{**ec_key("first").shown, "crv": "P-384"}],
            }[kind]
            if kind == "short":
                provider.keys = [rsa_key("first", rsa_signing_key(1_024))]
            provider.shown = {"keys": shown}
            doorway = Doorway(door, provider)
            with pytest.raises(OpenIdRefused):
                await doorway.redeem(*doorway.errand(clock))

    @pytest.mark.parametrize(
        "lie",
        [
            say(500),
            say(404),
            say(302, {"Location": "https://attacker.example/"}),
            say(200, body=b"<html>"),
            say(200, body=b"[]"),
            say(200, body=b"{" * 60_000),
            bomb(10_000_000),
            boast(10_000_000),
            cut(after=20),
        ],
        ids=["500", "404", "302", "html", "list", "deep", "bomb", "boast", "cut"],
    )
    async def test_without_keys_nobody_is_let_in_and_later_they_are(
        self, open_door: OpenDoor, clock: SteppingClock, lie: Lie
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            provider.saying = {"/keys": lie}
            with pytest.raises(OpenIdUnavailable):
                await doorway.redeem(*doorway.errand(clock))
            with pytest.raises(OpenIdUnavailable):
                await door.ping()
            provider.saying = {}
            assert await doorway.redeem(*doorway.errand(clock)) == ANA

    @pytest.mark.parametrize(
        ("lie", "refused"),
        [
            (say(503), OpenIdUnavailable),
            (say(302, {"Location": "https://attacker.example/"}), OpenIdUnavailable),
            (bomb(10_000_000), OpenIdUnavailable),
            (say(401, body=b'{"error":"invalid_client"}'), OpenIdUnavailable),
            (say(400, body=b'{"error":"redirect_uri_mismatch"}'), OpenIdUnavailable),
            (say(400, body=b'{"error":"invalid_grant"}'), OpenIdRefused),
            (say(200, body=b'{"access_token":"x"}'), OpenIdRefused),
            (say(200, body=b'{"id_token":["x"]}'), OpenIdRefused),
            (say(200, body=b"[]"), OpenIdRefused),
            (say(200, body=b"\xff"), OpenIdRefused),
        ],
        ids=[
            *("503", "302", "bomb", "unknown client", "unknown address", "no such code"),
            *("no token", "a token in a list", "a list", "no text"),
        ],
    )
    async def test_what_the_provider_answers_instead_lets_nobody_in(
        self,
        open_door: OpenDoor,
        clock: SteppingClock,
        lie: Lie,
        refused: type[OpenIdRefused | OpenIdUnavailable],
    ) -> None:
        async with open_provider(clock) as provider, open_door(provider.settings(), clock) as door:
            doorway = Doorway(door, provider)
            provider.saying = {"/token": lie}
            with pytest.raises(refused) as told:
                await doorway.redeem(*doorway.errand(clock))
            assert CLIENT_SECRET not in told.value.message
            assert provider.asked_for("/token") == 1, "a code is brought once"

    async def test_a_secret_that_is_wrong_is_the_operator_s_to_mend(
        self, open_door: OpenDoor, clock: SteppingClock
    ) -> None:
        async with open_provider(clock) as provider:
            settings = provider.settings(client_secret="another")
            async with open_door(settings, clock) as door:
                doorway = Doorway(door, provider)
                with pytest.raises(OpenIdUnavailable, match="HOMEROOM_GOOGLE__CLIENT_SECRET"):
                    await doorway.redeem(*doorway.errand(clock))
