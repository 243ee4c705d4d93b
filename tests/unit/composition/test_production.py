"""What is refused at start: weak first passwords, hashes and keys, and doors that stand open."""

import pytest

from homeroom_entrypoints.composition.production import is_well_known
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.settings import SettingsInvalid, load_settings

ODD = "plums on a warm roof"
PRODUCTION = {"HOMEROOM_ENVIRONMENT": "production"}
SOMEBODY = {"HOMEROOM_SUPER_ADMIN__USERNAME": "root.reyes"}
POSTGRES = {"HOMEROOM_STORAGE__URL": "postgresql://h:p@db.example/homeroom"}
TOGETHER = {
    **POSTGRES,
    "HOMEROOM_WEB__RATE_LIMIT_STORE": "redis",
    "HOMEROOM_WEB__RATE_LIMIT_URL": "redis://cache.example:6379/0",
}


def problems(*given: dict[str, str]) -> list[str]:
    """What is told of these settings together."""
    try:
        load_settings({name: text for one in given for name, text in one.items()})
    except SettingsInvalid as refused:
        return [f"{one.field}: {one.message}" for one in refused.problems]
    return []


def first_password(text: str) -> dict[str, str]:
    return {**SOMEBODY, "HOMEROOM_SUPER_ADMIN__PASSWORD": text}


class TestTheFirstSuperAdmin:
    def test_is_nobody_unless_the_operator_says_so(self) -> None:
        settings = load_settings({}).super_admin
        assert (settings.email, settings.password) == ("", None)

    def test_needs_no_more_than_a_password(self) -> None:
        settings = load_settings({"HOMEROOM_SUPER_ADMIN__PASSWORD": ODD}).super_admin
        assert settings.identity.names == {"super.admin"}

    def test_is_somebody_with_a_name_and_a_password(self) -> None:
        email = {"HOMEROOM_SUPER_ADMIN__EMAIL": "Root@School.edu"}
        written = {**PRODUCTION, **first_password(ODD), **email}
        settings = load_settings(written).super_admin
        assert settings.password == Secret(ODD)
        assert settings.identity.names == {"root.reyes", "root@school.edu"}
        assert ODD not in repr(settings)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (SOMEBODY, "HOMEROOM_SUPER_ADMIN__PASSWORD .*USERNAME without it appoints nobody"),
            ({"HOMEROOM_SUPER_ADMIN__EMAIL": "a@b.example"}, "EMAIL without it appoints nobody"),
            ({**first_password(ODD), "HOMEROOM_SUPER_ADMIN__USERNAME": ""}, "a-z 0-9"),
            ({**first_password(ODD), "HOMEROOM_SUPER_ADMIN__EMAIL": "a@b"}, "e-mail address"),
            ({**first_password(ODD), "HOMEROOM_SUPER_ADMIN__USERNAME": "a b"}, "a-z 0-9"),
            (first_password("short"), "10 to 255 characters"),
            (first_password("aaaaaaaaaaaa"), "same few over and over"),
        ],
    )
    def test_is_refused_by_halves_everywhere(self, given: dict[str, str], told: str) -> None:
        with pytest.raises(SettingsInvalid, match=told) as refused:
            load_settings(given)
        assert len(refused.value.problems) == 1
        assert ODD not in refused.value.message

    @pytest.mark.parametrize(
        "password",
        [
            *(
                "changeme12345",
                "Change-Me-123!",
                "CHANGEME_CHANGEME",
                "Passw0rd123456",
                "P@$$w0rd2026!",
            ),
            *(
                "admin_admin_admin",
                "SuperAdmin2026!!",
                "Welcome12345",
                "letmeinletmein",
                "qwertyuiop123",
            ),
            *("123456789012345", "2026-11-21-2026", "homeroom-homeroom", "secret_password_1"),
            *("root.reyes123456", "ROOTREYES!!!!!", "thisisthepassword"),
        ],
    )
    def test_has_no_password_in_production_that_everybody_tries(self, password: str) -> None:
        (told,) = problems(PRODUCTION, first_password(password))
        assert told.startswith("HOMEROOM_SUPER_ADMIN__PASSWORD (super_admin.password): is among")
        assert password not in told
        assert problems(first_password(password)) == []

    @pytest.mark.parametrize("password", ["plums-roof", "kQ7#vX2!mZp"])
    def test_has_no_short_password_in_production(self, password: str) -> None:
        (told,) = problems(PRODUCTION, first_password(password))
        assert "too short for production. Write 12 characters or more" in told
        assert problems(first_password(password)) == []

    @pytest.mark.parametrize(
        "password",
        [ODD, "kQ7#vX2!mZpL", "correct horse battery staple", "a password for one test, no more"],
    )
    def test_may_have_any_other(self, password: str) -> None:
        assert not is_well_known(password, "root.reyes")
        assert problems(PRODUCTION, first_password(password)) == []


class TestTheDevelopersWayIn:
    ON = {"HOMEROOM_DEVELOPMENT__SIGN_IN": "true"}  # noqa: RUF012 - read only

    def test_is_closed_unless_somebody_opens_it(self) -> None:
        assert not load_settings({}).development.sign_in
        assert load_settings(self.ON).development.sign_in

    def test_is_refused_in_production(self) -> None:
        (told,) = problems(PRODUCTION, self.ON)
        assert "HOMEROOM_DEVELOPMENT__SIGN_IN" in told
        assert "never in production" in told

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "house.example", "localhost.x"])  # noqa: S104
    def test_is_refused_where_others_reach_us(self, host: str) -> None:
        (told,) = problems(self.ON, {"HOMEROOM_WEB__HOST": host})
        assert "must be 127.0.0.1 or ::1 while HOMEROOM_DEVELOPMENT__SIGN_IN" in told

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
    def test_opens_on_this_machine(self, host: str) -> None:
        assert problems(self.ON, {"HOMEROOM_WEB__HOST": host}) == []

    def test_needs_somebody_to_be(self) -> None:
        (told,) = problems(self.ON, {"HOMEROOM_DEVELOPMENT__USERNAME": ""})
        assert "1 to 100 of a-z" in told


class TestHashes:
    @pytest.mark.parametrize(
        ("mib", "passes", "good"),
        [
            *((19, 2, True), (46, 1, True), (7, 6, True), (12, 3, True)),
            *((19, 1, False), (1, 1, False), (6, 64, False), (7, 5, False), (35, 1, False)),
        ],
    )
    def test_are_as_dear_in_production_as_is_asked_of_argon2id(
        self, mib: int, passes: int, good: bool
    ) -> None:
        chosen = {
            "HOMEROOM_PASSWORDS__MEMORY_MIB": str(mib),
            "HOMEROOM_PASSWORDS__PASSES": str(passes),
        }
        assert problems(chosen) == []
        told = problems(PRODUCTION, chosen)
        assert (told == []) is good
        assert all("HOMEROOM_PASSWORDS__MEMORY_MIB" in one for one in told)


class TestTheSigningKey:
    KEY = {"HOMEROOM_SIGNING__KEYS": "Ed25519:" + "a2" * 21 + "k="}  # noqa: RUF012

    def test_is_missed_where_several_processes_count_together(self) -> None:
        (told,) = problems(PRODUCTION, TOGETHER)
        assert told.startswith("HOMEROOM_SIGNING__KEYS (signing.keys): is missing")
        assert problems(PRODUCTION, TOGETHER, self.KEY) == problems(TOGETHER) == []

    @pytest.mark.parametrize("given", [{}, POSTGRES])
    def test_is_made_where_one_process_may_be_all(self, given: dict[str, str]) -> None:
        assert problems(PRODUCTION, given) == []


def test_all_that_production_forbids_is_told_at_once() -> None:
    cheap = {"HOMEROOM_PASSWORDS__MEMORY_MIB": "1"}
    open_door = {"HOMEROOM_DEVELOPMENT__SIGN_IN": "yes"}
    told = problems(PRODUCTION, cheap, open_door, TOGETHER, first_password("changeme12345"))
    assert len(told) == 4
    assert all(one.endswith(".") for one in told)
