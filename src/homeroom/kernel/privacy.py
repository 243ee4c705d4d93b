"""Marks for personal data: typed, so that a test can see where it goes."""

import enum

import attrs


class Kind(enum.Enum):
    """How a field tells about a person."""

    IDENTIFIER = "identifier"
    CONTACT = "contact"
    OPINION = "opinion"
    VOICE = "voice"


@attrs.frozen
class _Personal:
    kind: Kind


Personal = _Personal(Kind.IDENTIFIER)
"""`Annotated[str, Personal]` marks a field that tells who somebody is."""

Contact = _Personal(Kind.CONTACT)
Opinion = _Personal(Kind.OPINION)
Voice = _Personal(Kind.VOICE)


def is_personal(annotation: object) -> bool:
    """Whether *annotation* carries a privacy mark."""
    metadata: tuple[object, ...] = getattr(annotation, "__metadata__", ())
    return any(isinstance(mark, _Personal) for mark in metadata)
