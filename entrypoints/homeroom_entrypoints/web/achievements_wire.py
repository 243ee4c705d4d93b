"""What learners earn, on the wire: level, badges, goals, boards, plans and advice."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from homeroom.exams.model.achievers import Achiever, Goals
from homeroom.exams.model.badges import BADGES, Badge, Earned
from homeroom.exams.model.experience import Award, to_next
from homeroom.exams.use_cases.achievements import Achievements
from homeroom.exams.use_cases.advising import Earnings
from homeroom.exams.use_cases.boards import Standings
from homeroom_entrypoints.web.wire import Wire

_HOUR = 3600


class BadgeAnswer(Wire, frozen=True, kw_only=True):
    """Something to reach; `earnedAt` is null until it is."""

    id: str
    name: str
    description: str
    category: str
    rarity: str
    points: int
    earned_at: datetime | None

    @classmethod
    def of(cls, badge: Badge, at: datetime | None) -> "BadgeAnswer":
        return cls(
            id=badge.id,
            name=badge.name,
            description=badge.says,
            category=badge.category.value,
            rarity=badge.rarity.value,
            points=badge.points,
            earned_at=at,
        )


class AwardAnswer(Wire, frozen=True, kw_only=True):
    """What was earned, and what for."""

    cause: str
    points: int
    at: datetime
    exam_id: UUID | None

    @classmethod
    def of(cls, award: Award) -> "AwardAnswer":
        return cls(cause=award.cause.value, points=award.points, at=award.at, exam_id=award.exam_id)


class LevelAnswer(Wire, frozen=True, kw_only=True):
    level: int
    points: int
    points_to_next: int

    @classmethod
    def of(cls, achiever: Achiever) -> "LevelAnswer":
        return cls(
            level=achiever.level,
            points=achiever.points,
            points_to_next=to_next(achiever.points),
        )


class GoalAnswer(Wire, frozen=True, kw_only=True):
    """How many answers one wants to give, and has given; without a goal, none is reached."""

    wanted: int | None
    answered: int
    is_reached: bool

    @classmethod
    def of(cls, wanted: int | None, answered: int) -> "GoalAnswer":
        reached = wanted is not None and answered >= wanted
        return cls(wanted=wanted, answered=answered, is_reached=reached)


class GoalsBody(Wire, frozen=True):
    """Null takes a goal back."""

    daily_questions: int | None
    weekly_questions: int | None

    @property
    def goals(self) -> Goals:
        return Goals(daily=self.daily_questions, weekly=self.weekly_questions)


class GoalsAnswer(Wire, frozen=True):
    daily_questions: int | None
    weekly_questions: int | None

    @classmethod
    def of(cls, achiever: Achiever) -> "GoalsAnswer":
        return cls(achiever.goals.daily, achiever.goals.weekly)


class StudiedAnswer(Wire, frozen=True, kw_only=True):
    """What one ever came to in an exam."""

    exam_id: UUID
    points: int
    questions_answered: int
    accuracy: float | None


class AchievementsAnswer(Wire, frozen=True, kw_only=True):
    """All that somebody came to."""

    level: LevelAnswer
    streak_days: int
    best_streak: int
    daily_goal: GoalAnswer
    weekly_goal: GoalAnswer
    questions_answered: int
    accuracy: float | None
    study_time_hours: float
    tests_taken: int
    badges: list[BadgeAnswer]
    """All there are: those that are earned first, the newest before all."""

    exams: list[StudiedAnswer]
    recent: list[AwardAnswer]

    @classmethod
    def of(cls, seen: Achievements) -> "AchievementsAnswer":
        own = seen.achiever
        return cls(
            level=LevelAnswer.of(own),
            streak_days=seen.streak.days,
            best_streak=max(own.best_streak, seen.streak.days),
            daily_goal=GoalAnswer.of(own.goals.daily, seen.streak.today),
            weekly_goal=GoalAnswer.of(own.goals.weekly, seen.this_week),
            questions_answered=own.answered,
            accuracy=_accuracy(own.correct, own.answered),
            study_time_hours=round(own.seconds / _HOUR, 2),
            tests_taken=own.tests,
            badges=_every_badge(seen.badges),
            exams=[
                StudiedAnswer(
                    exam_id=exam_id,
                    points=sums.points,
                    questions_answered=sums.answered,
                    accuracy=_accuracy(sums.correct, sums.answered),
                )
                for exam_id, sums in seen.exams.items()
            ],
            recent=[AwardAnswer.of(one) for one in seen.recent],
        )


class EarningsAnswer(Wire, frozen=True, kw_only=True):
    """What a sitting brought."""

    points_earned: int
    streak_bonus: int
    achievements: list[BadgeAnswer]

    @classmethod
    def of(cls, seen: Earnings) -> "EarningsAnswer":
        return cls(
            points_earned=seen.points,
            streak_bonus=seen.streak_bonus,
            achievements=[BadgeAnswer.of(one.badge, one.at) for one in seen.badges],
        )


class PlaceAnswer(Wire, frozen=True, kw_only=True):
    rank: int
    alias: str
    """What boards call them; never what they are called."""

    value: float
    is_me: bool


class BoardAnswer(Wire, frozen=True, kw_only=True):
    """Who did most in a time, and where I am."""

    period: str
    begins_on: date
    """The first day of this week or month, as it is where I live; each learner's own days count."""

    category: str
    exam_id: UUID | None
    entries: list[PlaceAnswer]
    is_listed: bool
    """Whether boards show me."""

    my_value: float | None
    my_rank: int | None
    """Null where boards do not show me, and from the thousandth on."""

    @classmethod
    def of(cls, seen: Standings) -> "BoardAnswer":
        board = seen.board
        return cls(
            period=board.period.value,
            begins_on=board.begins_on,
            category=board.measure.value,
            exam_id=board.exam_id,
            entries=[
                PlaceAnswer(rank=one.rank, alias=one.alias, value=float(one.value), is_me=one.is_me)
                for one in seen.places
            ],
            is_listed=seen.listed,
            my_value=None if seen.mine is None else float(seen.mine),
            my_rank=seen.rank,
        )


class ShownBody(Wire, frozen=True):
    listed: bool
    new_alias: bool = False
    """Draw another one."""


class ShownAnswer(Wire, frozen=True):
    listed: bool
    alias: str | None

    @classmethod
    def of(cls, achiever: Achiever) -> "ShownAnswer":
        return cls(achiever.listed, achiever.alias or None)


def _every_badge(earned: Sequence[Earned]) -> list[BadgeAnswer]:
    known = {one.badge.id for one in earned}
    rest = [one for one in BADGES if one.id not in known]
    return [
        *(BadgeAnswer.of(one.badge, one.at) for one in earned),
        *(BadgeAnswer.of(one, None) for one in rest),
    ]


def _accuracy(correct: int, answered: int) -> float | None:
    return round(100 * correct / answered, 1) if answered else None
