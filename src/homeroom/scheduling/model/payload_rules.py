"""What the payload of each kind may hold, and what becomes of it before it is sent.

- `discord`: a message as Discord's webhooks take it (see `discord`).
- `webhook`: any JSON object; filled, it is the very body that is signed and sent.
- `email`: `text`, beside it `html` if wanted, and `subject` to stand instead of the target's.
- `log`: any JSON object.
"""

import html
from collections.abc import Callable

from homeroom.kernel.errors import Problem
from homeroom.scheduling.model import discord
from homeroom.scheduling.model.payloads import Json, Payload, payload_text, shape_problems
from homeroom.scheduling.model.target_parts import check_subject
from homeroom.scheduling.model.targets import DiscordTarget, EmailTarget, NotifierKind, Target
from homeroom.scheduling.model.templates import Values, fill, fill_text, template_problems

_LONGEST = {
    NotifierKind.WEBHOOK: 20_000,  # what Standard Webhooks calls a sane payload
    NotifierKind.EMAIL: 100_000,
    NotifierKind.LOG: 8_000,
}
_IN_LETTER = ("subject", "text", "html")


def check_payload(kind: NotifierKind, payload: Json, target: Target | None = None) -> list[Problem]:
    """Everything for which *payload* could not be sent to *target*, before it is saved."""
    if kind is NotifierKind.DISCORD:
        return discord.check_message(payload, target if isinstance(target, DiscordTarget) else None)
    problems = shape_problems(payload, field="payload", at_most=_LONGEST[kind])
    if problems or not isinstance(payload, dict):
        return problems
    problems = template_problems(payload, field="payload")
    return problems + (_check_letter(payload) if kind is NotifierKind.EMAIL else [])


def _check_letter(payload: Payload) -> list[Problem]:
    problems = [
        Problem(f"payload.{name}", f"a letter has {', '.join(_IN_LETTER)}, and nothing else")
        for name in payload
        if name not in _IN_LETTER
    ]
    for name in _IN_LETTER:
        value = payload.get(name)
        if value is None and name == "text":
            problems.append(Problem("payload.text", "must be given: some read nothing else"))
        elif value is not None and (not isinstance(value, str) or not value.strip()):
            problems.append(Problem(f"payload.{name}", "must be a text, and not blank"))
        elif isinstance(value, str) and name == "subject":
            problems += check_subject(value, field="payload.subject")
    return problems


def filled(
    kind: NotifierKind, payload: Payload, values: Values, target: Target | None = None
) -> dict[str, Json]:
    """*payload* with its variables filled, as a notifier of *kind* gets it.

    A letter gets the subject of its *target* with it. What fills a variable is text there: in
    `html` it is no markup, and in a subject no further line.
    """
    if kind is not NotifierKind.EMAIL:
        return fill(payload, values)
    given: dict[str, Json] = {"subject": target.subject} if isinstance(target, EmailTarget) else {}
    escapes: dict[str, Callable[[str], str]] = {"html": html.escape, "subject": _on_one_line}
    return {
        name: fill_text(value, values, escapes.get(name, str))
        for name, value in (given | dict(payload)).items()
        if isinstance(value, str)
    }


def _on_one_line(value: str) -> str:
    return " ".join(value.split())


def wire_body(kind: NotifierKind, payload: Payload) -> str:
    """The very JSON that is sent for *payload*, which is filled. Raises `BadMessage`."""
    return discord.message_body(payload) if kind is NotifierKind.DISCORD else payload_text(payload)
