"""What a worker counts, for whoever shows it."""

from typing import Protocol

from homeroom.kernel.queue import Claim, Swept


class FiringMeter(Protocol):
    """Hears what a scheduler does."""

    def fired(self, tasks: int) -> None:
        """So many tasks were due, and fired."""
        ...


class Meter(FiringMeter, Protocol):
    """Hears what a worker does. Called in its loop, so it must be quick and never raise."""

    def claimed(self, queue: str, jobs: int) -> None: ...

    def finished(self, claim: Claim, outcome: str, seconds: float) -> None:
        """An attempt ended: `succeeded`, `retry`, `dead`, `released` or `lost`."""
        ...

    def lost(self, leases: int) -> None:
        """Leases ended before their jobs did, whether those ran or still waited."""
        ...

    def swept(self, found: Swept) -> None: ...

    def told(self, events: int) -> None: ...

    def troubled(self, loop: str) -> None:
        """A round of *loop* failed and will be tried again."""
        ...


class DeafMeter:
    """Counts nothing: for workers nobody watches."""

    def claimed(self, queue: str, jobs: int) -> None: ...

    def finished(self, claim: Claim, outcome: str, seconds: float) -> None: ...

    def lost(self, leases: int) -> None: ...

    def swept(self, found: Swept) -> None: ...

    def told(self, events: int) -> None: ...

    def fired(self, tasks: int) -> None: ...

    def troubled(self, loop: str) -> None: ...
