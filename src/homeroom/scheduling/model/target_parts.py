"""The parts of a target that people write: web addresses, headers, e-mail addresses, subjects."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

import attrs

from homeroom.kernel.errors import Problem
from homeroom.kernel.outbound_addresses import AddressPolicy, read_address
from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.kernel.outbound_targets import Target as WebTarget
from homeroom.kernel.outbound_targets import read_target
from homeroom.scheduling.model.signatures import read_secret

_MOST_HEADERS, _LONGEST_HEADER = 20, 1_024
_LONGEST_URL = 2_048
_MOST_ADDRESSES = 20
_LONGEST_SUBJECT = 200
_HEADER = re.compile(r"authorization|x-[a-z0-9-]{1,60}")
# Not a caller's to say: who we are, what we trace, and which method was meant after all.
_NOT_THEIRS = re.compile(r"x-(?:forwarded-.*|real-ip|trace-id|http-method.*|method-override)")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


@attrs.frozen(kw_only=True)
class TargetRules:
    """What the operator lets tasks send to."""

    allow_http: bool = False
    """Whether messages may travel without TLS."""

    addresses: AddressPolicy = AddressPolicy()


def check_web_address(
    text: str, rules: TargetRules, *, field: str
) -> tuple[WebTarget | None, list[Problem]]:
    """Where *text* leads. What a name resolves to is judged whenever it is dialled."""
    try:
        target = read_target(text)
    except UrlRefused as refusal:
        return None, [Problem(field, refusal.message)]
    problems = []
    if len(text) > _LONGEST_URL:
        problems.append(Problem(field, f"must be at most {_LONGEST_URL} characters"))
    if target.scheme != "https" and not rules.allow_http:
        problems.append(Problem(field, "must begin with https://"))
    if not _may_be_dialled(target, rules.addresses):
        problems.append(Problem(field, "is not an address, or not on a port, that we may call"))
    return (None if problems else target), problems


def _may_be_dialled(target: WebTarget, policy: AddressPolicy) -> bool:
    address = read_address(target.host)
    if address is not None:
        return policy.admits(address, target.port)
    # A name may yet resolve into a network whose every port the operator opened.
    return target.port in policy.ports or bool(policy.allow)


def check_headers(headers: Mapping[str, str], *, field: str) -> list[Problem]:
    """What keeps *headers* from being sent beside ours.

    `Authorization` is among those that may be: receivers ask for it, it is kept sealed with the
    address, and no redirect carries it to anybody else.
    """
    problems = []
    if len(headers) > _MOST_HEADERS:
        problems.append(Problem(field, f"must be at most {_MOST_HEADERS}"))
    names = [name.lower() for name in headers]
    for name, value in headers.items():
        lower = name.lower()
        where = f"{field}.{lower}" if _HEADER.fullmatch(lower) else field
        if where == field or _NOT_THEIRS.fullmatch(lower):
            problems.append(
                Problem(where, "may be authorization or begin with x-, and not be one of ours")
            )
        if names.count(lower) > 1:
            problems.append(Problem(where, "is given twice"))
        if len(value) > _LONGEST_HEADER or not _HEADER_VALUE.fullmatch(value):
            problems.append(
                Problem(where, f"must be 1 to {_LONGEST_HEADER} printable ASCII characters")
            )
    return list(dict.fromkeys(problems))


def check_addresses(to: Sequence[str], *, field: str) -> list[Problem]:
    """What keeps *to* from being written to: a few bare addresses, and each once."""
    problems = []
    if not 1 <= len(to) <= _MOST_ADDRESSES:
        problems.append(Problem(field, f"must be 1 to {_MOST_ADDRESSES} addresses"))
    seen: set[str] = set()
    for index, address in enumerate(to[:_MOST_ADDRESSES]):
        where = f"{field}[{index}]"
        if not _is_address(address):
            problems.append(
                Problem(where, "must be a bare address such as somebody@school.example")
            )
        elif address.lower() in seen:
            problems.append(Problem(where, "is given twice"))
        seen.add(address.lower())
    return problems


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        len(text) <= 254
        and len(local) <= 64
        and _LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def check_subject(subject: str, *, field: str) -> list[Problem]:
    """What keeps *subject* from standing over a letter; line breaks would begin another header."""
    unseen = any(unicodedata.category(letter) in _UNSEEN for letter in subject)
    if 1 <= len(subject.strip()) <= _LONGEST_SUBJECT and not unseen:
        return []
    return [Problem(field, f"must be 1 to {_LONGEST_SUBJECT} characters on one line")]


def check_secret(secret: str, *, field: str) -> list[Problem]:
    """What keeps *secret* from signing messages."""
    try:
        read_secret(secret)
    except ValueError as error:
        return [Problem(field, str(error))]
    return []
