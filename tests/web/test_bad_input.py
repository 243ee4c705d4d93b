"""What the API answers to what it cannot use: a status, a stable code, and what to do instead."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.house import StorageSettings
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.queue import Lease, Settlement, Verdict
from homeroom.people.model.institutions import Institution
from homeroom_adapters.sql.storage import open_schema

pytestmark = pytest.mark.anyio

KEYS, JOBS = "/api/v1/keys", "/api/v1/ops/jobs"
LETTERS = "/api/v1/ops/dead-letters"
CHECKUP = "operations.checkup.v1"
KEY = {"name": "laptop", "roles": ["ADMIN"]}
JOB = {"name": CHECKUP}
TEN_MEGABYTES = 10_000_000
AS_JSON = {"Content-Type": "application/json"}
INSTANT = "must be an instant such as 2026-05-01T09:00:00Z, or null"
ROLES = "SUPER_ADMIN, ADMIN, CAMPUS_HEAD, DEAN, CHAIRPERSON, TEACHER, STUDENT, SERVICE"
STATES = "scheduled, ready, running, succeeded, dead, cancelled"


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in *answer*, which has the one shape that all problems have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["traceId"] == answer.headers["x-trace-id"]
    assert told["detail"].rstrip()
    return told


def problems(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["field"], one["message"]) for one in told.get("errors", ())]


async def kept(house: Any) -> tuple[int, int]:
    """How many keys and jobs there are."""
    keys = (await house.client.get(KEYS)).json()["data"]
    return len(keys), len((await house.client.get(JOBS)).json()["data"])


class TestBodies:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"{bad", "malformed JSON at line 1, column 2."),
            (b'{"name":\n"x"', "malformed JSON at line 2, column 4."),
            (b'{"name": "x"} {}', "malformed JSON at line 1, column 15."),
            (b'{"name": "\xff", "roles": ["ADMIN"]}', "not UTF-8"),
            (b"[" * 100_000, "nested too deeply"),
            (b"name=laptop", "malformed JSON at line 1, column 1."),
            (b'{"name": 1e999}', "a number too large"),
        ],
        ids=["no string", "cut off", "too much", "no text", "too deep", "a form", "too large"],
    )
    async def test_what_is_no_json_is_told_why(
        self, house: Any, content: bytes, sentence: str
    ) -> None:
        for address in (KEYS, JOBS):
            answer = await house.client.post(address, content=content, headers=AS_JSON)
            assert sentence in refused(answer, 400, "invalid")["detail"]
        assert await kept(house) == (1, 0)

    @pytest.mark.parametrize(
        ("address", "body", "field", "hint"),
        [
            (KEYS, {**KEY, "id": "me"}, "id", "known are: expiresAt, name, roles"),
            (KEYS, {**KEY, "expires": "soon"}, "expires", "did you mean expiresAt?"),
            (JOBS, {**JOB, "priorty": 1}, "priorty", "did you mean priority?"),
            (JOBS, {**JOB, "dedupe_key": "snake"}, "dedupe_key", "did you mean dedupeKey?"),
            (f"{LETTERS}/replay", {"state": "dead"}, "state", "known are: name, queue"),
        ],
    )
    async def test_an_unknown_field_is_named_with_those_there_are_and_nothing_is_done(
        self, house: Any, address: str, body: Any, field: str, hint: str
    ) -> None:
        answer = await house.client.post(address, json=body)
        told = problems(refused(answer, 400, "invalid"))
        assert told == [(field, f"is no field here; {hint}")]
        assert await kept(house) == (1, 0)

    async def test_an_unknown_field_of_the_work_is_named_too(self, house: Any) -> None:
        answer = await house.client.post(JOBS, json={**JOB, "payload": {"strange": 1}})
        assert refused(answer, 400, "undecodable")["detail"] == "unknown fields: strange"

    @pytest.mark.parametrize(
        ("address", "body", "field", "sentence"),
        [
            (JOBS, {**JOB, "runAt": 4_102_444_800}, "runAt", INSTANT),
            (JOBS, {**JOB, "runAt": 1e9}, "runAt", INSTANT),
            (JOBS, {**JOB, "runAt": "4102444800"}, "runAt", INSTANT),
            (KEYS, {**KEY, "expiresAt": 9e9}, "expiresAt", INSTANT),
            (
                JOBS,
                {**JOB, "priority": "5"},
                "priority",
                "must be a whole number from -100 to 100, or null",
            ),
            (KEYS, {**KEY, "roles": ["BOSS"]}, "roles[0]", f"must be one of: {ROLES}"),
            (KEYS, {"roles": ["ADMIN"]}, "name", "is missing"),
        ],
    )
    async def test_a_value_of_another_kind_is_not_read_as_what_it_might_have_meant(
        self, house: Any, address: str, body: Any, field: str, sentence: str
    ) -> None:
        answer = await house.client.post(address, json=body)
        assert problems(refused(answer, 400, "invalid")) == [(field, sentence)]
        assert await kept(house) == (1, 0)

    @pytest.mark.parametrize("content", ["[]", "null", "5", '"x"'])
    async def test_a_body_of_another_kind_is_told_what_it_must_be(
        self, house: Any, content: str
    ) -> None:
        answer = await house.client.post(KEYS, content=content, headers=AS_JSON)
        assert problems(refused(answer, 400, "invalid")) == [("body", "must be an object")]

    async def test_a_body_that_is_not_there_is_said_to_be_missing(self, house: Any) -> None:
        answer = await house.client.post(KEYS)
        assert problems(refused(answer, 400, "invalid")) == [("body", "is missing")]

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(content=st.binary(max_size=200) | st.binary().map(lambda raw: b'{"name": "%b"}' % raw))
    async def test_no_body_whatever_breaks_anything(self, house: Any, content: bytes) -> None:
        for address in (KEYS, JOBS, f"{LETTERS}/purge"):
            answer = await house.client.post(address, content=content, headers=AS_JSON)
            assert answer.status_code in (200, 201, 400), answer.text


class TestTooMuch:
    async def test_ten_megabytes_are_refused_by_what_they_say_of_themselves(
        self, house: Any
    ) -> None:
        body = json.dumps({**KEY, "name": "x" * TEN_MEGABYTES}).encode()
        answer = await house.client.post(KEYS, content=body, headers=AS_JSON)
        told = refused(answer, 413, "body_too_large")
        assert told["detail"] == "The request's body is too large."

    async def test_ten_megabytes_that_do_not_say_so_are_not_read_to_the_end(
        self, house: Any
    ) -> None:
        read = 0

        async def pour() -> AsyncIterator[bytes]:
            nonlocal read
            while read < TEN_MEGABYTES:
                read += 100_000
                yield b" " * 100_000

        answer = await house.client.post(KEYS, content=pour(), headers=AS_JSON)
        refused(answer, 413, "body_too_large")
        assert read < 2_000_000

    class TestALimitOfOnesOwn:
        @pytest.fixture
        def overrides(self) -> dict[str, str]:
            return {"HOMEROOM_WEB__BODY_LIMIT_BYTES": "1000"}

        @pytest.mark.parametrize(("size", "status"), [(1000, 201), (1001, 413)])
        async def test_it_is_exact(self, house: Any, size: int, status: int) -> None:
            body = json.dumps(JOB).encode().ljust(size)
            answer = await house.client.post(JOBS, content=body, headers=AS_JSON)
            assert answer.status_code == status


class TestPages:
    @pytest.mark.parametrize("address", [KEYS, JOBS, LETTERS])
    @pytest.mark.parametrize(
        "cursor", ["", "nonsense", "%00", "%C3%A9", "A" * 23, "A" * 5000, str(uuid.UUID(int=7))]
    )
    async def test_a_cursor_we_never_gave_is_told_where_to_take_one(
        self, house: Any, address: str, cursor: str
    ) -> None:
        answer = await house.client.get(f"{address}?cursor={cursor}")
        told = refused(answer, 400, "bad_page")
        assert problems(told) == [("cursor", "use nextCursor of the last page as it was given")]

    @pytest.mark.parametrize(
        ("query", "field", "sentence"),
        [
            ("limit=0", "limit", "must be a whole number from 1 to 200"),
            ("limit=201", "limit", "must be a whole number from 1 to 200"),
            ("limit=x", "limit", "must be a whole number from 1 to 200"),
            ("state=lost", "state", f"must be one of: {STATES}"),
            (f"queue={'q' * 65}", "queue", "must be text of at most 64 characters"),
        ],
    )
    async def test_a_wrong_parameter_is_named_as_the_caller_wrote_it(
        self, house: Any, query: str, field: str, sentence: str
    ) -> None:
        answer = await house.client.get(f"{JOBS}?{query}")
        assert problems(refused(answer, 400, "invalid")) == [(field, sentence)]

    @pytest.mark.parametrize(
        ("address", "unknown", "hint"),
        [
            (f"{KEYS}?limt=1", "limt", "did you mean limit?"),
            (f"{JOBS}?order=id", "order", "known are: cursor, limit, name, queue, state"),
            (f"{JOBS}?limit=1&State=dead", "State", "did you mean state?"),
            (f"{LETTERS}?state=dead", "state", "known are: cursor, limit, name, queue"),
            ("/api/v1/ops/queues?name=", "name", "known are: none"),
        ],
    )
    async def test_a_parameter_that_nobody_reads_is_named_with_those_there_are(
        self, house: Any, address: str, unknown: str, hint: str
    ) -> None:
        told = refused(await house.client.get(address), 400, "invalid")
        assert problems(told) == [(unknown, f"is no parameter here; {hint}")]

    async def test_what_would_change_something_asks_for_no_less(self, house: Any) -> None:
        told = refused(await house.client.post(f"{JOBS}?dryRun=true", json=JOB), 400, "invalid")
        assert [field for field, _ in problems(told)] == ["dryRun"]
        assert await kept(house) == (1, 0)

    async def test_any_number_of_unknown_ones_gets_a_short_answer(self, house: Any) -> None:
        many = "&".join(f"{n}{'x' * 100}" for n in range(200))
        told = refused(await house.client.get(f"{KEYS}?{many}"), 400, "invalid")
        assert len(problems(told)) == 10
        assert max(len(field) for field, _ in problems(told)) == 60

    async def test_strangers_are_told_of_their_key_and_not_of_parameters(self, house: Any) -> None:
        answer = await house.client.get(f"{KEYS}?limt=1", headers=house.stranger())
        refused(answer, 401, "unauthenticated")

    @pytest.mark.parametrize("address", ["/health/live", "/api/v1/health", "/metrics"])
    async def test_whoever_only_watches_may_say_more_than_is_read(
        self, house: Any, address: str
    ) -> None:
        assert (await house.client.get(f"{address}?from=probe")).status_code == 200

    @pytest.mark.parametrize("job_id", ["7", "%00", "..", str(uuid.UUID(int=0))])
    async def test_what_is_no_id_of_ours_is_not_found(self, house: Any, job_id: str) -> None:
        assert (await house.client.get(f"{JOBS}/{job_id}/retry")).status_code in (404, 405)
        assert (await house.client.post(f"{JOBS}/{job_id}/retry")).status_code == 404


class TestTimes:
    """A time that no store can tell must not get in: it would stop everybody's queue."""

    TIMES = (
        "2999-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    )

    @pytest.mark.parametrize("time", TIMES)
    async def test_a_job_s_time_is_an_instant_within_reason(self, house: Any, time: str) -> None:
        answer = await house.client.post(JOBS, json={**JOB, "runAt": time})
        ((field, message),) = problems(refused(answer, 400, "invalid"))
        assert (field, message.partition(",")[0]) == ("runAt", "needs a time zone")
        assert await kept(house) == (1, 0)

    @pytest.mark.parametrize("time", TIMES)
    async def test_a_key_s_end_is_an_instant_within_reason(self, house: Any, time: str) -> None:
        answer = await house.client.post(KEYS, json={**KEY, "expiresAt": time})
        ((field, _),) = problems(refused(answer, 400, "bad_api_key"))
        assert field == "expiresAt"
        assert await kept(house) == (1, 0)


async def elsewhere(house: Any) -> tuple[Actor, dict[str, str]]:
    """An administrator of another institution, and the header they come with."""
    other = Institution.found("Elsewhere", at=SystemClock().now())
    async with house.homeroom.start() as unit:
        await unit.institutions.add(other)
        await unit.commit()
    admin = Actor(institution_id=other.id, roles=frozenset({Role.ADMIN}))
    issued = await house.homeroom.people.issue_key(admin, name="theirs", roles=admin.roles)
    return admin, {"X-API-Key": issued.secret.text}


async def dead_letter(house: Any, **headers: str) -> str:
    job_id = str((await house.client.post(JOBS, json=JOB, headers=headers)).json()["id"])
    queue = house.homeroom.plant.storage.queue
    (claim,) = await queue.claim("default", limit=1, lease=Lease(worker="test", seconds=15))
    await queue.settle([Settlement(claim.id, claim.token, Verdict.DEAD, None, "broken: why")])
    return job_id


class TestAnotherInstitution:
    """What belongs to others does not exist."""

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", ""), ("POST", "/retry"), ("POST", "/cancel")]
    )
    async def test_its_job_looks_like_one_that_never_was(
        self, house: Any, method: str, path: str
    ) -> None:
        ours = (await house.client.post(JOBS, json=JOB)).json()["id"]
        _, theirs = await elsewhere(house)
        told = []
        for job_id in (ours, uuid.uuid4()):
            answer = await house.client.request(method, f"{JOBS}/{job_id}{path}", headers=theirs)
            told.append({**refused(answer, 404, "job_not_found"), "traceId": ""})
        assert told[0] == told[1]
        assert (await house.client.get(f"{JOBS}/{ours}")).json()["state"] == "ready"

    async def test_its_jobs_are_not_listed_replayed_or_purged(self, house: Any) -> None:
        ours = await dead_letter(house)
        _, theirs = await elsewhere(house)
        own = await dead_letter(house, **theirs)
        listed = (await house.client.get(LETTERS, headers=theirs)).json()["data"]
        assert [row["id"] for row in listed] == [own]
        for step in ("replay", "purge"):
            answer = await house.client.post(f"{LETTERS}/{step}", json={}, headers=theirs)
            assert answer.json() == {"count": 1 if step == "replay" else 0}
        assert (await house.client.get(f"{JOBS}/{ours}")).json()["state"] == "dead"

    async def test_a_cursor_of_its_list_opens_nothing(self, house: Any) -> None:
        for _ in range(3):
            await house.client.post(JOBS, json=JOB)
        cursor = (await house.client.get(f"{JOBS}?limit=1")).json()["nextCursor"]
        _, theirs = await elsewhere(house)
        answer = await house.client.get(f"{JOBS}?cursor={cursor}", headers=theirs)
        assert answer.json() == {"data": [], "nextCursor": None}


@pytest.mark.service("postgres")
class TestOnPostgres:
    """What only a server can refuse."""

    @pytest.fixture
    def overrides(self, postgres_schema_url: str) -> dict[str, str]:
        asyncio.run(upgrade(postgres_schema_url))
        return {"HOMEROOM_STORAGE__URL": postgres_schema_url, "HOMEROOM_STORAGE__POOL_SIZE": "2"}

    async def test_a_text_that_the_server_cannot_keep_is_bad_input(self, house: Any) -> None:
        nul = "a\x00b"
        asked = [
            await house.client.post(JOBS, json={**JOB, "dedupeKey": nul}),
            await house.client.get(JOBS, params={"queue": nul}),
            await house.client.get(LETTERS, params={"name": nul}),
            await house.client.post(f"{LETTERS}/replay", json={"queue": nul}),
            await house.client.post(f"{LETTERS}/purge", json={"name": nul}),
        ]
        assert [answer.status_code for answer in asked] == [400] * 5


async def upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()
