"""The MongoDB that tests have: what adapters may lean on, and where it is declared to differ."""

from contextlib import nullcontext

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


async def test_a_replica_set_says_so_where_that_is_declared(client):
    told = await client.admin.command("hello")
    assert ("setName" in told) is (await abilities_of(client)).replicated


async def test_others_do_not_see_what_is_not_committed_where_that_is_declared(client, things):
    await things.insert_one({"_id": "before"})
    async with client.start_session() as session:
        await session.start_transaction()
        await things.insert_one({"_id": "never"}, session=session)
        seen = await things.count_documents({})
        await session.abort_transaction()
    assert (seen == 1) is (await abilities_of(client)).isolated
    assert await things.count_documents({}) == 1


async def test_an_index_holds_ids_beside_other_fields_where_that_is_declared(client, things):
    await things.create_index([("kind", 1), ("_id", -1)])
    able = await abilities_of(client)
    with nullcontext() if able.ids_in_indexes else pytest.raises(OperationFailure):
        await things.insert_one({"_id": "a", "kind": "one"})


async def test_a_plan_tells_what_it_took_where_that_is_declared(client, things):
    await things.insert_many([{"_id": "a"}, {"_id": "b"}])
    query = {"find": things.name, "filter": {}}
    told = await things.database.command({"explain": query, "verbosity": "executionStats"})
    able = await abilities_of(client)
    assert (told["executionStats"]["nReturned"] == 2) is able.plans


@pytest.mark.parametrize("sparse", [True, False])
async def test_a_unique_field_may_be_missing_from_many_where_the_index_is_sparse(
    client, things, sparse
):
    if not sparse and (await abilities_of(client)) == PEER:
        pytest.skip("the peer lets a unique field be missing everywhere")
    await things.create_index("key", unique=True, sparse=sparse)
    await things.insert_one({"_id": "a"})
    with nullcontext() if sparse else pytest.raises(OperationFailure):
        await things.insert_one({"_id": "b"})


async def test_the_peer_is_known_for_what_it_is(client):
    told = await client.admin.command("buildInfo")
    assert (await abilities_of(client) == PEER) is (told.get("process") == "nx_27017")
