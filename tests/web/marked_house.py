"""A house that is given marked values only, and everything that comes out of it."""

import asyncio
import io
import logging
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, closing
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import attrs
import httpx

from homeroom.kernel.actor import Actor
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_testing.canaries import PERSONAL, Canaries, Kind, Sightings, sqlite_rows
from homeroom_testing.fast_hashing import FAST_VARIABLES

API = "/api/v1"
USERS, KEYS, TASKS, AUTH = f"{API}/admin/users", f"{API}/keys", f"{API}/tasks", f"{API}/auth"

ROWS = "rows of "
"""How the place of what is kept begins; its table follows."""

LOG, RECORDS, METRICS = "the log", "records of the log", "the page of numbers"

WHERE_PERSONS_ARE = frozenset({"persons", "person_names"})
"""The tables in which names and addresses are kept. There is no table for secrets."""

ABOUT_PERSONS = (
    *(USERS, f"{AUTH}/me", f"{AUTH}/login"),
    *(f"{AUTH}/invitations/accept", f"{AUTH}/google/callback"),
)
"""What is asked for persons, and tells their names."""


class Records(logging.Handler):
    """Hears every record as it was made, before anything is taken out of it."""

    def __init__(self, sightings: Sightings) -> None:
        super().__init__(logging.DEBUG)
        self._sightings = sightings

    def emit(self, record: logging.LogRecord) -> None:
        told = {**vars(record), "message": record.getMessage()}
        self._sightings.hold(RECORDS, repr(told))


@attrs.define
class MarkedHouse:
    """An open house on SQLite, whose every answer, line and row is kept to be searched."""

    homeroom: Homeroom
    settings: Settings
    numbers: Numbers
    client: httpx.AsyncClient
    owner: Actor
    file: Path
    lines: io.StringIO = attrs.field(factory=io.StringIO)
    canaries: Canaries = attrs.field(factory=Canaries)
    seen: Sightings = attrs.field(factory=Sightings)
    statuses: list[int] = attrs.field(factory=list[int])
    laid: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    """The cookies of the last answer."""

    sent_to: str = attrs.field(default="", repr=False)
    """Where the last answer sent a browser."""

    def listen(self) -> None:
        """Hear, from now on, whatever this process logs."""
        configure_logs(self.settings.log, stream=self.lines)
        logging.getLogger().addHandler(Records(self.seen))

    async def ask(
        self, method: str, path: str, *, tells: Mapping[str, Kind] | None = None, **sent: Any
    ) -> Any:
        """What is answered; its fields in *tells* are secrets that are shown here, once."""
        answer = await self.client.request(method, path, **sent)
        self.statuses.append(answer.status_code)
        self.sent_to = answer.headers.get("location", "")
        told = answer.json() if answer.content and "json" in answer.headers["content-type"] else {}
        shown = [self._shown(told, name, kind) for name, kind in (tells or {}).items()]
        persons = PERSONAL if answer.is_success and path.startswith(ABOUT_PERSONS) else ()
        self.hold_answer(answer, may=[*shown, *persons], laid=self._laid(answer))
        return told

    def _laid(self, answer: httpx.Response) -> Mapping[str, str]:
        """The cookies of *answer*, which are marked, and kept by nobody here."""
        jar = SimpleCookie()
        for line in answer.headers.get_list("set-cookie"):
            jar.load(line)
        self.client.cookies.clear()
        self.laid = {name: one.value for name, one in jar.items() if one.value}
        for name, value in self.laid.items():
            self.canaries.take_up(Kind.COOKIE, f"{name}, a laid", value)
        return self.laid

    def _shown(self, told: Any, field: str, kind: Kind) -> str:
        value = told
        for name in field.split("."):
            value = value[name]
        return self.canaries.take_up(kind, f"the {field} that was shown", value)

    def hold_answer(
        self,
        answer: httpx.Response,
        *,
        may: Collection[Kind | str] = (),
        laid: Mapping[str, str] | None = None,
    ) -> None:
        """Keep *answer*, which may tell some things, and whose headers lay cookies."""
        place = f"the answer {answer.status_code} to {answer.request.method}"
        heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
        self.seen.hold(f"{place}, its headers", heads, may=[*may, *(laid or {}).values()])
        self.seen.hold(f"{place}, its body", answer.content, may=may)

    async def gather(self) -> Sightings:
        """All answers so far, and all that was logged, counted and kept."""
        page = await self.client.get("/metrics")
        self.seen.hold(METRICS, page.content)
        await asyncio.sleep(0)  # lines are written when a turn of the loop is over
        self.seen.hold(LOG, self.lines.getvalue())
        for table, row in sqlite_rows(self.file):
            self.seen.hold(ROWS + table, row, may=PERSONAL if table in WHERE_PERSONS_ARE else ())
        return self.seen

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker beside us, with every part at work."""
        stop = asyncio.Event()
        work = asyncio.create_task(run_worker(self.homeroom, worker_settings(self.settings), stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(10):
                await work

    @asynccontextmanager
    async def without(self, table: str) -> AsyncIterator[None]:
        """The database has no such *table*, until the block is left."""
        await self.tamper(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            await self.tamper(f"ALTER TABLE {table}_away RENAME TO {table}")

    async def tamper(self, statement: str, *values: str) -> int:
        """How many rows of the file this changed, behind the house's back."""
        return await asyncio.to_thread(self._tamper, statement, *values)

    def _tamper(self, statement: str, *values: str) -> int:
        with closing(sqlite3.connect(self.file, timeout=20)) as connection:
            changed = connection.execute(statement, values).rowcount
            connection.commit()
        return changed

    def client_of(self, homeroom: Homeroom) -> httpx.AsyncClient:
        """Somebody who asks *homeroom*, which may be this house with a careless part in it."""
        app: Any = create_app(homeroom, self.settings)
        transport = httpx.ASGITransport(app)
        return httpx.AsyncClient(transport=transport, base_url="http://house")


@asynccontextmanager
async def open_marked(directory: Path, **more: str) -> AsyncIterator[MarkedHouse]:
    """A house that logs everything it can, with its first administrator's key, which is marked.

    It is set up as *more* variables say, beside those that a test needs.
    """
    settings = load_settings(
        {
            **FAST_VARIABLES,
            "HOMEROOM_DATA_DIR": str(directory),
            "HOMEROOM_LOG__LEVEL": "debug",
            "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
            "HOMEROOM_SCHEDULING__ALLOW_HTTP": "true",
            "HOMEROOM_JOBS__POLL_SECONDS": "0.2",
            "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "1000000",
            **more,
        }
    )
    async with open_homeroom(settings) as homeroom:
        key = await homeroom.people.open_house("Home")
        assert key is not None
        numbers = Numbers(homeroom.plant, settings)
        app: Any = create_app(homeroom, settings, numbers)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://house",
            headers={"X-API-Key": key.text},
        ) as client:
            owner = await homeroom.people.authenticate(key.text)
            (file,) = directory.glob("*.sqlite3")
            house = MarkedHouse(homeroom, settings, numbers, client, owner, file)
            house.canaries.take_up(Kind.KEY, "the first administrator's", key.text)
            house.listen()
            yield house
