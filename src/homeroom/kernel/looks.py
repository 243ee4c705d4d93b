"""Entries of those who only looked: how much each weighs, and how noisy ones are rolled up."""

import enum
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import attrs
from attrs.validators import ge

from homeroom.kernel.audit import Change, Entry
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.handover import Handover
from homeroom.kernel.ids import ApiKeyId, EntryId, InstitutionId, PersonId, new_id

ROLL_UP = ".rolled_up"
"""How the action of an entry ends that stands for many: `people.find_persons.rolled_up`."""

_MINUTE = timedelta(minutes=1)


class Priority(enum.Enum):
    """What it means if an entry got lost."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def must_stay(self) -> bool:
        """Whether it may be trusted only to what outlives every other server."""
        return self in (Priority.CRITICAL, Priority.HIGH)


@attrs.frozen(kw_only=True)
class Noise:
    """How a noisy kind is thinned out; the rest of a minute is one entry that counts them."""

    first: int = attrs.field(validator=ge(1))
    """So many of a minute stand for themselves."""

    one_in: int = attrs.field(validator=ge(1))
    """Of those after them, so many to one that stands for itself."""


@attrs.frozen
class Weight:
    """How an action's entries are treated."""

    priority: Priority
    noise: Noise | None = None


@attrs.frozen
class _Kind:
    """Whose doing is counted together."""

    minute: datetime
    institution_id: InstitutionId
    person_id: PersonId | None
    api_key_id: ApiKeyId | None
    action: str
    resource: str

    @classmethod
    def of(cls, entry: Entry) -> "_Kind":
        minute = entry.at.replace(second=0, microsecond=0)
        who = (entry.institution_id, entry.person_id, entry.api_key_id)
        return cls(minute, *who, entry.action, entry.resource)


@attrs.define
class _Count:
    seen: int = 0
    rolled_up: int = 0


@attrs.define
class Sieve:
    """Lets through what stands for itself, and counts the rest by the minute and by who did it."""

    _counts: dict[_Kind, _Count] = attrs.field(factory=dict[_Kind, _Count])

    def lets_through(self, entry: Entry, noise: Noise) -> bool:
        count = self._counts.setdefault(_Kind.of(entry), _Count())
        count.seen += 1
        beyond = count.seen - noise.first
        if beyond <= 0 or beyond % noise.one_in == 0:
            return True
        count.rolled_up += 1
        return False

    def taken(self, *, before: datetime) -> Iterator[Entry]:
        """One entry for each kind that was counted in a minute which ended *before*; once."""
        for kind in [one for one in self._counts if one.minute + _MINUTE <= before]:
            count = self._counts.pop(kind)
            if count.rolled_up:
                yield _rolled_up(kind, count.rolled_up)

    def put_back(self, entry: Entry) -> None:
        """Count anew what a roll-up stood for that nobody kept."""
        kind = attrs.evolve(_Kind.of(entry), action=entry.action.removesuffix(ROLL_UP))
        count = self._counts.setdefault(kind, _Count())
        count.rolled_up += int(entry.changes["times"].after or 0)


def _rolled_up(kind: _Kind, times: int) -> Entry:
    return Entry(
        id=EntryId(new_id()),
        at=kind.minute,
        institution_id=kind.institution_id,
        person_id=kind.person_id,
        api_key_id=kind.api_key_id,
        action=kind.action + ROLL_UP,
        resource=kind.resource,
        trace_id="",
        changes={"times": Change(None, str(times))},
    )


@attrs.frozen
class Looks:
    """Where whoever only looked leaves their entry, before they are shown anything.

    It takes no transaction and waits for no database. What must stay goes the *safe* way, and
    so does the rest while the *quick* way is closed.
    """

    safe: Handover
    quick: Handover
    weigh: Callable[[str], Weight]
    clock: Clock
    _sieve: Sieve = attrs.field(factory=Sieve, init=False, alias="sieve")

    @property
    def ways(self) -> Sequence[Handover]:
        """Every way that entries go."""
        return [self.safe] if self.quick is self.safe else [self.safe, self.quick]

    async def note(self, *entries: Entry) -> None:
        """Raises `Unavailable` when nobody keeps them: then nothing may be shown."""
        staying, passing = list[Entry](), list[Entry]()
        for entry in entries:
            weight = self.weigh(entry.action)
            if weight.noise is None or self._sieve.lets_through(entry, weight.noise):
                (staying if weight.priority.must_stay else passing).append(entry)
        if staying:
            await self.safe.take(*staying)
        if passing:
            await self._pass_on(passing)

    async def roll_up(self, *, everything: bool = False) -> None:
        """Note what was counted in minutes that are over; *everything* before one leaves."""
        now = self.clock.now()
        counted = list(self._sieve.taken(before=now + _MINUTE if everything else now))
        if not counted:
            return
        try:
            await self._pass_on(counted)
        except Unavailable:
            for entry in counted:
                self._sieve.put_back(entry)
            raise

    async def _pass_on(self, entries: list[Entry]) -> None:
        try:
            await self.quick.take(*entries)
        except Unavailable:
            if self.quick is self.safe:
                raise
            await self.safe.take(*entries)
