"""Every setting there is, found by walking the settings' classes."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

import attrs

from homeroom_entrypoints.composition.secret import Secret

PREFIX = "HOMEROOM_"
ANY_NAME = "*"
ALIASES = {"HOMEROOM_BOOTSTRAP_KEY": ("people", "bootstrap_key")}

Path = tuple[str, ...]


def variable(path: Path) -> str:
    """The environment variable for the setting at *path*."""
    return PREFIX + "__".join(path).upper()


@attrs.frozen
class Entry:
    """One setting: its path, where `*` stands for a name the operator chooses."""

    path: Path
    field: "attrs.Attribute[Any]"

    @property
    def meaning(self) -> str:
        return str(self.field.metadata["meaning"])

    @property
    def optional(self) -> bool:
        return type(None) in get_args(self.field.type)

    @property
    def secret(self) -> bool:
        return Secret in {self.field.type, *get_args(self.field.type)}

    @property
    def port(self) -> str:
        """The port that this setting names an adapter of; empty if it names none."""
        return str(self.field.metadata.get("port", ""))

    def fits(self, path: Path) -> bool:
        return len(path) == len(self.path) and all(
            mine in {theirs, ANY_NAME} for mine, theirs in zip(self.path, path, strict=True)
        )


def entries(cls: type, path: Path = ()) -> Iterator[Entry]:
    """The settings of *cls* and of its sections, in the order they are written."""
    for field in attrs.fields(cls):
        here = (*path, field.name)
        if field.type is not None and attrs.has(field.type):
            yield from entries(field.type, here)
        elif "meaning" in field.metadata and get_origin(field.type) is Mapping:
            yield from entries(get_args(field.type)[1], (*here, ANY_NAME))
        elif "meaning" in field.metadata:
            yield Entry(here, field)


@attrs.frozen
class Catalogue:
    """The settings of one root class, looked up by path."""

    entries: Sequence[Entry]

    @classmethod
    def of(cls, root: type) -> "Catalogue":
        return cls(tuple(entries(root)))

    def find(self, path: Path) -> Entry | None:
        return next((entry for entry in self.entries if entry.fits(path)), None)

    def is_secret(self, path: Path) -> bool:
        entry = self.find(path)
        return entry is not None and entry.secret

    def is_section(self, path: Path) -> bool:
        return any(
            Entry(entry.path[: len(path)], entry.field).fits(path)
            for entry in self.entries
            if len(entry.path) > len(path)
        )

    def closest(self, path: Path) -> Path | None:
        """The setting somebody probably meant by *path*."""
        known = {variable(it): it for it in (_named_as(entry.path, path) for entry in self.entries)}
        match = difflib.get_close_matches(variable(path), known, n=1, cutoff=0.75)
        return known[match[0]] if match else None


def _named_as(pattern: Path, path: Path) -> Path:
    """*pattern* with the operator's own names, taken from where *path* has them."""
    return tuple(
        path[at] if part == ANY_NAME and at < len(path) else part for at, part in enumerate(pattern)
    )
