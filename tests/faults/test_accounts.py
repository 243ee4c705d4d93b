"""The harness's own sums: every broken promise shows in the account, and a kept one does not."""

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from accounts import Account, Death
from journal import Deed, Entry, Journal, Reader
from ledger import Row
from scenes import RATE, RECOVERY, SOON, Strike, slow_to_return

EPOCH = 1_000.0

KEPT = "A 1 0 7 0|E 1 0 7 0.1|U 0 0 8 0.2|S 1 1 8 0.3|D 1 1 8 0.4"


def account(
    lines: str,
    deaths: tuple[Death, ...] = (),
    *,
    effects: dict[int, int] | None = None,
    states: dict[int, str] | None = None,
    finished: float = 0.5,
) -> Account:
    words = (line.split() for line in lines.split("|"))
    rows = {
        n: Row(state, 1, EPOCH + finished, None)
        for n, state in (states or {1: "succeeded"}).items()
    }
    return Account(
        entries=[Entry(Deed(d), int(n), int(a), int(p), float(at)) for d, n, a, p, at in words],
        deaths=deaths,
        effects=Counter({1: 1} if effects is None else effects),
        jobs=rows,
        epoch=EPOCH,
    )


def test_nothing_is_found_where_promises_were_kept() -> None:
    assert account(KEPT).findings(lease=3) == []


@pytest.mark.parametrize(
    ("effects", "states"),
    [({}, {1: "succeeded"}), ({1: 1}, {1: "dead"}), ({1: 1}, {1: "ready"}), ({}, {2: "succeeded"})],
)
def test_a_job_without_its_effect_or_its_success_is_lost(
    effects: dict[int, int], states: dict[int, str]
) -> None:
    assert 1 in account(KEPT, effects=effects, states=states).lost()


def test_a_job_that_was_refused_when_asked_for_is_not_missed() -> None:
    assert account("A 1 0 7 0|A 2 0 7 0|E 1 0 7 0").lost() == []


def test_a_job_in_doubt_that_exists_must_be_done() -> None:
    doubtful = account("A 2 0 7 0", effects={}, states={2: "ready"})
    assert doubtful.lost() == [2]


@pytest.mark.parametrize("effects", [{1: 2}, {1: 1, 5: 1}])
def test_an_effect_twice_or_out_of_nowhere_is_one_too_many(effects: dict[int, int]) -> None:
    assert account(KEPT, effects=effects).effects_too_many() != []


def test_two_starts_that_overlap_run_twice_at_once() -> None:
    assert account(KEPT + "|S 1 2 9 0.35|D 1 2 9 0.5").twice_at_once() == [1]


def test_a_start_whose_end_nobody_wrote_overlaps_everything_after_it() -> None:
    assert account("S 1 1 8 0|S 1 2 9 50").twice_at_once() == [1]


def test_a_start_ends_with_the_death_of_its_process() -> None:
    lines = "S 1 1 8 0|S 1 2 9 5|X 1 2 9 6|S 1 3 9 7|D 1 3 9 8"
    assert account(lines, (Death(8, 1.0),)).twice_at_once() == []
    assert account(lines, (Death(8, 5.5),)).twice_at_once() == [1]


def test_an_orphan_is_timed_from_the_last_death_that_made_it_one() -> None:
    deaths = (Death(8, 1.0, frozenset({1})), Death(9, 6.0, frozenset({1})))
    waited = account(KEPT, deaths, finished=10.0)
    assert waited.orphans_waited() == {1: pytest.approx(4.0)}
    assert waited.findings(lease=3.5) == []
    assert waited.findings(lease=2.5) != []


def test_where_every_job_is_late_orphans_may_be_as_late() -> None:
    late = an_orphan_beside_a_job_that_took(1.2, finished=5.2)
    assert late.findings(lease=2.5, longest=0.4) == []
    assert late.findings(lease=2.5) != []


def test_a_machine_on_which_every_job_is_too_late_proves_nothing() -> None:
    slow = an_orphan_beside_a_job_that_took(3.0, finished=2.0)
    (finding,) = slow.findings(lease=2.5, longest=0.5)
    assert "too busy to judge" in finding
    assert an_orphan_beside_a_job_that_took(1.4, finished=2.0).findings(lease=2, longest=0.5) == []


def an_orphan_beside_a_job_that_took(seconds: float, *, finished: float) -> Account:
    return account(
        f"{KEPT}|A 2 0 7 0|E 2 0 7 0|S 2 1 8 0.1|D 2 1 8 {seconds}",
        (Death(8, 1.0, frozenset({1})),),
        effects={1: 1, 2: 1},
        states={1: "succeeded", 2: "succeeded"},
        finished=finished,
    )


def test_a_job_that_later_ones_overtook_was_left_lying() -> None:
    lines = "E 1 0 7 0|E 2 0 7 1|E 3 0 7 2|S 2 1 8 3|S 3 1 8 4|S 1 1 8 9"
    assert account(lines).overtaken() == {3: 0.0, 2: 0.0, 1: 6.0}
    assert account(lines + "|U 0 0 9 8.5").overtaken()[1] == 0.5


def test_a_pause_counts_only_while_a_worker_is_up_and_a_job_waits() -> None:
    lines = "E 1 0 7 0|E 2 0 7 0|E 3 0 7 9|U 0 0 8 4|S 1 1 8 5|S 2 1 8 7|S 3 1 8 10"
    assert account(lines).pauses() == {1: 1.0, 2: 2.0, 3: 1.0}


def after_an_outage(starts: Sequence[float], *, struck_at: float = -99.0) -> list[str]:
    """What is said of jobs asked for when the server came back, at 0, and begun at *starts*."""
    lines = [f"E {n} 0 7 {n / 10_000}|S {n} 1 8 {at}" for n, at in enumerate(starts, 1)]
    states = {n: "succeeded" for n, _ in enumerate(starts, 1)}
    known = account("|".join(lines), states=states)
    return slow_to_return(known, [Strike(struck_at, struck_at + 0.1)], 0.0, lease=3.0)


def test_jobs_that_begin_before_there_must_be_full_speed_are_in_time() -> None:
    assert after_an_outage([SOON, RECOVERY - 0.1]) == []


def test_a_backlog_may_be_worked_off_no_slower_than_jobs_are_asked_for() -> None:
    in_turn = [RECOVERY + count / RATE for count in range(20)]
    assert after_an_outage(in_turn) == []
    assert after_an_outage([RECOVERY + 2.5 * count / RATE for count in range(20)]) != []


def test_a_job_that_is_left_out_of_a_backlog_is_late() -> None:
    swift = [RECOVERY + 0.1 * count / RATE for count in range(200)]
    (late,) = after_an_outage([swift[-1] + 2 * SOON, *swift])
    assert late.startswith("1:")


def test_what_a_fault_hit_on_its_way_is_an_orphan_for_a_while() -> None:
    assert after_an_outage([RECOVERY + 2.9], struck_at=0.1) == []
    assert after_an_outage([RECOVERY + 2.9]) != []
    assert after_an_outage([RECOVERY + 3.1], struck_at=0.1) != []


def test_a_journal_is_read_as_it_grows_and_never_half_a_line(tmp_path: Path) -> None:
    journal, reader = Journal(tmp_path / "journal"), Reader(tmp_path / "journal")
    assert reader.refresh() == []
    journal.note(Deed.STARTED, 1, 1)
    with journal.path.open("a") as file:
        file.write("D 1 1 ")
    assert [entry.deed for entry in reader.refresh()] == [Deed.STARTED]
    with journal.path.open("a") as file:
        file.write("7 0.5\n")
    assert [(entry.deed, entry.pid) for entry in reader.refresh()] == [(Deed.DONE, 7)]
    assert [b.at > a.at for a, b in itertools.pairwise(reader.entries)] == [False]
