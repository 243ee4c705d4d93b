"""Names on disk and on the wire: chosen, versioned, and never given twice."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.jobs import Work, WorkPolicy, policy_of, work, work_names
from homeroom.kernel.names import Names

well_formed = st.from_regex(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*", fullmatch=True)


class Thing: ...


class OtherThing: ...


class TestNames:
    @given(well_formed)
    def test_a_name_leads_to_its_class_and_back(self, name: str) -> None:
        names: Names[object] = Names("thing")
        names.bind(name, Thing)
        assert names.class_of(name) is Thing
        assert names.name_of(Thing) == name
        assert list(names) == [name]

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "answered",
            "feedback.v1",
            "feedback.answered",
            "feedback.answered.v0",
            "a.b.v01",
            "Feedback.answered.v1",
            "feedback.answered.v1\n",
            "feedback..answered.v1",
            "é.b.v1",
        ],
    )
    def test_a_malformed_name_is_refused(self, name: str) -> None:
        names: Names[object] = Names("thing")
        with pytest.raises(ValueError, match="must look like"):
            names.bind(name, Thing)
        assert list(names) == []

    def test_a_taken_name_stays_with_its_class(self) -> None:
        names: Names[object] = Names("thing")
        names.bind("test.thing.v1", Thing)
        with pytest.raises(ValueError, match="is taken by"):
            names.bind("test.thing.v1", OtherThing)
        assert names.class_of("test.thing.v1") is Thing
        with pytest.raises(LookupError):
            names.name_of(OtherThing)

    def test_a_class_that_nobody_named_has_no_name(self) -> None:
        with pytest.raises(LookupError, match="Thing has no thing name"):
            Names[object]("thing").name_of(Thing)

    def test_a_name_that_nobody_bound_has_no_class(self) -> None:
        assert Names[object]("thing").class_of("test.thing.v1") is None


class TestMarking:
    def test_a_work_is_bound_to_its_name_and_policy(self) -> None:
        policy = WorkPolicy(queue="slow", max_attempts=1)

        @work("test.marked_work.v1", policy)
        @attrs.frozen(kw_only=True)
        class Marked(Work): ...

        assert work_names.class_of("test.marked_work.v1") is Marked
        assert policy_of(Marked) == policy

    def test_a_work_without_a_policy_has_the_usual_one(self) -> None:
        @work("test.usual_work.v1")
        @attrs.frozen(kw_only=True)
        class Usual(Work): ...

        assert policy_of(Usual) == WorkPolicy()

    def test_no_two_events_share_a_name(self) -> None:
        with pytest.raises(ValueError, match=r"event name 'people\.api_key_issued\.v1' is taken"):
            event("people.api_key_issued.v1")(Event)
