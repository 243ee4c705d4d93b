"""What the context of exams refuses of goals and of plans to study."""

from homeroom.kernel.errors import Invalid


class BadGoals(Invalid):
    """Nobody can aim at this."""

    code = "bad_goals"


class BadPlan(Invalid):
    """Nothing can be planned by this."""

    code = "bad_plan"
