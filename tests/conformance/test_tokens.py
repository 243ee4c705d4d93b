"""JWTs sign the contract of access tokens; signers that break a promise each are caught."""

import base64
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from homeroom.kernel.codec import Ambient
from homeroom.people.errors import SigningKeyRefused
from homeroom.people.ports.tokens import Algorithm, SigningKey, TokenSigner, TokenSignerSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.jose.keys import make_key
from homeroom_adapters.jose.signer import open_signer
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.tokens import OpenSigner, TokenSignerConformance, with_keys
from homeroom_testing.forged_tokens import ATTACKS, CLAIMS, FORMS, HEADERS
from homeroom_testing.signing_keys import rsa_signing_key, signing_key


def opened(settings: TokenSignerSettings) -> AbstractAsyncContextManager[TokenSigner]:
    return open_signer(settings, Ambient(FixedClock(), JsonCodec()))


@pytest.mark.adapter("jose")
class TestJose(TokenSignerConformance):
    @pytest.fixture
    def open_signer(self) -> OpenSigner:
        return opened


GOOD = signing_key(Algorithm.ED25519)
HUSH = base64.b64encode(b"hush" * 6).decode()


UNFIT = {
    "nothing": "",
    "no way to sign": "hush",
    "no key": "Ed25519:",
    "not base64": "Ed25519:hush!",
    "too short for Ed25519": f"Ed25519:{HUSH}",
    "a blank after it": f"{GOOD} ",
    "two in one": f"{GOOD}{GOOD}",
    "too short for HS256": f"HS256:{HUSH}",
    "a way we do not know": f"HS512:{HUSH * 4}",
    "no signature": f"none:{HUSH}",
    "another name for it": f"EDDSA:{HUSH * 2}",
    "no RSA key": "RS256:",
    "a key alone": GOOD.partition(":")[2],
}


class TestKeys:
    @pytest.mark.parametrize("text", UNFIT.values(), ids=UNFIT.keys())
    def test_a_key_names_what_it_signs_with_and_is_not_quoted(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"^signing\.keys: ") as refused:
            TokenSignerSettings(keys=(text,))
        assert refused.value.__cause__ is None
        secret = text.partition(":")[2].strip()
        assert not secret or secret not in str(refused.value)

    @pytest.mark.parametrize(
        "keys",
        [(), (GOOD, GOOD), (GOOD, GOOD.replace("Ed25519", "HS256"))],
        ids=["none", "one twice", "one for two ways"],
    )
    def test_there_is_one_at_least_and_each_stands_there_once(self, keys: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match=r"signing\.keys: "):
            TokenSignerSettings(keys=keys)

    @pytest.mark.parametrize("named", ["", " ", "x" * 201])
    @pytest.mark.parametrize("field", ["issuer", "audience"])
    def test_house_and_audience_have_names(self, field: str, named: str) -> None:
        with pytest.raises(ValueError, match=rf"signing\.{field}: "):
            with_keys(GOOD, **{field: named})

    @pytest.mark.parametrize("seconds", [-1, 301])
    def test_clocks_do_not_differ_by_more_than_minutes(self, seconds: float) -> None:
        with pytest.raises(ValueError, match=r"signing\.leeway: "):
            TokenSignerSettings(keys=(GOOD,), leeway=timedelta(seconds=seconds))

    def test_settings_show_no_key(self) -> None:
        assert GOOD not in repr(with_keys(GOOD))
        assert HUSH not in repr(SigningKey.read(f"HS256:{HUSH}{HUSH}"))

    def test_a_key_keeps_its_name_over_releases(self) -> None:
        """The key of RFC 8037, A.1, and its thumbprint in A.3; a shared secret's is ours."""
        seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
        known = make_key(SigningKey(Algorithm.ED25519, seed))
        assert known.name == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        shared = make_key(SigningKey(Algorithm.HS256, bytes(32)))
        assert shared.name == "vcnX7qyk8J3Id6amysOENwH_dhPK5iL0hM2gyRB15Tg"


@pytest.mark.anyio
class TestOpening:
    @pytest.mark.parametrize(
        "key",
        [rsa_signing_key(1024), f"RS256:{HUSH}", GOOD.replace("Ed25519", "RS256")],
        ids=["too short", "no key at all", "another kind's"],
    )
    async def test_an_rsa_key_that_is_none_or_too_short_is_refused_at_once(self, key: str) -> None:
        with pytest.raises(SigningKeyRefused) as refused:
            async with opened(with_keys(key)):
                pass
        assert refused.value.message == SigningKeyRefused().message

    async def test_a_public_key_signs_nothing(self) -> None:
        private = load_der_private_key(
            base64.b64decode(rsa_signing_key(2048).removeprefix("RS256:")), None
        )
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(SigningKeyRefused):
            async with opened(with_keys(f"RS256:{base64.b64encode(public).decode()}")):
                pass


def test_opening_a_signer_loads_no_library() -> None:
    asks = (
        "import asyncio, sys; "
        "from homeroom.people.ports.tokens import TokenSignerSettings; "
        "from homeroom_adapters.jose.signer import open_signer; "
        f"opening = open_signer(TokenSignerSettings(keys=({GOOD!r},)), None); "
        "asyncio.run(opening.__aenter__()); "
        "print('joserfc' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_there_are_attacks_of_every_kind() -> None:
    assert min(len(HEADERS), len(CLAIMS), len(FORMS)) >= 30
    assert len(ATTACKS) == len(HEADERS) + len(CLAIMS) + len(FORMS)
