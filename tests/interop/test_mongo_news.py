"""Whoever watches sittings hears what other processes save, by MongoDB's stream of changes.

The peer tells of changes before they are committed, so nothing is asked here of transactions: the
suite `SittingNewsConformance` does that, without the stream where there is no replica set.
"""

import asyncio

import pytest
from pymongo import AsyncMongoClient

from homeroom.kernel.queue import SITTINGS as NEWS
from homeroom_adapters.mongo.news import SittingNews, listening
from homeroom_adapters.mongo.sitting_rows import SITTINGS

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]

SOON, QUIET = 5.0, 0.3


@pytest.fixture
async def here(mongo_url, mongo_database):
    async with AsyncMongoClient(mongo_url) as client:
        yield client[mongo_database]


@pytest.fixture
async def elsewhere(mongo_url, mongo_database):
    """The same database, as another process has it."""
    async with AsyncMongoClient(mongo_url) as client:
        await client[mongo_database][SITTINGS].delete_many({})
        yield client[mongo_database][SITTINGS]


@pytest.fixture
async def news(here, elsewhere):
    """What is heard of the database, once the stream is open."""
    news = SittingNews()
    async with listening(here, news):
        for number in range(100):
            await elsewhere.insert_one({"_id": f"first {number}"})
            if await news.wait(0.1):
                break
        while await news.wait(QUIET):
            pass
        yield news


@pytest.mark.parametrize("change", ["insert", "update", "delete"])
async def test_what_another_process_saves_is_heard_of(news, elsewhere, change):
    waiting = asyncio.create_task(news.wait(SOON))
    await asyncio.sleep(0.01)
    match change:
        case "insert":
            await elsewhere.insert_one({"_id": "second"})
        case "update":
            await elsewhere.update_one({"_id": "first 0"}, {"$set": {"version": 2}})
        case "delete":
            await elsewhere.delete_many({})
    assert await waiting == {NEWS}
    assert await news.wait(QUIET) == frozenset()


async def test_what_happens_to_other_documents_is_no_news(news, here):
    await here["question_notes"].delete_many({})
    await here["question_notes"].insert_one({"_id": "a note"})
    assert await news.wait(QUIET) == frozenset()
