"""What callers say about targets, and the target that they mean: every mistake at once."""

from collections.abc import Mapping

import attrs

from homeroom.kernel.errors import Problem
from homeroom.kernel.outbound_targets import Target as WebTarget
from homeroom.scheduling.model.discord_urls import read_discord_url
from homeroom.scheduling.model.signatures import new_secret
from homeroom.scheduling.model.target_parts import (
    TargetRules,
    check_addresses,
    check_headers,
    check_secret,
    check_subject,
    check_web_address,
)
from homeroom.scheduling.model.targets import (
    MASKED,
    DiscordTarget,
    EmailTarget,
    LogTarget,
    NotifierKind,
    Target,
    WebhookTarget,
    mask,
)
from homeroom.scheduling.model.templates import template_problems

METHODS = ("POST", "PUT", "PATCH")


@attrs.frozen(kw_only=True)
class TargetGiven:
    """What a caller says about a target. Empty, and None, is what they said nothing about."""

    url: str = attrs.field(default="", repr=False)
    url_called: str = "target.url"
    """By which name the caller gave it, and hears of it again."""

    method: str = ""
    headers: Mapping[str, str] | None = attrs.field(default=None, repr=False)
    secret: str = attrs.field(default="", repr=False)
    to: tuple[str, ...] = attrs.field(default=(), repr=False)
    subject: str = ""


_SAID_OF = {
    NotifierKind.DISCORD: {"url"},
    NotifierKind.WEBHOOK: {"url", "method", "headers", "secret"},
    NotifierKind.EMAIL: {"to", "subject"},
    NotifierKind.LOG: set[str](),
}
STRICT = TargetRules()


def check_target(
    kind: NotifierKind,
    given: TargetGiven,
    before: Target | None = None,
    rules: TargetRules = STRICT,
) -> tuple[Target | None, list[Problem]]:
    """The target of *kind* that *given* asks for, or everything that is wrong with it.

    What it says nothing about stays as it was *before*, if that was of the same kind; an address
    as it is masked says nothing. A new secret then rotates: the old one signs too, until it is
    settled. A webhook without a secret gets a fresh one.
    """
    problems = _misplaced(kind, given)
    target, found = _check(kind, given, before, rules)
    problems += found
    return (None if problems else target), problems


def _check(
    kind: NotifierKind, given: TargetGiven, before: Target | None, rules: TargetRules
) -> tuple[Target | None, list[Problem]]:
    match kind:
        case NotifierKind.DISCORD:
            return _check_discord(given, before)
        case NotifierKind.WEBHOOK:
            return _check_webhook(given, before, rules)
        case NotifierKind.EMAIL:
            return _check_email(given, before)
        case NotifierKind.LOG:
            return LogTarget(), []


def _misplaced(kind: NotifierKind, given: TargetGiven) -> list[Problem]:
    others = set[str]().union(*_SAID_OF.values()) - _SAID_OF[kind]
    wanted = f"is nothing that the notifier {kind.value} needs; name another `notifier`"
    return [
        Problem(given.url_called if name == "url" else f"target.{name}", wanted)
        for name in sorted(others)
        if getattr(given, name)
    ]


def _check_discord(
    given: TargetGiven, before: Target | None
) -> tuple[DiscordTarget | None, list[Problem]]:
    if isinstance(before, DiscordTarget) and given.url in {"", mask(before)}:
        return before, []
    if problems := _unsaid(given.url, given):
        return None, problems
    url, wrong = read_discord_url(given.url)
    if url is None:
        return None, [Problem(given.url_called, one) for one in wrong]
    return DiscordTarget(url=url.text), []


def _check_webhook(
    given: TargetGiven, before: Target | None, rules: TargetRules
) -> tuple[WebhookTarget | None, list[Problem]]:
    was = before if isinstance(before, WebhookTarget) else WebhookTarget(url="", secrets=())
    url = was.url if was is before and given.url in {"", mask(was)} else given.url
    where, problems = _where(url, given, rules)
    headers = was.headers if given.headers is None else given.headers
    method = given.method.upper() or was.method
    problems += check_headers(headers, field="target.headers")
    if method not in METHODS:
        problems.append(Problem("target.method", f"must be one of {', '.join(METHODS)}"))
    if given.secret:
        problems += check_secret(given.secret, field="target.secret")
    if where is None:
        return None, problems
    if given.headers is None and was.headers and where.origin + where.path != was.url:
        # Or whoever may change the address, but not read the headers, could have them sent home.
        wanted = "must be given again, for they were meant for another address"
        problems.append(Problem("target.headers", wanted))
    if "authorization" in {name.lower() for name in headers} and where.scheme != "https":
        problems.append(Problem("target.headers.authorization", "is only sent over https"))
    target = WebhookTarget(
        url=where.origin + where.path,
        method=method,
        headers={name.lower(): value for name, value in sorted(headers.items())},
        secrets=was.secrets or (given.secret or new_secret(),),
    )
    return (target.rotate(given.secret) if given.secret else target), problems


def _where(
    url: str, given: TargetGiven, rules: TargetRules
) -> tuple[WebTarget | None, list[Problem]]:
    if problems := _unsaid(url, given):
        return None, problems
    return check_web_address(url, rules, field=given.url_called)


def _unsaid(url: str, given: TargetGiven) -> list[Problem]:
    """What is wrong with an address that nobody has said, or only a mask of it."""
    if not url:
        return [Problem(given.url_called, "is needed: say where messages go")]
    if MASKED in url:
        return [Problem(given.url_called, "is masked, and not as this task's is: say it whole")]
    return []


def _check_email(
    given: TargetGiven, before: Target | None
) -> tuple[EmailTarget | None, list[Problem]]:
    was = before if isinstance(before, EmailTarget) else EmailTarget(to=(), subject="")
    to, subject = given.to or was.to, given.subject.strip() or was.subject
    problems = check_addresses(to, field="target.to")
    problems += check_subject(subject, field="target.subject")
    problems += template_problems(subject, field="target.subject")
    return EmailTarget(to=to, subject=subject), problems
