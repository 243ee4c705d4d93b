"""Privacy marks: a test can see where personal data goes."""

from typing import Annotated, get_type_hints

import attrs
import pytest

from homeroom.kernel.privacy import Contact, Kind, Opinion, Personal, Voice, is_personal


@attrs.frozen
class Student:
    """Somebody, with everything we might know."""

    number: int
    name: Annotated[str, Personal]
    email: Annotated[str | None, "shown to teachers", Contact]
    shoe_size: Annotated[int, "European"]


class TestMarks:
    def test_marked_fields_are_seen_and_others_are_not(self) -> None:
        hints = get_type_hints(Student, include_extras=True)
        assert [name for name, hint in hints.items() if is_personal(hint)] == ["name", "email"]

    @pytest.mark.parametrize("mark", [Personal, Contact, Opinion, Voice])
    def test_every_kind_counts(self, mark: object) -> None:
        assert is_personal(Annotated[bytes, mark])

    def test_there_is_a_mark_for_every_kind(self) -> None:
        assert {mark.kind for mark in (Personal, Contact, Opinion, Voice)} == set(Kind)

    @pytest.mark.parametrize("plain", [str, int | None, None, "Personal", list[str]])
    def test_what_bears_no_mark_is_not_personal(self, plain: object) -> None:
        assert not is_personal(plain)
