"""AES-GCM signs the contract of sealing; sealers that break a promise each are caught."""

import base64
import hashlib
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import ClassVar

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.sealing import Sealer, SealerSettings, Unsealable, read_key
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.seals.aesgcm import AesGcmSealer, open_sealer
from homeroom_adapters.seals.keys import Key, derive_key
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.sealing import NEW, OLD, OpenSealer, SealerConformance
from homeroom_testing.sabotage import broken_clauses


@pytest.mark.adapter("aesgcm")
class TestAesGcm(SealerConformance):
    @pytest.fixture
    def open_sealer(self) -> OpenSealer:
        def opening(settings: SealerSettings) -> AbstractAsyncContextManager[Sealer]:
            return open_sealer(settings, Ambient(FixedClock(), JsonCodec()))

        return opening


class TestKeys:
    @pytest.mark.parametrize("text", ["", "hush", "aHVzaA==", f"{OLD} ", OLD[:-1], f"{OLD}{OLD}"])
    def test_a_key_is_32_bytes_in_base64_and_is_not_quoted(self, text: str) -> None:
        with pytest.raises(ValueError, match="openssl rand -base64 32") as refused:
            SealerSettings(keys=(text,))
        assert not text.strip() or text.strip() not in str(refused.value)

    @pytest.mark.parametrize("keys", [(), (OLD, NEW, OLD)], ids=["none", "one twice"])
    def test_there_is_one_at_least_and_each_stands_there_once(self, keys: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match=r"sealing\.keys: "):
            SealerSettings(keys=keys)

    def test_settings_show_no_key(self) -> None:
        assert OLD not in repr(SealerSettings(keys=(OLD,)))
        assert OLD not in repr(AesGcmSealer(SealerSettings(keys=(OLD,))))

    def test_what_was_sealed_by_an_earlier_release_still_opens(self) -> None:
        sealer = AesGcmSealer(SealerSettings(keys=(OLD,)))
        kept = "s1.9893ba9f.TrLu1Y9NfWcxIi8xZtI5_VynvJDj555UA2LT44J55g5UKFch-RKdm0f4s8pg2EXvkLYq"
        assert sealer.open(kept, purpose="target") == "https://hooks.example/1"
        assert sealer.is_current(kept)
        assert sealer.fingerprint("https://hooks.example/1", purpose="target") == (
            "761e5ace77131cda139efa0adaca8df56ae449e89f37b1757223beacf4ee3558"
        )


def test_opening_a_sealer_loads_no_library() -> None:
    asks = (
        "import asyncio, sys; "
        "from homeroom.kernel.sealing import SealerSettings; "
        "from homeroom_adapters.seals.aesgcm import open_sealer; "
        f"opening = open_sealer(SealerSettings(keys=({OLD!r},)), None); "
        "asyncio.run(opening.__aenter__()); "
        "print('cryptography' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


class Saboteur(SealerConformance):
    """A sealer in place of the honest one."""

    sealer_type: ClassVar[type[AesGcmSealer]] = AesGcmSealer
    longest: ClassVar[int] = 4_096

    @pytest.fixture
    def open_sealer(self) -> OpenSealer:
        @asynccontextmanager
        async def opening(settings: SealerSettings) -> AsyncIterator[Sealer]:
            yield self.sealer_type(settings)

        return opening


class SameNonceTwice(Saboteur):
    """Draws no lots, and gives its key away with the second seal."""

    class sealer_type(AesGcmSealer):  # noqa: N801 - takes the place of the attribute
        @property
        def _keys(self) -> tuple[Key, ...]:
            return tuple(self._other(derive_key(read_key(one))) for one in self._settings.keys)

        def _other(self, key: Key) -> Key:
            return Predictable(key.name, key._seals, key._prints, iter(lambda: 0, 1))


class CountsFromTheStart(Saboteur):
    """Never uses a nonce twice, until it is opened anew."""

    class sealer_type(SameNonceTwice.sealer_type):  # noqa: N801
        def _other(self, key: Key) -> Key:
            counting: Iterator[int] = self.__dict__.setdefault("counting", itertools.count())
            return Predictable(key.name, key._seals, key._prints, counting)


@attrs.frozen
class Predictable(Key):
    """Takes its nonces as they come."""

    nonces: Iterator[int]

    def seal(self, text: bytes, bound_to: bytes) -> bytes:
        nonce = next(self.nonces).to_bytes(12)
        return nonce + self._seals.encrypt(nonce, text, bound_to)


class IgnoresPurpose(Saboteur):
    class sealer_type(AesGcmSealer):  # noqa: N801
        def seal(self, text: str, *, purpose: str) -> str:
            return super().seal(text, purpose="")

        def open(self, sealed: str, *, purpose: str) -> str:
            return super().open(sealed, purpose="")


class OnlyWritesItDown(Saboteur):
    """Takes base64 for a secret language."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def seal(self, text: str, *, purpose: str) -> str:
            return base64.urlsafe_b64encode(text.encode()).decode()


class Lenient(Saboteur):
    """Overlooks what it cannot read."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def open(self, sealed: str, *, purpose: str) -> str:
            return super().open(sealed.rstrip("=\n"), purpose=purpose)


class LetsItsLibrarySpeak(Saboteur):
    class sealer_type(AesGcmSealer):  # noqa: N801
        def open(self, sealed: str, *, purpose: str) -> str:
            base64.urlsafe_b64decode(sealed.rpartition(".")[2] + "==")
            return super().open(sealed, purpose=purpose)


class KnowsOneKey(Saboteur):
    class sealer_type(AesGcmSealer):  # noqa: N801
        def open(self, sealed: str, *, purpose: str) -> str:
            if not self.is_current(sealed):
                raise Unsealable
            return super().open(sealed, purpose=purpose)


class ClingsToTheOldest(Saboteur):
    class sealer_type(AesGcmSealer):  # noqa: N801
        def seal(self, text: str, *, purpose: str) -> str:
            oldest = AesGcmSealer(SealerSettings(keys=self._settings.keys[-1:]))
            return oldest.seal(text, purpose=purpose)


class RecognisesByTheOldest(Saboteur):
    """Overlooks the key that fingerprints have of their own."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def fingerprint(self, text: str, *, purpose: str) -> str:
            oldest = AesGcmSealer(SealerSettings(keys=self._settings.keys[-1:]))
            return oldest.fingerprint(text, purpose=purpose)


class AlwaysContent(Saboteur):
    """Never asks for anything to be sealed anew."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def is_current(self, sealed: str) -> bool:
            return sealed.startswith("s1.")


class FallsBack(Saboteur):
    """Would rather seal with a key that it was not given than refuse."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def __init__(self, settings: SealerSettings) -> None:
            super().__init__(SealerSettings(keys=tuple({*settings.keys, OLD})))


class BareHash(Saboteur):
    class sealer_type(AesGcmSealer):  # noqa: N801
        def fingerprint(self, text: str, *, purpose: str) -> str:
            return hashlib.sha256(f"{purpose}:{text}".encode()).hexdigest()


class PrintsWithTheNewest(Saboteur):
    class sealer_type(AesGcmSealer):  # noqa: N801
        def fingerprint(self, text: str, *, purpose: str) -> str:
            newest = AesGcmSealer(SealerSettings(keys=self._settings.keys[:1]))
            return newest.fingerprint(text, purpose=purpose)


class RunsItTogether(Saboteur):
    """Lets the end of a purpose pass for the beginning of a text."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def fingerprint(self, text: str, *, purpose: str) -> str:
            return super().fingerprint(purpose + text, purpose="")


class Shouts(Saboteur):
    """Quotes what it could not open."""

    class sealer_type(AesGcmSealer):  # noqa: N801
        def open(self, sealed: str, *, purpose: str) -> str:
            try:
                return super().open(sealed, purpose=purpose)
            except Unsealable as error:
                raise Unsealable(f"{error.message}: {sealed}") from error


CAUGHT_BY: dict[type[Saboteur], str] = {
    SameNonceTwice: "test_the_same_text_is_never_sealed_alike",
    CountsFromTheStart: "test_nor_after_the_house_was_opened_anew",
    IgnoresPurpose: "test_a_seal_opens_for_its_own_purpose_only",
    OnlyWritesItDown: "test_a_seal_shows_nothing_of_its_text",
    Lenient: "test_a_seal_that_was_changed_anywhere_does_not_open",
    LetsItsLibrarySpeak: "test_what_is_no_seal_does_not_open",
    KnowsOneKey: "test_what_an_older_key_sealed_still_opens",
    ClingsToTheOldest: "test_the_newest_key_seals",
    AlwaysContent: "test_what_an_older_key_sealed_is_not_current",
    FallsBack: "test_a_key_that_is_not_set_opens_nothing",
    BareHash: "test_nobody_makes_a_fingerprint_without_the_key",
    PrintsWithTheNewest: "test_a_fingerprint_stays_when_another_key_becomes_the_newest",
    RunsItTogether: "test_fingerprints_tell_texts_and_purposes_apart",
    Shouts: "test_no_refusal_quotes_a_secret",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_sealer_breaks_no_clause() -> None:
    assert broken_clauses(Saboteur) == frozenset()
