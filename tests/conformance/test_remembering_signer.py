"""A signer that remembers promises all that one does which proves each token anew."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId, new_id
from homeroom.people.errors import BadToken, TokenExpired
from homeroom.people.ports.tokens import AccessClaims, Algorithm, TokenSigner, TokenSignerSettings
from homeroom.people.use_cases.remembering import RememberingSigner
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.jose.signer import open_signer
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.tokens import OpenSigner, TokenSignerConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.signing_keys import signing_key

BEGUN = datetime(2026, 3, 2, 8, tzinfo=UTC)
AMBIENT = Ambient(FixedClock(), JsonCodec())
CLAIMS = AccessClaims(
    token_id=TokenId(new_id()),
    person_id=PersonId(new_id()),
    institution_id=InstitutionId(new_id()),
    session_id=SessionId(new_id()),
    issued_at=BEGUN,
    expires_at=BEGUN + timedelta(minutes=5),
)


class TestRemembering(TokenSignerConformance):
    algorithms = (Algorithm.ED25519,)  # what it remembers is the same of all of them
    remembering: ClassVar[type[RememberingSigner]] = RememberingSigner

    @pytest.fixture
    def open_signer(self) -> OpenSigner:
        @asynccontextmanager
        async def opening(settings: TokenSignerSettings) -> AsyncIterator[TokenSigner]:
            async with open_signer(settings, AMBIENT) as proving:
                yield self.remembering(proving)

        return opening


class Everlasting(RememberingSigner):
    """Believes what it believed once, whenever that was."""

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        known: dict[str, AccessClaims] = self.__dict__.setdefault("seen", {})
        if token not in known:
            known[token] = super().read(token, at=at)
        return known[token]


class ByItsBeginning(RememberingSigner):
    """Takes two tokens that begin alike for one."""

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        known: dict[str, AccessClaims] = self.__dict__.setdefault("seen", {})
        start = token.rpartition(".")[0]
        if start not in known:
            known[start] = super().read(token, at=at)
        return known[start]


def test_a_memory_without_an_end_breaks_the_contract() -> None:
    class Careless(TestRemembering):
        remembering = Everlasting

    clause = "test_a_token_ends"
    assert clause in {one.partition("[")[0] for one in broken_clauses(Careless, only=clause)}


async def believes_a_copy_that_was_changed(memory: type[RememberingSigner]) -> bool:
    settings = TokenSignerSettings(keys=(signing_key(Algorithm.ED25519),))
    async with open_signer(settings, AMBIENT) as proving:
        signer = memory(proving)
        token = signer.sign(CLAIMS)
        assert signer.read(token, at=BEGUN) == CLAIMS
        head, _, mark = token.rpartition(".")
        try:
            signer.read(f"{head}.{'A' if mark[0] != 'A' else 'B'}{mark[1:]}", at=BEGUN)
        except BadToken:
            return False
        return True


@pytest.mark.anyio
async def test_a_copy_with_another_signature_is_proven_anew() -> None:
    assert not await believes_a_copy_that_was_changed(RememberingSigner)
    assert await believes_a_copy_that_was_changed(ByItsBeginning)


@attrs.define
class Counting:
    """Signs nothing, and counts how often it was asked to prove something."""

    claims: AccessClaims
    proven: int = 0

    def sign(self, claims: AccessClaims) -> str:
        raise NotImplementedError

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        self.proven += 1
        if at >= self.claims.expires_at:
            raise TokenExpired
        return self.claims

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        return ()


@pytest.fixture
def counting() -> Any:
    return Counting(CLAIMS)


class TestWhatIsRemembered:
    def test_a_token_is_proven_once_while_it_counts(self, counting: Counting) -> None:
        signer, begun = RememberingSigner(counting), counting.claims.issued_at
        for seconds in (0, 1, 299):
            at = begun + timedelta(seconds=seconds)
            assert signer.read("a token", at=at) == counting.claims
        assert counting.proven == 1

    def test_it_is_not_remembered_beyond_its_end(self, counting: Counting) -> None:
        signer = RememberingSigner(counting)
        signer.read("a token", at=counting.claims.issued_at)
        with pytest.raises(TokenExpired):
            signer.read("a token", at=counting.claims.expires_at)
        assert counting.proven == 2

    def test_what_was_shown_is_not_kept(self, counting: Counting) -> None:
        signer = RememberingSigner(counting)
        signer.read("a token", at=counting.claims.issued_at)
        assert "a token" not in repr(signer)

    def test_so_many_are_remembered_and_no_more(self, counting: Counting) -> None:
        signer, at = RememberingSigner(counting), counting.claims.issued_at
        for number in range(10_001):
            signer.read(str(number), at=at)
        signer.read("10000", at=at)
        assert counting.proven == 10_001
        signer.read("0", at=at)
        assert counting.proven == 10_002
