"""What every door to another house promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import attrs
import pytest

from homeroom.kernel.clock import Clock
from homeroom.people.errors import OpenIdRefused
from homeroom.people.model.openid import Errand, Proven
from homeroom.people.ports.openid import Code, IdToken, OpenIdDoor, OpenIdSettings
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.openid import ANA, CLIENT_SECRET, PAGE_URL


class Consents(Protocol):
    """Where somebody signs in; not through the door, lest a fault there hide itself."""

    def consent(self, url: str, who: Proven) -> str: ...

    def vouch(self, who: Proven, *, nonce: str = "") -> str: ...


@attrs.frozen
class Doorway:
    """An open door, and the house behind it."""

    door: OpenIdDoor
    beyond: Consents

    def errand(self, clock: Clock, who: Proven = ANA) -> tuple[Errand, str]:
        """An errand on which *who* signed in, and the code they come back with."""
        errand = Errand.begin("ticket", return_to="/", at=clock.now())
        url = self.door.authorization(
            state="s3aled", nonce=errand.nonce, challenge=errand.challenge
        )
        return errand, self.beyond.consent(url, who)

    def errand_of_a_page(self, clock: Clock, **asked: str) -> tuple[Errand, str]:
        """What a page has that sent its browser there itself, without a nonce if none is said."""
        errand = Errand.begin("ticket", return_to="/", at=clock.now())
        url = self.door.authorization(state="own", nonce="", challenge=errand.challenge)
        address, _, query = url.partition("?")
        told = {**dict(parse_qsl(query)), "redirect_uri": PAGE_URL, **asked}
        return errand, self.beyond.consent(f"{address}?{urlencode(told)}", ANA)

    async def redeem(self, errand: Errand, code: str, **otherwise: Any) -> Proven:
        honest = Code(text=code, verifier=errand.verifier, nonce=errand.nonce)
        return await self.door.redeem(attrs.evolve(honest, **otherwise))


OpenDoor = Callable[[OpenIdSettings, Clock], AbstractAsyncContextManager[OpenIdDoor]]


class OpenIdDoorConformance(Conformance):
    """Subclass, provide `doorway` over `clock`, inherit the proof."""

    @pytest.fixture
    def clock(self) -> SteppingClock:
        return SteppingClock()

    @pytest.fixture
    async def doorway(self, clock: SteppingClock) -> Doorway:
        raise NotImplementedError("return a door, and where people sign in behind it")

    async def test_a_browser_is_sent_with_all_that_is_needed_and_no_secret(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        errand = Errand.begin("ticket", return_to="/", at=clock.now())
        url = doorway.door.authorization(
            state="a&b=c d/+", nonce=errand.nonce, challenge=errand.challenge
        )
        asked = parse_qs(urlsplit(url).query, strict_parsing=True)
        assert asked["state"] == ["a&b=c d/+"]
        assert (asked["nonce"], asked["code_challenge"]) == ([errand.nonce], [errand.challenge])
        assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
        assert {"openid", "email"} <= set(asked["scope"][0].split())
        assert asked["client_id"][0]
        assert urlsplit(asked["redirect_uri"][0]).path
        assert errand.verifier not in url
        assert CLIENT_SECRET not in url

    async def test_whoever_signed_in_there_is_proven(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        for who in (
            ANA,
            attrs.evolve(ANA, given_name="Ñina", family_name="de la Peña 李"),
            Proven(subject="x", email="solo@school.edu"),
        ):
            assert await doorway.redeem(*doorway.errand(clock, who)) == who

    async def test_an_address_is_written_small(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        who = attrs.evolve(ANA, email="Ana@School.EDU")
        assert await doorway.redeem(*doorway.errand(clock, who)) == ANA

    async def test_a_code_counts_once(self, doorway: Doorway, clock: SteppingClock) -> None:
        errand, code = doorway.errand(clock)
        assert await doorway.redeem(errand, code) == ANA
        with pytest.raises(OpenIdRefused):
            await doorway.redeem(errand, code)

    async def test_of_many_who_bring_one_code_one_is_let_in(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        errand, code = doorway.errand(clock)
        tries = (doorway.redeem(errand, code) for _ in range(8))
        told = await asyncio.gather(*tries, return_exceptions=True)
        assert [one for one in told if isinstance(one, Proven)] == [ANA]
        assert sum(isinstance(one, OpenIdRefused) for one in told) == 7

    async def test_a_code_is_for_who_has_the_verifier(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        other, _ = doorway.errand(clock)
        for verifier in (other.verifier, other.challenge, "", "x" * 200):
            errand, code = doorway.errand(clock)
            with pytest.raises(OpenIdRefused):
                await doorway.redeem(errand, code, verifier=verifier)

    async def test_it_answers_the_nonce_that_was_asked_with(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        other, _ = doorway.errand(clock)
        for nonce in (other.nonce, "", "\u00f1"):
            errand, code = doorway.errand(clock)
            with pytest.raises(OpenIdRefused):
                await doorway.redeem(errand, code, nonce=nonce)

    async def test_a_page_may_have_sent_its_browser_there_itself(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        errand, code = doorway.errand_of_a_page(clock)
        assert await doorway.redeem(errand, code, nonce=None, redirect_url=PAGE_URL) == ANA
        errand, code = doorway.errand_of_a_page(clock, nonce="its own")
        assert await doorway.redeem(errand, code, nonce="its own", redirect_url=PAGE_URL) == ANA
        errand, code = doorway.errand_of_a_page(clock, nonce="its own")
        with pytest.raises(OpenIdRefused):
            await doorway.redeem(errand, code, nonce="another", redirect_url=PAGE_URL)

    async def test_a_code_is_for_the_address_that_it_was_asked_for_with(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        for address in ("", "https://attacker.example/", f"{PAGE_URL}/"):
            errand, code = doorway.errand_of_a_page(clock)
            with pytest.raises(OpenIdRefused):
                await doorway.redeem(errand, code, nonce=None, redirect_url=address)
        errand, code = doorway.errand(clock)
        with pytest.raises(OpenIdRefused):
            await doorway.redeem(errand, code, redirect_url=PAGE_URL)

    @pytest.mark.parametrize("code", ["nonsense", "a b&c=d", "\x00", "\ud800", "x" * 2_000])
    async def test_a_made_up_code_is_refused_unquoted(
        self, doorway: Doorway, clock: SteppingClock, code: str
    ) -> None:
        errand, _ = doorway.errand(clock)
        with pytest.raises(OpenIdRefused) as refused:
            await doorway.redeem(errand, code)
        assert refused.value.message == OpenIdRefused().message

    async def test_a_code_counts_for_minutes(self, doorway: Doorway, clock: SteppingClock) -> None:
        errand, code = doorway.errand(clock)
        clock.step(seconds=3_600)
        with pytest.raises(OpenIdRefused):
            await doorway.redeem(errand, code)

    async def test_what_a_page_was_given_is_believed_as_long_as_it_counts(
        self, doorway: Doorway, clock: SteppingClock
    ) -> None:
        who = attrs.evolve(ANA, email="Ana@School.EDU")
        shown = IdToken(text=doorway.beyond.vouch(who))
        assert [await doorway.door.believe(shown) for _ in range(2)] == [ANA, ANA]
        clock.step(seconds=2 * 3_600)
        with pytest.raises(OpenIdRefused):
            await doorway.door.believe(shown)

    async def test_what_a_page_was_given_answers_the_nonce_that_it_asked_with(
        self, doorway: Doorway
    ) -> None:
        text = doorway.beyond.vouch(ANA, nonce="its own")
        for nonce in ("its own", None):
            assert await doorway.door.believe(IdToken(text=text, nonce=nonce)) == ANA
        for token in (text, doorway.beyond.vouch(ANA)):
            with pytest.raises(OpenIdRefused):
                await doorway.door.believe(IdToken(text=token, nonce="another"))

    @pytest.mark.parametrize("text", ["", "nonsense", "a.b.c", "\x00", "\ud800", "x" * 20_000])
    async def test_what_nobody_said_is_refused_unquoted(self, doorway: Doorway, text: str) -> None:
        with pytest.raises(OpenIdRefused) as refused:
            await doorway.door.believe(IdToken(text=text))
        assert refused.value.message == OpenIdRefused().message

    async def test_it_shows_no_secret_of_itself(self, doorway: Doorway) -> None:
        assert CLIENT_SECRET not in repr(doorway.door)

    async def test_it_says_that_it_is_there(self, doorway: Doorway) -> None:
        await doorway.door.ping()
