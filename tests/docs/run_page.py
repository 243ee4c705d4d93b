"""Does what a page says, block after block, in the current directory: one page, one program.

The steps come as JSON on standard input. Python blocks share one namespace, as if the page were
one module; shell blocks are bash; a transcript's commands must answer what the page shows, and
what they export stays; what is to be a file becomes one. The first block that does otherwise ends
it.
"""

import importlib
import json
import os
import re
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATIENCE = 40.0
"""Seconds until what runs beside the page must have said what the page shows."""

OF_A_SHELL = {"_", "SHLVL", "PWD", "OLDPWD"}
"""Variables that every shell sets for itself."""


class OtherThanShown(AssertionError):
    """A command answered otherwise than the page shows."""


class Page:
    """A page in progress."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module = types.ModuleType("__main__")
        self._beside: list[subprocess.Popen[bytes]] = []
        sys.modules["__main__"] = self._module  # whoever looks up a class finds it there

    def do(self, step: dict[str, Any]) -> None:
        doing = {
            "python": self.python,
            "shell": self.shell,
            "transcript": self.transcript,
            "file": self.file,
        }
        doing[step["kind"]](step)

    def python(self, step: dict[str, Any]) -> None:
        importlib.invalidate_caches()  # an earlier block may have installed something
        padded = "\n" * (step["line"] - 1) + step["text"]  # tracebacks name the page's own lines
        exec(compile(padded, self._name, "exec"), vars(self._module))  # noqa: S102

    def shell(self, step: dict[str, Any]) -> None:
        subprocess.run(["bash", "-euo", "pipefail", "-c", step["text"]], check=True, timeout=60)

    def file(self, step: dict[str, Any]) -> None:
        path = Path(step["file"])
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{path} is outside of the page's directory")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step["text"], "utf-8")

    def transcript(self, step: dict[str, Any]) -> None:
        for command, shown in said(step["text"]):
            if command.endswith("&"):
                self._begin(command.removesuffix("&"), shown)
            else:
                compare(command, shown, answer(command))

    def close(self) -> None:
        """End what runs beside the page, in an orderly way if it will."""
        for process in reversed(self._beside):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def _begin(self, command: str, shown: str) -> None:
        heard, grumbled = (Path(f"beside-{len(self._beside)}.{end}") for end in ("out", "err"))
        with heard.open("wb") as output, grumbled.open("wb") as errors:
            running = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], stdout=output, stderr=errors
            )
        self._beside.append(running)
        until = time.monotonic() + PATIENCE
        while not fits(shown, heard.read_text("utf-8")):
            if running.poll() is not None or time.monotonic() > until:
                print(grumbled.read_text("utf-8"), file=sys.stderr)
                compare(command, shown, heard.read_text("utf-8"))
            time.sleep(0.02)


def said(transcript: str) -> Iterator[tuple[str, str]]:
    """Every command of *transcript* with what it is shown to answer."""
    first, *parts = re.split(r"^\$ ", transcript, flags=re.MULTILINE)
    if first.strip() or not parts:
        raise ValueError("a transcript begins with a command: '$ ' and what was typed")
    for part in parts:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = f"{command[:-1]}{more.strip()}"
        yield command.strip(), shown


def fits(shown: str, answered: str) -> bool:
    """Whether *answered* is what was *shown*; … stands for anything, spaces at ends for none."""
    pattern = re.escape(trimmed(shown)).replace("…", ".*?")
    return re.fullmatch(pattern, trimmed(answered), re.DOTALL) is not None


def answer(command: str) -> str:
    """What *command* writes to its standard output; a page may show commands that fail.

    What it exports is there for the commands after it, as if all were typed into one shell.
    """
    exported = Path("exported")
    ran = subprocess.run(
        ["bash", "-c", f"trap 'env -0 >{exported}' EXIT\n{command}"],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    variables = (one.partition("=") for one in exported.read_text("utf-8").split("\0") if one)
    os.environ.update({name: value for name, _, value in variables if name not in OF_A_SHELL})
    return ran.stdout


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def compare(command: str, shown: str, answered: str) -> None:
    if not fits(shown, answered):
        raise OtherThanShown(
            f"$ {command}\n--- the page shows\n{shown}\n--- it answered\n{answered}"
        )


def main() -> None:
    told = json.load(sys.stdin)
    page = Page(told["page"])
    try:
        for step in told["steps"]:
            print(f"{told['page']}:{step['line']}", file=sys.stderr, flush=True)
            page.do(step)
    finally:
        page.close()


if __name__ == "__main__":
    main()
