"""Doors to another house that break a promise each, and the clause that catches them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import attrs
import pytest
from joserfc.jwk import RSAKey
from openid_ground import LOOPBACK, SETTINGS, Believing

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.people.errors import OpenIdRefused, OpenIdUnavailable
from homeroom.people.model.openid import Proven
from homeroom.people.ports.openid import Code, IdToken, OpenIdDoor, OpenIdSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http.opening import open_outbound
from homeroom_adapters.memory.openid import MemoryDoor
from homeroom_adapters.openid import door as doors
from homeroom_adapters.openid import ring
from homeroom_adapters.openid.keys import ProvingKey
from homeroom_adapters.openid.reading import IdTokens, Said
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.conformance.id_tokens import IdTokensConformance
from homeroom_testing.conformance.openid import Doorway, OpenDoor, OpenIdDoorConformance
from homeroom_testing.sabotage import broken_clauses

ATTACKED = "test_no_attack_is_believed"


class Saboteur(OpenIdDoorConformance):
    """A door in memory, in place of the honest one."""

    door_type: ClassVar[type[MemoryDoor]] = MemoryDoor

    @pytest.fixture
    async def doorway(self, clock: SteppingClock) -> Doorway:
        door = self.door_type(settings=SETTINGS, clock=clock)
        return Doorway(door, door)


class TellsItsSecret(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801 - takes the place of the attribute
        def authorization(self, *, state: str, nonce: str, challenge: str) -> str:
            url = super().authorization(state=state, nonce=nonce, challenge=challenge)
            return f"{url}&client_secret={CLIENT_SECRET_IN_URL}"


CLIENT_SECRET_IN_URL = quote(SETTINGS.client_secret)


class WritesStatesAsTheyAre(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        def authorization(self, *, state: str, nonce: str, challenge: str) -> str:
            url = super().authorization(state="", nonce=nonce, challenge=challenge)
            return url.replace("&state=", f"&state={state}")


class LosesTheName(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            proven = await super().redeem(code)
            name = proven.family_name.encode("ascii", "ignore").decode()
            return attrs.evolve(proven, family_name=name)


class KeepsCapitals(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            grant = self._grants.get(code.text)
            proven = await super().redeem(code)
            return grant.who if grant else proven


class TakesCodesAgain(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            grant = self._grants.get(code.text)
            try:
                return await super().redeem(code)
            finally:
                if grant:
                    self._grants[code.text] = grant


class LooksAwayForAMoment(Saboteur):
    """Takes a code away only after it has thought about it."""

    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            grant = self._grants.get(code.text)
            await asyncio.sleep(0)
            if grant:
                self._grants[code.text] = grant
            try:
                return await super().redeem(code)
            finally:
                await asyncio.sleep(0)
                self._grants.pop(code.text, None)


class NeedsNoVerifier(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            grant = self._grants.pop(code.text, None)
            if grant is None or grant.nonce != code.nonce or self._clock.now() >= grant.ends_at:
                raise OpenIdRefused
            return attrs.evolve(grant.who, email=grant.who.email.lower())


class AsksNoNonce(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            grant = self._grants.get(code.text)
            told = grant.nonce if grant else code.nonce
            return await super().redeem(attrs.evolve(code, nonce=told))


class SendsNobodyElsewhere(Saboteur):
    """Takes a code with whatever address it was not asked for with."""

    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            grant = self._grants.get(code.text)
            told = grant.redirect_url if grant else code.redirect_url
            return await super().redeem(attrs.evolve(code, redirect_url=told))


class KnowsOnePageAlone(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            return await super().redeem(attrs.evolve(code, redirect_url=""))


class WantsANonceAlways(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            return await super().redeem(attrs.evolve(code, nonce=code.nonce or "none"))


class Quotes(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            try:
                return await super().redeem(code)
            except OpenIdRefused:
                raise OpenIdRefused(f"no such code: {code.text}") from None


class TakesCodesForEver(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def redeem(self, code: Code) -> Proven:
            if code.text in self._grants:
                grant = self._grants[code.text]
                later = self._clock.now() + timedelta(seconds=1)
                self._grants[code.text] = attrs.evolve(grant, ends_at=later)
            return await super().redeem(code)


class BelievesForEver(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def believe(self, shown: IdToken) -> Proven:
            if told := self._vouched.get(shown.text):
                later = self._clock.now() + timedelta(seconds=1)
                self._vouched[shown.text] = attrs.evolve(told, ends_at=later)
            return await super().believe(shown)


class BelievesWhatAnswersAnother(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def believe(self, shown: IdToken) -> Proven:
            return await super().believe(attrs.evolve(shown, nonce=None))


class QuotesWhatWasShown(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def believe(self, shown: IdToken) -> Proven:
            try:
                return await super().believe(shown)
            except OpenIdRefused:
                raise OpenIdRefused(f"nobody said {shown.text!r}") from None


class ShowsItself(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        def __repr__(self) -> str:
            return f"door with {self._settings.client_secret}"


class SaysItIsAway(Saboteur):
    class door_type(MemoryDoor):  # noqa: N801
        async def ping(self) -> None:
            raise OpenIdUnavailable


class ReaderSaboteur(IdTokensConformance):
    """A door over HTTP, with something in it in place of the honest part."""

    tokens_type: ClassVar[type[IdTokens]] = IdTokens
    ring_type: ClassVar[type[ring.KeyRing]] = ring.KeyRing
    door_type: ClassVar[type[doors.OpenIdHttp]] = doors.OpenIdHttp

    @pytest.fixture
    def open_door(self) -> OpenDoor:
        @asynccontextmanager
        async def opened(settings: OpenIdSettings, clock: Clock) -> AsyncIterator[OpenIdDoor]:
            async with open_outbound(LOOPBACK, Ambient(clock, JsonCodec())) as outbound:

                async def fetch() -> bytes:
                    return await doors.fetch_keys(outbound, settings.keys_url)

                keys = self.ring_type(fetch=fetch, clock=clock)
                yield self.door_type(
                    settings=settings,
                    outbound=outbound,
                    clock=clock,
                    ring=keys,
                    tokens=self.tokens_type(settings, keys.find),
                )

        return opened


class LooksAtNoSignature(ReaderSaboteur):
    class tokens_type(Believing):  # noqa: N801
        async def believes(self, token: str, header: Said) -> bool:
            return header.get("alg") == "RS256" and isinstance(header.get("kid"), str)


class WantsNothingMore(ReaderSaboteur):
    """Refuses claims that it does not know."""

    class tokens_type(IdTokens):  # noqa: N801
        async def _proven(self, token: str, header: Said) -> bytes:
            proven = await super()._proven(token, header)
            if b"at_hash" in proven:
                raise OpenIdRefused
            return proven


class FetchesEachTime(ReaderSaboteur):
    class ring_type(ring.KeyRing):  # noqa: N801
        def _is_due(self, name: str) -> bool:
            return True


class NeverLearns(ReaderSaboteur):
    class ring_type(ring.KeyRing):  # noqa: N801
        def _is_due(self, name: str) -> bool:
            return self._fetched_at is None


class AsksForEveryName(ReaderSaboteur):
    class ring_type(ring.KeyRing):  # noqa: N801
        def _is_due(self, name: str) -> bool:
            return name not in self._keys


class ForgetsNoKey(ReaderSaboteur):
    class ring_type(ring.KeyRing):  # noqa: N801
        async def _renew(self) -> None:
            before = self._keys
            await super()._renew()
            self._keys = {**before, **self._keys}


class BelievesWeakKeys(ReaderSaboteur):
    class ring_type(ring.KeyRing):  # noqa: N801
        async def _renew(self) -> None:
            await super()._renew()
            listed = json.loads(await self._fetch())["keys"]
            rsa = {one["kid"]: RSAKey.import_key(one) for one in listed if one.get("n")}
            self._keys = {name: ProvingKey(name, "RS256", proves=key) for name, key in rsa.items()}


class GivesUpOnKeys(ReaderSaboteur):
    """Remembers that there were none."""

    class ring_type(ring.KeyRing):  # noqa: N801
        async def _renew(self) -> None:
            try:
                await super()._renew()
            except OpenIdUnavailable:
                self._fetched_at = self._clock.now()
                raise


class BringsCodesTwice(ReaderSaboteur):
    class door_type(doors.OpenIdHttp):  # noqa: N801
        async def _exchange(self, code: Code) -> Any:
            try:
                return await super()._exchange(code)
            except OpenIdUnavailable:
                return await super()._exchange(code)


class BlamesWhoeverSignsIn(ReaderSaboteur):
    class door_type(doors.OpenIdHttp):  # noqa: N801
        async def _exchange(self, code: Code) -> Any:
            answer = await super()._exchange(code)
            if answer.status == 401:
                raise OpenIdRefused
            return answer


CAUGHT_BY: dict[type[Conformance], str] = {
    TellsItsSecret: "test_a_browser_is_sent_with_all_that_is_needed_and_no_secret",
    WritesStatesAsTheyAre: "test_a_browser_is_sent_with_all_that_is_needed_and_no_secret",
    LosesTheName: "test_whoever_signed_in_there_is_proven",
    KeepsCapitals: "test_an_address_is_written_small",
    TakesCodesAgain: "test_a_code_counts_once",
    LooksAwayForAMoment: "test_of_many_who_bring_one_code_one_is_let_in",
    NeedsNoVerifier: "test_a_code_is_for_who_has_the_verifier",
    AsksNoNonce: "test_it_answers_the_nonce_that_was_asked_with",
    SendsNobodyElsewhere: "test_a_code_is_for_the_address_that_it_was_asked_for_with",
    KnowsOnePageAlone: "test_a_page_may_have_sent_its_browser_there_itself",
    WantsANonceAlways: "test_a_page_may_have_sent_its_browser_there_itself",
    Quotes: "test_a_made_up_code_is_refused_unquoted",
    TakesCodesForEver: "test_a_code_counts_for_minutes",
    BelievesForEver: "test_what_a_page_was_given_is_believed_as_long_as_it_counts",
    BelievesWhatAnswersAnother: ("test_what_a_page_was_given_answers_the_nonce_that_it_asked_with"),
    QuotesWhatWasShown: "test_what_nobody_said_is_refused_unquoted",
    ShowsItself: "test_it_shows_no_secret_of_itself",
    SaysItIsAway: "test_it_says_that_it_is_there",
    LooksAtNoSignature: ATTACKED,
    WantsNothingMore: "test_what_is_told_in_other_words_is_believed",
    FetchesEachTime: "test_keys_are_fetched_once_for_many",
    NeverLearns: "test_a_new_key_is_learnt_when_it_signs",
    AsksForEveryName: "test_an_unknown_key_sends_us_to_the_provider_now_and_then_alone",
    ForgetsNoKey: "test_a_key_that_was_taken_away_counts_no_more",
    BelievesWeakKeys: "test_a_key_that_proves_nothing_is_none",
    GivesUpOnKeys: "test_without_keys_nobody_is_let_in_and_later_they_are",
    BringsCodesTwice: "test_what_the_provider_answers_instead_lets_nobody_in",
    BlamesWhoeverSignsIn: "test_a_secret_that_is_wrong_is_the_operator_s_to_mend",
}


WITH: dict[type[Conformance], str] = {
    BelievesWeakKeys: "short",
    GivesUpOnKeys: "404",
    BringsCodesTwice: "503",
}
"""A word in the names of the cases that are enough to catch these."""


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Conformance]) -> None:
    clause = CAUGHT_BY[saboteur]
    only = " and ".join([clause, *WITH.get(saboteur, "").split()])
    assert broken_clauses(saboteur, only=only) == {clause}


@pytest.mark.parametrize("honest", [Saboteur, ReaderSaboteur], ids=lambda one: one.__name__)
def test_an_honest_door_breaks_no_clause(honest: type[Conformance]) -> None:
    only = "" if honest is Saboteur else ATTACKED
    assert broken_clauses(honest, only=only) == frozenset()
