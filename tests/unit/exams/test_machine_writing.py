"""Questions that a machine writes: what comes of them, and what they may cost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs
import pytest

from homeroom.exams.errors import (
    BadGeneration,
    GenerationNotFound,
    ObjectiveNotFound,
    WriterRefused,
    WriterUnavailable,
    WritingBudgetUsedUp,
)
from homeroom.exams.model.budgets import DOLLAR
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.generations import Fate, Generation, GenerationStatus, Wish
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.use_cases.generating import WriteOrdered
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.actor import NotAllowed
from homeroom.kernel.ids import JobId, ObjectiveId, new_id
from homeroom.kernel.jobs import work_names
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.question_writer import SOURCE
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.liars import say
from homeroom_testing.model_house import KEY, Known, ModelHouse, open_model_house

pytestmark = pytest.mark.anyio

FANOUT = Known("Which exchange sends to every queue there is?", "fanout", ("topic", "direct"))
TOPIC = Known("Which exchange compares the key with a pattern?", "topic", ("fanout", "direct"))
ASKED_FIRST = {"HOMEROOM_STORAGE__ADAPTER": "memory", **FAST_VARIABLES}


@attrs.frozen
class Desk:
    """A school whose authors order questions."""

    school: Any
    exam: Exam

    @property
    def where(self) -> ObjectiveId:
        return next(iter(self.exam.outline.weights))

    async def order(self, source: str = SOURCE, **wish: Any) -> Generation:
        wanted = Wish(source=source, **{"origin": "notes.md", "count": 5, **wish})
        order = self.school.exams.generate_questions
        ordered: Generation = await order(self.school.author, self.exam.id, self.where, wanted)
        return ordered

    async def work(self, ordered: Generation, *, last_attempt: bool = False) -> Generation:
        """What a worker does."""
        handlers = self.school.homeroom.plant.handlers
        _, handle = handlers.find(work_names.name_of(WriteOrdered))
        run = Run(JobId(new_id()), 1, last_attempt, None, "", lambda progress: None)
        try:
            await handle(WriteOrdered(generation_id=ordered.id), run)
        finally:
            seen = await self.see(ordered)
        return seen

    async def see(self, ordered: Generation) -> Generation:
        seen: Generation = await self.school.exams.see_generation(self.school.author, ordered.id)
        return seen

    async def written(self, source: str = SOURCE, **wish: Any) -> Generation:
        return await self.work(await self.order(source, **wish))

    async def bank(self, status: QuestionStatus | None = None) -> list[Question]:
        wanted = Wanted(exam=self.exam.id, status=status)
        find = self.school.exams.find_questions
        return list((await find(self.school.author, wanted, CursorRequest(None, 100))).items)

    async def spent(self) -> tuple[int, int]:
        day, _ = await self.school.exams.see_writing_budget(self.school.author)
        return day.spent.settled, day.spent.reserved


Open = AbstractAsyncContextManager[Desk]


@pytest.fixture
async def desk(school: Any) -> Desk:
    return Desk(school, await school.exam())


@pytest.fixture
async def models() -> AsyncIterator[ModelHouse]:
    async with open_model_house() as house:
        house.knows(FANOUT, TOPIC)
        yield house


@asynccontextmanager
async def at_a_desk(school: Any, models: ModelHouse, **own: str) -> AsyncIterator[Desk]:
    """A desk in a house of its own, where a model writes."""
    environ = {
        **ASKED_FIRST,
        "HOMEROOM_WRITING__ADAPTER": "openai",
        "HOMEROOM_WRITING__URL": models.url,
        "HOMEROOM_WRITING__KEY": KEY,
        "HOMEROOM_WRITING__MODEL": "a/primary",
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
        **{f"HOMEROOM_WRITING__{name.upper()}": value for name, value in own.items()},
    }
    async with open_homeroom(load_settings(environ)) as homeroom:
        house = await settle_in(homeroom.plant.storage)
        other = attrs.evolve(school, homeroom=homeroom, house=house)
        yield Desk(other, await other.exam())


class TestByRulesAlone:
    async def test_what_is_written_waits_for_a_person_and_is_labelled(self, desk: Desk) -> None:
        done = await desk.written()
        assert done.status is GenerationStatus.DONE
        assert {one.fate for one in done.outcomes} == {Fate.IN_REVIEW}
        assert await desk.bank(QuestionStatus.ACTIVE) == []
        kept = await desk.bank(QuestionStatus.IN_REVIEW)
        assert {one.id for one in kept} == {one.question_id for one in done.outcomes}
        for question in kept:
            assert question.content.tags >= {"generated", "offline"}
            titles = [one.title for one in question.content.sources]
            assert titles == ["Written by a machine (offline, cloze-1) from notes.md"]
        assert (await desk.school.actions())[-1] == "exams.questions_generated"

    async def test_a_pending_item_is_never_served_and_is_once_it_was_approved(
        self, desk: Desk
    ) -> None:
        done = await desk.written()
        pools = desk.school.homeroom.plant.storage.bank.pools
        assert await pools(desk.exam.id) == {}
        first = done.outcomes[0].question_id
        await desk.school.exams.approve_question(desk.school.author, first)
        assert [one.id for one in (await pools(desk.exam.id))[desk.where]] == [first]

    async def test_what_they_were_made_from_is_forgotten(self, desk: Desk) -> None:
        assert (await desk.written()).wish.source == ""

    async def test_the_same_text_makes_the_same_questions_which_are_duplicates(
        self, desk: Desk
    ) -> None:
        first, second = await desk.written(), await desk.written()
        assert {one.fate for one in second.outcomes} == {Fate.DUPLICATE}
        assert {one.like for one in second.outcomes} == {one.question_id for one in first.outcomes}
        assert len(await desk.bank()) == len(first.outcomes)

    async def test_work_that_is_begun_twice_is_done_once(self, desk: Desk) -> None:
        ordered = await desk.order()
        first = await desk.work(ordered)
        assert await desk.work(ordered) == first
        assert len(await desk.bank()) == len(first.outcomes)

    async def test_it_costs_nothing(self, desk: Desk) -> None:
        assert (await desk.written()).cost == 0
        assert await desk.spent() == (0, 0)

    async def test_a_text_without_anything_to_ask_makes_no_questions(self, desk: Desk) -> None:
        done = await desk.written("La la la. " * 20)
        assert (done.status, done.outcomes) == (GenerationStatus.DONE, ())


class TestOrdering:
    async def test_all_that_is_wrong_with_an_order_is_told_at_once(self, desk: Desk) -> None:
        with pytest.raises(BadGeneration) as refused:
            await desk.order("short \0", origin="a\nb", count=51, difficulty=6)
        fields = [one.field for one in refused.value.problems]
        assert fields == ["source", "source", "origin", "count", "difficulty"]

    async def test_questions_are_ordered_for_an_objective_of_the_exam(self, desk: Desk) -> None:
        order = desk.school.exams.generate_questions
        with pytest.raises(ObjectiveNotFound):
            await order(
                desk.school.author, desk.exam.id, ObjectiveId(new_id()), Wish(source=SOURCE)
            )

    async def test_learners_order_nothing_and_others_see_nothing(self, desk: Desk) -> None:
        ordered = await desk.order()
        with pytest.raises(NotAllowed):
            await desk.school.exams.see_generation(desk.school.learner, ordered.id)
        elsewhere = await settle_in(desk.school.homeroom.plant.storage, "Elsewhere")
        stranger = attrs.evolve(desk.school, house=elsewhere).author
        with pytest.raises(GenerationNotFound):
            await desk.school.exams.see_generation(stranger, ordered.id)

    async def test_the_last_orders_of_an_exam_are_listed_newest_first(self, desk: Desk) -> None:
        ordered = [(await desk.order()).id for _ in range(2)]
        find = desk.school.exams.find_generations
        found = await find(desk.school.author, desk.exam.id)
        assert [one.id for one in found] == ordered[::-1]


class TestByAModel:
    async def test_the_model_that_answered_and_what_it_billed_are_kept(
        self, school: Any, models: ModelHouse
    ) -> None:
        """Given the primary model is away and a fallback list, then the reply's own are stored."""
        models.model = "b/stand-in"
        async with at_a_desk(school, models, fallbacks="b/stand-in,c/last") as desk:
            done = await desk.written()
            assert (done.model, done.cost) == ("b/stand-in", 25_000)
            assert await desk.spent() == (25_000, 0)
        written = models.asked[0]
        assert written["models"] == ["a/primary", "b/stand-in", "c/last"]
        assert written["provider"] == {"require_parameters": True}
        schema = written["response_format"]["json_schema"]
        assert schema["strict"] is True
        assert schema["schema"]["additionalProperties"] is False

    async def test_others_than_openrouter_hear_none_of_its_words(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            await desk.written()
        assert not {"models", "provider"} & models.asked[0].keys()

    async def test_what_it_answers_otherwise_without_the_key_is_flagged(
        self, school: Any, models: ModelHouse
    ) -> None:
        models.knows(FANOUT, attrs.evolve(TOPIC, answers="direct"))
        async with at_a_desk(school, models) as desk:
            done = await desk.written()
            assert [one.fate for one in done.outcomes] == [Fate.IN_REVIEW, Fate.FLAGGED]
            (doubtful,) = await desk.bank(QuestionStatus.NEEDS_REVISION)
            told = "Asked without the key, the writer itself answered direct."
            assert doubtful.note == told

    async def test_an_item_equal_up_to_case_and_punctuation_is_a_duplicate(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            await desk.written()
            shouted = "which EXCHANGE sends — to every queue there is"
            models.knows(attrs.evolve(FANOUT, stem=shouted, right="Fanout."))
            (again,) = (await desk.written()).outcomes
            assert again.fate is Fate.DUPLICATE
            assert len(await desk.bank()) == 2

    async def test_an_item_that_is_nearly_the_same_is_flagged(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            first = (await desk.written()).outcomes[0].question_id
            models.knows(attrs.evolve(FANOUT, stem=f"{FANOUT.stem[:-1]}, now?"))
            (near,) = (await desk.written()).outcomes
            assert (near.fate, near.like) == (Fate.FLAGGED, first)

    async def test_what_cannot_be_read_is_refused_and_keeps_no_other_out(
        self, school: Any, models: ModelHouse
    ) -> None:
        models.knows(attrs.evolve(FANOUT, stem=" "), attrs.evolve(TOPIC, wrong=()), TOPIC)
        async with at_a_desk(school, models) as desk:
            done = await desk.written()
            fates = [one.fate for one in done.outcomes]
            assert fates == [Fate.REFUSED, Fate.REFUSED, Fate.IN_REVIEW]
            assert done.outcomes[0].remarks == ("stem: write 1 to 5000 characters",)

    async def test_an_error_in_an_answer_that_says_200_is_tried_again_and_nothing_is_stored(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            ordered = await desk.order()
            models.say(say(200, {}, json.dumps({"error": {"code": 502}}).encode()))
            with pytest.raises(WriterUnavailable):
                await desk.work(ordered)
            assert (await desk.see(ordered)).status is GenerationStatus.WAITING
            assert await desk.bank() == []
            assert (await desk.work(ordered)).status is GenerationStatus.DONE

    @pytest.mark.parametrize("content", ["", "{", "[1, 2"])
    async def test_an_answer_that_says_nothing_is_paid_and_tried_again(
        self, school: Any, models: ModelHouse, content: str
    ) -> None:
        async with at_a_desk(school, models) as desk:
            ordered = await desk.order()
            models.say(say(200, {}, models.reply(content)))
            with pytest.raises(WriterUnavailable):
                await desk.work(ordered)
            assert await desk.spent() == (12_500, 0)
            await desk.work(ordered)
            assert await desk.spent() == (37_500, 0)

    async def test_an_account_without_credit_fails_at_once_and_authors_are_told(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            ordered = await desk.order()
            models.say(402)
            with pytest.raises(WriterRefused):
                await desk.work(ordered)
            seen = await desk.see(ordered)
            assert (seen.status, seen.code) == (GenerationStatus.FAILED, "writer_refused")
            assert "no credit left" in seen.reason
            assert (await desk.school.actions())[-1] == "exams.generation_failed"
            assert await desk.spent() == (0, 0)
            assert (await desk.work(ordered)).status is GenerationStatus.DONE

    async def test_the_last_try_says_why_nothing_came(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            models.say(then=503)
            ordered = await desk.order()
            with pytest.raises(WriterUnavailable):
                await desk.work(ordered, last_attempt=True)
            assert (await desk.see(ordered)).code == "writer_unavailable"

    async def test_a_solver_that_is_away_leaves_it_to_a_person(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models, activate="true") as desk:
            models.say(200, 503)
            done = await desk.written()
            assert {one.fate for one in done.outcomes} == {Fate.IN_REVIEW}

    async def test_what_raises_no_doubt_is_served_where_the_house_lets_it(
        self, school: Any, models: ModelHouse
    ) -> None:
        models.knows(FANOUT, attrs.evolve(TOPIC, answers="direct"))
        async with at_a_desk(school, models, activate="true") as desk:
            done = await desk.written()
            assert [one.fate for one in done.outcomes] == [Fate.ACTIVE, Fate.FLAGGED]
            assert len(await desk.bank(QuestionStatus.ACTIVE)) == 1

    async def test_the_key_is_told_to_whom_it_is_for_and_to_nobody_else(
        self, school: Any, models: ModelHouse, capfd: pytest.CaptureFixture[str]
    ) -> None:
        async with at_a_desk(school, models) as desk:
            models.say(401)
            ordered = await desk.order()
            with pytest.raises(WriterRefused) as refused:
                await desk.work(ordered)
            failed = await desk.see(ordered)
            writer = desk.school.homeroom.plant.question_writer
            told = [refused.value, refused.value.__cause__, failed, writer, *capfd.readouterr()]
        assert KEY not in " ".join(map(repr, told))
        assert models.headers[0]["authorization"] == f"Bearer {KEY}"


class TestBudget:
    async def test_who_has_too_little_left_is_told_before_any_call(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models, daily_budget="0.001") as desk:
            with pytest.raises(WritingBudgetUsedUp) as refused:
                await desk.order()
            assert 0 < (refused.value.retry_after or 0) <= 86_400
        assert models.asked == []

    async def test_of_two_orders_at_once_there_is_room_for_one(
        self, school: Any, models: ModelHouse
    ) -> None:
        async with at_a_desk(school, models) as desk:
            _, amount = await _reserved(desk)
        budget = str(1.5 * amount / DOLLAR)
        async with at_a_desk(school, models, daily_budget=budget) as desk:
            came = await asyncio.gather(desk.order(), desk.order(), return_exceptions=True)
        refused = [one for one in came if isinstance(one, WritingBudgetUsedUp)]
        assert len(refused) == 1

    async def test_the_budget_of_the_month_holds_too(self, school: Any, models: ModelHouse) -> None:
        async with at_a_desk(school, models, monthly_budget="0.001") as desk:
            with pytest.raises(WritingBudgetUsedUp):
                await desk.order()

    async def test_where_nobody_knows_what_it_cost_it_stays_reserved(
        self, school: Any, models: ModelHouse
    ) -> None:
        async def hang_up(writer: asyncio.StreamWriter, _: object) -> None:
            writer.close()

        async with at_a_desk(school, models) as desk:
            ordered = await desk.order()
            before = await desk.spent()
            models.say(hang_up)
            with pytest.raises(WriterUnavailable):
                await desk.work(ordered)
            assert await desk.spent() == before


async def _reserved(desk: Desk) -> tuple[int, int]:
    await desk.order()
    return await desk.spent()
