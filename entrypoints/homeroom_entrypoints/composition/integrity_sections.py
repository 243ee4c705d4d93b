"""The settings' section about what happens beside a sitting, and when somebody should look."""

import attrs

from homeroom.exams.model.integrity import EventKind, IntegrityPolicy
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.sections import setting

_WEIGHT = rules.between(0, 1000, "a whole number from 0 to 1000")


@attrs.frozen(kw_only=True)
class IntegritySettings:
    """How much each event beside a sitting weighs. Nothing ends a sitting by itself."""

    hidden: int = setting(2, "What it weighs that the page was not to be seen.", _WEIGHT)
    blurred: int = setting(1, "What it weighs that another window was used.", _WEIGHT)
    fullscreen_left: int = setting(2, "What it weighs to leave the full screen.", _WEIGHT)
    copied: int = setting(2, "What it weighs to copy something.", _WEIGHT)
    pasted: int = setting(3, "What it weighs to paste something.", _WEIGHT)
    printed: int = setting(5, "What it weighs to print the page.", _WEIGHT)
    devtools: int = setting(5, "What it weighs to open tools for developers.", _WEIGHT)
    offline: int = setting(0, "What it weighs to be without a network.", _WEIGHT)
    warn_at: int = setting(
        6, "How much has the learner warned.", rules.positive("a whole number above 0")
    )
    flag_at: int = setting(
        12, "How much has a sitting flagged to authors.", rules.positive("a whole number above 0")
    )
    most_events: int = setting(
        2000,
        "How many events are kept of one sitting; who tells more is flagged.",
        rules.between(1, 100_000, "a whole number from 1 to 100000"),
    )

    @property
    def policy(self) -> IntegrityPolicy:
        return IntegrityPolicy(
            weights={kind: getattr(self, kind.name.lower()) for kind in EventKind},
            warn_at=self.warn_at,
            flag_at=self.flag_at,
            most_events=self.most_events,
        )
