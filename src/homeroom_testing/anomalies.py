"""The I/O anomaly sweep: fail a use case's i-th call, for every i, in every way.

    async def test_issuing_a_key_survives_every_fault(open_storage) -> None:
        await sweep(IssuingAKey(), open_storage)

A scenario prepares a fresh storage, acts through a faulty one, and checks through the sound
one. The sweep raises i until the act passes without having met the fault; so no call is left
untried, however many there are. Each failure names the fault and the call.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Protocol, TypeVar

import attrs

from homeroom.house import Storage
from homeroom_testing.faults_storage import Crash, Fault, FaultPlan, faulty

G = TypeVar("G")
OpenFresh = Callable[[], AbstractAsyncContextManager[Storage]]

_MOST_CALLS = 500
"""A use case with more calls than this does not end, or should be two."""


@attrs.frozen
class Anomaly:
    """One way in which things went wrong, and what came of it."""

    fault: Fault
    call: str | None
    """The call that was hit; None in the last round, when none was."""

    outcome: BaseException | None
    """What the act raised; None if it ended well in spite of the fault."""

    def __str__(self) -> str:
        hit = self.call or "nothing"
        return f"{self.fault.value} at {hit}, which ended in {self.outcome!r}"


class Scenario(Protocol[G]):
    """A use case, the world it needs, and what must hold of it whatever happens."""

    async def prepare(self, storage: Storage) -> G:
        """Furnish an empty *storage*; what `act` and `check` need to know of it."""
        ...

    async def act(self, storage: Storage, given: G) -> None:
        """Do it once, against a storage that may fail. A crash ends it, and is not repaired."""
        ...

    async def check(self, storage: Storage, given: G, anomaly: Anomaly) -> None:
        """Assert the invariants, against the same storage without faults."""
        ...


class InvariantBroken(AssertionError):
    """An invariant did not hold after an anomaly."""


async def sweep(
    scenario: Scenario[G],
    open_fresh: OpenFresh,
    *,
    faults: Sequence[Fault] = tuple(Fault),
    clean: int = 1,
    only: str | None = None,
) -> Sequence[Anomaly]:
    """Try every fault at every call of *scenario*; the anomalies met, all of them survived.

    It ends when a fault was planned beyond the last call, *clean* times in a row: more than
    once for a scenario that does not make the same number of calls every time. *only* counts
    the calls of one name. Raises `InvariantBroken` at the first anomaly that was not survived.
    """
    met: list[Anomaly] = []
    for fault in faults:
        passed = 0
        for at in count(1):
            anomaly = await _try(scenario, open_fresh, FaultPlan(fault, at, only))
            passed = passed + 1 if anomaly.call is None else 0
            if passed == clean:
                break
            if at > _MOST_CALLS:
                raise InvariantBroken(f"no end after {at} calls; the last was {anomaly.call}")
            if anomaly.call is not None:
                met.append(anomaly)
    return met


async def _try(scenario: Scenario[G], open_fresh: OpenFresh, plan: FaultPlan) -> Anomaly:
    async with open_fresh() as storage:
        given = await scenario.prepare(storage)
        outcome = await _outcome(scenario.act(faulty(storage, plan), given))
        anomaly = Anomaly(plan.fault, plan.struck, outcome)
        if plan.struck is None and outcome is not None:
            raise InvariantBroken("it failed without any fault") from outcome
        try:
            await scenario.check(storage, given, anomaly)
        except AssertionError as broken:
            raise InvariantBroken(f"after {anomaly}: {broken}") from broken
    return anomaly


async def _outcome(act: Awaitable[None]) -> BaseException | None:
    try:
        await act
    except (Exception, Crash) as error:  # noqa: BLE001 - whatever it is, the check judges it
        return error
    return None
