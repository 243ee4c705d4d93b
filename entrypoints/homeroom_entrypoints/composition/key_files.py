"""Keys that a house makes for itself and keeps in its data directory, one file for each."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import attrs

from homeroom.kernel.errors import Unavailable
from homeroom_entrypoints.composition.settings import Settings

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class KeyFile:
    """One key, and what is said when it cannot be had."""

    name: str
    what: str
    variable: str
    """The setting that takes the file's place."""

    new: Callable[[], str]
    refusal: type[Unavailable]

    def settings(self, given: tuple[str, ...], house: Settings, make: Callable[..., T]) -> T:
        """What *make* makes of the keys *given*; else of the one kept, made when it is missing.

        A house in memory forgets what its key is for with everything else, and so the key.
        """
        if given:
            return make(keys=given)
        if house.storage.adapter == "memory":
            return make(keys=(self.new(),))
        kept = self._kept(house.data_dir / self.name)
        try:
            return make(keys=(kept,))
        except ValueError:
            raise self.refusal(
                f"{self.name} in the data directory holds no {self.what}: it was cut off or "
                f"changed. Put the right one back, or set {self.variable}."
            ) from None

    def _kept(self, file: Path) -> str:
        """The key in *file*; whoever comes first makes it, readable for its owner alone."""
        try:
            if not file.exists():
                self._make(file)
            return file.read_text(encoding="ascii", errors="replace").strip()
        except OSError as error:
            raise self.refusal(
                f"the {self.what}, {self.name} in the data directory, cannot be read or made: "
                f"{error.strerror}. Mend that, or set {self.variable}."
            ) from error

    def _make(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        try:
            _write_privately(draft, self.new())
            os.link(draft, file)  # whole or not at all, and never over another's
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)


def _write_privately(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(text + "\n")
        opened.flush()
        os.fsync(opened.fileno())
