"""A stranger's adapter: 49 lines, found by entry point, and as good as one of ours."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.rates import Allowance, Rate, RateLimiter, RatesSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.plugins import find_adapter, installed_adapters
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.rates import RateLimiterConformance
from homeroom_testing.sabotage import broken_clauses

HERE = Path(__file__).parent
PACKAGE = HERE / "sqlite_rates"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put the stranger's package."""
    room = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, HERE / "install.py", room], cwd=PACKAGE, check=True)
    return room


@pytest.fixture(autouse=True)
def stranger(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(installed)
    yield
    sys.modules.pop("sqlite_rates", None)


def ambient() -> Ambient:
    return Ambient(SystemClock(), JsonCodec())


def settings_for(file: Path, environment: str = "test") -> RatesSettings:
    return RatesSettings(url=file.as_uri(), environment=environment)


class TestSqliteRates(RateLimiterConformance):
    @pytest.fixture
    async def limiter(self, tmp_path: Path) -> AsyncIterator[RateLimiter]:
        opening = find_adapter("rates", "sqlite")
        async with opening(settings_for(tmp_path / "rates.sqlite3"), ambient()) as limiter:
            yield limiter


class SaboteurSuite(RateLimiterConformance):
    """The same adapter, asked by somebody who forgets who is asking."""

    @pytest.fixture
    async def limiter(self, tmp_path: Path) -> AsyncIterator[RateLimiter]:
        opening = find_adapter("rates", "sqlite")
        async with opening(settings_for(tmp_path / "rates.sqlite3"), ambient()) as honest:
            yield Forgetful(honest)


class Forgetful:
    """Counts everybody under one key."""

    def __init__(self, honest: RateLimiter) -> None:
        self._honest = honest

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        return await self._honest.take("everybody", rate, times=times)

    async def ping(self) -> None:
        await self._honest.ping()


def test_a_saboteur_is_caught_by_the_clause_meant_for_it() -> None:
    assert broken_clauses(SaboteurSuite) == {"test_keys_are_counted_apart"}


def test_it_is_installed_beside_ours() -> None:
    assert {"memory", "sqlite"} <= set(installed_adapters("rates"))


def test_it_is_found_where_pip_put_it(installed: Path) -> None:
    (point,) = entry_points(group="homeroom.rates", name="sqlite")
    assert point.dist is not None
    assert point.dist.read_text("INSTALLER") == "pip\n"
    assert Path(str(point.dist.locate_file("sqlite_rates.py"))).parent == installed


def test_it_is_shorter_than_fifty_lines() -> None:
    assert len((PACKAGE / "sqlite_rates.py").read_text("utf-8").splitlines()) < 50


def test_processes_share_one_rate(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "take_many.py"), (tmp_path / "rates.sqlite3").as_uri()]
    seeing = {**os.environ, "PYTHONPATH": str(installed)}
    takers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=seeing) for _ in range(4)
    ]
    allowed = [int(taker.communicate(timeout=50)[0]) for taker in takers]
    assert [taker.returncode for taker in takers] == [0] * 4
    assert sum(allowed) == 30


@pytest.mark.anyio
async def test_environments_are_counted_apart_in_one_file(tmp_path: Path) -> None:
    opening, file, once = find_adapter("rates", "sqlite"), tmp_path / "rates", Rate(1, 60)
    for environment in ("local", "production"):
        async with opening(settings_for(file, environment), ambient()) as limiter:
            assert (await limiter.take("a", once)).allowed


@pytest.mark.anyio
async def test_what_was_counted_is_still_counted_after_opening_again(tmp_path: Path) -> None:
    opening, settings = find_adapter("rates", "sqlite"), settings_for(tmp_path / "rates")
    for allowed in (True, False):
        async with opening(settings, ambient()) as limiter:
            assert (await limiter.take("a", Rate(1, 60))).allowed is allowed


@pytest.mark.anyio
async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "no such directory" / "rates")
    async with find_adapter("rates", "sqlite")(settings, ambient()) as limiter:
        with pytest.raises(Unavailable, match="unable to open"):
            await limiter.ping()


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["", "rates.sqlite3", "redis://127.0.0.1:6379/0"])
async def test_an_address_of_another_kind_is_refused_at_once(url: str) -> None:
    with pytest.raises(Invalid, match="file://"):
        async with find_adapter("rates", "sqlite")(RatesSettings(url=url), ambient()):
            pass


def test_a_house_opens_with_it_by_name(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "HOMEROOM_DATA_DIR": str(tmp_path),
            "HOMEROOM_WEB__RATE_LIMIT_STORE": "sqlite",
            "HOMEROOM_WEB__RATE_LIMIT_URL": (tmp_path / "rates.sqlite3").as_uri(),
        }
    )

    async def counted() -> str:
        async with open_homeroom(settings) as homeroom:
            await homeroom.plant.rates.ping()
            return type(homeroom.plant.rates).__name__

    assert asyncio.run(counted()) == "SqliteRates"
    assert (tmp_path / "rates.sqlite3").exists()
