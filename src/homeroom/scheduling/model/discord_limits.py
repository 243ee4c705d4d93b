"""Discord's limits on a message, in one table, and how its lengths are counted.

Its documents do not say if a character is a code point or a UTF-16 unit. We count units, which
are never fewer, after trimming as Discord does; so what we let through passes either way.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from homeroom.kernel.errors import Problem
from homeroom.scheduling.model.payloads import Json

CONTENT = 2_000
USERNAME = 80
URL = 2_048
THREAD_NAME = 100
APPLIED_TAGS = 5
EMBEDS = 10
EMBEDS_TOGETHER = 6_000
TITLE = 256
DESCRIPTION = 4_096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1_024
FOOTER = 2_048
AUTHOR = 256
COLOR = 0xFFFFFF
MENTIONS = 100
COMPONENTS = 5
COMPONENTS_V2 = 40
COMPONENT_TEXT = 4_000
BUTTON = 80
QUESTION = 300
POLL_ANSWERS = 10
POLL_ANSWER = 55
POLL_HOURS = 768
PAYLOAD_BYTES = 64 * 1024
"""Ours: more than the longest message takes, and little enough to keep."""

_WEB = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_SNOWFLAKE = re.compile(r"[0-9]{15,20}")


def units(text: str) -> int:
    """How long Discord may find *text*."""
    return len(text.strip().encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, at_most: int) -> str:
    """*text*, or as much of its beginning as fits with an ellipsis; no letter is cut in two."""
    text = text.strip()
    if units(text) <= at_most:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (at_most - 1)]
    return kept.decode("utf-16-le", "ignore").rstrip() + "…"


@attrs.define
class Findings:
    """What is wrong with a message, gathered while it is looked through.

    Each look answers the value if it is of the kind that was looked for, wrong or not in size.
    """

    problems: list[Problem] = attrs.field(factory=list)

    def add(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def text(self, path: str, value: Json, at_most: int, *, needed: bool = False) -> str | None:
        """A text that is short enough; absent or blank only if it is not *needed*."""
        if value is None and not needed:
            return None
        if not isinstance(value, str):
            self.add(path, f"must be a text of {'1 to ' if needed else 'at most '}{at_most}")
            return None
        if needed and not value.strip():
            self.add(path, "must not be blank")
        if (length := units(value)) > at_most:
            self.add(path, f"is {length} characters long; Discord takes {at_most}")
        return value

    def url(self, path: str, value: Json) -> None:
        text = self.text(path, value, URL)
        if text is not None and not _WEB.fullmatch(text.strip()):
            self.add(path, "must be an http or https address")

    def number(self, path: str, value: Json, least: int, most: int) -> int | None:
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.add(path, f"must be a whole number from {least} to {most}")
            return None
        return value

    def flag(self, path: str, value: Json) -> None:
        if value is not None and not isinstance(value, bool):
            self.add(path, "must be true or false")

    def instant(self, path: str, value: Json) -> None:
        if value is None:
            return
        try:
            datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.add(path, "must be an instant such as 2026-01-31T08:00:00Z")

    def items(self, path: str, value: Json, at_most: int) -> list[Json]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.add(path, "must be a list")
            return []
        if len(value) > at_most:
            self.add(path, f"has {len(value)} entries; Discord takes {at_most}")
        return value

    def group(self, path: str, value: Json, known: Collection[str]) -> Mapping[str, Json]:
        """An object in which nothing is unknown; an empty one for anything else."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.add(path, "must be an object")
            return {}
        for name in value:
            if name not in known:
                self.add(f"{path}.{name}", "is nothing that Discord knows here")
        return value

    def ids(self, path: str, value: Json, at_most: int) -> list[Json]:
        listed = self.items(path, value, at_most)
        for index, one in enumerate(listed):
            if not isinstance(one, str) or not _SNOWFLAKE.fullmatch(one):
                self.add(f"{path}[{index}]", "must be an id of Discord's, written as a text")
        if any(one in listed[:index] for index, one in enumerate(listed)):
            self.add(path, "names somebody twice")
        return listed
