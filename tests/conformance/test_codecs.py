"""The codecs sign their suite."""

import pytest

from homeroom.kernel.codec import Codec
from homeroom_adapters.codec.json import JsonCodec
from homeroom_testing.conformance.codec import CodecConformance


class TestJsonCodec(CodecConformance):
    @pytest.fixture
    def codec(self) -> Codec:
        return JsonCodec()
