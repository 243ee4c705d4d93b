"""Letters: what the body of one says, and what it means that a mail server answers so.

A letter goes to the operator's own mail server, wherever that is, and never to an address that a
task names; so the guard that stands before outbound calls has nothing to judge here.
"""

import re
from collections.abc import Sequence

import attrs

from homeroom.scheduling.errors import BadMessage, UnreadableTarget
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.judging import DUPLICATE_POSSIBLE, snippet
from homeroom.scheduling.model.payloads import read_payload
from homeroom.scheduling.model.target_parts import check_addresses
from homeroom.scheduling.model.targets import EmailTarget, read_target_text

_LONGEST_MESSAGE = 1_000
_TOO_SHORT_TO_TELL = 2
_NO_LOGIN = {530, 534, 535, 538}
_NOBODY = {550, 551, 553}
_ENHANCED = re.compile(r"\d\.\d{1,3}\.\d{1,3}\b")
_NOBODY_THERE = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)")
"""There is no such mailbox, no such domain, it has moved, it takes no mail, it is closed."""


@attrs.frozen(kw_only=True)
class Letter:
    """One letter, as it is to be read by whoever gets it."""

    to: tuple[str, ...] = attrs.field(repr=False)
    subject: str
    """On one line."""

    text: str = attrs.field(repr=False)
    html: str = attrs.field(default="", repr=False)
    """Empty if there is none."""


def read_letter(message: Message) -> Letter:
    """What *message* asks to be sent. Raises `BadMessage`, `UnreadableTarget`."""
    target = read_target_text(message.target)
    if not isinstance(target, EmailTarget) or check_addresses(target.to, field="to"):
        raise UnreadableTarget
    try:
        said = read_payload(message.body)
    except ValueError:
        raise BadMessage from None  # the cause would quote it
    text, html = said.get("text"), said.get("html", "")
    subject = _one_line(said.get("subject", target.subject))
    if not (isinstance(text, str) and text.strip() and isinstance(html, str) and subject):
        raise BadMessage("a letter needs a subject and a text, and its html is a text, too")
    return Letter(to=target.to, subject=subject, text=text, html=html)


def _one_line(value: object) -> str:
    """*value* without what would end the line, and begin another header."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


@attrs.frozen
class Reply:
    """A mail server's reply: three digits, and words for people."""

    code: int
    text: str = attrs.field(repr=False)

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500

    @property
    def nobody(self) -> bool:
        """Whether it says that there is nobody of that address, and not that we may not write."""
        enhanced = _ENHANCED.match(self.text)
        if enhanced is not None:
            return _NOBODY_THERE.fullmatch(enhanced[0]) is not None
        return self.code in _NOBODY

    def comes_to(self, outcome: Outcome, reason: str, hide: Sequence[str]) -> Answer:
        said = snippet(_without(self.text, hide).encode(errors="replace"))
        message = f"The mail server answered {self.code}" + (f": {said}" if said else "")
        return Answer(
            outcome=outcome,
            reason=reason,
            message=_one_line(message)[:_LONGEST_MESSAGE],
            status=self.code,
            snippet=said,
        )


def _without(text: str, hide: Sequence[str]) -> str:
    """*text* without what is not to be kept, however large or small a server writes it."""
    named = sorted((one for one in hide if len(one) > _TOO_SHORT_TO_TELL), key=len, reverse=True)
    if not named:
        return text
    return re.sub("|".join(map(re.escape, named)), "[hidden]", text, flags=re.IGNORECASE)


def judge_reply(reply: Reply, hide: Sequence[str] = ()) -> Answer:
    """What a refusal means, of the sender, of the letter, or of us. *hide* is not to be kept."""
    if reply.temporary:
        return reply.comes_to(Outcome.FAILED, "mail_not_now", hide)
    if reply.code in _NO_LOGIN:
        return reply.comes_to(Outcome.DENIED, "mail_denied", hide)
    if reply.code >= 500:
        return reply.comes_to(Outcome.REFUSED, "mail_refused", hide)
    return reply.comes_to(Outcome.FAILED, "strange_answer", hide)


def judge_door(reply: Reply, hide: Sequence[str] = ()) -> Answer:
    """What a refusal means that came before a letter was spoken of: of a login, or of a hello."""
    answer = judge_reply(reply, hide)
    if answer.outcome is Outcome.REFUSED:
        return attrs.evolve(answer, outcome=Outcome.DENIED, reason="mail_denied")
    return answer


def judge_recipients(refused: Sequence[Reply], hide: Sequence[str] = ()) -> Answer:
    """What it means that every one of the recipients was refused."""
    for reply in refused:
        if reply.temporary:
            return judge_reply(reply, hide)
    if all(reply.nobody for reply in refused):
        return refused[0].comes_to(Outcome.GONE, "recipient_unknown", hide)
    return judge_reply(next(reply for reply in refused if not reply.nobody), hide)


def judge_taken(
    taken: Reply, refused: Sequence[tuple[int, Reply]], of: int, hide: Sequence[str] = ()
) -> Answer:
    """The letter was taken; the recipients at these places, from 1, were *refused* before.

    They do not get another try: it would be a second letter for all the others.
    """
    answer = attrs.evolve(taken.comes_to(Outcome.DELIVERED, "", hide), message="")
    if not refused:
        return answer
    told = "; ".join(
        f"number {place}: {reply.comes_to(Outcome.REFUSED, '', hide).message}"
        for place, reply in refused
    )
    message = f"{len(refused)} of {of} recipients were refused, and get no other try: {told}"
    return attrs.evolve(answer, message=message[:_LONGEST_MESSAGE])


def lost(why: str, *, underway: bool) -> Answer:
    """No reply came. Once a letter is *underway*, nobody knows if the server has it."""
    if underway:
        message = f"{why} after the letter was sent; {DUPLICATE_POSSIBLE}"
        return Answer(outcome=Outcome.UNKNOWN, reason="unknown_result", message=message)
    return Answer(outcome=Outcome.FAILED, reason="unreachable", message=why)
