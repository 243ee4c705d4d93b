"""What is refused at start: what belongs together and is not, and what only production forbids."""

import re
from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from homeroom.kernel.errors import Problem
from homeroom_entrypoints.composition.catalogue import Path, variable
from homeroom_entrypoints.composition.house_sections import DevelopmentSettings, SuperAdminSettings
from homeroom_entrypoints.composition.identity_sections import PasswordSettings
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import WebSettings

PRODUCTION = "production"

_SHORTEST = 12
_LEAST_WORK, _LEAST_MEMORY = 36, 7
"""MiB that a hash goes over, and MiB it takes: the weakest of OWASP's equal choices of argon2id."""

_WELL_KNOWN = (
    *("admin", "administrator", "superadmin", "superuser", "root", "user", "test", "demo"),
    *("password", "passwort", "passphrase", "pass", "secret", "letmein", "welcome", "default"),
    *("change", "changeme", "changeit", "please", "replace", "replaceme", "example", "temp"),
    *("homeroom", "school", "teacher", "student", "university", "faculytics", "classwaves"),
    *("qwerty", "qwertyuiop", "qwertz", "qwertzuiop", "asdf", "asdfgh", "asdfghjkl", "zxcvbnm"),
    *("abc", "abcd", "abcde", "abcdef", "abcdefghij", "iloveyou", "monkey", "dragon", "master"),
    *("sunshine", "princess", "football", "baseball", "shadow", "me", "my", "the", "is", "this"),
)
_ONLY_THOSE = re.compile(f"(?:{'|'.join(sorted(_WELL_KNOWN, key=len, reverse=True))})+")
_WRITTEN_AS = str.maketrans("013457@$!", "oleastasi")
_NO_LETTERS = re.compile(r"[\W\d_]+")


def settings_problems(values: Mapping[Path, Any], refused: Collection[Path]) -> Iterator[Problem]:
    """What *values*, the settings that were written down, must not be beside one another.

    *refused* ones are judged already.
    """
    in_production = values.get(("environment",)) == PRODUCTION
    yield from _half_a_super_admin(values, refused)
    yield from _development(values, in_production=in_production)
    if in_production:
        yield from _weak_super_admin(values)
        yield from _weak_hashes(values)
        yield from _a_key_for_each(values)


def is_well_known(password: str, *names: str) -> bool:
    """Whether *password* is nothing but words that everybody tries first, or a name, dressed up."""
    plain = _NO_LETTERS.sub("", password.casefold())
    bare = password.casefold().strip("0123456789!?.,-_#*$@ ")
    read = _NO_LETTERS.sub("", bare.translate(_WRITTEN_AS))
    known = {_NO_LETTERS.sub("", name.casefold()) for name in names} - {""}
    return any(not word or word in known or _ONLY_THOSE.fullmatch(word) for word in (plain, read))


def _half_a_super_admin(values: Mapping[Path, Any], refused: Collection[Path]) -> Iterator[Problem]:
    password = ("super_admin", "password")
    for said in (("super_admin", "username"), ("super_admin", "email")):
        if values.get(said) and not values.get(password) and password not in refused:
            yield _problem(password, f"is missing: {variable(said)} without it appoints nobody.")
            return


def _development(values: Mapping[Path, Any], *, in_production: bool) -> Iterator[Problem]:
    switch, host = ("development", "sign_in"), ("web", "host")
    if not values.get(switch, DevelopmentSettings().sign_in):
        return
    if in_production:
        yield _problem(switch, "lets people in without a password: never in production. Remove it.")
    if not is_loopback(values.get(host, WebSettings().host)):
        why = "must be 127.0.0.1 or ::1 while"
        yield _problem(host, f"{why} {variable(switch)} lets people in without a password.")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach what listens at *host*."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _weak_super_admin(values: Mapping[Path, Any]) -> Iterator[Problem]:
    path = ("super_admin", "password")
    secret = values.get(path)
    if not isinstance(secret, Secret):
        return
    usual = SuperAdminSettings()
    names = (
        values.get(("super_admin", "username"), usual.username),
        values.get(("super_admin", "email"), usual.email),
    )
    if len(secret.reveal()) < _SHORTEST:
        yield _problem(path, f"is too short for production. Write {_SHORTEST} characters or more.")
    elif is_well_known(secret.reveal(), *names, *(name.partition("@")[0] for name in names)):
        yield _problem(path, "is among the first that everybody tries. Write a few odd words.")


def _weak_hashes(values: Mapping[Path, Any]) -> Iterator[Problem]:
    usual = PasswordSettings()
    memory, passes = ("passwords", "memory_mib"), ("passwords", "passes")
    mib, times = values.get(memory, usual.memory_mib), values.get(passes, usual.passes)
    if mib < _LEAST_MEMORY or mib * times < _LEAST_WORK:
        yield _problem(
            memory,
            f"makes hashes that thieves guess quickly: {mib} MiB, gone over {times} times. In "
            f"production, write {_LEAST_MEMORY} or more, and {variable(passes)} so that both "
            f"multiplied are {_LEAST_WORK} or more.",
        )


def _a_key_for_each(values: Mapping[Path, Any]) -> Iterator[Problem]:
    """Who counts requests together answers them in several processes; a key that each machine
    makes for itself would be believed by that one alone."""
    url, keys = values.get(("storage", "url")), ("signing", "keys")
    together = ("web", "rate_limit_store")
    shared = isinstance(url, Secret) and url.reveal().startswith("postgres")
    counted = values.get(together, WebSettings().rate_limit_store) != WebSettings().rate_limit_store
    if shared and counted and not values.get(keys):
        yield _problem(
            keys,
            f"is missing: web processes that count together ({variable(together)}) must believe "
            "each other's tokens. `homeroom secrets new-key --kind signing` makes one for all.",
        )


def _problem(path: Path, message: str) -> Problem:
    return Problem(f"{variable(path)} ({'.'.join(path)})", message)
