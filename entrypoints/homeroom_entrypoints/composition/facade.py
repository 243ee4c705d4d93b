"""The whole of Homeroom for whoever embeds it: one record, one field per context."""

from collections.abc import Awaitable, Callable

import attrs

from homeroom.house import HouseUnit, Storage
from homeroom.kernel.bus import EventBus
from homeroom.kernel.cache import Cache
from homeroom.kernel.carrier import Carrier
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom.kernel.queue import Handlers
from homeroom.kernel.rates import RateLimiter
from homeroom.operations.use_cases import (
    AskForJob,
    CancelJob,
    FindJobs,
    GetJob,
    ListQueues,
    PurgeDeadLetters,
    ReplayDeadLetters,
    RetryJob,
)
from homeroom.people.use_cases import (
    Authenticate,
    IssueKey,
    ListInstitutions,
    ListKeys,
    OpenHouse,
    RevokeKey,
)


@attrs.frozen(kw_only=True)
class People:
    """Who somebody is, and the keys that act for an institution."""

    open_house: OpenHouse
    authenticate: Authenticate
    issue_key: IssueKey
    list_keys: ListKeys
    revoke_key: RevokeKey
    list_institutions: ListInstitutions


@attrs.frozen(kw_only=True)
class Operations:
    """The house's own work, seen and steered."""

    ask_for_job: AskForJob
    find_jobs: FindJobs
    get_job: GetJob
    retry_job: RetryJob
    cancel_job: CancelJob
    replay_dead_letters: ReplayDeadLetters
    purge_dead_letters: PurgeDeadLetters
    list_queues: ListQueues


@attrs.frozen(kw_only=True)
class Plant:
    """What the worker and the health checks run on; nothing here decides anything."""

    storage: Storage
    bus: EventBus
    cache: Cache
    rates: RateLimiter
    outbound: Outbound
    ambient: Ambient
    handlers: Handlers
    carrier: Carrier | None = None


Ping = Callable[[], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Homeroom:
    """An open Homeroom: `homeroom.people.issue_key(actor, …)` and so on."""

    people: People
    operations: Operations
    plant: Plant

    def start(self) -> HouseUnit:
        """A unit of work over every context, for an embedder's own use cases."""
        return self.plant.storage.start()
