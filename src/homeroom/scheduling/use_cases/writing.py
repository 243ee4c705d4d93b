"""Writing tasks: from what a caller says to a task's content, with its target sealed."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.sealing import Sealer
from homeroom.scheduling.errors import BadTask
from homeroom.scheduling.model.payload_rules import check_payload
from homeroom.scheduling.model.payloads import Payload, payload_text, read_payload
from homeroom.scheduling.model.policies import Pause, Policies, SealedTarget
from homeroom.scheduling.model.target_checks import TargetGiven, check_target
from homeroom.scheduling.model.target_parts import TargetRules
from homeroom.scheduling.model.targets import (
    DiscordTarget,
    LogTarget,
    NotifierKind,
    Target,
    identity,
    mask,
    read_target_text,
    target_text,
)
from homeroom.scheduling.model.tasks import Content
from homeroom.scheduling.use_cases.given import (
    UNSAID,
    PoliciesGiven,
    TimingGiven,
    Unsaid,
    check_description,
    check_name,
    check_tags,
    read_policies,
    read_timing,
    said,
    tidy_tags,
)

TARGETS = "scheduling.target"
"""What targets are sealed for: no other secret's seal opens in their place."""


@attrs.frozen(kw_only=True)
class TaskGiven:
    """Everything a caller may say about a task."""

    name: str | Unsaid = UNSAID
    description: str | Unsaid = UNSAID
    tags: tuple[str, ...] | Unsaid = UNSAID
    kind: NotifierKind | Unsaid = UNSAID
    target: TargetGiven | Unsaid = attrs.field(default=UNSAID, repr=False)
    payload: Payload | Unsaid = attrs.field(default=UNSAID, repr=False)
    timing: TimingGiven = TimingGiven()
    policies: PoliciesGiven = PoliciesGiven()
    active: bool | Unsaid = UNSAID


def expect_rest(pause: Pause, at: datetime) -> None:
    """Raises `BadTask` for a rest that would be over before it begins."""
    if not pause.covers(at):
        raise BadTask(problems=[Problem("until", "must be still to come")])


@attrs.frozen
class Author:
    """Writes a task's content from what was said, or says everything that is wrong with it."""

    sealer: Sealer
    clock: Clock
    rules: TargetRules = TargetRules()

    def write(
        self,
        given: TaskGiven,
        before: Content | None = None,
        *,
        house: InstitutionId,
        wrong_already: Sequence[Problem] = (),
    ) -> Content:
        """Raises `BadTask`; what was not said, stays as it was *before*."""
        draft, now = _Draft(given, before), self.clock.now()
        known = None if before is None else self.open(before)
        target, wrong = check_target(draft.kind, draft.target, known, self.rules)
        draft.problems += wrong
        timing, wrong = read_timing(given.timing, before.timing if before else None, now=now)
        draft.problems += wrong
        policies, wrong = read_policies(given.policies, before.policies if before else Policies())
        draft.problems += wrong
        draft.check_words(target)
        draft.problems += wrong_already
        if draft.problems or target is None or timing is None or policies is None:
            raise BadTask(problems=draft.problems)
        return Content(
            name=draft.name.strip(),
            description=draft.description,
            tags=tidy_tags(draft.tags),
            kind=draft.kind,
            target=self._sealed(target, before, house),
            payload=payload_text(draft.payload),
            timing=timing,
            policies=policies,
        )

    def open(self, content: Content) -> Target:
        """Where *content* is sent; the house's own tasks, which send nothing, to the log.

        Raises `Unsealable`.
        """
        if not content.target.sealed:
            return LogTarget()
        return read_target_text(self.sealer.open(content.target.sealed, purpose=TARGETS))

    def aim(self, content: Content, target: Target, *, house: InstitutionId) -> Content:
        """*content* sent to *target* from now on."""
        return attrs.evolve(content, target=self._sealed(target, content, house))

    def is_current(self, content: Content, *, house: InstitutionId) -> bool:
        """Whether the newest key sealed *content*'s target, and whether it would be recognised,
        if it has one to seal. Raises `Unsealable`."""
        kept = content.target
        if not kept.sealed:
            return True
        known_as = fingerprint_of(self.sealer, self.open(content), house)
        return self.sealer.is_current(kept.sealed) and kept.fingerprint == known_as

    def seal_again(self, content: Content, *, house: InstitutionId) -> Content:
        """*content* with its target under the newest key, and recognised by the key for that."""
        if self.is_current(content, house=house):
            return content
        return attrs.evolve(content, target=self._seal(self.open(content), house))

    def _sealed(self, target: Target, before: Content | None, house: InstitutionId) -> SealedTarget:
        """The same seal for the same target, so that a change of name changes nothing else."""
        if before is not None and self.open(before) == target:
            return before.target
        return self._seal(target, house)

    def _seal(self, target: Target, house: InstitutionId) -> SealedTarget:
        return SealedTarget(
            sealed=self.sealer.seal(target_text(target), purpose=TARGETS),
            mask=mask(target),
            fingerprint=fingerprint_of(self.sealer, target, house),
        )


def fingerprint_of(sealer: Sealer, target: Target, house: InstitutionId) -> str:
    """What stands for the receiving end of *target* in the ledger.

    What one institution does to an end must not close it to another, who may have other
    credentials there. Discord's webhooks are their own credentials, and their limits are shared.
    """
    whose = "" if isinstance(target, DiscordTarget) else f"{house} "
    return sealer.fingerprint(whose + identity(target), purpose=TARGETS)


class _Draft:
    """What a task would be, and what is wrong with that so far."""

    def __init__(self, given: TaskGiven, before: Content | None) -> None:
        self.problems: list[Problem] = []
        self.name = said(given.name, before.name if before else "")
        self.description = said(given.description, before.description if before else "")
        self.tags = said(given.tags, before.tags if before else ())
        self.kind = said(given.kind, before.kind if before else NotifierKind.LOG)
        self.target = said(given.target, TargetGiven())
        self.payload = said(given.payload, read_payload(before.payload) if before else {})

    def check_words(self, target: Target | None) -> None:
        self.problems += check_name(self.name)
        self.problems += check_description(self.description)
        self.problems += check_tags(self.tags)
        self.problems += check_payload(self.kind, dict(self.payload), target)
