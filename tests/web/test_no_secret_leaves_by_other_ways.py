"""Nothing secret leaves the house with letters, browsers, Google, a Moodle, commands or workers.

What `test_no_secret_leaves` does for passwords and keys is done here for all else that opens a
door, and for what is said of children, with every place in which it could turn up.
"""

import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import httpx
import pytest

from homeroom_testing.canaries import Canaries, Kind
from homeroom_testing.moodle import open_moodle
from homeroom_testing.openid import CLIENT_ID, CLIENT_SECRET, open_provider

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from marked_house import LOG, METRICS, RECORDS, ROWS, open_marked
from marked_visits import COMPLAINED, SAID, WORKER, Command, Visits

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(280)]  # other programs are started


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def visits(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visits]:
    """A house in which all of this has happened."""
    async with open_provider() as provider, open_moodle() as moodle:
        google = {
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
            "REDIRECT_URL": provider.redirect_url,
            "DOMAINS": "school.edu",
            "NEWCOMERS": "student",
            "ISSUER": provider.url,
            "AUTHORIZATION_URL": f"{provider.url}/authorize",
            "TOKEN_URL": f"{provider.url}/token",
            "KEYS_URL": f"{provider.url}/keys",
        }
        elsewhere = {
            **{f"HOMEROOM_GOOGLE__{name}": value for name, value in google.items()},
            "HOMEROOM_MOODLE__URL": moodle.url,
            "HOMEROOM_MOODLE__INSTITUTION": "Home",
            "HOMEROOM_PEOPLE__COURIER": "memory",
            "HOMEROOM_PEOPLE__INVITE_ANY_DOMAIN": "true",
            "HOMEROOM_PEOPLE__PUBLIC_URL": "https://school.example",
        }
        async with open_marked(tmp_path_factory.mktemp("marked"), **elsewhere) as house:
            house.canaries.take_up(Kind.SECRET, "Google's client", CLIENT_SECRET)
            visits = Visits(house, provider, moodle)
            await visits.happen()
            yield visits


async def test_nothing_secret_leaves_by_any_of_these_ways(visits: Visits) -> None:
    house = visits.house
    seen = await house.gather()
    told = sorted(map(str, house.canaries.leaks(seen)))
    assert not told, "\n".join(told)
    assert {200, 201, 202, 204, 302, 400, 401, 403} <= set(house.statuses)
    tables = {"identities", "tickets", "sessions", "jobs", "outbox", "audit_entries"}
    places = {LOG, METRICS, SAID, COMPLAINED, WORKER, *(ROWS + one for one in tables)}
    assert places <= seen.places
    assert house.lines.getvalue().count("\n") > len(house.statuses)


async def test_each_of_these_kinds_was_there_to_be_told(visits: Visits) -> None:
    kinds = {Kind.TICKET, Kind.COOKIE, Kind.CSRF, Kind.CODE, Kind.BIRTH_DATE, Kind.TOKEN}
    assert kinds - visits.house.canaries.kinds == set()


Marked = Callable[[Canaries], str]


def _token(kind: Kind, whose: str, form: str = "{}") -> Marked:
    """Something of this *kind*, as it may look."""
    return lambda mark: mark.take_up(kind, whose, form.format(mark.secret("a part of it")))


MARKED: Mapping[str, Marked] = {
    "ticket": _token(Kind.TICKET, "a letter's", "hr_ticket_{}"),
    "session cookie": _token(Kind.COOKIE, "a browser's", "eyJhbGciOiJI.eyJzdWIi.{}"),
    "CSRF token": _token(Kind.CSRF, "a page's"),
    "Google's code": _token(Kind.CODE, "Google's", "4/{}"),
    "verifier": _token(Kind.CODE, "a verifier, a"),
    "ID token": _token(Kind.TOKEN, "an ID", "eyJhbGciOiJS.eyJlbWFp.{}"),
    "Moodle's token": _token(Kind.TOKEN, "the Moodle's"),
    "Moodle's password": lambda mark: mark.password("a member's"),
    "birth date": lambda mark: mark.birth_date("a child's"),
    "name": lambda mark: mark.name("a child's"),
}


async def a_line_of_the_log(visits: Visits, text: str) -> None:
    """Written past all that takes secrets out of lines."""
    visits.house.lines.write(f'{{"event": "came_in", "what": "{text}"}}\n')


async def a_line_of_a_library(visits: Visits, text: str) -> None:
    logging.getLogger("a.library").debug("GET /callback?it=%s", text)


async def a_refusal(visits: Visits, text: str) -> None:
    asked = httpx.Request("POST", "http://house")
    said = {"errors": [{"field": "it", "message": f"{text!r} is not what it must be"}]}
    visits.house.hold_answer(httpx.Response(400, json=said, request=asked))


async def a_column_that_should_be_sealed(visits: Visits, text: str) -> None:
    assert await visits.house.tamper("UPDATE identities SET sealed = ?", text)


async def a_job_s_payload(visits: Visits, text: str) -> None:
    assert await visits.house.tamper("UPDATE jobs SET payload = ?", f'{{"it": "{text}"}}')


async def a_command_that_repeats_what_it_was_told(visits: Visits, text: str) -> None:
    await visits.commands(Command(["jobs", "show", text]))


Sabotage = Callable[[Visits, str], Awaitable[None]]

CARELESS: Mapping[Sabotage, str] = {
    a_line_of_the_log: LOG,
    a_line_of_a_library: RECORDS,
    a_refusal: "the answer 400 to POST, its body",
    a_column_that_should_be_sealed: f"{ROWS}identities",
    a_job_s_payload: f"{ROWS}jobs",
}


@pytest.mark.parametrize("careless", CARELESS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", MARKED)
async def test_each_kind_is_found_wherever_somebody_is_careless(
    visits: Visits, kind: str, careless: Sabotage
) -> None:
    mark = Canaries()
    text = MARKED[kind](mark)
    visits.house.listen()
    await careless(visits, text)
    leaks = mark.leaks(await visits.house.gather())
    assert CARELESS[careless] in {leak.place for leak in leaks}


async def test_a_command_that_repeats_what_it_was_told_is_found(visits: Visits) -> None:
    mark = Canaries()
    await a_command_that_repeats_what_it_was_told(visits, MARKED["ticket"](mark))
    assert COMPLAINED in {leak.place for leak in mark.leaks(visits.house.seen)}
