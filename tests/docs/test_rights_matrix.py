"""The page of people shows the rights as they are: its matrix is written from the table itself."""

from pathlib import Path

import pytest

from homeroom.kernel.actor import Actor, Role, may
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.kernel.rights import rights
from homeroom_testing.rights_matrix import UNASKED, matrix, written_into

PAGE = Path(__file__).parents[2] / "docs" / "contexts" / "people.md"


def test_the_page_has_the_matrix_as_it_is_now() -> None:
    how = "python -m homeroom_testing.rights_matrix docs/contexts/people.md"
    page = PAGE.read_text("utf-8")
    assert page == written_into(page), f"Write it anew: {how}"


def test_a_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        written_into("# People\n")


def test_every_cell_says_what_may_says() -> None:
    ours, theirs = InstitutionId(new_id()), InstitutionId(new_id())
    lines = [line.strip("| ").split(" | ") for line in matrix().splitlines()]
    shown = {cells[0].strip("`"): cells[1 : len(Role) + 1] for cells in lines}
    for right in rights:
        for role, cell in zip(Role, shown[right.name], strict=True):
            actor = Actor(institution_id=ours, roles=frozenset({role}))
            reached = (may(actor, right), may(actor, right, theirs))
            assert reached == (cell != "-", cell == "everywhere"), (right.name, role)


def test_what_nobody_asks_for_is_told_with_its_reason() -> None:
    told = matrix()
    for name, why in UNASKED.items():
        assert f"| `{name.partition('.')[2]}` | {why} |" in told
