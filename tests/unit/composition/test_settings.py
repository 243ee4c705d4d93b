"""Settings: file and environment, every problem at once, and secrets kept."""

import base64
import contextlib
import copy
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Invalid
from homeroom_entrypoints.composition.catalogue import ALIASES, variable
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import WebSettings
from homeroom_entrypoints.composition.settings import (
    CATALOGUE,
    Settings,
    SettingsInvalid,
    explain,
    load_settings,
)

CANARY = "canary-7f3a"
KEY = "hr_" + "k" * 40


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(environ: dict[str, str], config: Path | None = None) -> SettingsInvalid:
    with pytest.raises(SettingsInvalid) as refusal:
        load_settings(environ, config)
    return refusal.value


def only_problem(environ: dict[str, str], config: Path | None = None) -> str:
    [problem] = refused(environ, config).problems
    return f"{problem.field}: {problem.message}"


def written(text: str) -> Path:
    Path("homeroom.toml").write_text(text, "utf-8")
    return Path("homeroom.toml")


class TestSources:
    def test_without_any_setting_the_house_runs_alone(self) -> None:
        assert load_settings({}) == Settings()

    def test_the_environment_wins_over_the_file(self) -> None:
        written("[web]\nport = 9000\nhost = '0.0.0.0'")
        web = load_settings({"HOMEROOM_WEB__PORT": "9100"}).web
        assert (web.port, web.host) == (9100, "0.0.0.0")  # noqa: S104 - only read

    def test_the_file_is_the_one_that_is_named(self) -> None:
        Path("one.toml").write_text("environment = 'test'")
        Path("two.toml").write_text("environment = 'production'")
        named = {"HOMEROOM_CONFIG": "one.toml"}
        assert load_settings(named).environment == "test"
        assert load_settings(named, Path("two.toml")).environment == "production"

    def test_lists_are_lists_in_toml_and_comma_separated_in_variables(self) -> None:
        written("[outbound]\nallow = ['10.0.0.0/8', 'fd00::/8']\nports = [443, 8443]")
        from_file = load_settings({}).outbound
        environ = {
            "HOMEROOM_OUTBOUND__ALLOW": "10.0.0.0/8, fd00::/8",
            "HOMEROOM_OUTBOUND__PORTS": "443,8443",
        }
        assert load_settings(environ, None).outbound == from_file
        assert from_file.ports == (443, 8443)

    def test_an_empty_variable_empties_the_files_list(self) -> None:
        written("[outbound]\nallow = ['10.0.0.0/8']")
        assert load_settings({"HOMEROOM_OUTBOUND__ALLOW": ""}).outbound.allow == ()

    def test_queues_are_named_by_the_operator_in_both_places(self) -> None:
        written("[jobs.queues.exams]\nconcurrency = 4\n[jobs.queues.mail]")
        environ = {"HOMEROOM_JOBS__QUEUES__EXAMS__RATE_PER_SECOND": "2.5"}
        queues = load_settings(environ).jobs.queues
        assert (queues["exams"].concurrency, queues["exams"].rate_per_second) == (4, 2.5)
        assert queues["mail"].concurrency is None

    def test_the_first_key_has_a_short_variable_and_empty_means_none(self) -> None:
        people = load_settings({"HOMEROOM_BOOTSTRAP_KEY": KEY}).people
        assert people.bootstrap_key == Secret(KEY)
        assert load_settings({"HOMEROOM_BOOTSTRAP_KEY": ""}).people.bootstrap_key is None

    def test_what_belongs_to_others_is_left_alone(self) -> None:
        others = {
            "HOMEROOM_TEST_POSTGRES_URL": "x",
            "HOMEROOM_SERVICE_HOST": "10.0.0.7",
            "HOMEROOM_WEB_SERVICE_PORT_HTTP": "8000",
            "HOMEROOM_PORT": "tcp://10.0.0.7:8000",
            "HOMEROOM_PORT_8000_TCP_ADDR": "10.0.0.7",
            "PATH": "/bin",
        }
        assert load_settings(others) == Settings()

    def test_every_row_of_an_explanation_names_its_source(self) -> None:
        written("environment = 'test'")
        rows = explain(load_settings({"HOMEROOM_WEB__PORT": "9100"}))
        sources = {row.name: (row.value, row.source) for row in rows}
        assert sources["environment"] == ("test", "file")
        assert sources["web.port"] == ("9100", "environment")
        assert sources["web.host"] == ("127.0.0.1", "default")


class TestProblems:
    def test_ten_problems_are_told_at_once(self) -> None:
        written("[web]\nport = 'high'\ncolour = 'red'\n[log]\nlevel = 'loud'")
        environ = {
            "HOMEROOM_STORAGE_URL": "sqlite:///x",
            "HOMEROOM_STORAGE__POOL_SIZE": "0",
            "HOMEROOM_JOBS__CARRIER": "rabbitmq",
            "HOMEROOM_JOBS__LEASE_SECONDS": "nan",
            "HOMEROOM_OUTBOUND__ALLOW": "10.0.0.1/8",
            "HOMEROOM_OUTBOUND__PORTS": "80,0",
            "HOMEROOM_WEB__DOCS": "perhaps",
            "HOMEROOM_BOOTSTRAP_KEY": "short",
        }
        refusal = refused(environ)
        assert len(refusal.problems) == 11
        names = [problem.field.partition(" ")[0] for problem in refusal.problems]
        assert set(environ) - {"HOMEROOM_JOBS__CARRIER"} <= set(names)
        assert {"HOMEROOM_WEB__PORT", "HOMEROOM_WEB__COLOUR", "HOMEROOM_LOG__LEVEL"} <= set(names)
        assert all(problem.message in refusal.message for problem in refusal.problems)
        assert isinstance(refusal, Invalid)

    def test_a_typo_in_a_variable_is_answered_with_the_right_name(self) -> None:
        problem = only_problem({"HOMEROOM_STORAGE_URL": "sqlite:///x"})
        assert problem.startswith("HOMEROOM_STORAGE_URL (storage_url)")
        assert "Did you mean HOMEROOM_STORAGE__URL (storage.url)?" in problem

    def test_an_unknown_key_in_the_file_is_answered_with_path_and_suggestion(self) -> None:
        problem = only_problem({}, written("[web]\nprot = 8000"))
        assert "web.prot in homeroom.toml" in problem
        assert "Did you mean HOMEROOM_WEB__PORT (web.port)?" in problem

    def test_an_unknown_key_of_a_queue_keeps_the_queues_name(self) -> None:
        problem = only_problem({}, written("[jobs.queues.exams]\nconcurency = 1"))
        assert "(jobs.queues.exams.concurrency)" in problem

    def test_a_key_like_no_other_is_refused_without_a_guess(self) -> None:
        problem = only_problem({"HOMEROOM_XYLOPHONE": "1"})
        assert "is no setting" in problem
        assert "Did you mean" not in problem

    @pytest.mark.parametrize("text", ["web = 5", "[jobs]\nqueues = 5"])
    def test_a_section_that_is_given_a_value_is_explained(self, text: str) -> None:
        assert "is a section" in only_problem({}, written(text))

    def test_an_empty_section_is_no_problem_and_an_unknown_one_is(self) -> None:
        assert load_settings({}, written("[web]")) == Settings()
        assert "wbe" in only_problem({}, written("[wbe]"))

    @pytest.mark.parametrize(
        ("name", "text", "instead"),
        [
            ("WEB__PORT", "70000", "a port from 1 to 65535"),
            ("WEB__PORT", "", "a whole number"),
            ("WEB__PORT", "80.5", "a whole number"),
            ("WEB__HOST", "two words", "a host name"),
            ("WEB__ROOT_PATH", "homeroom/", "starts with /"),
            ("WEB__CORS_ORIGINS", "https://a.example/path", "without a path"),
            ("WEB__CORS_ORIGINS", "a.example", "https://school.example"),
            ("WEB__BODY_LIMIT_BYTES", "-1", "above 0"),
            ("WEB__TRUSTED_PROXIES", "10.1.2.3/8", "10.0.0.0/8"),
            ("WEB__RATE_LIMIT_STORE", "", "an installed adapter"),
            ("WEB__HSTS", "si", "true or false"),
            ("LOG__LEVEL", "INFO", "did you mean 'info'"),
            ("ENVIRONMENT", "prod", "local, test, production"),
            ("DATA_DIR", "", "a directory"),
            ("STORAGE__ADAPTER", "", "an installed adapter"),
            ("JOBS__POLL_SECONDS", "inf", "above 0"),
            ("JOBS__QUEUES__MAIL__CONCURRENCY", "0", "above 0"),
            ("STORAGE__URL", "not an address", "scheme://"),
            ("STORAGE__URL", "mysql://host/name", "postgresql://"),
            ("STORAGE__URL", "postgresql://host:port/name", "postgresql://"),
            ("BOOTSTRAP_KEY", "hr_short", "32 to 128 characters"),
        ],
    )
    def test_a_bad_value_is_named_and_answered_with_what_to_write(
        self, name: str, text: str, instead: str
    ) -> None:
        problem = only_problem({f"HOMEROOM_{name}": text})
        assert problem.startswith(f"HOMEROOM_{name} (")
        assert instead in problem

    @pytest.mark.parametrize(
        ("section", "line"),
        [
            ("web", "port = true"),
            ("web", "port = 8000.0"),
            ("web", "docs = 1"),
            ("web", "host = 5"),
            ("web", "cors_origins = 5"),
            ("storage", "url = 5"),
            ("jobs", "lease_seconds = nan"),
            ("jobs", "lease_seconds = true"),
            ("log", "level = []"),
            ("log", 'format = "json\\n"'),
            ("outbound", "allow = [5]"),
        ],
    )
    def test_a_value_of_the_wrong_kind_in_the_file_is_refused(
        self, section: str, line: str
    ) -> None:
        assert "in homeroom.toml" in only_problem({}, written(f"[{section}]\n{line}"))

    @pytest.mark.parametrize(
        ("chooser", "choice", "url"),
        [
            ("JOBS__CARRIER", "bullmq", "JOBS__URL"),
            ("JOBS__CARRIER", "rabbitmq", "JOBS__URL"),
            ("BUS__ADAPTER", "redis", "BUS__URL"),
            ("CACHE__ADAPTER", "redis", "CACHE__URL"),
            ("WEB__RATE_LIMIT_STORE", "redis", "WEB__RATE_LIMIT_URL"),
        ],
    )
    def test_an_adapter_that_needs_an_address_asks_for_it(
        self, chooser: str, choice: str, url: str
    ) -> None:
        problem = only_problem({f"HOMEROOM_{chooser}": choice})
        assert problem.startswith(f"HOMEROOM_{url} (")
        assert "is missing" in problem

    def test_a_strangers_adapter_judges_its_own_address_and_is_not_imported(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = Path("theirs-1.0.dist-info")
        installed.mkdir()
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
        (installed / "entry_points.txt").write_text("[homeroom.cache]\ntheirs = not_there:open")
        monkeypatch.syspath_prepend(Path.cwd())
        environ = {"HOMEROOM_CACHE__ADAPTER": "theirs", "HOMEROOM_CACHE__URL": "odd://x"}
        assert load_settings(environ).cache.adapter == "theirs"

    @pytest.mark.parametrize("content", [b"[web", b"\xff\xfe", b"a = 1\na = 2"])
    def test_a_file_that_is_not_toml_is_named_beside_the_other_problems(
        self, content: bytes
    ) -> None:
        Path("homeroom.toml").write_bytes(content)
        problems = refused({"HOMEROOM_WEB__PORT": "0"}).problems
        assert [problem.field.partition(" ")[0] for problem in problems] == [
            "homeroom.toml",
            "HOMEROOM_WEB__PORT",
        ]

    def test_a_named_file_that_is_not_there_is_a_problem(self) -> None:
        assert "cannot be read" in only_problem({"HOMEROOM_CONFIG": "nowhere.toml"})

    def test_one_setting_under_two_variables_is_refused(self) -> None:
        environ = {"HOMEROOM_BOOTSTRAP_KEY": KEY, "HOMEROOM_PEOPLE__BOOTSTRAP_KEY": KEY}
        assert "Write only one" in only_problem(environ)

    def test_settings_made_in_python_are_held_to_the_same_rules(self) -> None:
        with pytest.raises(ValueError, match="a port from 1 to 65535"):
            WebSettings(port=70_000)

    @given(text=st.text(max_size=40), entry=st.sampled_from(CATALOGUE.entries))
    def test_whatever_is_written_the_answer_is_settings_or_a_refusal(
        self, text: str, entry: object
    ) -> None:
        path = tuple(getattr(entry, "path", ()))
        with contextlib.suppress(SettingsInvalid):
            assert isinstance(load_settings({variable(path): text}), Settings)


class TestSecrets:
    def test_a_secret_is_never_in_what_settings_show(self) -> None:
        environ = {
            "HOMEROOM_STORAGE__URL": f"postgresql://u:{CANARY}@host/db",
            "HOMEROOM_JOBS__CARRIER": "rabbitmq",
            "HOMEROOM_JOBS__URL": f"amqp://u:{CANARY}@host/",
            "HOMEROOM_BOOTSTRAP_KEY": f"hr_{CANARY}{'k' * 32}",
        }
        settings = load_settings(environ)
        shown = [repr(settings), str(settings), repr(explain(settings))]
        shown += [repr(attrs.asdict(settings)), f"{settings.storage.url}", repr(settings.people)]
        assert not any(CANARY in text for text in shown)
        assert CANARY in settings.storage.url.reveal()
        assert {row.value for row in explain(settings) if row.name == "jobs.url"} == {"(set)"}

    def test_a_refused_secret_is_not_in_the_refusal(self) -> None:
        written(f"[jobs]\ncarrier = 'bullmq'\nurl = 'ftp://u:{CANARY}@host'")
        environ = {
            "HOMEROOM_STORAGE__URL": f"{CANARY}",
            "HOMEROOM_STORAGE__ADAPTER": f"postgresql://u:{CANARY}@host/db",
            "HOMEROOM_BUS_URL": f"redis://:{CANARY}@host",
            "HOMEROOM_BOOTSTRAP_KEY": CANARY,
        }
        refusal = refused(environ)
        assert len(refusal.problems) == 5
        assert CANARY not in f"{refusal} {refusal!r} {refusal.problems}"
        assert refusal.__cause__ is None
        assert refusal.__context__ is None

    def test_secrets_are_equal_by_what_they_hide(self) -> None:
        assert Secret("a") == copy.deepcopy(Secret("a"))
        assert Secret("a") != Secret("b")
        assert Secret("a") != "a"
        assert len({Secret("a"), Secret("a")}) == 1


def in_file(content: bytes, name: str = "secret") -> str:
    Path(name).write_bytes(content)
    return name


FROM_FILES = sorted(
    f"{name}_FILE"
    for entry in CATALOGUE.entries
    if entry.secret
    for name in {variable(entry.path), *(a for a, path in ALIASES.items() if path == entry.path)}
)


_SECRETS = {
    "HOMEROOM_BOOTSTRAP_KEY_FILE": KEY,
    "HOMEROOM_PEOPLE__BOOTSTRAP_KEY_FILE": KEY,
    "HOMEROOM_SEALING__KEYS_FILE": base64.b64encode(b"k" * 32).decode(),
    "HOMEROOM_SIGNING__KEYS_FILE": f"Ed25519:{base64.b64encode(b'k' * 32).decode()}",
    "HOMEROOM_SEALING__FINGERPRINT_KEY_FILE": base64.b64encode(b"f" * 32).decode(),
}


class TestSecretsInFiles:
    def test_every_secret_may_stand_in_one(self) -> None:
        assert {"HOMEROOM_STORAGE__URL_FILE", "HOMEROOM_BOOTSTRAP_KEY_FILE"} <= set(FROM_FILES)
        for name in FROM_FILES:
            secret = _SECRETS.get(name, "memory://x")
            adapters = {"HOMEROOM_STORAGE__ADAPTER": "memory", name: in_file(secret.encode())}
            shown = {row.name: row for row in explain(load_settings(adapters))}
            assert [row.source for row in shown.values() if row.value == "(set)"] == ["environment"]

    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
    def test_the_line_s_end_is_no_part_of_the_secret(self, end: bytes) -> None:
        environ = {"HOMEROOM_BOOTSTRAP_KEY_FILE": in_file(KEY.encode() + end)}
        assert load_settings(environ).people.bootstrap_key == Secret(KEY)

    def test_it_wins_over_the_settings_file_as_its_variable_would(self) -> None:
        written("[storage]\nurl = 'sqlite:///theirs'")
        environ = {"HOMEROOM_STORAGE__URL_FILE": in_file(b"sqlite:///ours")}
        assert load_settings(environ).storage.url == Secret("sqlite:///ours")

    @pytest.mark.parametrize(
        ("content", "instead"),
        [
            (None, "a file that we can read (No such file or directory)"),
            (b"", "not empty"),
            (b"\n", "not empty"),
            (b"\xff\xfe", "UTF-8"),
            (f"a\n{CANARY}".encode(), "one line"),
            (CANARY.encode(), "scheme://"),
        ],
    )
    def test_one_that_will_not_do_is_a_problem_by_name_that_tells_nothing_of_it(
        self, content: bytes | None, instead: str
    ) -> None:
        file = f"{CANARY}-secret"
        if content is not None:
            in_file(content, file)
        bus = {"HOMEROOM_BUS__ADAPTER": "redis", "HOMEROOM_BUS__URL_FILE": file}
        refusal = refused({**bus, "HOMEROOM_WEB__PORT": "0"})
        assert len(refusal.problems) == 2
        problem = next(one for one in refusal.problems if "WEB" not in one.field)
        assert problem.field == "HOMEROOM_BUS__URL_FILE (bus.url)"
        assert problem.message.startswith("this value will not do; write ")
        assert instead in problem.message
        assert CANARY not in f"{refusal} {refusal.problems}"

    def test_a_secret_in_two_places_is_refused(self) -> None:
        environ = {
            "HOMEROOM_STORAGE__URL": "sqlite:///one",
            "HOMEROOM_STORAGE__URL_FILE": in_file(b"sqlite:///other"),
        }
        problem = only_problem(environ)
        assert problem.startswith("HOMEROOM_STORAGE__URL_FILE (storage.url): says the same as ")
        assert "HOMEROOM_STORAGE__URL. Write only one" in problem

    def test_what_compose_passes_on_as_empty_is_not_given(self) -> None:
        environ = {"HOMEROOM_STORAGE__URL": "sqlite:///one", "HOMEROOM_STORAGE__URL_FILE": ""}
        assert load_settings(environ).storage.url == Secret("sqlite:///one")
        other = {"HOMEROOM_STORAGE__URL": "", "HOMEROOM_STORAGE__URL_FILE": in_file(b"sqlite:///x")}
        assert load_settings(other).storage.url == Secret("sqlite:///x")

    def test_what_is_no_secret_stands_in_no_file(self) -> None:
        problem = only_problem({"HOMEROOM_WEB__PORT_FILE": in_file(b"9000")})
        assert "is no setting. Did you mean HOMEROOM_WEB__PORT (web.port)?" in problem
