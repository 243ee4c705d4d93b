"""Which answers of other systems are taken: the same for every way out."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

from homeroom.kernel.outbound import Takes
from homeroom.kernel.outbound_errors import AnswerRefused, Overloaded, Redirected

_SHORTEST, _LONGEST = 1.0, 86_400.0
_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NOT_NOW = frozenset({408, 425, 429})


@attrs.frozen(kw_only=True)
class AnswerHead:
    """How an answer begins. Only `origin` may be shown."""

    origin: str
    """Who answers."""

    method: str
    """What was asked for."""

    status: int
    headers: Sequence[tuple[str, str]] = attrs.field(repr=False)

    @property
    def not_now(self) -> bool:
        """Whether the other side says that it cannot do this now."""
        return self.status in _NOT_NOW or self.status >= 500

    @property
    def packed(self) -> bool:
        """Whether the body comes compressed, though we asked for plain bytes.

        It could unpack to anything.
        """
        coding = self._header("content-encoding").lower()
        return coding not in {"", "identity"} and self.method != "HEAD"

    def judge(self, *, takes: Takes, max_headers: int, now: datetime) -> None:
        """Refuse by the head alone what we would not take, before a byte of body is read.

        Raises `AnswerRefused`, and `Overloaded` and `Redirected` unless every status is taken.
        """
        if takes is Takes.USUAL:
            self._refuse_status(now)
        if sum(len(name) + len(value) + 4 for name, value in self.headers) > max_headers:
            raise AnswerRefused(f"{self.origin} answered with headers larger than we take")
        if takes is Takes.USUAL and self.packed:
            raise AnswerRefused(f"{self.origin} answered compressed, though asked not to")

    def _refuse_status(self, now: datetime) -> None:
        if self.not_now:
            wait = read_retry_after(self._header("retry-after"), now=now)
            message = f"{self.origin} answered {self.status}"
            raise Overloaded(message, status=self.status, retry_after=wait)
        if 300 <= self.status < 400 and self.status != 304:
            raise Redirected(f"{self.origin} answered {self.status}; redirects are not followed")

    def _header(self, wanted: str) -> str:
        return ", ".join(value for name, value in self.headers if name.lower() == wanted)


def read_retry_after(text: str, *, now: datetime) -> float | None:
    """Seconds to wait that a `Retry-After` asks for, between one second and a day.

    It gives seconds or an HTTP date; anything else asks for nothing in particular.
    """
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return _clamp(float(text))
    try:
        instant = parsedate_to_datetime(text)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return _clamp((aware - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _clamp(seconds: float) -> float:
    return min(max(seconds, _SHORTEST), _LONGEST)
