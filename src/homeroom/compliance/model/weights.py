"""What each action's entry weighs, where it does not stand in the transaction that it tells of."""

from collections.abc import Mapping

from homeroom.kernel.looks import Noise, Priority, Weight

WEIGHTS: Mapping[str, Weight] = {
    "compliance.export_record": Weight(Priority.CRITICAL),
    "compliance.verify_record": Weight(Priority.HIGH),
    "compliance.replay_entries": Weight(Priority.CRITICAL),
    "people.see_person": Weight(Priority.HIGH),
    "people.see_posts": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
    "compliance.see_consents": Weight(Priority.HIGH),
    "exams.see_disputes": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
    "exams.see_tier": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
    "exams.see_sittings": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
    "roster.see_enrolments": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
    "people.see_age": Weight(Priority.HIGH),
    "people.see_district": Weight(Priority.NORMAL),
    "people.find_districts": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
    "people.find_persons": Weight(Priority.NORMAL, Noise(first=30, one_in=10)),
}

_UNKNOWN = Weight(Priority.HIGH)


def weight_of(action: str) -> Weight:
    """What nobody weighed must stay."""
    return WEIGHTS.get(action, _UNKNOWN)
