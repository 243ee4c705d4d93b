"""A house whose exams are kept in MongoDB: opened by settings, and used as any other."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient

from homeroom.compliance.ports.record import EntryFilter
from homeroom.exams.model.catalogue import Outline
from homeroom.house import DocumentsSettings
from homeroom.kernel.actor import Actor
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom_adapters.mongo.indexes import INDEXES
from homeroom_entrypoints.composition import documents
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.mongo import abilities_of, empty

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]


@pytest.fixture
async def homeroom(
    mongo_url: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Homeroom]:
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        able = await abilities_of(client)
        await empty(client[mongo_database], INDEXES)
    # No setting takes a server without transactions of its own: only a test may, for its peer.
    opened = partial(DocumentsSettings, lone=not able.replicated)
    monkeypatch.setattr(documents, "OpenedDocuments", opened)
    environ = {
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_DOCUMENTS__ADAPTER": "mongo",
        "HOMEROOM_DOCUMENTS__URL": urlsplit(mongo_url)._replace(path=f"/{mongo_database}").geturl(),
        **FAST_VARIABLES,
    }
    async with open_homeroom(load_settings(environ)) as opened_homeroom:
        yield opened_homeroom


async def test_what_an_author_does_stands_in_both_stores(
    homeroom: Homeroom, mongo_url: str, mongo_database: str
) -> None:
    storage, exams = homeroom.plant.storage, homeroom.exams
    house = await settle_in(storage)
    author = Actor(institution_id=house.id, roles=frozenset({Role.TEACHER}))
    vendor = await exams.begin_vendor(author, "Network people")
    exam = await exams.draft_exam(author, vendor.id, Outline(code="N1", name="Networks"))
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        kept = await client[mongo_database]["exams"].find_one({})
    assert kept is not None
    assert (kept["_id"], kept["code"]) == (str(exam.id), "N1")
    noted = await storage.record.entries(EntryFilter(reach=house.id), CursorRequest())
    assert {one.resource_id for one in noted.items} >= {vendor.id, exam.id}
    assert await told_by(storage) == []


async def test_the_store_of_documents_is_asked_when_the_storage_is(homeroom: Homeroom) -> None:
    await homeroom.plant.storage.ping()
