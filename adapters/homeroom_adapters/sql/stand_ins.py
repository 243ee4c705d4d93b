"""What stands for a task that cannot be read: what its row says plainly, and nothing that fires."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from homeroom.scheduling.model.policies import SealedTarget, TaskStatus
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content
from homeroom.scheduling.model.when import At, Timing

_NEVER = Timing(At(datetime(1900, 1, 1, tzinfo=UTC)))
_KINDS = {kind.value: kind for kind in NotifierKind}
_STATUSES = {status.value: status for status in TaskStatus}


def stand_in(held: Mapping[str, Any]) -> Content:
    """Its name, and where it is sent, masked: so much is shown to whoever has to mend it."""
    return Content(
        name=held["name"],
        description=held["description"],
        kind=_KINDS.get(held["kind"], NotifierKind.LOG),
        target=SealedTarget(
            sealed=held["target_sealed"],
            mask=held["target_mask"],
            fingerprint=held["target_fingerprint"],
        ),
        payload="{}",
        timing=_NEVER,
    )


def status_of(held: Mapping[str, Any]) -> TaskStatus:
    """One that nobody here knows is none in which anything would be sent."""
    return _STATUSES.get(held["status"], TaskStatus.FAILED)
