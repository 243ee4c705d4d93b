"""Signers that break a promise each, and the clause or the attack that catches them."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from homeroom.people.errors import BadToken, TokenExpired
from homeroom.people.ports.tokens import (
    AccessClaims,
    Algorithm,
    SigningKey,
    TokenSigner,
    TokenSignerSettings,
)
from homeroom_adapters.jose.keys import Key, make_key
from homeroom_adapters.jose.signer import JoseSigner
from homeroom_testing.conformance.tokens import OpenSigner, TokenSignerConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.signing_keys import mac, part, signing_key

ATTACKED = "test_no_attack_is_believed"


class Saboteur(TokenSignerConformance):
    """A signer in place of the honest one."""

    signer_type: ClassVar[type[JoseSigner]] = JoseSigner
    algorithms = (Algorithm.ED25519,)

    @pytest.fixture
    def open_signer(self) -> OpenSigner:
        @asynccontextmanager
        async def opening(settings: TokenSignerSettings) -> AsyncIterator[TokenSigner]:
            yield self.signer_type(settings)

        return opening


def told(text: str) -> Any:
    """What is in a part of a token, read as leniently as can be."""
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Mending(JoseSigner):
    """Puts right what a token says before it is looked at."""

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        said = json.loads(self._proven(token))
        mended = json.dumps({**said, **self.mended(said)}).encode()
        return super().read(self._keys[0].sign(mended), at=at)

    def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}


class Trusting(JoseSigner):
    """Reads a header before it knows whose it is."""

    def _proven(self, token: str) -> bytes:
        try:
            header = told(token.split(".", maxsplit=1)[0])
            named = [key for key in self._keys if key.name == header["kid"]]
        except (ValueError, LookupError, TypeError):
            return super()._proven(token)
        proven = self.trusted(token, header, named[0]) if named else None
        return super()._proven(token) if proven is None else proven

    def trusted(self, token: str, header: Mapping[str, Any], key: Key) -> bytes | None:
        return None


def payload_of(token: str) -> bytes:
    text = token.split(".")[1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def another(algorithm: Algorithm) -> Mapping[str, str]:
    """The public part of a key that no signer of these has."""
    return make_key(SigningKey.read(signing_key(algorithm, "another's"))).public


class NeedsNoSignature(Saboteur):
    """Holds that who asks for no signature needs none."""

    class signer_type(Trusting):  # noqa: N801 - takes the place of the attribute
        def trusted(self, token: str, header: Mapping[str, Any], key: Key) -> bytes | None:
            return payload_of(token) if header.get("alg") == "none" else None


class LooksAtNoSignature(Saboteur):
    class signer_type(Trusting):  # noqa: N801
        def trusted(self, token: str, header: Mapping[str, Any], key: Key) -> bytes | None:
            return payload_of(token) if key.header == token.split(".", maxsplit=1)[0] else None


class ConfusesAlgorithms(Saboteur):
    """Lets the token say what its key is for, and takes a public one for a shared secret."""

    class signer_type(Trusting):  # noqa: N801
        def trusted(self, token: str, header: Mapping[str, Any], key: Key) -> bytes | None:
            signed, _, signature = token.rpartition(".")
            text = key.public["x"]
            secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            fits = header.get("alg") == "HS256" and part(mac(secret, signed.encode())) == signature
            return payload_of(token) if fits else None


class TakesAnyToken(Saboteur):
    """Does not ask of what kind a token is, as long as its key signed it."""

    class signer_type(Trusting):  # noqa: N801
        def trusted(self, token: str, header: Mapping[str, Any], key: Key) -> bytes | None:
            return key.proven(token)


class TriesEveryKey(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def _proven(self, token: str) -> bytes:
            found = (key.proven(token) for key in self._keys)
            proven = next((said for said in found if said is not None), None)
            return super()._proven(token) if proven is None else proven


class TakesTheKeyThatIsBrought(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def _proven(self, token: str) -> bytes:
            try:
                brought = {"jku", "jwk", "x5u"} & told(token.split(".", maxsplit=1)[0]).keys()
            except (ValueError, AttributeError):
                brought = set()
            return payload_of(token) if brought else super()._proven(token)


class ForgetsToEnd(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def read(self, token: str, *, at: datetime) -> AccessClaims:
            try:
                return super().read(token, at=at)
            except TokenExpired:
                begun = json.loads(self._proven(token))["iat"]
                return super().read(token, at=datetime.fromtimestamp(begun, UTC))


class ForgetsToBegin(Saboteur):
    class signer_type(Mending):  # noqa: N801
        def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
            return {"iat": 0, "nbf": 0}


class BelievesForOthers(Saboteur):
    class signer_type(Mending):  # noqa: N801
        def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
            return {"aud": self._settings.audience}


class BelievesOthers(Saboteur):
    class signer_type(Mending):  # noqa: N801
        def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
            return {"iss": self._settings.issuer}


class TakesTheLastWord(Saboteur):
    """Lets what is said twice mean what was said last."""

    class signer_type(Mending): ...  # noqa: N801


class ReadsAnyNumber(Saboteur):
    class signer_type(Mending):  # noqa: N801
        def mended(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
            given = said.get("exp")
            return {"exp": int(given)} if isinstance(given, float) and given < 1e11 else {}


class OverlooksSpaces(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def read(self, token: str, *, at: datetime) -> AccessClaims:
            return super().read(token.strip(), at=at)


class Quotes(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def read(self, token: str, *, at: datetime) -> AccessClaims:
            try:
                return super().read(token, at=at)
            except BadToken as error:
                raise BadToken(f"{error.message}: {token}") from None


class SaysExpiredFirst(Saboteur):
    """Tells whoever forges tokens that their date is what is wrong with them."""

    class signer_type(JoseSigner):  # noqa: N801
        def read(self, token: str, *, at: datetime) -> AccessClaims:
            try:
                late = told(token.split(".")[1])["exp"] < at.timestamp() - 3_000
            except (ValueError, LookupError, TypeError):
                late = False
            if late:
                raise TokenExpired
            return super().read(token, at=at)


class ClingsToTheOldest(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def sign(self, claims: AccessClaims) -> str:
            header, said, _ = super().sign(claims).split(".")
            return self._keys[-1].sign(payload_of(f"{header}.{said}"))


class KnowsOneKey(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def _proven(self, token: str) -> bytes:
            if not token.startswith(self._keys[0].header):
                raise BadToken
            return super()._proven(token)


class ShowsItsSecrets(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def public_keys(self) -> Sequence[Mapping[str, str]]:
            return [{**one, "d": self._settings.keys[0]} for one in super().public_keys()]


class ShowsAnothersKey(Saboteur):
    """Shows a key by the right name that never signed anything."""

    class signer_type(JoseSigner):  # noqa: N801
        def public_keys(self) -> Sequence[Mapping[str, str]]:
            return [
                {**another(Algorithm(one["alg"])), "kid": one["kid"]}
                for one in super().public_keys()
            ]


class ShowsAnothersRsaKey(ShowsAnothersKey):
    algorithms = (Algorithm.RS256,)


class ShowsItself(Saboteur):
    class signer_type(JoseSigner):  # noqa: N801
        def __repr__(self) -> str:
            return f"signer with {self._settings.keys}"


ATTACKED_WITH: dict[type[Saboteur], str] = {
    NeedsNoSignature: "unsigned",
    ConfusesAlgorithms: "public",
    TakesAnyToken: "typ",
    TakesTheKeyThatIsBrought: "jku",
    BelievesForOthers: "aud",
    BelievesOthers: "iss",
    TakesTheLastWord: "twice",
    ReadsAnyNumber: "float",
    OverlooksSpaces: "space",
}
"""A word in the names of the attacks that each of these falls for."""

CAUGHT_BY: dict[type[Saboteur], str] = {
    **dict.fromkeys(ATTACKED_WITH, ATTACKED),
    LooksAtNoSignature: "test_every_letter_counts",
    TriesEveryKey: "test_a_key_signs_in_its_own_name_only",
    ForgetsToEnd: "test_a_token_ends",
    ForgetsToBegin: "test_a_token_begins",
    Quotes: ATTACKED,
    SaysExpiredFirst: "test_what_was_never_good_has_not_expired",
    ClingsToTheOldest: "test_the_newest_key_signs_and_older_ones_are_believed",
    KnowsOneKey: "test_the_newest_key_signs_and_older_ones_are_believed",
    ShowsItsSecrets: "test_what_is_shown_is_public",
    ShowsAnothersKey: "test_a_shown_key_alone_proves_what_it_signed",
    ShowsAnothersRsaKey: "test_a_shown_key_alone_proves_what_it_signed",
    ShowsItself: "test_no_key_is_in_what_a_signer_shows_of_itself",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    words = [clause, ATTACKED_WITH.get(saboteur, "kid" if clause == ATTACKED else "")]
    only = " and ".join(word for word in words if word)
    assert broken_clauses(saboteur, only=only) == {clause}


def test_an_honest_signer_breaks_no_clause() -> None:
    assert broken_clauses(Saboteur) == frozenset()
