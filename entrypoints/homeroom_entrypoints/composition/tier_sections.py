"""The settings' section about how much a learner may do in a day."""

from typing import Literal

import attrs

from homeroom.exams.model.tiers import Quota, Quotas, Tier
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.sections import setting


@attrs.frozen(kw_only=True)
class TierSettings:
    """How much a learner may do. A school's own learners are not counted, unless it says so."""

    usual: Literal["free", "premium", "enterprise"] = setting(
        "enterprise",
        "The tier of whoever was given none: free, premium or enterprise. Only in `free` is "
        "anything counted.",
        rules.one_of(*(tier.value for tier in Tier)),
    )
    free_answers_a_day: int = setting(
        25,
        "How many questions one may answer in a day of one's own zone, in the tier `free`.",
        rules.positive(),
    )
    free_questions_at_once: int = setting(
        20,
        "How many questions one may have in one sitting, in the tier `free`.",
        rules.positive(),
    )

    @property
    def quotas(self) -> Quotas:
        free = Quota(answers=self.free_answers_a_day, questions=self.free_questions_at_once)
        return Quotas(usual=Tier(self.usual), free=free)
