"""Dashboards and alerts ask for numbers that `/metrics` shows, by labels that they have."""

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from prometheus_client.parser import text_string_to_metric_families

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.cache import CacheEvent, CacheKey, CachePolicy
from homeroom.kernel.jobs import JobRequest, JobState
from homeroom.kernel.page import CursorRequest
from homeroom.operations.model import Checkup, JobFilter
from homeroom.scheduling.model.target_checks import TargetGiven
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.use_cases.given import PoliciesGiven, TimingGiven
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.worker.measured import WorkerMeter
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_entrypoints.worker.watched import Watched
from homeroom_testing.children import free_port

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "entrypoints" / "deploy"
OPERATE = ROOT / "docs" / "guides" / "operate.md"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
ALERTS = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [
    *((panel["title"], it["expr"]) for panel in PANELS for it in panel["targets"]),
    *((rule["alert"], rule["expr"]) for rule in ALERTS),
]

FROM_PROMETHEUS = {"instance", "job"}
"""Labels that whoever collects adds to every number."""

_WORKS = ("operations.checkup.v1", "scheduling.deliver.v1", "scheduling.alert_failure.v1")
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
_WORDS = {"and", "or", "unless", "bool", "offset"}
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')

Labels = Mapping[str, set[str]]
Pages = Callable[[], Awaitable[list[str]]]


@attrs.frozen
class Shown:
    """What web and worker show: names before anything happened, labels with values after."""

    names: set[str]
    labels: Mapping[str, Labels]


def declared(page: str) -> Iterator[str]:
    """The names of all samples that *page* may ever have."""
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE):
        yield from (name + suffix for suffix in _SUFFIXES[kind])


def labelled(*pages: str) -> Mapping[str, Labels]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for page in pages:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                for label, value in sample.labels.items():
                    found[sample.name][label].add(value)
    return found


async def once_everything_happened(
    homeroom: Homeroom, settings: Settings, meter: WorkerMeter
) -> None:
    """A job done, a task that fired and gave up, a question to the cache, a failed round."""
    async with homeroom.start() as unit:
        await unit.jobs.enqueue(JobRequest(work=Checkup()))
        await unit.commit()
    await a_task_that_gives_up(homeroom)
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(homeroom, worker_settings(settings), stop, meter))
    queries, end = homeroom.plant.storage.job_queries, time.monotonic() + 10
    done, names = JobFilter(reach=None, state=JobState.SUCCEEDED), set[str]()
    while not names >= {*_WORKS}:
        assert time.monotonic() < end, names
        page = await queries.find(done, CursorRequest())
        names = {job.name for job in page.items}
        await asyncio.sleep(0.01)
    stop.set()
    await working
    await homeroom.plant.cache.get(CacheKey.of("course", 1), CachePolicy(ttl=60.0), answer)
    meter.troubled("relay")


async def a_task_that_gives_up(homeroom: Homeroom) -> None:
    """It is due at once, sends to a port of this machine that is closed, and tries once."""
    await homeroom.people.open_house("Ateneo de Naga")
    (school,) = await homeroom.plant.storage.people.institutions()
    given = TaskGiven(
        name="Ring",
        kind=NotifierKind.WEBHOOK,
        target=TargetGiven(url=f"http://127.0.0.1:{free_port()}/"),
        timing=TimingGiven(cron="* * * * * *", max_runs=1),
        policies=PoliciesGiven(max_retry=0),
    )
    admin = Actor(institution_id=school.id, roles=frozenset({Role.ADMIN}))
    await homeroom.scheduling.create_task(admin, given)


async def answer() -> bytes:
    return b"{}"


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[tuple[Homeroom, Settings, WorkerMeter, Pages]]:
    """A house, its worker's meter, and the pages that its web service and its worker show."""
    own = {"HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8", "HOMEROOM_SCHEDULING__ALLOW_HTTP": "true"}
    settings = load_settings({"HOMEROOM_DATA_DIR": str(directory), **own})
    async with open_homeroom(settings) as homeroom:
        numbers = Numbers(homeroom.plant, settings)
        apps = (create_app(homeroom, settings), Watched(numbers, homeroom.plant.storage.ping))

        async def pages() -> list[str]:
            await page(apps[0], "/health/live")
            return [await page(app, "/metrics") for app in apps]

        yield homeroom, settings, WorkerMeter(numbers, homeroom.plant.handlers), pages


async def look(directory: Path) -> Shown:
    async with opened(directory) as (_, _, _, pages):
        names = {name for one in await pages() for name in declared(one)}
    async with opened(directory) as (homeroom, settings, meter, pages):
        await once_everything_happened(homeroom, settings, meter)
        return Shown(names, labelled(*await pages()))


async def page(app: Any, path: str) -> str:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        return (await client.get(path)).text


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return asyncio.run(look(tmp_path_factory.mktemp("house")))


def plain(expression: str) -> str:
    """*expression* without ranges and groupings."""
    return _GROUPING.sub(" ", re.sub(r"\[[^\]]*\]", "", expression))


def selected(expression: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The numbers *expression* asks for, each with what it wants of their labels."""
    for name, after, matchers in re.findall(
        r"([a-zA-Z_:][\w:]*)\s*(\(?)(?:\{([^}]*)\})?", re.sub(r'"[^"]*"', _kept, plain(expression))
    ):
        if not after and name not in _WORDS:
            yield name, [(label, how, value) for label, how, value in _MATCHER.findall(matchers)]


def grouped(expression: str) -> set[str]:
    """The labels that *expression* keeps or joins by."""
    return {label.strip() for found in _GROUPING.findall(expression) for label in found.split(",")}


def _kept(quoted: re.Match[str]) -> str:
    return quoted[0].replace("{", "").replace("}", "")


class TestTheReader:
    """It sees what an expression asks for, or the tests below would prove nothing."""

    def test_finds_every_number_and_what_is_wanted_of_it(self) -> None:
        expression = (
            'histogram_quantile(0.95, sum by (le, name) (rate(a_bucket{x="1",y=~"2|3"}[5m])))'
            " / on (queue) b_total > bool 3 unless on (queue) max by (queue) (c) == 1"
        )
        assert list(selected(expression)) == [
            ("a_bucket", [("x", "=", "1"), ("y", "=~", "2|3")]),
            ("b_total", []),
            ("c", []),
        ]


ASKED = [(where, *one) for where, expression in EXPRESSIONS for one in selected(expression)]
"""Where what is asked for: the number, and what is wanted of its labels."""


class TestEveryExpression:
    def test_asks_for_numbers_that_are_shown_from_the_start(self, shown: Shown) -> None:
        assert {where for where, _, _ in ASKED} == {where for where, _ in EXPRESSIONS}
        assert [(where, name) for where, name, _ in ASKED if name not in shown.names] == []

    def test_wants_labels_that_the_numbers_have(self, shown: Shown) -> None:
        for where, name, matchers in ASKED:
            known = FROM_PROMETHEUS | shown.labels[name].keys()
            assert {label for label, _, _ in matchers} <= known, (where, name)

    def test_wants_values_that_the_labels_may_have(self, shown: Shown) -> None:
        events = {event.value for event in CacheEvent}
        wanted = [
            (where, name, label, value)
            for where, name, matchers in ASKED
            for label, how, value in matchers
            if how in {"=", "!="} and label != "status"
        ]
        assert wanted
        for where, name, label, value in wanted:
            assert value in shown.labels[name][label] | events, (where, name, label)

    def test_groups_by_labels_that_the_numbers_have(self, shown: Shown) -> None:
        for where, expression in EXPRESSIONS:
            known = {label for name, _ in selected(expression) for label in shown.labels[name]}
            assert grouped(expression) <= known | FROM_PROMETHEUS, where

    def test_is_closed_where_it_was_opened(self) -> None:
        for where, expression in EXPRESSIONS:
            for opened, closed in ("()", "{}", "[]"):
                assert expression.count(opened) == expression.count(closed), where


def families(shown: Shown) -> list[str]:
    """The numbers of ours, a histogram once."""
    ours = {name for name in shown.names if name.startswith(("homeroom_", "http_"))}
    named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in ours}
    return sorted(name for name in named if not name.endswith("_created"))


class TestEveryNumberOfOurs:
    def test_is_looked_at(self, shown: Shown) -> None:
        asked = {name for _, name, _ in ASKED}
        unseen = [it for it in families(shown) if not any(one.startswith(it) for one in asked)]
        assert unseen == []

    def test_is_explained_to_operators(self, shown: Shown) -> None:
        explained = re.findall(r"^\| `(\w+)` \|", OPERATE.read_text(), re.MULTILINE)
        assert sorted(explained) == families(shown)


class TestTheDashboard:
    def test_says_of_every_panel_what_it_shows(self) -> None:
        assert [it["title"] for it in PANELS if not it["description"].endswith(".")] == []
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        assert len(ids) == len(set(ids))

    def test_lets_no_panel_hide_another(self) -> None:
        def cells(panel: Any) -> set[tuple[int, int]]:
            at = panel["gridPos"]
            return {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}

        for one, other in itertools.combinations(DASHBOARD["panels"], 2):
            assert not cells(one) & cells(other), (one["title"], other["title"])
        assert max(x for panel in PANELS for x, _ in cells(panel)) < 24

    def test_uses_the_variables_it_has_and_no_other(self) -> None:
        has = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD)))
        assert used - {"__rate_interval", "__all"} == has

    def test_names_series_by_labels_they_have(self, shown: Shown) -> None:
        for panel in PANELS:
            for target in panel["targets"]:
                (name, _), *_ = selected(target["expr"])
                known = FROM_PROMETHEUS | shown.labels[name].keys()
                assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= known


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
class TestAnAlert:
    def test_says_what_is_wrong_and_where_to_read_on(self, rule: Any) -> None:
        notes = rule["annotations"]
        page, _, fragment = notes["runbook"].partition("#")
        titles = re.findall(r"^#+ (.*)$", (ROOT / page).read_text(), re.MULTILINE)
        assert fragment in {title.lower().replace(" ", "-") for title in titles}
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert notes["summary"].endswith(".")
        assert notes["description"].endswith(".")

    def test_speaks_of_labels_that_are_left(self, rule: Any) -> None:
        assert set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))) <= grouped(
            rule["expr"]
        )


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names))
