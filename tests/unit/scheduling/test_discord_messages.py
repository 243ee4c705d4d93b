"""Discord's messages: each limit at its edge, all mistakes at once, and the body that is sent."""

import json
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.scheduling.errors import BadMessage
from homeroom.scheduling.model.discord import (
    DEFAULT_USERNAME,
    check_message,
    message_body,
    name_problem,
)
from homeroom.scheduling.model.discord_limits import clip, units
from homeroom.scheduling.model.payloads import Json, payload_text
from homeroom.scheduling.model.targets import DiscordTarget
from homeroom.scheduling.model.templates import VARIABLES, fill
from homeroom_testing import discord_rules

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from discord_payloads import CHANNEL, SEED, SHOWING, SOMEBODY, URL, VALUES, embed, sent, wrong

THREAD = DiscordTarget(url=f"{URL}&thread_id=223456789012345678")


known_names = st.sampled_from(
    [
        *("content", "username", "embeds", "allowed_mentions", "components", "poll", "flags"),
        *("type", "style", "url", "title", "fields", "footer", "text", "name", "value", "image"),
        *("parse", "users", "accessory", "question", "answers", "poll_media", "thread_name"),
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(known_names, inner, max_size=4),
    max_leaves=12,
)


class TestLengths:
    @given(st.text())
    def test_a_length_is_never_less_than_its_letters_nor_more_than_twice(self, text: str) -> None:
        assert len(text.strip()) <= units(text) <= 2 * len(text.strip())

    @given(st.text(), st.text())
    def test_space_around_does_not_count_and_what_is_joined_adds_up(
        self, one: str, other: str
    ) -> None:
        assert units(f" \n{one}\t ") == units(one)
        assert units(f"x{one}x{other}x") == units(f"x{one}x") + units(f"x{other}x") - 1

    @pytest.mark.parametrize(
        ("text", "length"), [("é", 1), ("🙂", 2), ("👩‍🏫", 5), ("𐍈b", 3), (" ", 0)]
    )
    def test_a_letter_beyond_the_first_plane_counts_twice(self, text: str, length: int) -> None:
        assert units(text) == length

    @given(st.text(), st.integers(1, 20))
    def test_what_is_clipped_fits_and_is_whole_letters(self, text: str, at_most: int) -> None:
        clipped = clip(text, at_most)
        assert units(clipped) <= at_most
        assert clipped.encode().decode() == clipped
        assert text.strip().startswith(clipped.removesuffix("…"))

    def test_content_is_counted_as_discord_may_count_it(self) -> None:
        assert wrong({"content": "🙂" * 1_000}) == []
        assert wrong({"content": "🙂" * 1_000 + "x"}) == ["payload.content"]
        assert wrong({"content": " " * 100 + "x" * 2_000 + "\n" * 100}) == []


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            *("Discord helper", "clyde", "everyone", "HERE", "my DisCord", "Clyde Bank", " Here "),
            *("a@b", "#1", "a:b", "```", "", "  "),
        ],
    )
    def test_case_7_a_forbidden_name_is_refused(self, name: str) -> None:
        assert wrong({"content": "x", "username": name}) == ["payload.username"]

    @pytest.mark.parametrize("name", ["A", "x" * 80, "Here I am", "Ñandú 🙂", "everyone's bot"])
    def test_any_other_is_taken(self, name: str) -> None:
        assert wrong({"content": "x", "username": name}) == []
        assert sent({"content": "x", "username": name})["username"] == name

    def test_a_name_is_at_most_80_long(self) -> None:
        assert wrong({"content": "x", "username": "x" * 81}) == ["payload.username"]

    def test_runs_of_spaces_become_one(self) -> None:
        assert sent({"content": "x", "username": "  a  b "})["username"] == "a b"

    @given(st.text())
    def test_a_filled_name_is_clipped_or_gives_way_to_ours(self, name: str) -> None:
        username = sent({"content": "x", "username": name})["username"]
        assert isinstance(username, str)
        assert units(username) <= 80
        assert not name_problem(username)

    def test_a_name_with_variables_is_judged_by_what_stands_in_it_anyway(self) -> None:
        assert wrong({"content": "x", "username": "{{task.name}}"}) == []
        assert wrong({"content": "x", "username": "bot {{attempt}}"}) == []
        for name in ("discord {{attempt}}", "at {{now}}"):
            assert wrong({"content": "x", "username": name}) == ["payload.username"]


class TestWhatElseItMayHold:
    @pytest.mark.parametrize("name", ["files", "attachments", "payload_json", "contents", "nonce"])
    def test_an_unknown_field_is_refused_by_name(self, name: str) -> None:
        assert wrong({"content": "x", name: []}) == [f"payload.{name}"]

    def test_unknown_fields_inside_are_refused_with_their_path(self) -> None:
        message = embed(descripton="x", footer={"text": "x", "url": "https://a.example"})
        assert wrong(message) == ["payload.embeds[0].descripton", "payload.embeds[0].footer.url"]

    @pytest.mark.parametrize("payload", [None, [], "x", 1, True])
    def test_what_is_no_object_is_refused(self, payload: Json) -> None:
        assert wrong(payload) == ["payload"]

    @pytest.mark.parametrize("value", ["x", 1, [1], {"a": 1}, [{"title": ["x"]}]])
    def test_no_kind_of_value_in_a_wrong_place_breaks_the_check(self, value: Json) -> None:
        for name in ("embeds", "allowed_mentions", "components", "poll", "flags", "tts"):
            assert all(field.startswith("payload") for field in wrong({name: value}))

    @given(st.dictionaries(known_names, anything, max_size=4))
    def test_no_nonsense_breaks_the_check(self, payload: dict[str, Json]) -> None:
        problems = check_message(payload, SHOWING)
        assert all(problem.field.startswith("payload") for problem in problems)

    def test_halves_of_letters_and_endless_nesting_are_refused(self) -> None:
        nested: Json = "x"
        for _ in range(20):
            nested = [nested]
        assert wrong({"content": "\ud800"}) == ["payload.content"]
        assert wrong({"content": "a\0"}) == ["payload.content"]
        assert wrong({"content": "x", "embeds": nested}) == [f"payload.embeds{'[0]' * 15}"]
        assert wrong({"content": "x", "a\ud800": 1}) == ["payload"]
        assert wrong({"content": "x", "poll": float("nan")}) == ["payload.poll"]

    def test_a_payload_has_an_end(self) -> None:
        picture: Json = {"image": {"url": f"https://a.example/{'x' * 2_000}"}}
        assert wrong({"embeds": [picture] * 10}) == []
        assert wrong({"content": "x" * 70_000}) == ["payload"]

    def test_every_mistake_is_told_at_once_with_its_path(self) -> None:
        message: dict[str, Json] = {
            "content": "x" * 2_001,
            "username": "clyde",
            "tts": "yes",
            "embeds": [{"title": "x" * 257}, {"title": "t", "color": -1}],
            "flags": 1,
        }
        assert wrong(message) == [
            "payload.content",
            "payload.username",
            "payload.tts",
            "payload.embeds[0].title",
            "payload.embeds[1].color",
            "payload.flags",
        ]

    def test_flags_for_quiet_messages_are_taken(self) -> None:
        assert wrong({"content": "x", "flags": 1 << 2 | 1 << 12}) == []

    def test_a_thread_has_an_id_or_a_name_and_never_both(self) -> None:
        named: dict[str, Json] = {"content": "x", "thread_name": "News", "applied_tags": [SOMEBODY]}
        assert wrong(named) == []
        assert wrong(named, THREAD) == ["payload.thread_name"]
        assert wrong({"content": "x"}, THREAD) == []
        assert wrong({"content": "x", "applied_tags": [SOMEBODY]}) == ["payload.applied_tags"]
        assert wrong({**named, "thread_name": "{{task.name}}"}) == []
        assert wrong({**named, "thread_name": "{{now}}"}, THREAD) == ["payload.thread_name"]
        for name in ("", "x" * 101, 5):
            assert "payload.thread_name" in wrong({"content": "x", "thread_name": name})


class TestTemplates:
    def test_an_unknown_variable_is_refused_where_it_stands(self) -> None:
        assert wrong(embed(footer={"text": "{{task.nam}}"})) == ["payload.embeds[0].footer.text"]

    def test_a_limit_holds_for_the_longest_that_a_variable_can_be(self) -> None:
        assert wrong({"content": "x" * 1_799 + "{{task.name}}"}) == []
        assert wrong({"content": "x" * 1_800 + "{{task.name}}"}) == ["payload.content"]
        assert wrong(embed(timestamp="{{now}}", url="https://a.example/{{task.id}}")) == []

    def test_a_name_with_spaces_is_no_part_of_an_address(self) -> None:
        assert wrong(embed(url="https://a.example/{{task.name}}")) == ["payload.embeds[0].url"]

    @given(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100),
        st.lists(st.sampled_from(VARIABLES), min_size=1, max_size=30),
        st.integers(0, 2_000),
    )
    def test_what_was_accepted_is_never_refused_once_it_is_filled(
        self, name: str, variables: list[str], more: int
    ) -> None:
        text = "x" * more + " ".join(f"{{{{{variable}}}}}" for variable in variables)
        payload: dict[str, Json] = {"content": text, "username": text, "thread_name": text}
        if not check_message(payload, CHANNEL):
            message_body(fill(payload, attrs.evolve(VALUES, task_name=name)))

    def test_what_outgrew_a_limit_after_all_is_refused_and_never_cut(self) -> None:
        with pytest.raises(BadMessage) as refused:
            message_body({"content": "x" * 2_001})
        assert [problem.field for problem in refused.value.problems] == ["payload.content"]


class TestTheBodyThatIsSent:
    def test_it_bears_our_name_unless_another_is_given(self) -> None:
        assert sent({"content": "x"})["username"] == DEFAULT_USERNAME
        assert sent({"content": "x", "username": None})["username"] == DEFAULT_USERNAME

    def test_asked_again_it_is_the_same(self) -> None:
        once = message_body(SEED)
        assert message_body(json.loads(once)) == once

    def test_letters_are_sent_as_they_are(self) -> None:
        assert "✅ Task Completed" in message_body(SEED)
        assert message_body({"content": "x"}) == payload_text(
            {"content": "x", "username": DEFAULT_USERNAME, "allowed_mentions": {"parse": []}}
        )


def edged(limit: int) -> st.SearchStrategy[str]:
    """Texts about as long as they may be, of letters that count once, twice, or not at all."""
    lengths = st.sampled_from([1, limit // 2, limit // 2 + 1, limit, limit + 1])
    return st.builds(str.__mul__, st.sampled_from(["x", "🙂", " ", "x "]), lengths)


urls = st.sampled_from(["https://a.example/p", "http://b.example", "x", "https://{{task.id}}"])
fields = st.fixed_dictionaries(
    {"name": edged(256), "value": edged(1_024)}, optional={"inline": st.booleans()}
)
embeds = st.fixed_dictionaries(
    {"title": edged(256)},
    optional={
        "description": edged(4_096),
        "url": urls,
        "color": st.sampled_from([0, 0xFFFFFF, 1 << 24]),
        "timestamp": st.sampled_from(["2026-01-01T00:00:00Z", "{{now}}", "{{now|date}}", "x"]),
        "footer": st.fixed_dictionaries({"text": edged(2_048)}),
        "author": st.fixed_dictionaries({"name": edged(256)}, optional={"url": urls}),
        "image": st.fixed_dictionaries({"url": urls}),
        "fields": st.lists(fields, max_size=2),
    },
)
names = st.sampled_from(["Bot", "{{task.name}}", "clyde", "x" * 81, "a @ b", "Here ", "here I am"])
mentions = st.fixed_dictionaries(
    {},
    optional={
        "parse": st.lists(st.sampled_from(["users", "roles", "everyone"]), max_size=2),
        "users": st.lists(st.sampled_from([SOMEBODY, "1", "423456789012345678"]), max_size=2),
    },
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "content": edged(2_000),
        "username": names,
        "avatar_url": urls,
        "tts": st.booleans(),
        "embeds": st.lists(embeds, max_size=3),
        "allowed_mentions": mentions,
        "flags": st.sampled_from([0, 4, 1 << 12, 1 << 15, 1]),
        "thread_name": edged(100),
        "applied_tags": st.just([SOMEBODY]),
    },
)


class TestAgainstAnotherReading:
    @settings(max_examples=500)
    @given(messages)
    def test_what_is_accepted_here_is_accepted_by_rules_that_somebody_else_wrote(
        self, payload: dict[str, Json]
    ) -> None:
        if not check_message(payload, SHOWING):
            body = message_body(fill(payload, VALUES))
            discord_rules.check(discord_rules.read(body.encode()), with_components=True)
