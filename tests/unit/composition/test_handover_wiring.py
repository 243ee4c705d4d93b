"""Which way the entries of those who only looked go in an open house, by what it was set to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeroom.compliance.model.weights import WEIGHTS, weight_of
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom_adapters.redis.handover import RedisHandover
from homeroom_adapters.spool.handover import SpoolHandover
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.handover_counts import CountedHandover
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.clock import NOON
from homeroom_testing.sandboxes import delete_keys

pytestmark = pytest.mark.anyio

MUST_STAY = {
    "compliance.export_record",
    "compliance.replay_entries",
    "compliance.see_consents",
    "compliance.verify_record",
    "people.see_age",
    "people.see_person",
}
"""Whose entries are trusted to no other server."""


def test_which_looks_must_stay() -> None:
    stay = {action: weight_of(action).priority.must_stay for action in {*WEIGHTS, *MUST_STAY}}
    assert stay == {action: action in MUST_STAY for action in stay}


@pytest.fixture
async def homeroom(sqlite_store: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Homeroom]:
    """A house on SQLite that hands on through Redis."""
    environ = {
        "HOMEROOM_ENVIRONMENT": "test",
        "HOMEROOM_DATA_DIR": str(tmp_path),
        "HOMEROOM_STORAGE__URL": sqlite_store,
        "HOMEROOM_AUDIT__HANDOVER": "redis",
        "HOMEROOM_AUDIT__URL": redis_url,
    }
    async with open_homeroom(load_settings(environ)) as opened:
        yield opened
    delete_keys(redis_url, "homeroom:{test:audit}")


def an_entry(action: str) -> Entry:
    return Entry(at=NOON, institution_id=InstitutionId(new_id()), action=action, resource="x")


@pytest.mark.service("redis")
async def test_what_must_stay_is_spooled_and_the_rest_goes_through_redis(
    homeroom: Homeroom,
) -> None:
    looks = homeroom.plant.looks
    safe, quick = looks.safe, looks.quick
    assert isinstance(safe, CountedHandover)
    assert isinstance(quick, CountedHandover)
    assert (safe.name, type(safe.way)) == ("spool", SpoolHandover)
    assert (quick.name, type(quick.way)) == ("redis", RedisHandover)
    await looks.note(*map(an_entry, sorted(MUST_STAY)))
    assert (safe.tally.taken, quick.tally.taken) == (len(MUST_STAY), 0)
    passing = WEIGHTS.keys() - MUST_STAY
    await looks.note(*map(an_entry, sorted(passing)))
    assert (safe.tally.taken, quick.tally.taken) == (len(MUST_STAY), len(passing))
