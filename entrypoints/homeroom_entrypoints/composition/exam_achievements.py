"""What learners earn, wired: what is booked, boards, goals, plans and advice."""

from dependency_injector import containers, providers

from homeroom.exams.use_cases import achievements, advising, boards, settling
from homeroom.exams.use_cases.progress import MyProgress
from homeroom.exams.use_cases.reviews import Lessons
from homeroom_entrypoints.composition.exam_rooms import Achieving
from homeroom_entrypoints.composition.facade import Plant


class AchievingContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)
    progress = providers.Dependency(instance_of=MyProgress)
    lessons = providers.Dependency(instance_of=Lessons)

    start = plant.provided.storage.start
    queries = plant.provided.storage.achievements
    clock = plant.provided.ambient.clock

    settle = providers.Factory(settling.Settle, start=start, progress=progress, clock=clock)
    advise = providers.Factory(advising.Advise, progress=progress, bank=plant.provided.storage.bank)
    earnings = providers.Factory(advising.SeeEarnings, settling=settle, queries=queries)
    use_cases = providers.Factory(
        Achieving,
        my_achievements=providers.Factory(
            achievements.MyAchievements, queries=queries, lessons=lessons, clock=clock
        ),
        set_goals=providers.Factory(achievements.SetGoals, start=start, clock=clock),
        show_on_boards=providers.Factory(achievements.ShowOnBoards, start=start, clock=clock),
        see_board=providers.Factory(
            boards.SeeBoard,
            start=start,
            exams=plant.provided.storage.catalogue,
            queries=queries,
            clock=clock,
        ),
        plan_study=providers.Factory(advising.PlanStudy, progress=progress),
        advise=advise,
        see_earnings=earnings,
        see_completion=providers.Factory(
            advising.SeeCompletion, see_earnings=earnings, advise=advise
        ),
    )
