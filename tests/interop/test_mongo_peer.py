"""The MongoDB that tests have: what adapters may lean on, and where it is declared to differ."""

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from homeroom_testing.mongo import PEER, abilities_of

pytestmark = pytest.mark.anyio

DUPLICATE = 11000


@pytest.fixture
async def client(mongo_url):
    async with AsyncMongoClient(mongo_url) as client:
        yield client


@pytest.fixture
def things(client, mongo_database):
    """A collection whose name is this test's own, for whom databases do not keep apart."""
    return client[mongo_database][mongo_database]


async def test_databases_are_apart_where_that_is_declared(client, things):
    await things.insert_one({"_id": "a"})
    seen = await client["another"][things.name].count_documents({})
    assert (seen == 0) is (await abilities_of(client)).databases


async def test_a_unique_index_refuses_the_second_of_two(client, things):
    await things.create_index("mail", unique=True)
    await things.insert_one({"_id": "a", "mail": "one"})
    with pytest.raises(OperationFailure) as refusal:
        await things.insert_one({"_id": "b", "mail": "one"})
    assert await things.count_documents({}) == 1
    told = refusal.value.code == DUPLICATE
    assert told is (await abilities_of(client)).duplicate_codes


@pytest.mark.parametrize("commits", [True, False])
async def test_a_transaction_is_kept_whole_or_not_at_all(client, things, commits):
    await things.insert_one({"_id": "before"})
    async with client.start_session() as session:
        await session.start_transaction()
        for name in ("a", "b"):
            await things.insert_one({"_id": name}, session=session)
        await (session.commit_transaction() if commits else session.abort_transaction())
    assert await things.count_documents({}) == (3 if commits else 1)


async def test_an_upsert_puts_what_was_not_there(client, things):
    answer = await things.update_one({"_id": "new"}, {"$set": {"n": 1}}, upsert=True)
    assert await things.find_one({"_id": "new"}) == {"_id": "new", "n": 1}
    assert (answer.upserted_id == "new") is (await abilities_of(client)).upserted_ids


async def test_an_update_reaches_into_arrays_where_that_is_declared(client, things):
    await things.insert_one({"_id": "a", "marks": [1, 4, 5]})
    chosen = [{"mark": {"$gte": 4}}]
    await things.update_one({"_id": "a"}, {"$set": {"marks.$[mark]": 0}}, array_filters=chosen)
    kept = (await things.find_one({"_id": "a"}))["marks"]
    assert (kept == [1, 0, 0]) is (await abilities_of(client)).array_filters


async def test_the_peer_is_known_for_what_it_is(client):
    told = await client.admin.command("buildInfo")
    assert (await abilities_of(client) == PEER) is (told.get("process") == "nx_27017")
