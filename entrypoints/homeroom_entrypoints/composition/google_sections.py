"""The settings' section about signing in with Google, or with whoever stands in its place."""

import re
from collections.abc import Mapping
from typing import Literal

import attrs

from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.kernel.outbound_targets import read_target
from homeroom.people.model.openid import CONSUMER_DOMAINS
from homeroom.people.ports.openid import OpenIdSettings
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import adapter, setting

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_GOOGLE = attrs.fields(OpenIdSettings)
_ELSEWHERE = "Another provider's, for tests and for other houses."


def _safe_address(_settings: object, _field: object, text: str) -> None:
    """TLS, or no network at all: what goes there opens doors."""
    try:
        target = read_target(text) if text else None
    except UrlRefused:
        raise Expected("an address such as https://school.example/…") from None
    if target and target.scheme != "https" and target.host not in _HERE:
        raise Expected("an address that begins with https://; http:// is for this machine alone")


def _safe_addresses(settings: object, field: object, addresses: tuple[str, ...]) -> None:
    for address in addresses:
        _safe_address(settings, field, address)


def houses_of(domains: tuple[str, ...]) -> Mapping[str, str]:
    """For each domain the institution that was written behind it, if one was."""
    pairs = (one.partition("=") for one in domains)
    return {domain.strip().lower(): house.strip() for domain, _, house in pairs}


def _domains(_settings: object, _field: object, domains: tuple[str, ...]) -> None:
    houses = houses_of(domains)
    if len(houses) < len(domains):
        raise Expected("each domain once")
    for domain in houses:
        if domain in CONSUMER_DOMAINS:
            raise Expected(
                f"domains of your own: anybody may have an address of {domain}, so it says nothing "
                "of where they belong"
            )
        if not _DOMAIN.fullmatch(domain):
            raise Expected(
                "domains such as school.edu, or school.edu=Name of the institution, with commas "
                "between"
            )


@attrs.frozen(kw_only=True)
class GoogleSettings:
    """Whether people may sign in with Google, and who they are here then."""

    adapter: str = adapter("openid", "oidc", "By which way Google is asked: oidc.")
    client_id: str = setting(
        "", "The client's id, from Google's console; empty means that nobody signs in so."
    )
    client_secret: Secret = setting(Secret(), "The client's secret, from there.")
    redirect_url: str = setting(
        "",
        "Where Google sends browsers back to, as it is registered there: where this house is "
        "reached, and then `/api/v1/auth/google/callback`.",
        _safe_address,
    )
    pages: tuple[str, ...] = setting(
        (),
        "Pages of your own that send browsers to Google themselves and bring us the codes: where "
        "Google sends them back to, as it is registered there. The first is meant if none is said.",
        _safe_addresses,
    )
    domains: tuple[str, ...] = setting(
        (),
        "Whose e-mail addresses are let in: `school.edu`, or `school.edu=Ateneo` where there are "
        "several institutions (its name, or its id).",
        _domains,
    )
    newcomers: Literal["refused", "student", "teacher"] = setting(
        "refused",
        "What becomes of somebody who is not here yet: refused, or taken in as student or teacher.",
        rules.one_of("refused", "student", "teacher"),
    )
    managed_only: bool = setting(
        True, "Let in only accounts that such a domain manages itself, as Google Workspace says."
    )
    issuer: str = setting("", f"Who says who somebody is; empty is Google. {_ELSEWHERE}")
    authorization_url: str = setting(
        _GOOGLE.authorization_url.default, f"Where people sign in. {_ELSEWHERE}", _safe_address
    )
    token_url: str = setting(
        _GOOGLE.token_url.default, f"Where codes are redeemed. {_ELSEWHERE}", _safe_address
    )
    keys_url: str = setting(
        _GOOGLE.keys_url.default, f"Where its keys are shown. {_ELSEWHERE}", _safe_address
    )
