"""Every block of code in the README and in docs/ does what its page says.

Python and shell blocks are run, each page in a directory and a process of its own, in the order
they are written; TOML, JSON and YAML blocks are read. A comment right before a block may say more:

    <!-- transcript -->       the block's commands are run, and must answer what it shows
    <!-- file: NAME -->       the block is a file, and is there for the blocks that follow
    <!-- not run: WHY -->     the block is left alone; such blocks are counted below

Drawings stand in `text` blocks. They are no code, and nothing that could be typed hides among them.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import attrs
import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from markdown_it import MarkdownIt

from homeroom_testing.children import free_port

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN_PAGE = Path(__file__).parent / "run_page.py"
INSTALL = ROOT / "tests" / "plugin_package" / "install.py"

NOT_RUN = {"README.md": 2, "docs/guides/operate.md": 3}
"""How many blocks of a page are left alone. Whoever adds one says why in the page and here."""

KINDS = {"python": "python", "sh": "shell", "bash": "shell"}
READ = {"toml": tomllib.loads, "json": json.loads, "yaml": yaml.safe_load}
DRAWN = re.compile("[─│┌┐└┘├┤┬┴┼►◄▼▲]")
PROGRAMS = ("bash", "curl")
"""What a page's commands may need that comes neither with Python nor with us."""

_MARK = re.compile(r"<!--\s*(transcript|file|not run)\s*(?::\s*(.*?))?\s*-->", re.DOTALL)


@attrs.frozen
class Block:
    """One fenced block: where it begins, what it is, and what the comment before it says."""

    line: int
    language: str
    text: str
    mark: str = ""
    said: str = ""

    @property
    def kind(self) -> str | None:
        """How it is run; None if it is not."""
        if self.mark == "not run":
            return None
        return self.mark or KINDS.get(self.language)

    @property
    def drawing(self) -> bool:
        """Whether it is a picture made of letters, with nothing in it that a reader would type."""
        typed = re.search(r"^\s*(\$ |\w+=)", self.text, re.MULTILINE)
        return self.language == "text" and bool(DRAWN.search(self.text)) and not typed

    @property
    def cared_for(self) -> bool:
        """Whether it is run, read, left alone for a reason, or no code at all."""
        return bool(self.mark) or self.language in {*KINDS, *READ} or self.drawing


def blocks_of(markdown: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    before = ""
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "fence" and token.map is not None:
            mark, said = _marked(before)
            language = token.info.strip().partition(" ")[0]
            yield Block(token.map[0] + 2, language, token.content, mark, said)
        before = token.content if token.type == "html_block" else ""


def _marked(comment: str) -> tuple[str, str]:
    found = _MARK.fullmatch(comment.strip())
    return (found[1], found[2] or "") if found else ("", "")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks_in(page: Path) -> list[Block]:
    return list(blocks_of(page.read_text("utf-8")))


def run(name: str, blocks: Sequence[Block], room: Path) -> "subprocess.CompletedProcess[str]":
    """Do what *blocks* say, in *room*. Nothing that they start outlives this."""
    port = free_port()
    steps = [
        {"line": one.line, "kind": one.kind, "file": one.said, "text": _at(port, one.text)}
        for one in blocks
        if one.kind is not None
    ]
    page = subprocess.Popen(
        [sys.executable, "-W", "error", str(RUN_PAGE)],
        cwd=room,
        env=environment(room, port),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = page.communicate(json.dumps({"page": name, "steps": steps}), timeout=110)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(page.pid, signal.SIGKILL)
        page.wait()
    return subprocess.CompletedProcess(page.args, page.returncode, output)


def _at(port: int, text: str) -> str:
    """*text* with the port that pages write replaced by one that is free here."""
    return text.replace("127.0.0.1:8000", f"127.0.0.1:{port}")


def environment(room: Path, port: int) -> dict[str, str]:
    """A reader's environment: our programs, a `pip` that installs into *room*, no settings."""
    tools, installed = room / ".tools", room / ".installed"
    tools.mkdir()
    installed.mkdir()
    pip = tools / "pip"
    pip.write_text(
        f'#!/bin/sh\n[ "$*" = "install ." ] && exec "{sys.executable}" "{INSTALL}" "{installed}"\n'
    )
    pip.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    kept.pop("PYTHONSAFEPATH", None)  # ours, for running tests: readers have no such thing
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {
        "PATH": path,
        "PYTHONPATH": str(installed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOMEROOM_DATA_DIR": str(room / "homeroom-data"),
        "HOMEROOM_WEB__PORT": str(port),
    }


def programs_missing_for(blocks: Sequence[Block]) -> list[str]:
    typed = "\n".join(block.text for block in blocks if block.kind in {"shell", "transcript"})
    wanted = [one for one in PROGRAMS if one == "bash" or re.search(rf"\b{one} ", typed)]
    return [one for one in wanted if shutil.which(one) is None]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(block.kind for block in blocks_in(page))],
    ids=name_of,
)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    if absent := programs_missing_for(blocks_in(page)):
        pytest.skip(f"{name_of(page)} needs {', '.join(absent)}, which this machine does not have")
    done = run(str(page), blocks_in(page), tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_shows_of_toml_json_and_yaml_can_be_read(page: Path) -> None:
    for block in blocks_in(page):
        if block.language in READ and block.mark != "not run":
            assert READ[block.language](block.text)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_is_only_shown(page: Path) -> None:
    assert [block.line for block in blocks_in(page) if not block.cared_for] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_not_run_names_files_that_are_there(page: Path) -> None:
    left = "\n".join(block.text for block in blocks_in(page) if block.mark == "not run")
    named = re.findall(r"(?:entrypoints|docs|src|tests)/[\w./-]+|\w+\.txt", left)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_blocks_that_are_not_run_are_counted_and_say_why() -> None:
    left = [(name_of(page), it) for page in PAGES for it in blocks_in(page) if it.mark == "not run"]
    assert Counter(name for name, _ in left) == NOT_RUN
    assert [f"{name}:{it.line}" for name, it in left if len(it.said.split()) < 4] == []


class TestTheRunner:
    """It fails where a page lies."""

    @pytest.mark.parametrize(
        "page",
        [
            "```python\nassert 1 == 2\n```\n",
            "```python\nx = 1\n```\n\nand\n\n```python\nassert x == 2\n```\n",
            "```python\nimport warnings\n\nwarnings.warn('old')\n```\n",
            "```sh\nhomeroom nonsense\n```\n",
            "```bash\nfalse | true\n```\n",
            "<!-- transcript -->\n```console\n$ echo three\nfour\n```\n",
            "<!-- transcript -->\n```text\n$ echo three &\nfour\n```\n",
            "<!-- transcript -->\n```text\nno command\n```\n",
            "<!-- file: ../outside.txt -->\n```text\nhello\n```\n",
            "1. In a list:\n\n   ```python\n   raise SystemExit(3)\n   ```\n",
        ],
        ids=[
            "a false assertion",
            "a false assertion about an earlier block",
            "a warning",
            "an unknown command",
            "a failure in a pipe",
            "a transcript that is not so",
            "a transcript of what runs beside that is not so",
            "a transcript without a command",
            "a file outside of the room",
            "an exit in a list",
        ],
    )
    def test_a_block_that_fails_fails_its_page(self, page: str, tmp_path: Path) -> None:
        assert run("page.md", list(blocks_of(page)), tmp_path).returncode != 0

    def test_blocks_share_names_files_and_installed_programs(self, tmp_path: Path) -> None:
        page = (
            "```python\nx = 1\n```\n\n<!-- file: a/b.txt -->\n```text\nhello\n```\n\n"
            "```python\nfrom pathlib import Path\n\nfound = Path('a/b.txt').read_text()\n"
            "assert found == 'hello\\n'\n"
            "assert x == 1\n```\n\n```sh\nhomeroom --version | grep -q homeroom\n```\n\n"
            "<!-- transcript -->\n```console\n$ echo one && echo two\n…\ntwo\n```\n"
        )
        done = run("page.md", list(blocks_of(page)), tmp_path)
        assert done.returncode == 0, done.stdout

    def test_what_runs_beside_a_page_ends_with_it(self, tmp_path: Path) -> None:
        page = (
            "<!-- file: sleeper.py -->\n```python\nimport os, time\n\n"
            "open('pid', 'w').write(str(os.getpid()))\nprint('ready', flush=True)\n"
            "time.sleep(600)\n```\n\n"
            "<!-- transcript -->\n```console\n$ python sleeper.py &\nready\n```\n"
        )
        done = run("page.md", list(blocks_of(page)), tmp_path)
        assert done.returncode == 0, done.stdout
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)

    def test_a_comment_elsewhere_marks_nothing(self) -> None:
        (block,) = blocks_of("<!-- not run: far away from it -->\n\nText.\n\n```python\nx\n```\n")
        assert block.kind == "python"

    @pytest.mark.parametrize(
        "block",
        [
            "```console\n$ homeroom up\n```\n",
            "```text\n$ docker run it ─► there\n```\n",
            "```text\nPASSWORD=… │\n```\n",
            "```text\njust words\n```\n",
            "```rust\nfn main() {}\n```\n",
            "```\nhomeroom up\n```\n",
        ],
        ids=["console", "a prompt in a drawing", "a value", "words", "rust", "no language"],
    )
    def test_a_block_that_nothing_runs_is_seen(self, block: str) -> None:
        (found,) = blocks_of(block)
        assert not found.cared_for
        (marked,) = blocks_of(f"<!-- not run: it needs a Docker daemon -->\n{block}")
        assert marked.cared_for
        assert marked.kind is None

    def test_a_drawing_needs_no_mark(self) -> None:
        (drawing,) = blocks_of("```text\nasked for ─► ready ─► done\n```\n")
        assert drawing.cared_for

    def test_what_a_command_exports_is_there_for_the_next(self, tmp_path: Path) -> None:
        page = (
            "<!-- transcript -->\n```console\n$ export KEY=$(printf 'a b\\nc'); false\n"
            '$ echo "$KEY"\na b\nc\n$ KEY=other true\n$ echo "${KEY:0:3}"\na b\n```\n'
        )
        done = run("page.md", list(blocks_of(page)), tmp_path)
        assert done.returncode == 0, done.stdout
