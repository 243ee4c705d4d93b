"""What the context of exams refuses of tiers and of how much somebody may do in a day."""

from homeroom.kernel.errors import Forbidden, Invalid, NotFound, Stale, Unavailable


class LearnerNotFound(NotFound):
    """There is no such learner."""

    code = "learner_not_found"


class StaleLearner(Stale):
    """Someone changed this learner's tier at the same time. Read it again and decide anew."""

    code = "stale_learner"


class BadTier(Invalid):
    """This cannot be said of a learner."""

    code = "bad_tier"


class DailyLimitReached(Unavailable):
    """You have answered as many questions today as your tier lets you. Go on after midnight."""

    code = "quota_exceeded"


class TierTooLow(Forbidden):
    """Your tier lets you have fewer questions at once. Ask for fewer, or for another tier."""

    code = "subscription_required"
