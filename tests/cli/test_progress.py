"""Whoever sits at a terminal sees that long work goes on; a script's standard error stays empty."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest

PROGRAM = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()"]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")

LONG_WORK = [
    (("db", "upgrade"), "The schema is brought up to date", "The schema is at "),
    (("jobs", "replay"), "Dead letters are made ready again", "0 will be tried again."),
    (("jobs", "purge", "--yes"), "Dead letters are forgotten", "0 forgotten."),
]


@attrs.frozen
class Run:
    """What a command said, and what stood on its terminal beside that."""

    code: int
    output: str
    terminal: str
    """With escapes: what was drawn, and wiped away again."""

    @property
    def drawn(self) -> str:
        return ESCAPES.sub("", self.terminal)


def environment(directory: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    kept.pop("NO_COLOR", None)
    ours = {"HOMEROOM_DATA_DIR": str(directory), "HOMEROOM_LOG__LEVEL": "error"}
    return kept | ours | {"TERM": "xterm", "COLUMNS": "100"}


def at_a_terminal(directory: Path, words: Sequence[str]) -> Run:
    """Run `homeroom` *words* with a terminal for its standard error, as a person would."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *words],
        env=environment(directory),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as running:
        os.close(theirs)
        drawn = everything_from(ours)
        output, _ = running.communicate(timeout=60)
    return Run(running.returncode, output, drawn)


def everything_from(terminal: int) -> str:
    """What is written to *terminal* until nobody holds its other end."""
    parts: list[bytes] = []
    with os.fdopen(terminal, "rb", buffering=0) as reading:
        while True:
            try:
                part = reading.read(65536)
            except OSError:  # how Linux says that the other end is closed
                part = b""
            if not part:
                return b"".join(parts).decode()
            parts.append(part)


def in_a_script(directory: Path, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *words],
        env=environment(directory) | {"FORCE_COLOR": "1"},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "what", "said"), LONG_WORK, ids=[" ".join(words) for words, *_ in LONG_WORK]
)
def test_long_work_is_shown_at_a_terminal_and_its_result_elsewhere(
    tmp_path: Path, words: tuple[str, ...], what: str, said: str
) -> None:
    ran = at_a_terminal(tmp_path, words)
    assert ran.code == 0, ran.drawn
    assert what in ran.drawn
    assert what not in ran.output
    assert ran.output.startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [(words, said) for words, _, said in LONG_WORK],
    ids=[" ".join(words) for words, *_ in LONG_WORK],
)
def test_a_script_finds_nothing_but_the_result(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = in_a_script(tmp_path, words)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(said)
    assert ESCAPES.search(ran.stdout) is None


def test_a_check_draws_a_bar_that_grows_while_it_waits(tmp_path: Path) -> None:
    ran = at_a_terminal(tmp_path, ("jobs", "check", "--at-most", "2"))
    assert (ran.code, ran.output) == (1, "")
    filled = [len(done) for done in re.findall(r"on its way (━*)[╸╺]", ran.drawn)]
    assert len(set(filled)) > 2, ran.drawn
    assert filled == sorted(filled)
    assert ran.drawn.rstrip().endswith("Is `homeroom up` or a worker running?")


def test_the_bar_is_wiped_away_before_the_reason_is_told(tmp_path: Path) -> None:
    ran = at_a_terminal(tmp_path, ("jobs", "check", "--at-most", "0.2"))
    drawn, wiped, told = ran.terminal.rpartition("\x1b[2K")
    assert "A job is on its way" in drawn
    assert wiped
    assert "on its way" not in told
    assert "No worker took the job." in told


def test_a_check_in_a_script_says_only_why_it_failed(tmp_path: Path) -> None:
    ran = in_a_script(tmp_path, ("jobs", "check", "--at-most", "0.2"))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == ("Error: No worker took the job. Is `homeroom up` or a worker running?\n")
