"""Codecs, clocks and schemas that break one promise each, and the clause that catches them."""

import asyncio
import itertools
import re
import threading
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, TypeVar

import attrs
import msgspec
import pytest

from homeroom.house import SchemaStatus, Storage, StorageSettings
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient, Codec
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import MemorySchema, open_storage
from homeroom_testing.clock import NOON, FixedClock, SteppingClock
from homeroom_testing.conformance.codec import CodecConformance
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.conformance.kernel import ClockConformance
from homeroom_testing.conformance.schema import SchemaConformance
from homeroom_testing.sabotage import broken_clauses

T = TypeVar("T")


class HonestCodec(CodecConformance):
    codec_type: ClassVar[type[Codec]] = JsonCodec

    @pytest.fixture
    def codec(self) -> Codec:
        return self.codec_type()


class ForgetsFractions(HonestCodec):
    """Keeps instants to the second."""

    class codec_type(JsonCodec):  # noqa: N801
        def encode(self, value: object) -> str:
            return re.sub(r"\.\d+Z", "Z", super().encode(value))


class InAnyOrder(HonestCodec):
    """Writes sets as they happen to lie in memory."""

    class codec_type(JsonCodec):  # noqa: N801
        def encode(self, value: object) -> str:
            return msgspec.json.encode(value).decode()


class NamesFieldsAnew(HonestCodec):
    class codec_type(JsonCodec):  # noqa: N801
        def encode(self, value: object) -> str:
            return super().encode(value).replace('"weight":', '"Weight":')


class DropsTimeZones(HonestCodec):
    class codec_type(JsonCodec):  # noqa: N801
        def decode(self, cls: type[T], text: str) -> T:
            kept: Any = super().decode(cls, text)
            naive: T = attrs.evolve(kept, at=kept.at.replace(tzinfo=None))
            return naive


class LetsItsLibrarySpeak(HonestCodec):
    """Refuses in the words of whatever parsed the text."""

    class codec_type(JsonCodec):  # noqa: N801
        def decode(self, cls: type[T], text: str) -> T:
            return msgspec.json.decode(text, type=cls)


class WelcomesStrangers(HonestCodec):
    class codec_type(JsonCodec):  # noqa: N801
        def _refuse_strangers(self, known: frozenset[str], text: str) -> None:
            pass


class HonestClock(ClockConformance):
    clock_type: ClassVar[type[Clock]] = FixedClock

    @pytest.fixture
    def clock(self) -> Clock:
        return self.clock_type()


class LocalTime(HonestClock):
    class clock_type:  # noqa: N801
        def now(self) -> datetime:
            return datetime.now(timezone(timedelta(hours=8)))


class Restless(HonestClock):
    """Is set back now and then, as a machine's own time is."""

    class clock_type:  # noqa: N801
        def __init__(self) -> None:
            self._asked = itertools.count()

        def now(self) -> datetime:
            asked = next(self._asked)
            return NOON + timedelta(milliseconds=asked - asked % 100 * 2)


class TrueToOneThread(HonestClock):
    """Corrects what it tells for the thread it was made in, and for no other."""

    class clock_type(SteppingClock):  # noqa: N801
        def now(self) -> datetime:
            mine = threading.current_thread() is threading.main_thread()
            return self.instant if mine else self.step(seconds=-0.001)


class HonestSchema(SchemaConformance):
    schema_type: ClassVar[type[MemorySchema]] = MemorySchema

    @pytest.fixture
    async def storage(self, clock: SteppingClock) -> AsyncIterator[Storage]:
        async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as honest:
            yield attrs.evolve(honest, schema=self.schema_type())


class AlwaysBehind(HonestSchema):
    class schema_type(MemorySchema):  # noqa: N801
        async def status(self) -> SchemaStatus:
            return SchemaStatus(current=None, wanted="memory")


class GoesTooFar(HonestSchema):
    """Upgrades what was up to date already."""

    class schema_type(MemorySchema):  # noqa: N801
        async def upgrade(self) -> SchemaStatus:
            return SchemaStatus(current="newer", wanted="newer")


class TripsOverOthers(HonestSchema):
    """Refuses whoever comes while another upgrades."""

    class schema_type(MemorySchema):  # noqa: N801
        at_it: ClassVar[set[object]] = set()

        async def upgrade(self) -> SchemaStatus:
            if self.at_it:
                raise Unavailable("somebody else is at it")
            self.at_it.add(self)
            await asyncio.sleep(0)
            self.at_it.clear()
            return await super().upgrade()


CAUGHT_BY: dict[type[Conformance], str] = {
    ForgetsFractions: "test_what_is_encoded_comes_back_equal",
    InAnyOrder: "test_equal_values_have_the_same_text",
    NamesFieldsAnew: "test_field_names_are_kept",
    DropsTimeZones: "test_an_instant_keeps_its_time_zone",
    LetsItsLibrarySpeak: "test_text_that_means_something_else_is_undecodable",
    WelcomesStrangers: "test_an_unknown_field_is_undecodable",
    LocalTime: "test_every_instant_is_aware_and_in_utc",
    Restless: "test_no_instant_is_earlier_than_the_one_before",
    TrueToOneThread: "test_threads_never_see_time_go_back",
    AlwaysBehind: "test_the_schema_of_an_open_storage_is_the_wanted_one",
    GoesTooFar: "test_an_upgrade_of_what_is_ready_changes_nothing",
    TripsOverOthers: "test_many_may_upgrade_at_once",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Conformance]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("honest", [HonestCodec, HonestClock, HonestSchema])
def test_an_honest_one_breaks_no_clause(honest: type[Conformance]) -> None:
    assert broken_clauses(honest) == frozenset()
