"""Forms: as many questions of each objective as its weight says, in an order of their own."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.choices import Multiple as Several
from homeroom.exams.model.choices import Option, TrueFalse
from homeroom.exams.model.forms import Shortfall, draw, order_of
from homeroom.kernel.ids import ObjectiveId

FIRST, SECOND, THIRD = (ObjectiveId(UUID(int=number)) for number in (1, 2, 3))
PARTS = tuple(Part(id=name, text=name.upper()) for name in "abcdefg")


def pools(*sizes: int) -> dict[ObjectiveId, list[str]]:
    every = (FIRST, SECOND, THIRD)
    return {
        one: [f"{one.int}.{number}" for number in range(size)]
        for one, size in zip(every, sizes, strict=True)
    }


def test_a_form_has_as_many_questions_of_each_objective_as_its_blueprint_says() -> None:
    drawn = draw({FIRST: 2, SECOND: 1, THIRD: 3}, pools(5, 5, 5), "seed")
    counts = [[one for one, _ in drawn.taken].count(each) for each in (FIRST, SECOND, THIRD)]
    assert counts == [2, 1, 3]
    assert drawn.shortfalls == ()


def test_what_a_pool_lacks_comes_from_its_nearest_neighbours_and_is_noted() -> None:
    drawn = draw({FIRST: 3, SECOND: 1, THIRD: 1}, pools(1, 2, 9), "seed")
    counts = [[one for one, _ in drawn.taken].count(each) for each in (FIRST, SECOND, THIRD)]
    assert counts == [1, 2, 2]
    assert drawn.shortfalls == (Shortfall(objective_id=FIRST, wanted=3, found=1),)


def test_a_bank_that_has_too_few_gives_all_it_has() -> None:
    drawn = draw({FIRST: 3, SECOND: 3, THIRD: 0}, pools(1, 0, 1), "seed")
    assert sorted(one for _, one in drawn.taken) == ["1.0", "3.0"]
    assert [(one.wanted, one.found) for one in drawn.shortfalls] == [(3, 1), (3, 0)]


@given(
    st.tuples(*[st.integers(0, 6)] * 3), st.tuples(*[st.integers(0, 6)] * 3), st.text(max_size=5)
)
def test_no_question_comes_twice_and_none_is_wanting_that_is_there(
    wanted: tuple[int, ...], sizes: tuple[int, ...], seed: str
) -> None:
    blueprint = dict(zip((FIRST, SECOND, THIRD), wanted, strict=True))
    drawn = draw(blueprint, pools(*sizes), seed)
    every = [one for _, one in drawn.taken]
    assert len(every) == len(set(every)) == min(sum(wanted), sum(sizes))
    assert all(one.startswith(f"{objective_id.int}.") for objective_id, one in drawn.taken)
    assert drawn == draw(blueprint, pools(*sizes), seed)


def test_another_seed_draws_other_questions_in_another_order() -> None:
    drawn = {draw({FIRST: 4}, pools(20, 0, 0), f"seed {number}").taken for number in range(9)}
    assert len(drawn) > 1


def test_only_what_there_is_to_choose_from_is_shuffled_and_ids_stay() -> None:
    ids = tuple(one.id for one in PARTS)
    options = tuple(Option(id=one.id, text=one.text) for one in PARTS)
    matching = Matching(premises=PARTS[:2], targets=PARTS, pairs=("a", "b"))
    for body in (Several(options=options), matching, Ordering(items=PARTS)):
        orders = {order_of(body, f"seed {number}") for number in range(9)}
        assert len(orders) > 1
        assert {tuple(sorted(one)) for one in orders} == {ids}
    assert order_of(TrueFalse(is_true=True), "seed") == ()
