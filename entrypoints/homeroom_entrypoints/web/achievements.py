"""What learners earn, over HTTP: everybody's own, and boards that name nobody."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.exams.model import rights
from homeroom.exams.model.boards import MOST_LINES, Measure, Period
from homeroom.exams.model.plans import Aim
from homeroom.exams.use_cases.boards import BoardWanted
from homeroom.kernel.ids import ExamId, SittingId
from homeroom_entrypoints.web.achievements_wire import (
    AchievementsAnswer,
    BoardAnswer,
    EarningsAnswer,
    GoalsAnswer,
    GoalsBody,
    ShownAnswer,
    ShownBody,
)
from homeroom_entrypoints.web.advice_wire import AdviceAnswer, PlanAnswer
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.rights import asks

BoardPeriod = Annotated[Period, QueryParameter(description="How far it looks back.")]
Category = Annotated[
    Measure,
    QueryParameter(description="What it is about; accuracy of who answered 50 questions or more."),
]
OfExam = Annotated[UUID | None, QueryParameter(name="examId", description="Only this exam.")]
Lines = Annotated[int, QueryParameter(ge=1, le=MOST_LINES, description="How many are shown.")]
Target = Annotated[
    int, QueryParameter(name="targetScore", description="How well all is to be known, in percent.")
]
Hours = Annotated[
    float, QueryParameter(name="dailyHours", description="How long I study in a day.")
]
Until = Annotated[
    date | None,
    QueryParameter(
        name="targetDate",
        description="By when; left out, by the day before I am examined, if I said when that is.",
    ),
]


class AchievementController(Controller):
    """What I earned, what I aim at, and what to do next."""

    tags = ("exams",)

    @get(
        "/progress/achievements",
        summary="My level, badges, streak, goals, and what I earned last",
        opt=asks(rights.SIT),
    )
    async def show(self, request: ApiRequest, homeroom: House) -> AchievementsAnswer:
        see = homeroom.exams.achieving.my_achievements
        return AchievementsAnswer.of(await see(request.user))

    @put(
        "/progress/goals",
        summary="Say how many questions I want to answer in a day, and in a week",
        opt=asks(rights.SIT),
    )
    async def aim(
        self, data: JSONBody[GoalsBody], request: ApiRequest, homeroom: House
    ) -> GoalsAnswer:
        say = homeroom.exams.achieving.set_goals
        return GoalsAnswer.of(await say(request.user, data.goals))

    @get(
        "/progress/{exam_id:uuid}/plan",
        summary="What to study for an exam, and how long it takes",
        opt=asks(rights.SIT),
    )
    async def plan(
        self,
        exam_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        target: Target = 80,
        hours: Hours = 2.0,
        until: Until = None,
    ) -> PlanAnswer:
        aim = Aim(target=target, hours=hours, until=until)
        plan = homeroom.exams.achieving.plan_study
        return PlanAnswer.of(*await plan(request.user, ExamId(exam_id), aim))

    @get(
        "/progress/{exam_id:uuid}/recommendations",
        summary="What to do next for an exam",
        opt=asks(rights.SIT),
    )
    async def advise(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> AdviceAnswer:
        advise = homeroom.exams.achieving.advise
        return AdviceAnswer.of(await advise(request.user, ExamId(exam_id)))

    @get(
        "/me/sittings/{sitting_id:uuid}/earnings",
        summary="What a test or a session brought me",
        opt=asks(rights.SIT),
    )
    async def earnings(
        self, sitting_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> EarningsAnswer:
        see = homeroom.exams.achieving.see_earnings
        return EarningsAnswer.of(await see(request.user, SittingId(sitting_id)))


class BoardController(Controller):
    """Who did most, under names that tell of nobody."""

    path = "/leaderboards"
    tags = ("exams",)

    @get(
        summary="Who of my institution did most: only who wants to be shown, and by an alias",
        opt=asks(rights.SIT),
    )
    async def show(
        self,
        request: ApiRequest,
        homeroom: House,
        period: BoardPeriod = Period.WEEKLY,
        category: Category = Measure.POINTS,
        ranked_in: OfExam = None,
        limit: Lines = 20,
    ) -> BoardAnswer:
        exam_id = None if ranked_in is None else ExamId(ranked_in)
        wanted = BoardWanted(period=period, measure=category, exam_id=exam_id)
        see = homeroom.exams.achieving.see_board
        return BoardAnswer.of(await see(request.user, wanted, limit=limit))

    @put(
        "/me",
        summary="Say whether boards show me; they do not unless I say so",
        opt=asks(rights.SIT),
    )
    async def list_me(
        self, data: JSONBody[ShownBody], request: ApiRequest, homeroom: House
    ) -> ShownAnswer:
        say = homeroom.exams.achieving.show_on_boards
        return ShownAnswer.of(await say(request.user, listed=data.listed, anew=data.new_alias))
