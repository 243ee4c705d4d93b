"""Signatures: Standard Webhooks' own vectors, and what no receiver may take for ours."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.scheduling.model.signatures import (
    SECRET_PREFIX,
    TOLERANCE,
    new_secret,
    read_secret,
    sign,
    verify,
)
from homeroom_testing.clock import NOON

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()
VECTORS = [
    (
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        1674087231,
        b'{"type":"task.failed","timestamp":"2026-01-01T00:00:00Z","data":{"id":"t1"}}',
        "v1,ns8rneUK+ye9GaTjPa/SOnyMLh7lQfv6w521uEaTboU=",
    ),
]
NOW = int(NOON.timestamp())
keys = st.binary(min_size=24, max_size=64).map(
    lambda key: SECRET_PREFIX + base64.b64encode(key).decode()
)


def is_ours(
    signatures: str,
    *,
    body: bytes = b"{}",
    timestamp: str = str(NOW),
    now: datetime = NOON,
    delivery_id: str = "msg_1",
) -> bool:
    return verify([SECRET], delivery_id, timestamp, signatures, body, now=now)


class TestSigning:
    @pytest.mark.parametrize(("delivery_id", "timestamp", "body", "signature"), VECTORS)
    def test_case_35_both_published_vectors_come_out_byte_for_byte(
        self, delivery_id: str, timestamp: int, body: bytes, signature: str
    ) -> None:
        assert sign([SECRET], delivery_id, timestamp, body) == signature
        now = datetime.fromtimestamp(timestamp, UTC)
        assert verify([SECRET], delivery_id, str(timestamp), signature, body, now=now)

    def test_while_rotating_each_secret_signs_newest_first(self) -> None:
        newest, oldest = sign([OTHER, SECRET], "msg_1", NOW, b"{}").split(" ")
        assert newest == sign([OTHER], "msg_1", NOW, b"{}")
        assert oldest == sign([SECRET], "msg_1", NOW, b"{}")

    @given(st.lists(keys, min_size=1, max_size=2), st.binary(), st.integers(0, 10**10))
    def test_whoever_knows_one_of_the_secrets_can_tell_it_is_ours(
        self, secrets: list[str], body: bytes, timestamp: int
    ) -> None:
        signed = sign(secrets, "msg_1", timestamp, body)
        now = datetime.fromtimestamp(timestamp, UTC)
        for secret in secrets:
            assert verify([secret], "msg_1", str(timestamp), signed, body, now=now)


class TestVerifying:
    def test_case_35_of_two_signatures_the_second_may_be_the_right_one(self) -> None:
        right = sign([SECRET], "msg_1", NOW, b"{}")
        assert is_ours(f"{sign([OTHER], 'msg_1', NOW, b'{}')} {right}")
        assert is_ours(f"v1a,unknown {right}")

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_case_35_a_message_six_minutes_off_is_not_taken(self, minutes: int) -> None:
        right = sign([SECRET], "msg_1", NOW, b"{}")
        assert not is_ours(right, now=NOON + timedelta(minutes=minutes))

    @pytest.mark.parametrize("sign_of_time", [-1, 1])
    def test_a_message_five_minutes_off_is_taken(self, sign_of_time: int) -> None:
        assert is_ours(sign([SECRET], "msg_1", NOW, b"{}"), now=NOON + sign_of_time * TOLERANCE)

    def test_another_body_id_instant_or_secret_is_not_ours(self) -> None:
        right = sign([SECRET], "msg_1", NOW, b"{}")
        assert not is_ours(right, body=b"{ }")
        assert not is_ours(right, delivery_id="msg_2")
        assert not is_ours(right, timestamp=str(NOW + 1))
        assert not is_ours(sign([OTHER], "msg_1", NOW, b"{}"))

    @pytest.mark.parametrize("signatures", ["", " ", "v1,", "v1", "v2,x", "\u00e9"])
    def test_what_is_no_signature_is_not_ours(self, signatures: str) -> None:
        assert not is_ours(signatures)

    @pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", " 1", "\u0661", "9" * 400])
    def test_what_is_no_instant_is_not_ours(self, timestamp: str) -> None:
        assert not is_ours(sign([SECRET], "msg_1", NOW, b"{}"), timestamp=timestamp)


class TestSecrets:
    def test_a_new_one_is_readable_long_enough_and_never_the_same(self) -> None:
        assert len(read_secret(new_secret())) == 32
        assert new_secret() != new_secret()

    @given(keys)
    def test_every_secret_of_24_to_64_bytes_can_be_read(self, secret: str) -> None:
        assert SECRET_PREFIX + base64.b64encode(read_secret(secret)).decode() == secret

    @pytest.mark.parametrize("length", [0, 1, 23, 65])
    def test_a_shorter_or_longer_one_is_refused(self, length: int) -> None:
        with pytest.raises(ValueError, match="24 to 64 bytes"):
            read_secret(SECRET_PREFIX + base64.b64encode(b"x" * length).decode())

    @pytest.mark.parametrize(
        "secret", ["", "whsec_", SECRET.removeprefix("whsec_"), SECRET + "!", "whsk_" + SECRET]
    )
    def test_what_is_none_is_refused_without_being_repeated(self, secret: str) -> None:
        with pytest.raises(ValueError, match="a secret is whsec_") as refused:
            read_secret(secret)
        assert len(secret) < 7 or secret not in str(refused.value)
