"""The house stands as its plan says: rooms, sizes, links, and nothing of anybody's machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "adapters",
    "constraints.txt",
    "docs",
    "entrypoints",
    "importlinter.ini",
    "pyproject.toml",
    "src",
    "tests",
    "tox.ini",
}
PACKAGES = [
    "src/homeroom",
    "src/homeroom_testing",
    "adapters/homeroom_adapters",
    "entrypoints/homeroom_entrypoints",
]

LONG_TESTS: dict[str, str] = {}
"""Modules of tests that are too long, and why they are better whole."""

# Put together here, so that this file does not hold what it looks for.
_PLACES = ("/" + "work/", "/" + "tmp/hr", "/" + "home/", "/" + "Users/")
_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "index" + "-url")
PRIVATE = re.compile(
    "|".join([rf"(?<![\w.*-]){place}" for place in _PLACES] + [re.escape(host) for host in _HOSTS])
)
_LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def committed() -> list[str]:
    """The files that are committed, or would be."""
    asked = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        pytest.skip("this copy of the house came without its git repository")
    return sorted(path for path in asked.stdout.split("\0") if path and (ROOT / path).is_file())


def shipped() -> list[str]:
    """Every Python file in a wheel."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def modules_of_tests() -> list[str]:
    """Every Python file of the tests."""
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Every function of *source* and how many lines it has."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def links(markdown: str) -> list[str]:
    """The targets inside the repository that *markdown* points to, outside of code."""
    targets = _LINK.findall(_CODE.sub("", markdown))
    own = [one for one in targets if not re.match(r"[a-z][a-z0-9+.-]*:|#", one)]
    return [unquote(one.partition("#")[0]) for one in own]


def text_of(path: str) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="replace")


class TestRooms:
    def test_the_top_level_is_the_plan_s(self, committed: list[str]) -> None:
        assert {path.partition("/")[0] for path in committed} == TOP_LEVEL

    @pytest.mark.parametrize("package", PACKAGES)
    def test_every_package_says_that_it_is_typed(self, package: str) -> None:
        assert (ROOT / package / "py.typed").is_file()

    def test_an_init_holds_a_docstring_and_does_nothing(self) -> None:
        # The testing kit's own asks pytest to show the values of its asserts, and no more.
        busy = [
            path
            for path in shipped()
            if path.endswith("/__init__.py")
            and path != "src/homeroom_testing/__init__.py"
            and [type(node) for node in ast.parse(text_of(path)).body] != [ast.Expr]
        ]
        assert busy == []


class TestSizes:
    def test_no_module_is_longer_than_can_be_held_in_mind(self) -> None:
        def may_have(path: str) -> int:
            return 400 if "/conformance/" in path else 300

        lengths = {path: text_of(path).count("\n") for path in shipped()}
        assert {path: n for path, n in lengths.items() if n > may_have(path)} == {}

    def test_no_module_of_tests_is_much_longer(self) -> None:
        lengths = {path: text_of(path).count("\n") for path in modules_of_tests()}
        assert lengths
        assert {path for path, n in lengths.items() if n > 400} == LONG_TESTS.keys()

    def test_no_function_is_longer_than_a_page(self) -> None:
        long = [
            f"{path}: {name} has {length} lines"
            for path in shipped()
            for name, length in functions(text_of(path))
            if length > 50
        ]
        assert long == []

    @pytest.mark.parametrize("package", PACKAGES)
    def test_most_functions_are_short(self, package: str) -> None:
        own = [path for path in shipped() if path.startswith(f"{package}/")]
        assert median(length for path in own for _, length in functions(text_of(path))) <= 10

    def test_a_long_function_is_seen_wherever_it_stands(self) -> None:
        body = "\n".join(["        pass"] * 60)
        found = dict(functions(f"class C:\n    async def late(self):\n{body}"))
        assert found == {"late": 61}


class TestFiles:
    def test_none_names_a_place_of_a_machine_or_a_registry(self, committed: list[str]) -> None:
        telling = {path: PRIVATE.findall(text_of(path)) for path in committed}
        assert {path: found for path, found in telling.items() if found} == {}

    @pytest.mark.parametrize("needle", [*_PLACES, *_HOSTS])
    def test_such_a_name_is_seen(self, needle: str) -> None:
        assert PRIVATE.search(f"see {needle}somewhere")
        assert PRIVATE.search(f'"{needle}"')

    def test_a_route_of_ours_is_not_one(self) -> None:
        assert not PRIVATE.search("GET /api/v1" + _PLACES[0] + "1")

    def test_every_relative_link_leads_somewhere(self, committed: list[str]) -> None:
        dead = [
            f"{path}: {target}"
            for path in committed
            if path.endswith(".md")
            for target in links(text_of(path))
            if not (ROOT / path).parent.joinpath(target).exists()
        ]
        assert dead == []

    def test_links_are_found_and_code_is_left_alone(self) -> None:
        page = (
            '[a](docs/a.md) ![b](b%20c.png) [c](d.md#e) [f](<g.md>) [h](i.md "title")\n'
            "[out](https://example.org) [here](#up) [mail](mailto:a@example.org) `[x](y.md)`\n"
            "```python\nz[0](w)\n```\n"
        )
        assert links(page) == ["docs/a.md", "b c.png", "d.md", "g.md", "i.md"]
