"""An adaptive test out of a pool of many questions: what its next question takes.

python homeroom_adaptive.py WAY QUESTIONS TESTS   in one of these ways:
    spread     our chooser; the questions stand under eight objectives
    one        our chooser; all of them stand under a single one
    all        whatever tells most, found by a look at all of them each time

Each step is what stands between an answer and the next question: how able somebody is by all
that they answered so far, and what to ask them then. The first tests lay the pool out: `first`
is the longest step of the first ten, and `p99` counts all of them.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from uuid import UUID

from homeroom.exams.model.adaptive.ability import estimate
from homeroom.exams.model.adaptive.curves import Answered, Curve
from homeroom.exams.model.adaptive.pools import Pool, PoolItem
from homeroom.exams.model.adaptive.rules import Rules
from homeroom.exams.model.adaptive.selection import Chooser, Exposure
from homeroom.kernel.ids import ObjectiveId, QuestionId

LONG, FIRST = 30, 10

Asked = Sequence[tuple[QuestionId, ObjectiveId]]
Choose = Callable[[float, Asked, str], PoolItem | None]


def a_pool(luck: random.Random, questions: int, objectives: int) -> list[PoolItem]:
    """Questions as calibrations find them; a third of them can be guessed."""
    return [
        PoolItem(
            question_id=QuestionId(UUID(int=luck.getrandbits(128))),
            edition=1,
            objective_id=ObjectiveId(UUID(int=number % objectives)),
            curve=Curve(
                a=luck.lognormvariate(0, 0.3),
                b=luck.gauss(0, 1.1),
                c=0.2 if number % 3 == 0 else 0.0,
            ),
        )
        for number in range(questions)
    ]


def ours(luck: random.Random, items: Sequence[PoolItem]) -> Choose:
    """As it is asked in the house: by weights, and with a mind for what others were shown."""
    pool, tests = Pool(items), 1_000
    shown = {one.question_id: luck.randrange(tests // 4) for one in items}
    weights = {one: Fraction(100, len(pool.objectives)) for one in pool.objectives}
    exposure = Exposure(tests=tests, shown=shown)
    return Chooser(pool=pool, rules=Rules(), weights=weights, exposure=exposure).next_item


def all_looked_at(items: Sequence[PoolItem]) -> Choose:
    def choose(ability: float, asked: Asked, _: str) -> PoolItem | None:
        taken = {question_id for question_id, _ in asked}
        return max(
            (one for one in items if one.question_id not in taken),
            key=lambda one: one.curve.information(ability),
        )

    return choose


def steps_of(choose: Choose, luck: random.Random, seed: str) -> list[float]:
    """CPU milliseconds of each step of one test, answered by luck and ability."""
    able, answered, asked, took = (
        luck.gauss(0, 1),
        list[Answered](),
        list[PoolItem](),
        list[float](),
    )
    for _ in range(LONG):
        known = [(one.question_id, one.objective_id) for one in asked]
        began = time.thread_time()
        found = choose(estimate(answered).value, known, seed)
        took.append(1000 * (time.thread_time() - began))
        if found is None:
            break
        asked.append(found)
        right = luck.random() < found.curve.probability(able)
        answered.append(Answered(found.curve, float(right)))
    return took


def main(way: str, questions: int, tests: int) -> None:
    luck = random.Random(1)
    items = a_pool(luck, questions, 8 if way == "spread" else 1)
    choose = all_looked_at(items) if way == "all" else ours(luck, items)
    every = [steps_of(choose, luck, f"{number}") for number in range(tests)]
    steps = sorted(step for test in every for step in test)
    figures = {
        "p50 CPU ms": steps[len(steps) // 2],
        "p99 CPU ms": steps[int(0.99 * len(steps))],
        "first CPU ms": max(step for test in every[:FIRST] for step in test),
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
