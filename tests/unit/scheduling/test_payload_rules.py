"""Payloads of every kind: what they may hold, and what a notifier gets of them."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.scheduling.model.payload_rules import check_payload, filled, wire_body
from homeroom.scheduling.model.payloads import Json, payload_text, read_payload
from homeroom.scheduling.model.targets import DiscordTarget, EmailTarget, NotifierKind
from homeroom.scheduling.model.templates import Values
from homeroom_testing.clock import NOON

DISCORD, WEBHOOK = NotifierKind.DISCORD, NotifierKind.WEBHOOK
EMAIL, LOG = NotifierKind.EMAIL, NotifierKind.LOG
LETTER = EmailTarget(to=("a@b.example",), subject="{{task.name}} is due")
VALUES = Values(
    task_name="<b>R&D</b>\nBcc: x",
    task_id="t",
    execution_id="e",
    now=NOON,
    scheduled_for=NOON,
    attempt=1,
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


def wrong(kind: NotifierKind, payload: Json) -> list[str]:
    """The fields that something is wrong with."""
    return [problem.field for problem in check_payload(kind, payload)]


class TestTexts:
    @given(st.dictionaries(texts, values))
    def test_a_payload_reads_back_as_it_was_written(self, payload: dict[str, Json]) -> None:
        assert read_payload(payload_text(payload)) == payload
        assert list(read_payload(payload_text(payload))) == list(payload)

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "1"])
    def test_what_is_no_object_is_not_read(self, text: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - of json or of ours: bad text either way
            read_payload(text)


class TestChecking:
    @pytest.mark.parametrize("kind", list(NotifierKind))
    @pytest.mark.parametrize("payload", [None, [], "x", 1, 1.5, True])
    def test_every_kind_wants_an_object(self, kind: NotifierKind, payload: Json) -> None:
        assert wrong(kind, payload) == ["payload"]

    @pytest.mark.parametrize("kind", [WEBHOOK, LOG])
    def test_what_nobody_prescribes_may_be_anything(self, kind: NotifierKind) -> None:
        assert wrong(kind, {}) == []
        assert wrong(kind, {"type": "a.b", "data": {"now": "{{now}}", "n": [1, None]}}) == []
        assert wrong(kind, {"data": ["{{x}}", "\ud800"]}) == ["payload.data[1]"]
        assert wrong(kind, {"data": ["{{x}}"]}) == ["payload.data[0]"]

    @pytest.mark.parametrize(
        ("kind", "limit"), [(WEBHOOK, 20_000), (EMAIL, 100_000), (LOG, 8_000), (DISCORD, 65_536)]
    )
    def test_every_kind_has_an_end(self, kind: NotifierKind, limit: int) -> None:
        room = limit - len('{"text":""}')
        assert wrong(kind, {"text": "é" * (room // 2)}) == (
            ["payload.text", "payload.content"] if kind is DISCORD else []
        )
        assert wrong(kind, {"text": "é" * (room // 2 + 1)}) == ["payload"]

    def test_a_discord_message_is_checked_for_its_channel(self) -> None:
        url = f"https://discord.com/api/webhooks/123456789012345678/{'t' * 68}"
        target = DiscordTarget(url=f"{url}?thread_id=123456789012345678")
        payload: Json = {"content": "x", "thread_name": "News"}
        assert [problem.field for problem in check_payload(DISCORD, payload, target)] == [
            "payload.thread_name"
        ]
        assert check_payload(DISCORD, payload) == []

    def test_a_letter_has_a_text_and_may_have_html_and_a_subject(self) -> None:
        assert wrong(EMAIL, {"text": "t"}) == []
        assert wrong(EMAIL, {"text": "t", "html": "<p>t</p>", "subject": "{{task.name}}"}) == []

    @pytest.mark.parametrize(
        ("payload", "fields"),
        [
            ({}, ["payload.text"]),
            ({"html": "h"}, ["payload.text"]),
            ({"text": " "}, ["payload.text"]),
            ({"text": 5, "html": [], "subject": ""}, ["subject", "text", "html"]),
            ({"text": "t", "subject": "a\nBcc: b"}, ["payload.subject"]),
            ({"text": "t", "subject": "x" * 201}, ["payload.subject"]),
            ({"text": "t", "to": "c@b.example"}, ["payload.to"]),
            ({"text": "{{x}}", "subject": "{{y}}"}, ["payload.text", "payload.subject"]),
        ],
    )
    def test_another_letter_is_refused(self, payload: Json, fields: list[str]) -> None:
        told = [field if "." in field else f"payload.{field}" for field in fields]
        assert wrong(EMAIL, payload) == told


class TestFilling:
    @pytest.mark.parametrize("kind", [WEBHOOK, LOG, DISCORD])
    def test_a_value_is_put_in_as_it_is(self, kind: NotifierKind) -> None:
        assert filled(kind, {"a": ["{{task.name}}"]}, VALUES) == {"a": [VALUES.task_name]}

    def test_a_letter_brings_the_subject_of_its_target(self) -> None:
        values = attrs.evolve(VALUES, task_name="Roll call")
        assert filled(EMAIL, {"text": "x"}, values, LETTER) == {
            "subject": "Roll call is due",
            "text": "x",
        }
        own: dict[str, Json] = {"text": "x", "subject": "{{task.name}}!"}
        assert filled(EMAIL, own, values, LETTER)["subject"] == "Roll call!"

    def test_a_value_is_no_markup_and_no_further_header(self) -> None:
        payload: dict[str, Json] = {"text": "{{task.name}}", "html": "<p>{{task.name}}</p>"}
        assert filled(EMAIL, payload, VALUES, LETTER) == {
            "subject": "<b>R&D</b> Bcc: x is due",
            "text": "<b>R&D</b>\nBcc: x",
            "html": "<p>&lt;b&gt;R&amp;D&lt;/b&gt;\nBcc: x</p>",
        }


class TestTheWire:
    @given(st.dictionaries(texts, values))
    def test_a_webhook_gets_the_payload_itself(self, payload: dict[str, Json]) -> None:
        assert wire_body(WEBHOOK, payload) == payload_text(payload)

    def test_discord_gets_a_message_that_calls_nobody(self) -> None:
        body = read_payload(wire_body(DISCORD, {"content": "@everyone"}))
        assert body == {
            "content": "@everyone",
            "username": "Task Scheduler Bot",
            "allowed_mentions": {"parse": []},
        }
