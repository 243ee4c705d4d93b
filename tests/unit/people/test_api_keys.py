"""Institutions and keys: what they may be called, what opens, and for how long."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.people.errors import ApiKeyAlreadyRevoked, BadApiKey, BadInstitution
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import SECRET_PREFIX, ApiKey, KeySecret
from homeroom.published.people import ApiKeyIssued, ApiKeyRevoked
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
ADMIN = frozenset({Role.ADMIN})
A_MOMENT = timedelta(microseconds=1)
names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=100)
spans = st.timedeltas(A_MOMENT, timedelta(days=3650))


def a_key(*, expires_in: timedelta | None = None) -> ApiKey:
    expires_at = None if expires_in is None else NOON + expires_in
    secret = KeySecret.fresh()
    return ApiKey.issue(HOUSE, secret, name="laptop", roles=ADMIN, at=NOON, expires_at=expires_at)


def wrong_fields(refused: "pytest.ExceptionInfo[BadApiKey]") -> list[str]:
    return [problem.field for problem in refused.value.problems]


class TestSecrets:
    def test_a_fresh_one_has_the_shape_that_a_chosen_one_must_have(self) -> None:
        fresh = KeySecret.fresh()
        assert KeySecret.chosen(fresh.text) == fresh
        assert fresh.text.startswith(SECRET_PREFIX)
        assert KeySecret.fresh() != fresh

    @given(st.from_regex(r"hr_[A-Za-z0-9_-]{32,128}", fullmatch=True))
    def test_every_chosen_one_of_the_shape_is_taken_as_it_is(self, text: str) -> None:
        assert KeySecret.chosen(text).text == text

    @given(st.text(max_size=140))
    def test_anything_else_is_refused_without_being_repeated(self, text: str) -> None:
        if re.fullmatch(r"hr_[A-Za-z0-9_-]{32,128}", text):
            return
        with pytest.raises(BadApiKey) as refused:
            KeySecret.chosen(text)
        with pytest.raises(BadApiKey) as nothing_chosen:
            KeySecret.chosen("")
        assert wrong_fields(refused) == ["secret"]
        assert refused.value.problems == nothing_chosen.value.problems

    @pytest.mark.parametrize(
        "text",
        ["", "hr_" + "x" * 31, "hr_" + "x" * 129, "xx_" + "x" * 40, "hr_" + "x" * 40 + "\n"],
    )
    def test_one_a_little_off_is_refused(self, text: str) -> None:
        with pytest.raises(BadApiKey):
            KeySecret.chosen(text)

    def test_it_is_not_shown_and_its_digest_does_not_tell_it(self) -> None:
        secret = KeySecret.fresh()
        assert secret.text not in repr(secret)
        assert re.fullmatch(r"[0-9a-f]{64}", secret.digest)


class TestNames:
    @given(names)
    def test_a_name_loses_only_the_space_around_it(self, name: str) -> None:
        assert Institution.found(f"  {name}\n", at=NOON).name == name

    @pytest.mark.parametrize("name", ["", " \t", "x" * 101, "a\x00b", "a\nb", "a\u202eb", "\ud800"])
    def test_what_is_empty_long_or_unprintable_is_no_name(self, name: str) -> None:
        with pytest.raises(BadInstitution) as refused:
            Institution.found(name, at=NOON)
        assert [one.field for one in refused.value.problems] == ["name"]


class TestIssuing:
    def test_a_new_key_tells_that_it_was_issued_and_nothing_of_its_secret(self) -> None:
        secret = KeySecret.fresh()
        key = ApiKey.issue(HOUSE, secret, name=" laptop ", roles=ADMIN, at=NOON)
        (told,) = key.release_events()
        assert isinstance(told, ApiKeyIssued)
        assert (told.api_key_id, told.institution_id, told.occurred_at) == (key.id, HOUSE, NOON)
        assert (key.name, key.hint, key.digest) == ("laptop", secret.text[-4:], secret.digest)
        assert secret.text not in repr((key, told))
        assert secret.digest not in repr((key, told))

    @given(spans | st.just(timedelta(0)))
    def test_a_key_is_not_born_expired_or_without_roles(self, ago: timedelta) -> None:
        with pytest.raises(BadApiKey) as refused:
            ApiKey.issue(
                HOUSE,
                KeySecret.fresh(),
                name="laptop",
                roles=frozenset(),
                at=NOON,
                expires_at=NOON - ago,
            )
        assert wrong_fields(refused) == ["roles", "expiresAt"]


class TestActing:
    @given(spans, spans)
    def test_a_key_acts_until_the_instant_it_expires(
        self, lives: timedelta, passes: timedelta
    ) -> None:
        key = a_key(expires_in=lives)
        if passes < lives:
            wanted = Actor(institution_id=HOUSE, roles=ADMIN, api_key_id=key.id)
            assert key.act(at=NOON + passes) == wanted
        else:
            with pytest.raises(Unauthenticated):
                key.act(at=NOON + passes)

    def test_at_that_instant_it_acts_no_more(self) -> None:
        key = a_key(expires_in=A_MOMENT)
        assert key.act(at=NOON).roles == ADMIN
        with pytest.raises(Unauthenticated):
            key.act(at=NOON + A_MOMENT)

    @given(spans)
    def test_a_key_without_an_end_acts_for_ever(self, passes: timedelta) -> None:
        assert a_key().act(at=NOON + passes).institution_id == HOUSE

    @given(spans)
    def test_a_revoked_key_never_acts_again(self, passes: timedelta) -> None:
        key = a_key(expires_in=timedelta(days=9999))
        key.revoke(at=NOON)
        with pytest.raises(Unauthenticated):
            key.act(at=NOON + passes)


class TestRevoking:
    def test_it_is_told_once_and_cannot_be_done_twice(self) -> None:
        key = a_key()
        key.release_events()
        key.revoke(at=NOON)
        with pytest.raises(ApiKeyAlreadyRevoked):
            key.revoke(at=NOON + A_MOMENT)
        assert key.revoked_at == NOON
        assert [type(told) for told in key.release_events()] == [ApiKeyRevoked]
