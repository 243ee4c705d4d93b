"""Letters to people: what is sent, and what is expected of whoever carries it."""

from typing import Annotated, Protocol, runtime_checkable

import attrs

from homeroom.kernel.errors import Conflict, Unavailable
from homeroom.kernel.privacy import Contact


class LetterDelayed(Unavailable):
    """The letter could not be handed over now. It is tried again by itself."""

    code = "letter_delayed"


class LetterRefused(Conflict):
    """Nobody takes this letter as it is addressed. Check the person's e-mail address."""

    code = "letter_refused"


@attrs.frozen(kw_only=True)
class Letter:
    """One letter to one person."""

    id: str
    """The same at every attempt: by it a reader drops what came twice."""

    to: Annotated[str, Contact] = attrs.field(repr=False)
    subject: str
    text: str = attrs.field(repr=False)


@runtime_checkable
class Courier(Protocol):
    """Carries letters to people, one attempt at a time.

    Conformance: `homeroom_testing.conformance.courier.CourierConformance`.
    """

    async def send(self, letter: Letter) -> None:
        """Raises `LetterDelayed` where another attempt may help, else `LetterRefused`.

        Neither quotes the letter, nor whom it is to.
        """
        ...
