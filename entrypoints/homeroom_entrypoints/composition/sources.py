"""Where settings are written down: a TOML file and the environment, read into one flat list."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Literal

import attrs

from homeroom.kernel.errors import Problem
from homeroom_entrypoints.composition.catalogue import ALIASES, PREFIX, Path, variable
from homeroom_entrypoints.composition.rules import Expected

Source = Literal["default", "file", "environment"]

_NOT_OURS = ("HOMEROOM_TEST_",)
_HANDLED = {"HOMEROOM_CONFIG"}
_IN_A_FILE = "_FILE"

# An orchestrator that runs a service called "homeroom…" tells every container where it is,
# in variables that start as ours do. They are not settings and not mistakes.
_ORCHESTRATOR = re.compile(r"HOMEROOM\w*_(SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_(TCP|UDP|SCTP)\w*)")
_ORCHESTRATOR_LINK = re.compile(r"(tcp|udp|sctp)://[0-9a-f.:\[\]]+")


@attrs.frozen
class Given:
    """One value as somebody wrote it, and where."""

    path: Path
    raw: object = attrs.field(repr=False)
    """An `Expected` stands for what could not be read at all."""

    source: Source
    written: str
    """The variable, or the place in the file."""


def from_environment(
    environ: Mapping[str, str], is_secret: Callable[[Path], bool]
) -> Iterator[Given]:
    """What `HOMEROOM_*` variables say; `__` stands for a step into a section.

    A secret's variable with `_FILE` behind it names the file that holds the secret; empty, as
    Compose passes on what nobody set, it names none.
    """
    for name, text in sorted(environ.items()):
        if not name.startswith(PREFIX) or name in _HANDLED or name.startswith(_NOT_OURS):
            continue
        if _ORCHESTRATOR.fullmatch(name) or _ORCHESTRATOR_LINK.fullmatch(text):
            continue
        secret = _path(name.removesuffix(_IN_A_FILE))
        if not name.endswith(_IN_A_FILE) or not is_secret(secret):
            yield Given(_path(name), text, "environment", name)
        elif text:
            yield Given(secret, _secret_in(text), "environment", name)


def _path(name: str) -> Path:
    return ALIASES.get(name) or tuple(name.removeprefix(PREFIX).lower().split("__"))


def _secret_in(file: str) -> str | Expected:
    """The secret in *file*, without the line's end. Who mixes up variables wrote no path, but
    the secret itself: so none of it is told."""
    try:
        text = FilePath(file).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        return Expected(f"the path of a file that we can read ({error.strerror})")
    except ValueError:
        return Expected("the path of a file that holds UTF-8 text")
    return text or Expected("the path of a file that is not empty")


def from_file(config: FilePath) -> tuple[list[Given], list[Problem]]:
    """What the TOML file at *config* says, or why it cannot be read."""
    try:
        document = tomllib.loads(config.read_text("utf-8"))
    except OSError as error:
        why = f"cannot be read: {error.strerror}. Name another file by HOMEROOM_CONFIG."
        return [], [Problem(str(config), why)]
    except UnicodeDecodeError:
        return [], [Problem(str(config), "is not UTF-8 text. Save it as UTF-8.")]
    except tomllib.TOMLDecodeError as error:
        return [], [Problem(str(config), f"is not TOML: {error}. Mend that line.")]
    return list(_flat(document, (), config.name)), []


def _flat(table: Mapping[str, object], path: Path, file: str) -> Iterator[Given]:
    for key, value in table.items():
        here = (*path, key)
        if isinstance(value, Mapping) and value:
            yield from _flat(value, here, file)
        else:
            yield Given(here, value, "file", f"{'.'.join(here)} in {file}")


def label(given: Given) -> str:
    """How a problem names *given*: always the variable, and the place in the file."""
    name = variable(given.path)
    if given.source == "file":
        return f"{name} ({given.written})"
    return f"{given.written} ({'.'.join(given.path)})"
