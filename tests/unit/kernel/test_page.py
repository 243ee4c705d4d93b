"""Pages: bounded, and walking them sees every row once."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.page import MAX_LIMIT, BadPage, CursorPage, CursorRequest, Page, PageRequest

limits = st.integers(1, MAX_LIMIT)


class TestNumberedPages:
    @given(st.integers(0, 500), limits)
    def test_leafing_through_sees_every_row_once(self, total: int, limit: int) -> None:
        rows = range(total)
        pages = Page((), total, PageRequest(limit=limit)).total_pages
        seen: list[int] = []
        for number in range(1, pages + 1):
            request = PageRequest(number, limit)
            items = rows[request.offset : request.offset + limit]
            assert len(items) > 0
            seen += items
        assert seen == list(rows)

    @pytest.mark.parametrize("number", [0, -1, 1_000_001])
    def test_there_is_no_page_before_the_first_or_absurdly_far(self, number: int) -> None:
        with pytest.raises(BadPage) as refused:
            PageRequest(number)
        assert [one.field for one in refused.value.problems] == ["page"]

    @pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
    def test_a_page_has_1_to_200_rows(self, limit: int) -> None:
        for ask in (lambda: PageRequest(limit=limit), lambda: CursorRequest(limit=limit)):
            with pytest.raises(BadPage) as refused:
                ask()
            assert [one.field for one in refused.value.problems] == ["limit"]
            assert str(limit) in refused.value.problems[0].message

    def test_an_empty_house_has_no_pages(self) -> None:
        assert Page((), 0, PageRequest()).total_pages == 0


def ask(rows: list[UUID], request: CursorRequest) -> CursorPage[UUID]:
    """What a store answers: newest first, one more than asked for, cut."""
    newest = sorted(rows, reverse=True)
    after = request.after
    older = [row for row in newest if after is None or row < after]
    return CursorPage.cut(older[: request.limit + 1], request.limit, lambda row: row)


class TestCursors:
    @given(st.lists(st.uuids(), unique=True, max_size=40), st.integers(1, 12))
    def test_walking_sees_every_row_once_and_then_ends(self, rows: list[UUID], limit: int) -> None:
        seen: list[UUID] = []
        request = CursorRequest(limit=limit)
        while True:
            page = ask(rows, request)
            seen += page.items
            if page.next is None:
                break
            assert len(page.items) == limit
            assert page.next == page.items[-1]
            request = CursorRequest(page.next, limit)
        assert seen == sorted(rows, reverse=True)

    @given(st.lists(st.uuids(), unique=True, min_size=2, max_size=20), st.uuids())
    def test_a_row_born_during_the_walk_moves_nothing(self, rows: list[UUID], born: UUID) -> None:
        first = ask(rows, CursorRequest(limit=1))
        assert first.next is not None
        newer = UUID(int=max(first.next.int, born.int))
        rest = ask([*rows, newer], CursorRequest(first.next, MAX_LIMIT))
        assert [*first.items, *rest.items] == sorted(rows, reverse=True)

    def test_a_full_last_page_has_no_next(self) -> None:
        rows = [UUID(int=2), UUID(int=1)]
        assert ask(rows, CursorRequest(limit=2)) == CursorPage((UUID(int=2), UUID(int=1)), None)
