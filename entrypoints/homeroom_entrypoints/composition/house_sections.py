"""The settings' sections about who comes in first: the super admin, and whoever develops here."""

import attrs

from homeroom.kernel.errors import Invalid
from homeroom.kernel.rights import Role
from homeroom.people.model.credentials import check_password
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import setting

_SOMEBODY = ("Super", "Admin")


def _user_name(_settings: object, _field: object, text: str) -> None:
    try:
        Identity.given(text, *_SOMEBODY)
    except Invalid:
        raise Expected("1 to 100 of a-z 0-9 . _ @ + -, a letter or digit first") from None


def _email(_settings: object, _field: object, text: str) -> None:
    try:
        Identity.given("somebody", *_SOMEBODY, text)
    except Invalid:
        raise Expected("an e-mail address such as ana@school.edu") from None


def _password(_settings: object, _field: object, secret: Secret | None) -> None:
    try:
        if secret is not None:
            check_password(secret.reveal())
    except Invalid:
        raise Expected("10 to 255 characters that are not the same few over and over") from None


@attrs.frozen(kw_only=True)
class SuperAdminSettings:
    """The first super admin. Once there is one, nothing here changes anything any more."""

    username: str = setting("super.admin", "The first super admin's user name.", _user_name)
    email: str = setting("", "The first super admin's e-mail address.", _email)
    password: Secret | None = setting(
        None,
        "The first super admin's first password, to be changed when they first sign in; without it "
        "nobody is appointed. Once there is a super admin, this section changes nothing any more.",
        _password,
    )

    @property
    def identity(self) -> Identity:
        return Identity.given(self.username, *_SOMEBODY, self.email)


@attrs.frozen(kw_only=True)
class DevelopmentSettings:
    """How somebody who develops comes in without a password."""

    sign_in: bool = setting(
        False,
        "Let whoever is at this machine sign in without a password, as one made-up person: "
        "`POST /api/v1/auth/development`. Refused in production, and where others can reach us.",
    )
    username: str = setting("developer", "The made-up person's user name.", _user_name)
    role: str = setting(
        Role.ADMIN.value,
        "What the made-up person is.",
        rules.one_of(*(role.value for role in Role)),
    )
