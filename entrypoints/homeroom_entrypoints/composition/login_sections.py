"""The settings' sections about ways to sign in beside the house's own passwords."""

import attrs

from homeroom.kernel.errors import Invalid
from homeroom.people.ports.lms import LmsSettings
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import adapter, setting

_LMS = LmsSettings(url="https://moodle.example")


def _platform(_settings: object, _field: object, text: str) -> None:
    try:
        if text:
            LmsSettings(url=text, allow_http=True)
    except Invalid:
        raise Expected("an address such as https://moodle.school.edu") from None


def _service(_settings: object, _field: object, text: str) -> None:
    if not text.strip() or len(text) > 200:
        raise Expected("the short name of a web service, such as moodle_mobile_app")


@attrs.frozen(kw_only=True)
class MoodleSettings:
    """The Moodle whose people may sign in here with the password that they have there."""

    adapter: str = adapter("lms", "moodle", "How the learning platform is asked: moodle, memory.")
    url: str = setting("", "Where the Moodle is; empty means that nobody signs in so.", _platform)
    institution: str = setting(
        "", "The name or id of the institution its people belong to; empty means the oldest."
    )
    service: str = setting(
        _LMS.service, "The web service there that lets people in, by its short name.", _service
    )
    timeout_seconds: float = setting(
        _LMS.timeout,
        "How long it may take to let somebody in, and again to tell their courses.",
        rules.positive(),
    )
    allow_http: bool = setting(
        _LMS.allow_http, "Let passwords go there without TLS, in a network that is yours alone."
    )
    trust_email: bool = setting(
        _LMS.trust_email,
        "Whether an address that it calls confirmed is its owner's; say false if people may write "
        "there what they like.",
    )


@attrs.frozen(kw_only=True)
class LoginSettings:
    """A way to sign in that another package brings, by the name it was installed under."""

    enabled: bool = setting(True, "Whether people may sign in this way.")
    url: Secret = setting(Secret(), "Where those are asked who know people by it.", rules.address)
    secret: Secret = setting(Secret(), "By what they know us.")
