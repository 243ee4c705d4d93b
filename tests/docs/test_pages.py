"""Pages keep their promises: links lead somewhere, decisions are enforced, nothing is left out."""

import ast
import importlib
import inspect
import re
import unicodedata
from configparser import ConfigParser
from itertools import pairwise
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import attrs
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from homeroom.kernel.aggregates import Event, event_names
from homeroom.kernel.errors import Refusal
from homeroom.kernel.jobs import work_names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
DECISIONS = sorted((DOCS / "adr").glob("*.md"))
PACKAGE = ROOT / "tests" / "plugin_package" / "sqlite_rates"

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")
_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def tokens(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(markdown)


def links(markdown: str) -> list[str]:
    """Where *markdown* leads to, as far as that is in this repository."""
    inner = [child for token in tokens(markdown) for child in token.children or ()]
    targets = [str(one.attrs.get("href") or one.attrs.get("src") or "") for one in inner]
    return [unquote(one) for one in targets if one and not _ELSEWHERE.match(one)]


def headings(markdown: str) -> set[str]:
    """The anchors of *markdown*, spelt as forges do."""
    found = tokens(markdown)
    titles = [after.content for one, after in pairwise(found) if one.type == "heading_open"]
    return {anchor(title) for title in titles}


def anchor(title: str) -> str:
    kept = [one for one in title.lower() if one in " -_" or unicodedata.category(one)[0] in "LN"]
    return "".join(kept).replace(" ", "-")


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, fragment = target.partition("#")
    there = page.parent / path if path else page
    if not there.exists():
        return False
    return not fragment or fragment in headings(there.read_text("utf-8"))


def code_spans(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_every_link_leads_to_a_page_and_its_heading(self, page: Path) -> None:
        dead = [it for it in links(page.read_text("utf-8")) if not leads_somewhere(page, it)]
        assert dead == []

    def test_every_page_can_be_reached_from_the_index(self) -> None:
        seen: set[Path] = set()
        ahead = [DOCS / "index.md"]
        while ahead:
            page = ahead.pop()
            if page in seen:
                continue
            seen.add(page)
            for one in links(page.read_text("utf-8")):
                there = (page.parent / one.partition("#")[0]).resolve()
                ahead += there.glob("*.md") if there.is_dir() else {there} & {*PAGES}
        assert sorted(set(DOCS.rglob("*.md")) - seen) == []

    def test_a_dead_link_and_a_dead_heading_are_seen(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(
            "# A title, `twice`\n\n[a](gone.md) [b](#a-title-twice) [c](page.md#gone)\n"
        )
        dead = [it for it in links(page.read_text()) if not leads_somewhere(page, it)]
        assert dead == ["gone.md", "page.md#gone"]


def contracts() -> set[str]:
    """The names of the import contracts."""
    parser = ConfigParser()
    parser.read(ROOT / "importlinter.ini")
    return {section.rpartition(":")[2] for section in parser.sections() if ":" in section}


def environments() -> set[str]:
    """The names of tox's environments."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini")
    return {section.rpartition(":")[2] for section in parser.sections() if ":" in section}


def suites() -> set[str]:
    """The conformance suites, by class name."""
    modules = (ROOT / "src" / "homeroom_testing" / "conformance").glob("*.py")
    trees = [ast.parse(path.read_text("utf-8")) for path in modules]
    named = {node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}
    return {name for name in named if name.endswith("Conformance")}


def is_path(span: str) -> bool:
    return "/" in span or span.endswith((".py", ".ini", ".toml", ".md"))


def is_there(path: str) -> bool:
    """Whether *path* leads somewhere; a bare name is one of a test."""
    return (ROOT / path).exists() or ("/" not in path and any(ROOT.glob(f"tests/**/{path}")))


def enforces(span: str) -> bool:
    """Whether *span* names something that fails when a decision is broken."""
    tested = span.startswith("tests/") and (ROOT / span).exists()
    return tested or span in contracts() | environments() | suites()


class TestDecisions:
    @pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
    def test_a_decision_has_its_four_parts_and_ends_in_what_enforces_it(self, page: Path) -> None:
        text = page.read_text("utf-8")
        parts = re.findall(
            r"^\*\*(Context|Decision|Consequences|Enforced by)\b", text, re.MULTILINE
        )
        assert parts == ["Context", "Decision", "Consequences", "Enforced by"]
        spans = code_spans(text[text.rindex("**Enforced by") :])
        assert any(map(enforces, spans)), spans
        assert [one for one in spans if is_path(one) and not is_there(one)] == []

    @pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
    def test_a_decision_is_one_page_with_its_number_in_name_and_title(self, page: Path) -> None:
        lines = page.read_text("utf-8").splitlines()
        number = re.fullmatch(r"(\d{4})(-[a-z0-9]+)+", page.stem)
        assert number is not None
        assert lines[0].startswith(f"# {int(number[1])}. ")
        assert len(lines) <= 60

    def test_a_number_is_given_once(self) -> None:
        numbers = [page.stem[:4] for page in DECISIONS]
        assert len(set(numbers)) == len(numbers)

    @pytest.mark.parametrize("span", ["tests/gone", "nothing", "GoneConformance", "docs/adr"])
    def test_what_enforces_nothing_is_seen(self, span: str) -> None:
        assert not enforces(span)


def rooms(context: str) -> list[str]:
    """The modules of *context* that hold its words, however deep."""
    base = ROOT / "src"
    found = sorted((base / "homeroom" / context).rglob("*.py"))
    named = [path.relative_to(base).with_suffix("").parts for path in found]
    return [".".join(parts) for parts in named if parts[-1] != "__init__"]


def owned(context: str) -> list[type]:
    """The public classes of *context*."""
    return [
        cls
        for room in rooms(context)
        for name, cls in inspect.getmembers(importlib.import_module(room), inspect.isclass)
        if cls.__module__ == room and not name.startswith("_")
    ]


def wanted_on_page(context: str) -> set[str]:
    """What a context's page must name: ports, models and use cases, refusals, facts, works.

    Of models and use cases in rooms of their own, only what matters: that is the page's to say.
    """
    wanted = set()
    for cls in owned(context):
        if Protocol in cls.__mro__ and getattr(cls, "_is_protocol", False):
            wanted.add(cls.__name__)
        elif issubclass(cls, Refusal):
            wanted.add(cls.code)
        elif context != "kernel" and attrs.has(cls) and cls.__module__.count(".") == 2:
            wanted.add(cls.__name__)
    prefix = f"{context}."
    return wanted | {name for name in (*event_names, *work_names) if name.startswith(prefix)}


CONTEXTS = ("kernel", "people", "operations", "scheduling", "compliance")


class TestContexts:
    @pytest.mark.parametrize("context", CONTEXTS)
    def test_a_contexts_page_names_all_that_it_owns(self, context: str) -> None:
        spans = set(code_spans((DOCS / "contexts" / f"{context}.md").read_text("utf-8")))
        assert wanted_on_page(context) - spans == set()

    @pytest.mark.parametrize("context", CONTEXTS)
    def test_a_contexts_page_has_words_rules_facts_and_ports(self, context: str) -> None:
        page = headings((DOCS / "contexts" / f"{context}.md").read_text("utf-8"))
        assert {"the-words", "the-rules", "the-events", "the-ports"} <= page

    def test_every_context_has_a_page(self) -> None:
        found = (ROOT / "src" / "homeroom").glob("*/use_cases*")
        packages = {path.parent.name for path in found}
        assert {"people", "scheduling"} <= packages
        pages = {page.stem for page in (DOCS / "contexts").glob("*.md")}
        assert packages | {"kernel"} <= pages

    def test_a_port_a_refusal_and_a_fact_are_wanted(self) -> None:
        wanted = wanted_on_page("people")
        assert {"ApiKeys", "api_key_not_found", "people.api_key_issued.v1"} <= wanted
        assert "RetryJob" in wanted_on_page("operations")
        assert issubclass(event_names.class_of("people.api_key_issued.v1") or object, Event)


def test_the_guide_to_adapters_shows_the_package_that_is_tested() -> None:
    guide = (DOCS / "guides" / "write-an-adapter.md").read_text("utf-8")
    shown = dict(_FILE.findall(guide))
    for name in ("pyproject.toml", "sqlite_rates.py"):
        assert shown[name] == (PACKAGE / name).read_text("utf-8")
