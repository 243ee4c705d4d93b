"""Birthdays, leap days and time zones: nobody counts as older than they are where they live."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.compliance.model.age import (
    AgeBand,
    AgeRules,
    age_on,
    band_of,
    missing_consents,
)
from homeroom.compliance.model.consents import Agreement, Consent, ConsentKind
from homeroom.kernel.ids import InstitutionId, PersonId, new_id
from homeroom.kernel.personal_data import DataSubject, KnownAge
from homeroom_testing.clock import NOON

BIRTHS = st.dates(date(1920, 1, 1), date(2060, 12, 31))
YEARS = st.integers(0, 100)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(
    datetime(1950, 1, 1),  # noqa: DTZ001 - the strategy wants it so, and adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
ORDER = [AgeBand.TOO_YOUNG, AgeBand.CHILD, AgeBand.TEEN, AgeBand.ADULT]
LAX, STRICT = AgeRules(teens_need_consent=False), AgeRules(teens_need_consent=True)


def birthday(born: date, years: int) -> date:
    """When somebody is *years* old: for a leap day in a common year, the day after the 28th."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


class TestAge:
    @given(born=BIRTHS, years=YEARS)
    def test_it_changes_on_the_birthday_and_not_a_day_before(self, born: date, years: int) -> None:
        day = birthday(born, years)
        assert age_on(day, born=born) == years
        assert age_on(day - timedelta(days=1), born=born) == years - 1

    @given(born=BIRTHS, day=BIRTHS)
    def test_it_never_falls(self, born: date, day: date) -> None:
        assert 0 <= age_on(day + timedelta(days=1), born=born) - age_on(day, born=born) <= 1

    def test_a_leap_day_comes_a_day_later_in_other_years(self) -> None:
        leap = date(2012, 2, 29)
        assert age_on(date(2025, 2, 28), born=leap) == 12
        assert age_on(date(2025, 3, 1), born=leap) == 13
        assert age_on(date(2028, 2, 29), born=leap) == 16

    def test_before_the_birth_it_is_negative(self) -> None:
        assert age_on(date(2020, 1, 1), born=date(2020, 1, 2)) == -1


class TestBands:
    @pytest.mark.parametrize(
        ("years", "band"),
        [
            (0, AgeBand.TOO_YOUNG),
            (4, AgeBand.CHILD),
            (13, AgeBand.TEEN),
            (18, AgeBand.ADULT),
        ],
    )
    def test_they_begin_with_the_day(self, years: int, band: AgeBand) -> None:
        born = birthday(date(2000, 5, 17), 0)
        first = datetime(2000 + years, 5, 17, tzinfo=UTC)
        assert band_of(KnownAge(born=born), at=first, zone=UTC) is band
        if years:
            before = ORDER[ORDER.index(band) - 1]
            assert band_of(KnownAge(born=born), at=first - timedelta(seconds=1), zone=UTC) is before

    def test_without_a_birth_date_everybody_is_a_child(self) -> None:
        assert band_of(KnownAge(), at=NOON, zone=UTC) is AgeBand.CHILD

    @given(born=BIRTHS, at=INSTANTS)
    def test_an_attestation_counts_only_without_a_birth_date(
        self, born: date, at: datetime
    ) -> None:
        assert band_of(KnownAge(attested=True), at=at) is AgeBand.TEEN
        assert band_of(KnownAge(born=born, attested=True), at=at) is band_of(
            KnownAge(born=born), at=at
        )

    @given(at=INSTANTS)
    def test_who_is_not_born_yet_is_too_young(self, at: datetime) -> None:
        assert band_of(KnownAge(born=at.date() + timedelta(days=3)), at=at) is AgeBand.TOO_YOUNG

    @given(born=BIRTHS, at=INSTANTS, zone=ZONES)
    def test_where_the_zone_is_not_known_nobody_is_older_than_there(
        self, born: date, at: datetime, zone: timezone
    ) -> None:
        known, unknown = (
            band_of(KnownAge(born=born), at=at, zone=zone),
            band_of(KnownAge(born=born), at=at),
        )
        assert ORDER.index(unknown) <= ORDER.index(known)

    @given(born=BIRTHS, at=INSTANTS, zone=ZONES)
    def test_nobody_gets_younger(self, born: date, at: datetime, zone: timezone) -> None:
        later = at + timedelta(hours=25)
        now, then = (
            band_of(KnownAge(born=born), at=at, zone=zone),
            band_of(KnownAge(born=born), at=later, zone=zone),
        )
        assert ORDER.index(now) <= ORDER.index(then)

    def test_the_same_instant_is_another_day_elsewhere(self) -> None:
        born, at = date(2013, 3, 3), datetime(2026, 3, 2, 18, tzinfo=UTC)
        manila, lima = timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))
        assert band_of(KnownAge(born=born), at=at, zone=manila) is AgeBand.TEEN
        assert band_of(KnownAge(born=born), at=at, zone=lima) is AgeBand.CHILD


def agreed(kind: ConsentKind, *, ends: datetime | None = None) -> Consent:
    subject = DataSubject(
        person_id=PersonId(new_id()), institution_id=InstitutionId(new_id()), roles=frozenset()
    )
    said = Agreement.given(kind, "Maria Reyes", "form 7", ends)
    return Consent.give(subject, said, at=NOON - timedelta(days=1))


CONSENTS = st.lists(st.sampled_from(ConsentKind).map(agreed))
KINDS, BANDS = st.sampled_from(ConsentKind), st.sampled_from(AgeBand)
PARENTAL, RECORDING = ConsentKind.PARENTAL, ConsentKind.RECORDING


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("band", "rules", "given_kinds", "missing"),
        [
            (AgeBand.CHILD, LAX, [], {PARENTAL, RECORDING}),
            (AgeBand.CHILD, LAX, [RECORDING], {PARENTAL}),
            (AgeBand.CHILD, LAX, [PARENTAL], {RECORDING}),
            (AgeBand.CHILD, LAX, [PARENTAL, RECORDING], set()),
            (AgeBand.TEEN, LAX, [RECORDING], set()),
            (AgeBand.TEEN, STRICT, [RECORDING], {PARENTAL}),
            (AgeBand.ADULT, STRICT, [RECORDING], set()),
            (AgeBand.ADULT, STRICT, [], {RECORDING}),
        ],
    )
    def test_a_table(
        self,
        band: AgeBand,
        rules: AgeRules,
        given_kinds: list[ConsentKind],
        missing: set[ConsentKind],
    ) -> None:
        given_ones = [agreed(kind) for kind in given_kinds]
        assert missing_consents(RECORDING, band, given_ones, rules=rules, at=NOON) == missing

    def test_a_grown_up_needs_no_parent(self) -> None:
        for rules in (LAX, STRICT):
            found = missing_consents(PARENTAL, AgeBand.ADULT, [], rules=rules, at=NOON)
            assert found == frozenset()

    def test_what_was_withdrawn_or_has_expired_counts_no_more(self) -> None:
        withdrawn, expired = agreed(RECORDING), agreed(RECORDING, ends=NOON)
        withdrawn.withdraw(at=NOON)
        for one in (withdrawn, expired):
            found = missing_consents(RECORDING, AgeBand.ADULT, [one], rules=LAX, at=NOON)
            assert found == {RECORDING}

    @given(wanted=KINDS, band=BANDS, ones=CONSENTS, more=KINDS)
    def test_another_consent_never_makes_more_missing(
        self, wanted: ConsentKind, band: AgeBand, ones: list[Consent], more: ConsentKind
    ) -> None:
        fewer = missing_consents(wanted, band, [*ones, agreed(more)], rules=STRICT, at=NOON)
        assert fewer <= missing_consents(wanted, band, ones, rules=STRICT, at=NOON)

    @given(wanted=KINDS, band=BANDS, ones=CONSENTS)
    def test_who_is_older_needs_no_more(
        self, wanted: ConsentKind, band: AgeBand, ones: list[Consent]
    ) -> None:
        younger = ORDER[max(0, ORDER.index(band) - 1)]
        for rules in (LAX, STRICT):
            needed = missing_consents(wanted, band, ones, rules=rules, at=NOON)
            assert needed <= missing_consents(wanted, younger, ones, rules=rules, at=NOON)
