"""The indexes of exams' documents: read back, and asked what they answer by themselves."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from storage_grounds import documents_settings

from homeroom.house import DocumentsSettings, Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import ExamId, new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.mongo.bank_queries import POOL_FIELDS, servable
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.indexes import INDEXES, Index, unique_fields
from homeroom_adapters.mongo.opening import open_documents
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.exams_ground import (
    a_kept_exam,
    a_kept_vendor,
    a_question,
    keep_questions,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.mongo import MongoAbilities, abilities_of

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]

Database = AsyncDatabase[dict[str, Any]]

OF_THE_SEED = ("exam_id", "objective_id", "difficulty")


@pytest.fixture
async def settings(mongo_url: str, mongo_database: str) -> DocumentsSettings:
    return await documents_settings(mongo_url, mongo_database)


@pytest.fixture
async def storage(settings: DocumentsSettings) -> AsyncIterator[Storage]:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with (
        open_memory(StorageSettings(), ambient) as beside,
        open_documents(settings, ambient, beside) as whole,
    ):
        yield whole


@pytest.fixture
async def database(settings: DocumentsSettings, storage: Storage) -> AsyncIterator[Database]:
    """What `storage` has furnished."""
    async with AsyncMongoClient[dict[str, Any]](settings.url) as client:
        yield client[urlsplit(settings.url).path[1:]]


async def able(database: Database) -> MongoAbilities:
    return await abilities_of(database.client)


async def found_in(database: Database, name: str) -> set[tuple[tuple[str, ...], bool]]:
    """The fields of each index of *name*, and whether it is unique."""
    cursor = await database[name].list_indexes()
    return {(tuple(one["key"]), bool(one.get("unique"))) for one in await cursor.to_list()}


def declared(index: Index, able: MongoAbilities) -> tuple[tuple[str, ...], bool]:
    names = tuple(one.removeprefix("-") for one in index.fields)
    if not able.ids_in_indexes:
        names = tuple(one for one in names if one != "_id")
    return names, index.unique


@pytest.mark.parametrize("name", sorted(INDEXES))
async def test_every_index_that_is_declared_is_there(database: Database, name: str) -> None:
    there, can = await found_in(database, name), await able(database)
    assert {declared(index, can) for index in INDEXES[name]} <= there
    assert name in await database.list_collection_names()


async def test_opening_again_leaves_the_indexes_as_they_are(
    database: Database, settings: DocumentsSettings
) -> None:
    before = await found_in(database, "questions")
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with (
        open_memory(StorageSettings(), ambient) as beside,
        open_documents(settings, ambient, beside),
    ):
        assert await found_in(database, "questions") == before


async def test_the_index_of_the_seed_is_there(database: Database) -> None:
    assert (OF_THE_SEED, False) in await found_in(database, "questions")


@pytest.mark.parametrize("name", sorted(name for name in INDEXES if unique_fields(name)))
async def test_a_unique_field_may_be_missing_twice_but_not_be_there_twice(
    database: Database, name: str
) -> None:
    desk = Desk(database)
    for field in unique_fields(name):
        for key in ("a", "b"):
            assert await desk.insert_unless_taken(name, {"_id": f"{field} {key}"})
        assert await desk.insert_unless_taken(name, {"_id": f"{field} c", field: "one"})
        assert not await desk.insert_unless_taken(name, {"_id": f"{field} d", field: "one"})


async def test_what_a_form_is_put_together_from_is_all_in_one_index(
    database: Database, storage: Storage
) -> None:
    """The delivery query reads no document."""
    if not (await able(database)).plans:
        pytest.skip("the MongoDB that answers declares plans=False")
    vendor = await a_kept_vendor(storage, await settle_in(storage))
    exam = await a_kept_exam(storage, vendor)
    await keep_questions(storage, *(a_question(exam, active=True) for _ in range(3)))
    query = {"find": "questions", "filter": servable(exam.id), "projection": POOL_FIELDS}
    told = await database.command({"explain": query, "verbosity": "executionStats"}, check=True)
    stats = told["executionStats"]
    assert (stats["nReturned"], stats["totalDocsExamined"]) == (3, 0)


def test_what_is_asked_of_the_pool_is_in_its_index() -> None:
    """What `explain` says on a MongoDB holds by what the index is declared to hold, everywhere."""
    (pool,) = (index for index in INDEXES["questions"] if index.name == "ix_questions_pool")
    asked = servable(ExamId(new_id()))
    assert {*asked, *POOL_FIELDS} <= set(pool.fields)
    assert set(pool.fields[: len(asked)]) == set(asked)
