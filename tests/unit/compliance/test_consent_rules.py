"""What a consent is, until when it counts, and what is left of it."""

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given

from homeroom.compliance.errors import (
    BadConsent,
    ConsentAlreadyWithdrawn,
    NotTheirsToWithdraw,
)
from homeroom.compliance.model.consents import Agreement, Consent, ConsentKind
from homeroom.kernel.ids import InstitutionId, PersonId, new_id
from homeroom.kernel.personal_data import DataSubject
from homeroom_testing import strategies
from homeroom_testing.clock import NOON

HOUR = timedelta(hours=1)


def a_consent(*, ends: datetime | None = None) -> Consent:
    subject = DataSubject(
        person_id=PersonId(new_id()), institution_id=InstitutionId(new_id()), roles=frozenset()
    )
    agreed = Agreement.given(ConsentKind.AI, " Maria Reyes ", "form 7\npage 2", ends)
    return Consent.give(subject, agreed, at=NOON)


def test_it_counts_from_when_it_is_given_until_it_expires() -> None:
    consent = a_consent(ends=NOON + HOUR)
    moments = (NOON - HOUR, NOON, NOON + HOUR - timedelta(microseconds=1), NOON + HOUR)
    assert [consent.counts(at=at) for at in moments] == [False, True, True, False]


def test_it_counts_no_more_once_it_is_withdrawn_and_that_is_for_good() -> None:
    consent = a_consent(ends=NOON + 2 * HOUR)
    consent.withdraw(at=NOON + HOUR)
    assert consent.over_at == NOON + HOUR
    assert not consent.counts(at=NOON + HOUR)
    with pytest.raises(ConsentAlreadyWithdrawn):
        consent.withdraw(at=NOON + 2 * HOUR)


@pytest.mark.parametrize("kind", ConsentKind)
def test_whom_it_is_about_withdraws_all_but_what_a_parent_agreed_to(kind: ConsentKind) -> None:
    consent = attrs.evolve(a_consent(), kind=kind)
    if kind is ConsentKind.PARENTAL:
        with pytest.raises(NotTheirsToWithdraw):
            consent.withdraw_oneself(at=NOON)
    else:
        consent.withdraw_oneself(at=NOON)
    assert consent.counts(at=NOON) is (kind is ConsentKind.PARENTAL)


def test_stripped_it_still_tells_that_it_was_given() -> None:
    consent = a_consent()
    assert (consent.given_by, consent.is_bare) == ("Maria Reyes", False)
    consent.strip()
    assert (consent.is_bare, consent.kind, consent.given_at) == (True, ConsentKind.AI, NOON)


@given(consent=strategies.consents(), at=strategies.instants)
def test_what_is_over_does_not_count(consent: Consent, at: datetime) -> None:
    if consent.over_at is not None and consent.over_at <= at:
        assert not consent.counts(at=at)


@pytest.mark.parametrize(
    ("given_by", "evidence", "fields"),
    [
        ("", "form 7", ["givenBy"]),
        ("Maria\nReyes", "form 7", ["givenBy"]),
        ("x" * 201, "x" * 2001, ["givenBy", "evidence"]),
        ("Maria", " \n", ["evidence"]),
        ("Maria", "form\x00", ["evidence"]),
        ("Maria", "form\ud800", ["evidence"]),
    ],
)
def test_what_proves_nothing_is_refused_with_all_that_is_wrong(
    given_by: str, evidence: str, fields: list[str]
) -> None:
    with pytest.raises(BadConsent) as refused:
        Agreement.given(ConsentKind.EMAIL, given_by, evidence)
    assert [one.field for one in refused.value.problems] == fields
    assert "Maria" not in str(refused.value)


def test_one_that_would_count_no_moment_is_refused() -> None:
    with pytest.raises(BadConsent):
        a_consent(ends=NOON)
