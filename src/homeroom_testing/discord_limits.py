"""How much the Discord of tests takes, what it tells about that, and who does not listen."""

import enum
import math
from collections import deque
from datetime import datetime, timedelta

import attrs

from homeroom_testing.discord_rules import Refused
from homeroom_testing.scripted import Limited

_TEN_MINUTES = timedelta(minutes=10)
BUCKET = "b4f9c1d02e7a4c5d8f3e6a1b0c9d8e7f"
"""What Discord calls this bucket. Every webhook's has this name, and each has its own count."""


@attrs.frozen
class Rate:
    """So many requests in so many seconds, counted from the first."""

    limit: int
    per: float


@attrs.define
class Bucket:
    """A count of requests that begins anew when its time is over."""

    rate: Rate
    _left: int = attrs.field(default=0, init=False, alias="left")
    _until: datetime | None = attrs.field(default=None, init=False, alias="until")

    def take(self, at: datetime) -> bool:
        """Whether one more is allowed; it is counted then."""
        if self._until is None or at >= self._until:
            self._until = at + timedelta(seconds=self.rate.per)
            self._left = self.rate.limit
        if not self._left:
            return False
        self._left -= 1
        return True

    def resets_in(self, at: datetime) -> float:
        return _milliseconds((self._until or at) - at)

    def headers(self, at: datetime) -> dict[str, str]:
        rest = self.resets_in(at)
        return {
            "X-RateLimit-Limit": str(self.rate.limit),
            "X-RateLimit-Remaining": str(self._left),
            "X-RateLimit-Reset": f"{at.timestamp() + rest:.3f}",
            "X-RateLimit-Reset-After": f"{rest:.3f}",
            "X-RateLimit-Bucket": BUCKET,
        }

    def spent_until(self) -> datetime | None:
        """When it opens again, if nothing is left of it."""
        return None if self._left else self._until


class TooMany(Refused):
    """429, as Discord says it."""

    def __init__(self, limited: Limited) -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.body = {
            "message": str(self),
            "retry_after": limited.retry_after,
            "global": limited.everywhere,
        }
        scope = "global" if limited.everywhere else "shared" if limited.shared else "user"
        self.headers = {
            "Retry-After": str(math.ceil(limited.retry_after)),
            "X-RateLimit-Scope": scope,
            **({"X-RateLimit-Global": "true"} if limited.everywhere else {}),
        }


class Banned(Refused):
    """429, as the guard before Discord says it: a page, and no JSON."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, 0, "error code: 1015")
        self.headers = {"Content-Type": "text/html", "Retry-After": str(math.ceil(seconds))}

    def content(self) -> bytes:
        return str(self).encode()


class Heedless(enum.Enum):
    """What somebody did who had been told."""

    GONE = "asked a webhook again that had answered 404"
    EARLY = "came back before retry_after was over"
    SPENT = "came though nothing remained"


@attrs.frozen(kw_only=True)
class Offence:
    """A request that whoever listens would not have made."""

    what: Heedless
    webhook: str
    """Its id; empty for all together."""

    at: datetime
    since: float
    """Seconds since it was told. When it is few, the request may have been under way."""


@attrs.define
class Told:
    """What was told to whom until when, and who came all the same; "" is everybody."""

    ban_after: int
    offences: list[Offence] = attrs.field(factory=list[Offence], init=False)
    _gone: dict[str, datetime] = attrs.field(factory=dict[str, datetime], init=False, alias="gone")
    _waits: dict[tuple[Heedless, str], tuple[datetime, datetime, Limited]] = attrs.field(
        factory=dict[tuple[Heedless, str], tuple[datetime, datetime, Limited]],
        init=False,
        alias="waits",
    )
    _invalid: deque[datetime] = attrs.field(factory=deque[datetime], init=False, alias="invalid")
    _banned_until: datetime | None = attrs.field(default=None, init=False, alias="banned_until")

    def gone(self, webhook: str, at: datetime) -> None:
        """It was told that *webhook* is unknown."""
        if told := self._gone.get(webhook):
            self._blame(Heedless.GONE, webhook, at, told)
        self._gone.setdefault(webhook, at)

    def wait(self, webhook: str, limited: Limited, at: datetime) -> TooMany:
        """What to answer, so that *limited* is told."""
        until = at + timedelta(seconds=limited.retry_after)
        whom = "" if limited.everywhere else webhook
        self._waits[Heedless.EARLY, whom] = (at, until, limited)
        return TooMany(limited)

    def spent(self, webhook: str, bucket: Bucket, at: datetime) -> None:
        """It was told what remains in *bucket*."""
        if until := bucket.spent_until():
            known = self._waits.get((Heedless.SPENT, webhook))
            if known is None or known[1] != until:
                self._waits[Heedless.SPENT, webhook] = (at, until, Limited(0))

    def check(self, webhook: str, at: datetime) -> None:
        """Raises `Refused` where a wait that was told is not over, and remembers who came."""
        for whom in ("", webhook):
            told, until, limited = self._waits.get((Heedless.EARLY, whom), (at, at, Limited(0)))
            if at < until:
                self._blame(Heedless.EARLY, whom, at, told)
                raise TooMany(attrs.evolve(limited, retry_after=_milliseconds(until - at)))
        told, until, _ = self._waits.get((Heedless.SPENT, webhook), (at, at, Limited(0)))
        if at < until:
            self._blame(Heedless.SPENT, webhook, at, told)

    def check_ban(self, at: datetime) -> None:
        """Raises `Refused` for ten minutes after too many invalid requests."""
        if self.invalid(at) > self.ban_after and self._banned_until is None:
            self._banned_until = at + _TEN_MINUTES
        if self._banned_until is not None and at < self._banned_until:
            raise Banned((self._banned_until - at).total_seconds())
        self._banned_until = None

    def count(self, no: Refused, at: datetime) -> None:
        """Hold *no* against whoever asked, if it is of a kind that counts."""
        shared = no.headers.get("X-RateLimit-Scope") == "shared"
        if no.status in {401, 403, 429} and not shared:
            self._invalid.append(at)

    def invalid(self, at: datetime) -> int:
        """Invalid requests of the last ten minutes."""
        while self._invalid and self._invalid[0] <= at - _TEN_MINUTES:
            self._invalid.popleft()
        return len(self._invalid)

    def _blame(self, what: Heedless, webhook: str, at: datetime, told: datetime) -> None:
        since = (at - told).total_seconds()
        self.offences.append(Offence(what=what, webhook=webhook, at=at, since=since))


def _milliseconds(rest: timedelta) -> float:
    """Rounded up, so that whoever waits as told is never early."""
    return max(0.0, math.ceil(rest / timedelta(milliseconds=1)) / 1000)
