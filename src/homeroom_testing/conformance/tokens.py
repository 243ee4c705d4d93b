"""What every signer promises: nothing is believed but what this house signed, as it signed it."""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId, new_id
from homeroom.people.errors import BadToken, TokenExpired
from homeroom.people.ports.tokens import AccessClaims, Algorithm, TokenSigner, TokenSignerSettings
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.forged_tokens import ATTACKS, Scene
from homeroom_testing.signing_keys import Forger, proves, signing_key, told_in

OpenSigner = Callable[[TokenSignerSettings], AbstractAsyncContextManager[TokenSigner]]

NOW = datetime(2026, 9, 1, 7, 30, tzinfo=UTC)
LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=10)
SECOND = timedelta(seconds=1)
PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi", "k"}


def claims(*, at: datetime = NOW) -> AccessClaims:
    """Claims of somebody, from *at*."""
    return AccessClaims(
        token_id=TokenId(new_id()),
        person_id=PersonId(new_id()),
        institution_id=InstitutionId(new_id()),
        session_id=SessionId(new_id()),
        issued_at=at,
        expires_at=at + LIFE,
    )


def with_keys(*keys: str, **others: Any) -> TokenSignerSettings:
    """Settings with *keys*, newest first."""
    return TokenSignerSettings(keys=keys, leeway=LEEWAY, **others)


class TokenSignerConformance(Conformance):
    """Subclass, provide `open_signer`, inherit the proof."""

    algorithms: ClassVar[tuple[Algorithm, ...]] = tuple(Algorithm)
    """What the signer signs with. Skips quote this declaration."""

    @pytest.fixture
    def open_signer(self) -> OpenSigner:
        raise NotImplementedError("return something that opens signers")

    @pytest.fixture(params=list(Algorithm))
    def algorithm(self, request: pytest.FixtureRequest) -> Algorithm:
        chosen: Algorithm = request.param
        if chosen not in self.algorithms:
            pytest.skip(f"{type(self).__name__} does not declare {chosen.value}")
        return chosen

    @pytest.fixture
    def key(self, algorithm: Algorithm) -> str:
        return signing_key(algorithm)

    @pytest.fixture
    def next_key(self, algorithm: Algorithm) -> str:
        return signing_key(algorithm, "second")

    @pytest.fixture
    async def signer(self, open_signer: OpenSigner, key: str) -> AsyncIterator[TokenSigner]:
        """A signer with one key."""
        async with open_signer(with_keys(key)) as signer:
            yield signer

    async def test_what_was_signed_is_read(self, signer: TokenSigner) -> None:
        for told in (claims(), claims(at=NOW - SECOND)):
            assert signer.read(signer.sign(told), at=NOW) == told

    async def test_whole_seconds_are_kept(self, signer: TokenSigner) -> None:
        told = claims(at=NOW + timedelta(microseconds=999_999))
        read = signer.read(signer.sign(told), at=NOW)
        assert (read.issued_at, read.expires_at) == (NOW, NOW + LIFE)

    async def test_a_token_fits_a_header_of_http(self, signer: TokenSigner) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}", signer.sign(claims()))

    async def test_it_says_what_others_read_in_it(
        self, open_signer: OpenSigner, key: str, algorithm: Algorithm
    ) -> None:
        """RFC 9068 has names for it all but the session and the institution: `sid`, `iid`."""
        async with open_signer(with_keys(key, issuer="us", audience="you")) as signer:
            told = claims()
            token = signer.sign(told)
        header = told_in(token, 0)
        assert (header["alg"], header["typ"]) == (algorithm.value, "at+jwt")
        begins = int(NOW.timestamp())
        assert told_in(token, 1) == {
            "iss": "us",
            "aud": "you",
            "sub": str(told.person_id),
            "sid": str(told.session_id),
            "iid": str(told.institution_id),
            "jti": str(told.token_id),
            "iat": begins,
            "nbf": begins,
            "exp": begins + 300,
        }

    @pytest.mark.parametrize("name", sorted(ATTACKS))
    async def test_no_attack_is_believed(
        self, open_signer: OpenSigner, algorithm: Algorithm, key: str, next_key: str, name: str
    ) -> None:
        async with open_signer(with_keys(key)) as signer:
            told = claims()
            honest = signer.sign(told)
            scene = Scene(
                honest=honest,
                header=told_in(honest, 0),
                said=told_in(honest, 1),
                public=signer.public_keys(),
                key=Forger(key),
                stranger=Forger(next_key),
            )
            assert signer.read(scene.signed(), at=NOW) == told, "the attacker has the key"
            forged = ATTACKS[name](scene)
            with pytest.raises(BadToken) as refused:
                signer.read(forged, at=NOW)
            assert signer.read(honest, at=NOW) == told, "and the honest token is still good"
        assert refused.value.message == BadToken().message, "it quotes nothing"

    async def test_every_letter_counts(self, signer: TokenSigner) -> None:
        token = signer.sign(claims())
        for place, letter in enumerate(token):
            changed = f"{token[:place]}{'B' if letter == 'A' else 'A'}{token[place + 1 :]}"
            with pytest.raises(BadToken):
                signer.read(changed, at=NOW)

    @pytest.mark.parametrize("cut", [1, 2, 3, 4, 40])
    async def test_a_token_that_was_cut_is_not_believed(
        self, signer: TokenSigner, cut: int
    ) -> None:
        token = signer.sign(claims())
        for rest in (token[:-cut], token[cut:]):
            with pytest.raises(BadToken):
                signer.read(rest, at=NOW)

    async def test_a_token_ends(self, signer: TokenSigner) -> None:
        token = signer.sign(told := claims())
        assert signer.read(token, at=NOW + LIFE + LEEWAY - SECOND) == told
        for after in (timedelta(0), SECOND, timedelta(days=10_000)):
            with pytest.raises(TokenExpired) as refused:
                signer.read(token, at=NOW + LIFE + LEEWAY + after)
            assert isinstance(refused.value, Unauthenticated)
            assert token not in refused.value.message

    async def test_a_token_begins(self, signer: TokenSigner) -> None:
        token = signer.sign(told := claims())
        assert signer.read(token, at=NOW - LEEWAY) == told
        with pytest.raises(BadToken):
            signer.read(token, at=NOW - LEEWAY - SECOND)

    async def test_what_was_never_good_has_not_expired(self, signer: TokenSigner, key: str) -> None:
        """Whoever is told that a token expired learns that it was ours."""
        honest = signer.sign(claims())
        late = NOW + LIFE + timedelta(hours=1)
        forger, header, said = Forger(key), told_in(honest, 0), told_in(honest, 1)
        for bad in (
            f"{honest[:-4]}AAAA",
            forger.token(header, {**said, "aud": "others"}),
            forger.token({**header, "typ": "JWT"}, said),
            forger.token(header, {**said, "sub": "x"}),
        ):
            with pytest.raises(BadToken):
                signer.read(bad, at=late)

    async def test_there_may_be_no_leeway(self, open_signer: OpenSigner, key: str) -> None:
        settings = TokenSignerSettings(keys=(key,), leeway=timedelta(0))
        async with open_signer(settings) as signer:
            token = signer.sign(told := claims())
            assert signer.read(token, at=NOW) == told
            with pytest.raises(TokenExpired):
                signer.read(token, at=NOW + LIFE)
            with pytest.raises(BadToken):
                signer.read(token, at=NOW - SECOND)

    async def test_what_is_said_beyond_is_ignored(self, signer: TokenSigner, key: str) -> None:
        told = claims()
        honest = signer.sign(told)
        more = {**told_in(honest, 1), "scope": "all", "roles": ["SUPER_ADMIN"], "weight": 1.5}
        assert signer.read(Forger(key).token(told_in(honest, 0), more), at=NOW) == told

    async def test_another_house_is_not_believed(
        self, open_signer: OpenSigner, key: str, next_key: str
    ) -> None:
        async with open_signer(with_keys(key)) as ours:
            for settings in (
                with_keys(next_key),
                with_keys(key, issuer="elsewhere"),
                with_keys(key, audience="elsewhere"),
            ):
                async with open_signer(settings) as theirs:
                    with pytest.raises(BadToken):
                        ours.read(theirs.sign(claims()), at=NOW)

    async def test_processes_with_the_same_keys_believe_each_other(
        self, open_signer: OpenSigner, key: str
    ) -> None:
        told = claims()
        async with open_signer(with_keys(key)) as one, open_signer(with_keys(key)) as other:
            assert other.read(one.sign(told), at=NOW) == told
            assert [*one.public_keys()] == [*other.public_keys()]

    async def test_the_newest_key_signs_and_older_ones_are_believed(
        self, open_signer: OpenSigner, key: str, next_key: str
    ) -> None:
        told = claims()
        async with open_signer(with_keys(key)) as before:
            old = before.sign(told)
        async with open_signer(with_keys(next_key, key)) as both:
            new = both.sign(told)
            assert both.read(old, at=NOW) == both.read(new, at=NOW) == told
        async with open_signer(with_keys(next_key)) as after:
            assert after.read(new, at=NOW) == told
            with pytest.raises(BadToken):
                after.read(old, at=NOW)

    async def test_keys_of_every_algorithm_stand_beside_each_other(
        self, open_signer: OpenSigner
    ) -> None:
        told, every = claims(), [signing_key(one) for one in self.algorithms]
        async with open_signer(with_keys(*every)) as signer:
            for key in every:
                async with open_signer(with_keys(key)) as alone:
                    assert signer.read(alone.sign(told), at=NOW) == told

    async def test_a_key_signs_in_its_own_name_only(
        self, open_signer: OpenSigner, key: str, next_key: str
    ) -> None:
        async with open_signer(with_keys(next_key)) as alone:
            header = told_in(alone.sign(claims()), 0)
        async with open_signer(with_keys(key, next_key)) as both:
            said = told_in(both.sign(claims()), 1)
            with pytest.raises(BadToken):
                both.read(Forger(key).token(header, said), at=NOW)

    async def test_a_key_s_name_tells_nothing_of_it(
        self, signer: TokenSigner, key: str, algorithm: Algorithm
    ) -> None:
        kid = told_in(signer.sign(claims()), 0)["kid"]
        secret = base64.b64decode(key.partition(":")[2])
        assert isinstance(kid, str)
        assert re.fullmatch(r"[\w-]{8,64}", kid)
        assert secret not in base64.urlsafe_b64decode(kid + "=" * (-len(kid) % 4))

    async def test_public_keys_are_shown_newest_first(
        self, open_signer: OpenSigner, key: str, next_key: str, algorithm: Algorithm
    ) -> None:
        async with open_signer(with_keys(next_key, key)) as both:
            shown = both.public_keys()
            kid = told_in(both.sign(claims()), 0)["kid"]
        expected = 0 if algorithm is Algorithm.HS256 else 2
        assert len({one["kid"] for one in shown}) == len(shown) == expected
        assert [one["kid"] for one in shown[:1]] == [kid][:expected]
        for one in shown:
            assert (one["alg"], one["use"]) == (algorithm.value, "sig")

    async def test_a_shown_key_alone_proves_what_it_signed(
        self, open_signer: OpenSigner, key: str, next_key: str, algorithm: Algorithm
    ) -> None:
        async with open_signer(with_keys(key)) as before:
            old = before.sign(claims())
        async with open_signer(with_keys(next_key, key)) as both:
            new, shown = both.sign(claims()), {one["kid"]: one for one in both.public_keys()}
        if algorithm is Algorithm.HS256:
            assert not shown, "a shared secret is for nobody else"
            return
        for token, another in ((old, new), (new, old)):
            public = shown[str(told_in(token, 0)["kid"])]
            assert proves(public, token)
            assert not proves(public, another)

    async def test_what_is_shown_is_public(self, open_signer: OpenSigner) -> None:
        every = [signing_key(one) for one in self.algorithms]
        async with open_signer(with_keys(*every)) as signer:
            shown: list[Mapping[str, str]] = [*signer.public_keys()]
        assert not any(PRIVATE_PARTS & one.keys() for one in shown)
        assert all("oct" not in one.values() for one in shown)
        assert json.dumps([dict(one) for one in shown]).isascii()

    async def test_no_key_is_in_what_a_signer_shows_of_itself(
        self, signer: TokenSigner, key: str
    ) -> None:
        assert key.partition(":")[2] not in repr(signer)
