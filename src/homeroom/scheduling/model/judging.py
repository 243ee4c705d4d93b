"""What an answer means: delivered, refused for good, not now, gone, or nobody knows.

Discord says much with each answer, and is read by its codes; anybody else by the status, as
Standard Webhooks has it. What is kept of an answer is text that shows, without our secrets.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

import attrs

from homeroom.kernel.errors import Invalid, Refusal, Unavailable
from homeroom.kernel.outbound_answers import read_retry_after
from homeroom.kernel.outbound_errors import (
    AddressRefused,
    AnswerRefused,
    LeftAlone,
    NotSent,
    OutcomeUnknown,
    Overloaded,
    PeerUntrusted,
    Redirected,
)
from homeroom.scheduling.model.deliveries import SNIPPET, Allowance, Answer, Outcome
from homeroom.scheduling.model.payloads import Json

DUPLICATE_POSSIBLE = "nobody knows if it arrived: another try may make a duplicate"
UNTOLD_WAIT = 5.0
"""Seconds we leave who says "too much" but not for how long."""

HOST_RESTS = "host_rests"
"""The reason for a wait that the other end knows nothing of: we leave its host alone."""

_SHORTEST_WAIT, _LONGEST_WAIT = 0.1, 86_400.0
_LONGEST_MESSAGE = 1_000
_HIDDEN = "[hidden]"
_UNKNOWN_THREAD = 10_003
_UNKNOWN_WEBHOOK = 10_015
_INVALID_TOKEN = 50_027
_OF_THE_PAYLOAD = {
    50_006: "payload_refused",
    50_035: "payload_refused",
    200_000: "automod_blocked",
    200_001: "automod_blocked",
    220_001: "thread_needed",
    220_002: "thread_not_named",
    220_003: "thread_not_allowed",
    _UNKNOWN_THREAD: "thread_gone",
}
_REFUSALS: Sequence[tuple[type[Refusal], Outcome, str]] = (
    # Others failed there, perhaps another institution's: no attempt of this one was made.
    (LeftAlone, Outcome.LIMITED, HOST_RESTS),
    (NotSent, Outcome.FAILED, "unreachable"),
    (Overloaded, Outcome.FAILED, "server_error"),
    (OutcomeUnknown, Outcome.UNKNOWN, "unknown_result"),
    (AddressRefused, Outcome.REFUSED, "ssrf_blocked"),
    (PeerUntrusted, Outcome.DENIED, "peer_untrusted"),
    (Redirected, Outcome.FAILED, "redirected"),
    # The receiver had it, and what it did with it we did not read.
    (AnswerRefused, Outcome.UNKNOWN, "answer_refused"),
    (Unavailable, Outcome.FAILED, ""),
    (Invalid, Outcome.REFUSED, ""),
    (Refusal, Outcome.DENIED, ""),
)
"""The first that fits; without a reason of ours, the refusal's own word is kept."""


@attrs.frozen
class _Reply:
    """One answer over HTTP, read as far as its words go."""

    who: str
    status: int
    headers: Mapping[str, str]
    said: Mapping[str, Json]
    """The body, if it is a JSON object."""

    text: str
    now: datetime
    hide: Sequence[str]

    @property
    def retry_after(self) -> float | None:
        return read_retry_after(self.headers.get("retry-after", ""), now=self.now)

    def comes_to(
        self, outcome: Outcome, reason: str = "", message: str = "", wait: float | None = None
    ) -> Answer:
        return Answer(
            outcome=outcome,
            reason=reason,
            message=message or f"{self.who} answered {self.status}",
            status=self.status,
            snippet=self.text,
            retry_after=wait,
        )


def judge_discord(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    hide: Sequence[str] = (),
) -> Answer:
    """What Discord's answer means. *hide* is what must not be kept of it, should it echo us."""
    reply = _read("Discord", status, headers, body, now, hide)
    answer = _judge_discord(reply)
    return attrs.evolve(answer, allowance=_allowance(reply))


def _judge_discord(reply: _Reply) -> Answer:
    said = reply.said
    code = said.get("code")
    if 200 <= reply.status < 300:
        # Its body is our own message, which is kept already.
        message_id = said.get("id")
        answer = attrs.evolve(reply.comes_to(Outcome.DELIVERED), snippet="")
        kept = message_id if isinstance(message_id, str) and message_id.isalnum() else ""
        return attrs.evolve(answer, message_id=kept[:64])
    if reply.status == 429:
        return _limited_by_discord(reply)
    if code == _INVALID_TOKEN or reply.status in {401, 403}:
        return reply.comes_to(Outcome.DENIED, "webhook_denied", _told(reply))
    if isinstance(code, int) and code in _OF_THE_PAYLOAD and 400 <= reply.status < 500:
        return reply.comes_to(Outcome.REFUSED, _OF_THE_PAYLOAD[code], _told(reply))
    if code == _UNKNOWN_WEBHOOK or reply.status in {404, 410}:
        wanted = "the webhook is gone; it is not called again until its address changes"
        return reply.comes_to(Outcome.GONE, "webhook_gone", wanted)
    return _by_status(reply, "payload_refused")


def judge_webhook(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    hide: Sequence[str] = (),
) -> Answer:
    """What anybody else's answer means. *hide* is what must not be kept of it.

    A 404 is no farewell here, as it is at Discord: a server that is being replaced says it too.
    It is no use to insist, though, so it is denied, and a circuit opens if it stays so.
    """
    reply = _read("The receiver", status, headers, body, now, hide)
    if 200 <= status < 300:
        return reply.comes_to(Outcome.DELIVERED)
    if status == 429:
        wait = UNTOLD_WAIT if reply.retry_after is None else reply.retry_after
        return reply.comes_to(Outcome.LIMITED, "rate_limited", wait=wait)
    if status == 410:
        wanted = "The receiver answered 410: it wants no more until its address changes"
        return reply.comes_to(Outcome.GONE, "webhook_gone", wanted)
    if status in {401, 403, 407}:
        return reply.comes_to(Outcome.DENIED, "webhook_denied")
    if status == 404:
        return reply.comes_to(Outcome.DENIED, "webhook_not_found")
    return _by_status(reply, "payload_refused")


def _by_status(reply: _Reply, refused: str) -> Answer:
    """What a status means that nobody has a special meaning for."""
    if 300 <= reply.status < 400:
        message = f"{reply.who} answered {reply.status}; redirects are not followed"
        return reply.comes_to(Outcome.FAILED, "redirected", message)
    if reply.status in {408, 425}:
        return reply.comes_to(Outcome.FAILED, "not_now", wait=reply.retry_after)
    if 400 <= reply.status < 500:
        return reply.comes_to(Outcome.REFUSED, refused, _told(reply))
    if reply.status >= 500:
        return reply.comes_to(Outcome.FAILED, "server_error", wait=reply.retry_after)
    return reply.comes_to(Outcome.FAILED, "strange_answer")


def _limited_by_discord(reply: _Reply) -> Answer:
    said, headers = reply.said, reply.headers
    told = (
        _seconds(said.get("retry_after")),
        reply.retry_after,
        _seconds(headers.get("x-ratelimit-reset-after")),
        UNTOLD_WAIT,
    )
    wait = max(_SHORTEST_WAIT, next(one for one in told if one is not None))
    # Without a word of Discord's own it is the guard before it, which has turned all of us away.
    turned_away = not said and not any(name.startswith("x-ratelimit-") for name in headers)
    everywhere = (
        said.get("global") is True
        or headers.get("x-ratelimit-global", "").lower() == "true"
        or headers.get("x-ratelimit-scope", "").lower() == "global"
        or turned_away
    )
    message = f"Discord asks us to wait {wait:g} s" + (" with everything" if everywhere else "")
    answer = reply.comes_to(Outcome.LIMITED, "rate_limited", message, wait)
    return attrs.evolve(answer, everywhere=everywhere)


def _allowance(reply: _Reply) -> Allowance | None:
    limit = _seconds(reply.headers.get("x-ratelimit-limit"))
    remaining = _seconds(reply.headers.get("x-ratelimit-remaining"))
    reset_after = _seconds(reply.headers.get("x-ratelimit-reset-after"))
    if limit is None or remaining is None or reset_after is None:
        return None
    return Allowance(limit=int(limit), remaining=int(remaining), reset_after=reset_after)


def _seconds(value: Json) -> float | None:
    """A number that is none of a trickster's: finite, and not below zero or beyond a day."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return min(max(number, 0.0), _LONGEST_WAIT) if math.isfinite(number) else None


def _told(reply: _Reply) -> str:
    """What the other end says is wrong, each thing with its place."""
    said = reply.said
    head = said.get("message")
    listed = "; ".join(_details(said.get("errors"), "", 12))
    parts = [head if isinstance(head, str) else "", listed]
    told = ": ".join(filter(None, parts))
    start = f"{reply.who} answered {reply.status}"
    return _shown(f"{start}: {told}", reply.hide, _LONGEST_MESSAGE) if told else start


def _details(errors: Json, path: str, deeper: int) -> list[str]:
    """Discord nests a mistake as deeply as the field it is about."""
    if not deeper:
        return []
    match errors:
        case {"_errors": list(found)}:
            texts = [one["message"] for one in found if isinstance(one, dict) and "message" in one]
            return [f"{path}: {text}" for text in texts]
        case dict():
            nested = [
                _details(
                    value, f"{path}[{name}]" if name.isdigit() else f"{path}.{name}", deeper - 1
                )
                for name, value in errors.items()
            ]
            return [one.removeprefix(".") for some in nested for one in some]
    return []


def judge_refusal(refusal: Refusal) -> Answer:
    """What it means that the way out came back without an answer we take."""
    told = next(row for row in _REFUSALS if isinstance(refusal, row[0]))
    outcome, reason = told[1], told[2] or refusal.code
    status = refusal.status if isinstance(refusal, Overloaded) else None
    wait = refusal.retry_after if isinstance(refusal, Unavailable) else None
    if status == 429:
        outcome, reason, wait = Outcome.LIMITED, "rate_limited", wait or UNTOLD_WAIT
    message = refusal.message[:_LONGEST_MESSAGE]
    if outcome is Outcome.UNKNOWN:
        message = f"{message}; {DUPLICATE_POSSIBLE}"
    return Answer(outcome=outcome, reason=reason, message=message, status=status, retry_after=wait)


def _read(
    who: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    hide: Sequence[str],
) -> _Reply:
    lower = {name.lower(): value for name, value in headers.items()}
    text = snippet(body, hide)
    return _Reply(who, status, lower, _said(body), text, now, hide)


def _said(body: bytes) -> Mapping[str, Json]:
    try:
        read: Json = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def snippet(body: bytes, hide: Sequence[str] = ()) -> str:
    """The beginning of *body* as text that shows, with what *hide* names cut out of it."""
    shown = _shown(body.decode(errors="replace"), hide, SNIPPET)
    return shown.encode()[:SNIPPET].decode(errors="ignore")


def _shown(text: str, hide: Sequence[str], at_most: int) -> str:
    """What is hidden is cut out first: half a secret would be left at the end."""
    for secret in sorted(filter(None, hide), key=len, reverse=True):
        for spelling in (secret, secret.replace("/", "\\/"), quote(secret, safe="")):
            text = text.replace(spelling, _HIDDEN)
    text = text[:at_most]
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\n" else " " for one in text)
