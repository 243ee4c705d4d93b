"""Institutions: until when a subscription counts, what terms may be, and what a change tells."""

from datetime import timedelta

import pytest

from homeroom.people.errors import BadInstitution
from homeroom.people.model.institutions import (
    Agreements,
    Institution,
    Plan,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from homeroom_testing.clock import NOON

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
COUNTING = {SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE}


class TestASubscription:
    @pytest.mark.parametrize("status", SubscriptionStatus)
    def test_counts_by_its_status_until_its_end_and_no_instant_more(
        self, status: SubscriptionStatus
    ) -> None:
        ends = Subscription(status=status, until=NOON)
        assert ends.counts(NOON - INSTANT) is (status in COUNTING)
        assert not ends.counts(NOON)
        assert Subscription(status=status).counts(NOON) is (status in COUNTING)

    def test_that_is_a_trial_ends_after_30_days_unless_somebody_says_when(self) -> None:
        trial = Subscription(status=SubscriptionStatus.TRIAL)
        assert trial.beginning(NOON).until == NOON + 30 * DAY
        said = Subscription(status=SubscriptionStatus.TRIAL, until=NOON + DAY)
        assert said.beginning(NOON) == said
        assert Subscription().beginning(NOON).until is None


class TestTerms:
    @pytest.mark.parametrize("days", [1, 2_555, 3_650])
    @pytest.mark.parametrize("zone", ["UTC", "Asia/Manila", "America/Argentina/Buenos_Aires"])
    def test_are_as_they_are_given(self, days: int, zone: str) -> None:
        agreed = Agreements(ai=True)
        given = Terms.given(days, agreed, zone)
        assert (given.retention_days, given.agreed, given.time_zone) == (days, agreed, zone)

    @pytest.mark.parametrize(
        "zone", ["", " ", "Manila", "../UTC", "/etc/passwd", "UTC\x00", "a" * 65]
    )
    def test_are_refused_with_all_that_is_wrong(self, zone: str) -> None:
        with pytest.raises(BadInstitution) as refused:
            Terms.given(0, Agreements(), zone)
        assert [one.field for one in refused.value.problems] == ["retentionDays", "timeZone"]


class TestAnInstitution:
    def test_tells_once_that_it_was_changed(self) -> None:
        house = Institution.found(" Ateneo ", at=NOON)
        assert (house.name, house.release_events()) == ("Ateneo", ())
        house.change(at=NOON, subscription=Subscription(plan=Plan.PRO))
        assert [type(one).__name__ for one in house.release_events()] == ["InstitutionChanged"]
        house.change(at=NOON, name="Ateneo", subscription=Subscription(plan=Plan.PRO))
        assert house.release_events() == ()

    @pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
    def test_needs_a_name(self, name: str) -> None:
        with pytest.raises(BadInstitution):
            Institution.found(name, at=NOON)
        with pytest.raises(BadInstitution):
            Institution.found("Ateneo", at=NOON).change(at=NOON, name=name)
