"""Other names: what somebody shall be called from now on, where only some of it is said."""

from typing import Annotated, Self

import attrs

from homeroom.kernel.privacy import Contact, Personal
from homeroom.people.model.persons import Identity

_NONE = "-"
"""Some people have one name alone."""


@attrs.frozen(kw_only=True)
class Naming:
    """What somebody shall be called from now on. None leaves a name as it is."""

    user_name: Annotated[str | None, Personal] = None
    first_name: Annotated[str | None, Personal] = None
    last_name: Annotated[str | None, Personal] = None
    email: Annotated[str | None, Contact] = None
    """An empty one takes the address away."""

    @classmethod
    def in_full(cls, name: str) -> Self:
        """As somebody writes their whole *name*: the last word of several is the last name."""
        first, _, last = name.strip().rpartition(" ")
        return (
            cls(first_name=first, last_name=last)
            if first
            else cls(first_name=last, last_name=_NONE)
        )

    def of(self, called: Identity) -> Identity:
        """Whoever was *called* so, as they are now. Raises `BadPerson` with all that is wrong."""
        wanted = attrs.asdict(self)
        said = {name: getattr(called, name) if now is None else now for name, now in wanted.items()}
        return Identity.given(**said)


AS_BEFORE = Naming()
