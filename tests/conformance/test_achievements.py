"""The storages sign the suites of achievements, and broken ones are caught."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.achievers import Achiever, Goals
from homeroom.exams.model.boards import Board, Line, Period, Sums
from homeroom.exams.model.experience import Award, Booking
from homeroom.exams.ports.achievements import AwardFilter
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId, new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.achievements import (
    MemoryAchievementQueries,
    MemoryAchievers,
    MemoryAwards,
)
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.achievement_queries import AchievementQueriesConformance
from homeroom_testing.conformance.achievements import AchieversConformance
from homeroom_testing.conformance.awards import AwardsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestAchieversInMemory(InMemory, AchieversConformance): ...


class TestAchieversOnSqlite(OnSqlite, AchieversConformance): ...


class TestAchieversOnPostgres(OnPostgres, AchieversConformance): ...


class TestAchieversOnMongo(OnMongo, AchieversConformance): ...


class TestAwardsInMemory(InMemory, AwardsConformance): ...


class TestAwardsOnSqlite(OnSqlite, AwardsConformance): ...


class TestAwardsOnPostgres(OnPostgres, AwardsConformance): ...


class TestAwardsOnMongo(OnMongo, AwardsConformance): ...


class TestAchievementQueriesInMemory(InMemory, AchievementQueriesConformance): ...


class TestAchievementQueriesOnSqlite(OnSqlite, AchievementQueriesConformance): ...


class TestAchievementQueriesOnPostgres(OnPostgres, AchievementQueriesConformance): ...


class TestAchievementQueriesOnMongo(OnMongo, AchievementQueriesConformance): ...


class GivesAHandsel(MemoryAchievers):
    async def hold(self, person_id: PersonId, institution_id: InstitutionId) -> Achiever:
        found = await super().hold(person_id, institution_id)
        return attrs.evolve(found, points=found.points or 1)


class ForgetsTheGoals(MemoryAchievers):
    async def save(self, achiever: Achiever) -> None:
        await super().save(attrs.evolve(achiever, goals=Goals()))


class HidesWhoeverEarns(MemoryAchievers):
    async def save(self, achiever: Achiever) -> None:
        await super().save(achiever)
        await super().show(attrs.evolve(achiever, listed=False, alias=""))


class ShowsTheAliasAlone(MemoryAchievers):
    async def show(self, achiever: Achiever) -> None:
        await super().save(attrs.evolve(achiever, points=0))
        await super().show(achiever)


class LooksBeforeItWaits(MemoryAchievers):
    async def hold(self, person_id: PersonId, institution_id: InstitutionId) -> Achiever:
        seen = self._transaction.store.earned.achievers.rows.get(person_id)
        await asyncio.sleep(0)
        await super().hold(person_id, institution_id)
        nothing = Achiever(person_id=person_id, institution_id=institution_id)
        return nothing if seen is None else attrs.evolve(seen)


class KeepsQuiet(MemoryAchievers):
    async def save(self, achiever: Achiever) -> None:
        achiever.release_events()
        await super().save(achiever)


class WritesThrough(MemoryAchievers):
    async def save(self, achiever: Achiever) -> None:
        await super().save(achiever)
        self._transaction.store.earned.achievers.keep(attrs.evolve(achiever))


class ForgetsToRemove(MemoryAchievers):
    async def remove(self, person_id: PersonId) -> int:
        return 0


class HandsOutItsOwn(MemoryAchievers):
    async def of(self, person_id: PersonId) -> Achiever | None:
        return self._transaction.store.earned.achievers.rows.get(person_id)


class PaysEachTime(MemoryAwards):
    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        return await super().book(
            achiever, [attrs.evolve(one, key=f"{one.key}{new_id()}") for one in awards]
        )


class ChecksBeforeItWaits(MemoryAwards):
    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        await super().book(achiever, awards)
        return [Booking(award=one) for one in awards]


class BelievesTheFirstJudgement(MemoryAwards):
    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        drafts = await self._transaction.writing()
        known = drafts.earned.awards
        new = [one for one in awards if known.get((one.person_id, *one.name)) is None]
        return await super().book(achiever, new)


class TakesWhateverIsTold(MemoryAwards):
    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        drafts = await self._transaction.writing()
        booked = list(await super().book(achiever, awards))
        for one in awards:
            before = drafts.earned.awards.get((one.person_id, *one.name))
            if before is not None and before != one:
                drafts.earned.awards.put(one)
                booked.append(Booking(award=one, before=before))
        return booked


class CountsEveryDay(MemoryAwards):
    async def days(self, person_id: PersonId, *, since: date) -> Mapping[date, int]:
        return await super().days(person_id, since=date.min)


class TriesHereToo(MemoryAwards):
    async def tried(
        self, person_id: PersonId, questions: Collection[QuestionId], *, apart_from: SittingId
    ) -> Sequence[Award]:
        return await super().tried(person_id, questions, apart_from=SittingId(new_id()))


class LeavesTheSums(MemoryAwards):
    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.earned.awards.select(lambda one: one.person_id == person_id)
        for award in theirs:
            drafts.earned.awards.remove((person_id, *award.name))
        return len(theirs)


class BooksAtOnce(MemoryAwards):
    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        booked = await super().book(achiever, awards)
        for one in booked:
            self._transaction.store.earned.awards.keep(one.award)
        return booked


class SeesNobody(MemoryAchievementQueries):
    async def achiever(self, person_id: PersonId) -> Achiever | None:
        return None


class TellsTheOldestFirst(MemoryAchievementQueries):
    async def awards(self, wanted: AwardFilter, *, limit: int) -> Sequence[Award]:
        return (await super().awards(wanted, limit=limit))[::-1]


class MixesExams(MemoryAchievementQueries):
    async def exams(self, person_id: PersonId) -> Mapping[ExamId, Sums]:
        found = await super().exams(person_id)
        return dict.fromkeys(found, Sums(points=sum(one.points for one in found.values())))


class ShowsTheWorstFirst(MemoryAchievementQueries):
    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        return (await super().board(board, limit=99))[::-1][:limit]


class ShowsEveryExam(MemoryAchievementQueries):
    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        return await super().board(attrs.evolve(board, exam_id=None), limit=limit)


class LooksBackForEver(MemoryAchievementQueries):
    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        ever = Period.ALL_TIME
        every = attrs.evolve(board, period=ever, begins_on=ever.begins(board.begins_on))
        return await super().board(every, limit=limit)


class ForgetsThemselves(MemoryAchievementQueries):
    async def own(self, board: Board, person_id: PersonId) -> tuple[Sums, int | None]:
        sums, _ = await super().own(board, person_id)
        return sums, 0


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    AchieversConformance: {
        GivesAHandsel: "test_who_never_earned_anything_has_nothing",
        ForgetsTheGoals: "test_what_is_kept_comes_back_as_it_went",
        HidesWhoeverEarns: "test_who_saves_leaves_it_whether_boards_show_them",
        ShowsTheAliasAlone: "test_who_is_shown_keeps_what_they_came_to",
        LooksBeforeItWaits: ("test_of_many_who_hold_at_once_each_adds_to_what_the_last_one_left"),
        KeepsQuiet: "test_what_they_reached_is_told_once_it_is_committed",
        WritesThrough: "test_leaving_without_commit_keeps_nothing",
        ForgetsToRemove: "test_all_of_somebodys_is_taken_away_and_nobody_elses",
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
    },
    AwardsConformance: {
        PaysEachTime: "test_a_cause_pays_once_however_often_it_is_told",
        ChecksBeforeItWaits: "test_of_many_who_tell_the_same_at_once_one_books_it",
        BelievesTheFirstJudgement: (
            "test_what_is_judged_otherwise_is_worth_that_on_the_day_on_which_it_was_booked"
        ),
        TakesWhateverIsTold: ("test_what_nobody_judges_stays_as_it_was_but_for_a_longer_streak"),
        CountsEveryDay: "test_days_count_what_was_answered_from_one_on",
        TriesHereToo: "test_what_was_tried_in_other_sittings_is_told_the_oldest_first",
        LeavesTheSums: "test_all_is_told_and_taken_away_and_no_board_shows_it",
        BooksAtOnce: "test_leaving_without_commit_books_nothing",
    },
    AchievementQueriesConformance: {
        SeesNobody: "test_what_somebody_came_to_is_told_without_holding_it",
        TellsTheOldestFirst: "test_awards_are_told_newest_first_by_cause_and_by_sitting",
        MixesExams: "test_each_exam_is_summed_up_for_itself_and_all_of_them_together",
        ShowsTheWorstFirst: "test_boards_show_who_wants_to_be_shown_the_best_first",
        ShowsEveryExam: "test_no_board_shows_another_institution_or_another_exam",
        LooksBackForEver: "test_weeks_begin_on_mondays_and_months_on_their_first",
        ForgetsThemselves: "test_ones_own_place_counts_those_who_are_shown_and_better",
    },
}
CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
