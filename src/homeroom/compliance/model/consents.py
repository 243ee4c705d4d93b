"""Consents: what somebody agreed to, who said so, and what proves it."""

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

import attrs

from homeroom.compliance.errors import BadConsent, ConsentAlreadyWithdrawn, NotTheirsToWithdraw
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ConsentId, InstitutionId, PersonId, new_id
from homeroom.kernel.personal_data import DataSubject
from homeroom.kernel.privacy import Personal
from homeroom.published.compliance import ConsentGiven, ConsentWithdrawn

_LONGEST_NAME, _LONGEST_EVIDENCE = 200, 2_000
_BREAKS = str.maketrans("", "", "\n\t")


class ConsentKind(enum.Enum):
    """What is agreed to."""

    PARENTAL = "parental"
    """A parent's, to their child being here at all."""

    RECORDING = "recording"
    EMAIL = "email"
    DATA_SHARING = "data_sharing"
    AI = "ai"


@attrs.frozen(kw_only=True)
class Agreement:
    """What was said: to what, by whom, how one knows, and until when it counts."""

    kind: ConsentKind
    given_by: Annotated[str, Personal]
    """Who agreed: the person, or who may speak for them."""

    evidence: Annotated[str, Personal]
    """What proves it: its words, or where the paper lies."""

    expires_at: datetime | None = None

    @classmethod
    def given(
        cls, kind: ConsentKind, given_by: str, evidence: str, expires_at: datetime | None = None
    ) -> Self:
        """As somebody wrote it. Raises `BadConsent` with all that is wrong."""
        said = cls(
            kind=kind,
            given_by=given_by.strip(),
            evidence=evidence.strip(),
            expires_at=expires_at,
        )
        if problems := list(said._wrong()):
            raise BadConsent(problems=problems)
        return said

    def _wrong(self) -> Iterable[Problem]:
        if not 1 <= len(self.given_by) <= _LONGEST_NAME or not self.given_by.isprintable():
            yield Problem("givenBy", f"must be 1 to {_LONGEST_NAME} printable characters")
        readable = self.evidence.translate(_BREAKS).isprintable()
        if not 1 <= len(self.evidence) <= _LONGEST_EVIDENCE or not readable:
            yield Problem("evidence", f"must be 1 to {_LONGEST_EVIDENCE} printable characters")
        if self.expires_at is not None and not is_instant(self.expires_at):
            yield Problem("expiresAt", "needs a time zone, and a year from 1900 to 9998")


@attrs.define(kw_only=True)
class Consent(Aggregate):
    """Somebody's yes to one thing. It counts until it is withdrawn or expires."""

    id: ConsentId
    person_id: PersonId
    institution_id: InstitutionId
    kind: ConsentKind
    given_by: Annotated[str, Personal]
    evidence: Annotated[str, Personal]
    """Empty, as who gave it, once nobody need prove it any more."""

    given_at: datetime
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @classmethod
    def give(cls, subject: DataSubject, agreed: Agreement, *, at: datetime) -> Self:
        """Raises `BadConsent` for one that would count no moment."""
        if agreed.expires_at is not None and agreed.expires_at <= at:
            raise BadConsent(problems=[Problem("expiresAt", "must be in the future")])
        consent = cls(
            id=ConsentId(new_id()),
            person_id=subject.person_id,
            institution_id=subject.institution_id,
            kind=agreed.kind,
            given_by=agreed.given_by,
            evidence=agreed.evidence,
            given_at=at,
            expires_at=agreed.expires_at,
        )
        consent.record(
            ConsentGiven(
                occurred_at=at,
                institution_id=consent.institution_id,
                person_id=consent.person_id,
                consent_id=consent.id,
            )
        )
        return consent

    @property
    def over_at(self) -> datetime | None:
        """Since when, or from when on, it does not count."""
        return min(filter(None, (self.withdrawn_at, self.expires_at)), default=None)

    def counts(self, *, at: datetime) -> bool:
        return self.given_at <= at and (self.over_at is None or at < self.over_at)

    def withdraw_oneself(self, *, at: datetime) -> None:
        """Whom it is about agrees no more. What a parent agreed to protects a child from their
        own word too. Raises `NotTheirsToWithdraw`, `ConsentAlreadyWithdrawn`."""
        if self.kind is ConsentKind.PARENTAL:
            raise NotTheirsToWithdraw
        self.withdraw(at=at)

    def withdraw(self, *, at: datetime) -> None:
        """From now on it does not count; that it did, stays. Raises `ConsentAlreadyWithdrawn`."""
        if self.withdrawn_at is not None:
            raise ConsentAlreadyWithdrawn
        self.withdrawn_at = at
        self.record(
            ConsentWithdrawn(
                occurred_at=at,
                institution_id=self.institution_id,
                person_id=self.person_id,
                consent_id=self.id,
            )
        )

    @property
    def is_bare(self) -> bool:
        """Whether nothing is left that tells of anybody."""
        return not self.evidence and not self.given_by

    def strip(self) -> None:
        """Forget who gave it and what proves it; that it was given, and when, stays."""
        self.given_by = self.evidence = ""
