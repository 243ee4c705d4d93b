"""The settings' section about when learners see a question again."""

import attrs

from homeroom_entrypoints.composition.sections import adapter


@attrs.frozen(kw_only=True)
class ReviewSettings:
    """How it is planned when a learner sees a question again."""

    scheduler: str = adapter(
        "review_scheduler",
        "fsrs",
        "The method: fsrs, which needs the extra `review`; sm2, levels that need no library. What "
        "one of them planned, the other begins anew, question by question.",
    )
