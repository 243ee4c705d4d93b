"""Settings nobody can use: every mistake is told, nothing half open is left behind."""

from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.house import StorageSettings
from homeroom.kernel.errors import Invalid, Refusal
from homeroom_adapters.memory.storage import BadMemoryUrl, open_schema
from homeroom_adapters.sql.engine import BadDatabaseUrl
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.catalogue import ANY_NAME, variable
from homeroom_entrypoints.composition.plugins import UnknownAdapter, installed_adapters
from homeroom_entrypoints.composition.settings import (
    CATALOGUE,
    Settings,
    SettingsInvalid,
    load_settings,
)

HOUSE = "memory://house-of-bad-settings"

WRONG = {
    "HOMEROOM_ENVIRONMENT": "prod",
    "HOMEROOM_STORAGE__ADAPTER": "s q l",
    "HOMEROOM_STORAGE__URL": "nowhere",
    "HOMEROOM_STORAGE__POOL_SIZE": "0",
    "HOMEROOM_JOBS__LEASE_SECONDS": "-1",
    "HOMEROOM_JOBS__QUEUES__MAIL__CONCURRENCY": "many",
    "HOMEROOM_JOBS__ONLY_OFFER": "elsewhere",
    "HOMEROOM_BUS__URL": "redis",
    "HOMEROOM_CACHE__ADAPTER": "",
    "HOMEROOM_WEB__PORT": "70000",
    "HOMEROOM_WEB__PROT": "8000",
    "HOMEROOM_WEB__CORS_ORIGINS": "school",
    "HOMEROOM_WEB__TRUSTED_PROXIES": "10.0.0.1/8",
    "HOMEROOM_OUTBOUND__PORTS": "80,high",
    "HOMEROOM_LOG__LEVEL": "loud",
    "HOMEROOM_COLOUR": "red",
    "HOMEROOM_BOOTSTRAP_KEY": "short",
    "HOMEROOM_WEB__RATE_LIMIT_URL_FILE": "/nowhere/rates",
}
CARRIER = "HOMEROOM_JOBS__CARRIER"
OURS = [entry.path for entry in CATALOGUE.entries if ANY_NAME not in entry.path]

ADAPTERS: dict[str, tuple[str, str]] = {
    "HOMEROOM_STORAGE__ADAPTER": ("storage", "memry"),
    "HOMEROOM_BUS__ADAPTER": ("bus", "memry"),
    "HOMEROOM_CACHE__ADAPTER": ("cache", "memry"),
    "HOMEROOM_WEB__RATE_LIMIT_STORE": ("rates", "memry"),
    "HOMEROOM_OUTBOUND__ADAPTER": ("outbound", "memry"),
    CARRIER: ("carrier", "rabitmq"),
}
"""How each of them is misspelt, and what it is an adapter of."""


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(environ: dict[str, str]) -> dict[str, str]:
    """What is said of each variable."""
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(environ)
    return {one.field.partition(" ")[0]: one.message for one in refused.value.problems}


class TestMistakes:
    @given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
    def test_however_many_there_are_each_is_told_at_once(self, made: set[str]) -> None:
        assert told({name: WRONG[name] for name in made}).keys() == made

    @given(st.sampled_from(sorted(WRONG)))
    def test_each_is_told_in_one_line_that_says_what_to_do(self, name: str) -> None:
        sentence = told({name: WRONG[name]})[name]
        assert sentence.isprintable()
        assert any(advice in sentence for advice in ("; write ", "Did you mean ", "Remove it"))

    @given(st.sampled_from(OURS), st.data())
    def test_one_letter_too_few_is_answered_with_a_setting_that_there_is(
        self, path: tuple[str, ...], data: st.DataObject
    ) -> None:
        name = variable(path)
        cut = data.draw(st.integers(len("HOMEROOM_"), len(name) - 1))
        typo = name[:cut] + name[cut + 1 :]
        meant = told({typo: "1"})[typo].partition("Did you mean ")[2].partition(" ")[0]
        assert meant in {variable(known) for known in OURS}

    def test_adapters_that_nobody_installed_are_told_among_everything_else(self) -> None:
        typos = {name: typo for name, (_, typo) in ADAPTERS.items()}
        said = told({**WRONG, **typos})
        assert said.keys() == WRONG.keys() | typos.keys()
        for name, (port, typo) in ADAPTERS.items():
            assert said[name].startswith(f"no adapter {typo!r} among the installed ")
            assert all(known in said[name] for known in installed_adapters(port))
            assert said[name].rpartition("Did you mean ")[2] in {"'memory'?", "'rabbitmq'?"}

    def test_to_carry_nothing_is_a_choice_that_may_be_misspelt_too(self) -> None:
        assert load_settings({"HOMEROOM_JOBS__CARRIER": "none"}).jobs.carrier == "none"
        assert "Did you mean 'none'?" in told({"HOMEROOM_JOBS__CARRIER": "nome"})[CARRIER]

    def test_jobs_that_are_only_offered_need_somebody_who_carries_them(self) -> None:
        mine = "HOMEROOM_JOBS__ONLY_OFFER"
        assert f"Set {CARRIER} (jobs.carrier)." in told({mine: "songs"})[mine]
        assert told({mine: "songs", CARRIER: "bulmq"}).keys() == {CARRIER}
        assert load_settings({mine: "songs,tales", CARRIER: "memory"}).jobs.only_offer == (
            "songs",
            "tales",
        )

    def test_a_directory_in_the_place_of_the_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsInvalid, match="cannot be read: Is a directory"):
            load_settings({}, tmp_path)


IN_MEMORY = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_STORAGE__URL": HOUSE}


async def opened(**overrides: str) -> None:
    async with open_homeroom(load_settings({**IN_MEMORY, **overrides})):
        pass


def misspelt(name: str) -> Settings:
    """Settings made in Python, where nobody looked whether the adapter is there."""
    section, field = variable_path(name)
    settings = load_settings(IN_MEMORY)
    chosen = attrs.evolve(getattr(settings, section), **{field: ADAPTERS[name][1]})
    return attrs.evolve(settings, **{section: chosen})


def variable_path(name: str) -> tuple[str, str]:
    section, _, field = name.removeprefix("HOMEROOM_").lower().partition("__")
    return section, field


@pytest.mark.anyio
class TestOpening:
    @pytest.mark.parametrize("name", ADAPTERS)
    async def test_an_adapter_nobody_installed_is_answered_with_those_that_are(
        self, name: str
    ) -> None:
        port, typo = ADAPTERS[name]
        with pytest.raises(UnknownAdapter) as refused:
            async with open_homeroom(misspelt(name)):
                pass
        said = refused.value.message
        assert said.startswith(f"{port}: no adapter {typo!r} among the installed ")
        assert ", ".join(installed_adapters(port)) in said
        assert said.rpartition("Did you mean ")[2] in {"'memory'?", "'rabbitmq'?"}

    async def test_what_was_open_when_a_later_adapter_failed_is_closed_again(self) -> None:
        settings = load_settings(IN_MEMORY)
        async with open_homeroom(settings) as homeroom:
            await homeroom.people.open_house("Home")
            with pytest.raises(UnknownAdapter):
                async with open_homeroom(misspelt(CARRIER)):
                    pass
        # Its name keeps a store only while somebody has it open.
        async with open_homeroom(settings) as later:
            assert list(await later.plant.storage.people.institutions()) == []

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("sqlite://", "SQLite needs a file, as in sqlite:///path/to/file"),
            ("sqlite:///:memory:", "choose the storage adapter 'memory'"),
            ("postgresql+asyncpg://u:hunter2@host/db", "speaks sqlite and postgresql"),
        ],
    )
    async def test_an_address_that_names_no_database_is_told_without_its_password(
        self, url: str, says: str
    ) -> None:
        with pytest.raises(BadDatabaseUrl, match=says) as refused:
            await opened(HOMEROOM_STORAGE__ADAPTER="sql", HOMEROOM_STORAGE__URL=url)
        assert "hunter2" not in str(refused.value)

    @pytest.mark.parametrize(
        "url", ["memory://u:hunter2@x", "memory://x/y", "file://x", "memory://[", "memory:x"]
    )
    async def test_a_name_in_memory_is_a_plain_one(self, url: str) -> None:
        with pytest.raises(BadMemoryUrl, match="memory://") as refused:
            async with open_schema(StorageSettings(url=url)):
                pass
        assert "hunter2" not in str(refused.value)


class TestKinds:
    @pytest.mark.parametrize(
        "refusal", [SettingsInvalid, UnknownAdapter, BadDatabaseUrl, BadMemoryUrl]
    )
    def test_a_mistake_in_settings_is_bad_input_and_never_worth_another_try(
        self, refusal: type[Refusal]
    ) -> None:
        assert issubclass(refusal, Invalid)
