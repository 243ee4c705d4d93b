"""Templates: looked up and never evaluated, filled once, and refused where nobody knows them."""

import json
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.scheduling.model.payloads import Json
from homeroom.scheduling.model.templates import (
    VARIABLES,
    Values,
    fill,
    fill_text,
    has_variables,
    template_problems,
)
from homeroom_testing.clock import NOON

VALUES = Values(
    task_name="Daily report",
    task_id="0190a6d2-0000-7000-8000-000000000001",
    execution_id="0190a6d2-0000-7000-8000-000000000002",
    now=NOON,
    scheduled_for=NOON - timedelta(seconds=1),
    attempt=2,
)
EXPECTED = {
    "task.name": "Daily report",
    "task.id": "0190a6d2-0000-7000-8000-000000000001",
    "execution.id": "0190a6d2-0000-7000-8000-000000000002",
    "attempt": "2",
    "now": "2026-03-02T12:00:00Z",
    "now|unix": "1772452800",
    "now|date": "2026-03-02",
    "scheduledFor": "2026-03-02T11:59:59Z",
    "scheduledFor|unix": "1772452799",
    "scheduledFor|date": "2026-03-02",
}
plain = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]))
payloads = st.dictionaries(
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
)


def messages(value: Json) -> list[str]:
    return [problem.message for problem in template_problems(value, field="payload")]


class TestFilling:
    def test_every_variable_has_its_value(self) -> None:
        assert set(EXPECTED) == set(VARIABLES) == set(VALUES.by_name())
        for name, value in EXPECTED.items():
            assert fill_text(f"a {{{{{name}}}}} b", VALUES) == f"a {value} b"

    @pytest.mark.parametrize("text", ["{{ now }}", "{{now }}", "{{\tnow\n}}"])
    def test_spaces_around_a_name_do_not_count(self, text: str) -> None:
        assert fill_text(text, VALUES) == EXPECTED["now"]
        assert not messages(text)

    def test_spaces_around_a_filter_do_not_count(self) -> None:
        assert fill_text("<t:{{ now | unix }}:R>", VALUES) == "<t:1772452800:R>"

    def test_instants_are_told_in_utc_and_without_fractions(self) -> None:
        elsewhere = datetime(2026, 3, 2, 19, 0, 0, 123456, tzinfo=timezone(timedelta(hours=7)))
        values = attrs.evolve(VALUES, now=elsewhere)
        assert fill_text("{{now}} {{now|date}}", values) == "2026-03-02T12:00:00Z 2026-03-02"

    def test_texts_are_filled_however_deep_and_keys_stay(self) -> None:
        payload: dict[str, Json] = {
            "{{now}}": ["{{attempt}}", {"a": {"b": "n. {{attempt}}"}}, 1, None, True, 0.5]
        }
        assert fill(payload, VALUES) == {"{{now}}": ["2", {"a": {"b": "n. 2"}}, 1, None, True, 0.5]}

    @given(payloads)
    def test_a_payload_without_variables_stays_as_it_is(self, payload: dict[str, Json]) -> None:
        assert fill(payload, VALUES) == payload
        assert not messages(payload)

    def test_two_braces_can_be_written(self) -> None:
        assert fill_text("{{'{{'}}now}} {{ '{{' }}", VALUES) == "{{now}} {{"
        assert not messages("{{'{{'}}now}}")

    @given(st.text(), st.sampled_from(VARIABLES))
    def test_a_value_is_never_filled_again(self, name: str, variable: str) -> None:
        told = f"{name}{{{{{variable}}}}}{name}"
        values = attrs.evolve(VALUES, task_name=told)
        assert fill_text("{{task.name}}", values) == told
        assert fill({"a": "{{task.name}}{{task.name}}"}, values) == {"a": told + told}

    @given(st.text())
    def test_no_value_breaks_out_of_its_json_text(self, name: str) -> None:
        values = attrs.evolve(VALUES, task_name=name)
        sent = json.dumps(fill({"a": '"{{task.name}}"', "b": 1}, values))
        assert json.loads(sent) == {"a": f'"{name}"', "b": 1}

    def test_a_value_can_be_escaped_where_it_stands_in_markup(self) -> None:
        values = attrs.evolve(VALUES, task_name="<b>")
        assert fill_text("<i>{{task.name}}</i>", values, str.upper) == "<i><B></i>"


class TestNothingIsEvaluated:
    @pytest.mark.parametrize(
        "text",
        [
            "{{1+1}}",
            "{{7*'7'}}",
            "{{task}}",
            "{{task.__class__}}",
            "{{task.name.__class__.__mro__}}",
            "{{ values.by_name() }}",
            "{{config}}",
            "{{now|unix|date}}",
            "{{task.name|unix}}",
            "{{now|strftime('%Y')}}",
            "{{NOW}}",
            "{{}}",
            "{{ }}",
        ],
    )
    def test_an_unknown_variable_is_refused_by_name_and_stays_text(self, text: str) -> None:
        (problem,) = template_problems({"a": ["x", text]}, field="payload")
        assert problem.field == "payload.a[1]"
        name = "|".join(part.strip() for part in text[2:-2].split("|"))
        assert problem.message.startswith(f"{{{{{name}}}}} is no variable; there are task.name")
        assert fill_text(text, VALUES) == text

    @pytest.mark.parametrize("text", ["{0}", "{task_name}", "${now}", "%(now)s", "{% now %}", "{#"])
    def test_other_peoples_templates_are_just_text(self, text: str) -> None:
        assert fill_text(text, VALUES) == text
        assert not messages(text)

    @given(st.text(st.sampled_from("{}|. 'nowtask"), max_size=40))
    def test_whatever_is_written_comes_to_known_values_and_itself(self, text: str) -> None:
        filled = fill_text(text, VALUES)
        assert has_variables(text) or filled == text
        if not has_variables(text) and "{{" not in text:
            assert not messages(text)

    @pytest.mark.parametrize("text", ["{{now", "{{now}", "a {{ b", "{{a{b}}", "{{'{{'"])
    def test_braces_that_begin_no_variable_are_refused(self, text: str) -> None:
        assert messages(text) == ["has a {{ that begins no variable; write it {{'{{'}}"]

    def test_single_braces_around_a_variable_are_just_text(self) -> None:
        assert fill_text("{{{attempt}}{", VALUES) == "{2{"
        assert not messages("{{{attempt}}{")

    def test_each_unknown_variable_is_named_once_with_its_place(self) -> None:
        found = template_problems({"a": "{{x}}{{x}}{{y}}", "b": ["{{z}}"]}, field="payload")
        assert [problem.field for problem in found] == ["payload.a", "payload.a", "payload.b[0]"]

    @pytest.mark.parametrize("text", ["{{" * 50_000, "{{ " + " " * 100_000, "{{a" * 30_000])
    def test_a_long_riddle_takes_no_long_time(self, text: str) -> None:
        begun = datetime.now(UTC)
        template_problems(text, field="payload")
        assert fill_text(text, VALUES) == text
        assert datetime.now(UTC) - begun < timedelta(seconds=2)
