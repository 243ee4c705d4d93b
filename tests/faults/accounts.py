"""What was asked for, held against what came of it: pure sums over a journal and a ledger."""

import itertools
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import attrs
from journal import Deed, Entry
from ledger import Row

MOST_LENIENCE = 2.0
"""Seconds by which a busy machine may soften the promise made for orphans."""


@attrs.frozen
class Death:
    """The end of a worker process that was killed, and the jobs it left held."""

    pid: int
    at: float
    """By the monotonic clock."""

    held: frozenset[int] = frozenset()


@attrs.frozen
class Span:
    """One start of a job: from its first line to its last, or to its process's death."""

    n: int
    begun: float
    ended: float


@attrs.frozen(kw_only=True)
class Account:
    """Everything that is known once all is settled."""

    entries: Sequence[Entry]
    deaths: Sequence[Death]
    effects: Counter[int]
    jobs: Mapping[int, Row]
    epoch: float
    """What to add to the monotonic clock to get seconds since 1970."""

    def numbers(self, deed: Deed) -> set[int]:
        return {entry.n for entry in self.entries if entry.deed is deed}

    def times(self, deed: Deed) -> list[float]:
        return sorted(entry.at for entry in self.entries if entry.deed is deed)

    def starts(self) -> Counter[int]:
        """How often each job was started."""
        return Counter(entry.n for entry in self.entries if entry.deed is Deed.STARTED)

    def lost(self) -> list[int]:
        """Jobs that were asked for and had no effect, or are not known to have succeeded."""
        done = {n for n, row in self.jobs.items() if row.state == "succeeded"}
        expected = self.numbers(Deed.ASKED) | self.jobs.keys()
        return sorted(n for n in expected if n not in done or not self.effects[n])

    def effects_too_many(self) -> list[int]:
        """Jobs that had their effect more than once, or that nobody asked for."""
        known = self.numbers(Deed.ASKING)
        return sorted(n for n, count in self.effects.items() if count > 1 or n not in known)

    def twice_at_once(self) -> list[int]:
        """Jobs of which two starts overlapped."""
        by_job: dict[int, list[Span]] = defaultdict(list)
        for span in self.spans():
            by_job[span.n].append(span)
        return sorted(n for n, spans in by_job.items() if _overlap(spans))

    def spans(self) -> list[Span]:
        """Every start with its end. What has none ended when its process died, or never."""
        deaths = {death.pid: death.at for death in self.deaths}
        ends = {
            (entry.n, entry.pid, entry.attempt): entry.at
            for entry in self.entries
            if entry.deed in (Deed.DONE, Deed.LEFT)
        }
        return [
            Span(e.n, e.at, ends.get((e.n, e.pid, e.attempt), deaths.get(e.pid, math.inf)))
            for e in self.entries
            if e.deed is Deed.STARTED
        ]

    def orphans_waited(self) -> dict[int, float]:
        """For each orphan, the seconds from the last death that made it one to its end."""
        since = {n: death.at for death in self.deaths for n in death.held}
        return {n: self._finished(n) - died_at for n, died_at in since.items()}

    def first_starts(self) -> dict[int, float]:
        """When each job that is known to be asked for was first started, in that order."""
        asked = self.numbers(Deed.ASKED)
        first: dict[int, float] = {}
        for span in sorted(self.spans(), key=lambda span: span.begun):
            if span.n in asked:
                first.setdefault(span.n, span.begun)
        return first

    def overtaken(self) -> dict[int, float]:
        """For each job, the seconds it lay while a worker was up and did what came later."""
        first, later, waited = self.first_starts(), math.inf, dict[int, float]()
        for n, _ in sorted(self.asked().items(), key=lambda item: item[1], reverse=True):
            begun = first.get(n, math.inf)
            waited[n] = max(0.0, begun - max(later, self._up_before(begun)))
            later = min(later, begun)
        return waited

    def pauses(self) -> dict[int, float]:
        """For each job, the seconds it waited while a worker was up and started nothing."""
        asked, before = self.asked(), -math.inf
        paused: dict[int, float] = {}
        for n, begun in self.first_starts().items():
            paused[n] = begun - max(asked[n], self._up_before(begun), before)
            before = begun
        return paused

    def _up_before(self, moment: float) -> float:
        """When the worker came up that was the last to do so before *moment*."""
        ups = self.times(Deed.UP)
        return max((at for at in ups if at <= moment), default=-math.inf)

    def asked(self) -> dict[int, float]:
        """When each job was asked for."""
        return {entry.n: entry.at for entry in self.entries if entry.deed is Deed.ASKED}

    def usual_delay(self, share: float = 0.9) -> float:
        """How long most jobs took, from the asking to the end, that no death concerned."""
        asked, orphans = self.asked(), {n for death in self.deaths for n in death.held}
        times = sorted(
            entry.at - asked[entry.n]
            for entry in self.entries
            if entry.deed is Deed.DONE and entry.n in asked and entry.n not in orphans
        )
        return times[int(share * len(times))] if times else 0.0

    def lateness(self, longest: float) -> float:
        """By how much most jobs were late, though none takes longer than *longest*."""
        return max(0.0, self.usual_delay() - longest)

    def findings(self, *, lease: float, longest: float = math.inf) -> list[str]:
        """What is wrong, in words; nothing if all promises were kept.

        On a machine so busy that every job comes late, though none takes longer than *longest*,
        orphans may be late by as much, up to `MOST_LENIENCE`; one that is busier proves nothing.
        """
        busy = self.lateness(longest)
        bound = lease + 1 + min(busy, MOST_LENIENCE)
        late = {n: at for n, at in self.orphans_waited().items() if at > bound}
        unpleasant: dict[str, Sequence[object]] = {
            "lost": self.lost(),
            "more than one effect": self.effects_too_many(),
            "running twice at once": self.twice_at_once(),
            f"orphans not done within {bound:.1f} s": [
                f"{n}: {at:.1f} s" for n, at in late.items()
            ],
        }
        found = [f"{what}: {len(ns)} of them, {ns[:10]}" for what, ns in unpleasant.items() if ns]
        if busy > MOST_LENIENCE:
            found.append(f"machine too busy to judge: even other jobs came {busy:.1f} s late")
        return found

    def sentence(self) -> str:
        """The figures of a storm, for the table."""
        orphans = sorted(self.orphans_waited().values())
        starts, asked = self.starts(), len(self.numbers(Deed.ASKED))
        slowest = f"{orphans[-1]:.1f} s" if orphans else "-"
        lying = max(self.overtaken().values(), default=0.0)
        median = f"{statistics.median(orphans):.1f} s" if orphans else "-"
        return (
            f"{len(self.deaths)} kills, {asked} jobs, {len(self.lost())} lost, "
            f"{len(self.effects_too_many())} with two effects, "
            f"{sum(count > 1 for count in starts.values())} started again, "
            f"{len(orphans)} orphans: median {median}, last {slowest}; "
            f"usual delay {self.usual_delay():.2f} s, longest overtaken for {lying:.1f} s"
        )

    def _finished(self, n: int) -> float:
        row = self.jobs.get(n)
        if row is None or row.finished_at is None:
            return math.inf
        return row.finished_at - self.epoch


def _overlap(spans: Sequence[Span]) -> bool:
    ordered = sorted(spans, key=lambda span: span.begun)
    return any(b.begun < a.ended for a, b in itertools.pairwise(ordered))
