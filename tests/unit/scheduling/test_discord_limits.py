"""Discord's limits: embeds, mentions, components and polls, each at its edge."""

import sys
from pathlib import Path

import attrs
import pytest

from homeroom.scheduling.model.discord import check_message
from homeroom.scheduling.model.payloads import Json
from homeroom.scheduling.model.templates import fill

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from discord_payloads import CHANNEL, SEED, SHOWING, SOMEBODY, VALUES, embed, sent, wrong

LINK: dict[str, Json] = {
    "type": 2,
    "style": 5,
    "label": "Report",
    "url": "https://school.example/r",
}


class TestLimits:
    def test_the_seeds_own_example_is_taken_as_it_is(self) -> None:
        assert wrong(SEED) == []
        assert sent(SEED) == SEED | {"allowed_mentions": {"parse": []}}

    def test_case_6_content_of_2000_is_taken_and_of_2001_refused(self) -> None:
        assert wrong({"content": "x" * 2_000}) == []
        (problem,) = check_message({"content": "x" * 2_001}, CHANNEL)
        assert problem.field == "payload.content"
        assert problem.message == "is 2001 characters long; Discord takes 2000"

    def test_case_6_ten_embeds_are_taken_and_eleven_refused(self) -> None:
        assert wrong({"embeds": [{"title": "t"}] * 10}) == []
        assert wrong({"embeds": [{"title": "t"}] * 11}) == ["payload.embeds"]

    @pytest.mark.parametrize(("part", "limit"), [("title", 256), ("description", 4_096)])
    def test_case_6_an_embeds_words_are_taken_up_to_their_limit(
        self, part: str, limit: int
    ) -> None:
        assert wrong({"embeds": [{part: "x" * limit}]}) == []
        assert wrong({"embeds": [{part: "x" * (limit + 1)}]}) == [f"payload.embeds[0].{part}"]

    def test_case_6_embeds_hold_6000_characters_together(self) -> None:
        half: Json = {"description": "x" * 3_000}
        assert wrong({"embeds": [half, half]}) == []
        assert wrong({"embeds": [half, {"description": "x" * 3_001}]}) == ["payload.embeds"]

    def test_every_word_of_an_embed_counts_towards_the_sum(self) -> None:
        whole: dict[str, Json] = {
            "title": "t" * 256,
            "description": "d" * 4_096,
            "author": {"name": "a" * 256},
            "footer": {"text": "f" * 368},
            "fields": [{"name": "n" * 256, "value": "v" * 768}],
        }
        assert wrong({"embeds": [whole]}) == []
        for grown in (
            {"author": {"name": "a" * 256 + " "}},
            {"footer": {"text": "f" * 369}},
            {"fields": [{"name": "n" * 256, "value": "v" * 769}]},
        ):
            over = wrong({"embeds": [whole | grown]})
            assert over == ([] if "author" in grown else ["payload.embeds"])

    def test_case_6_25_fields_are_taken_and_26_refused(self) -> None:
        field: Json = {"name": "n", "value": "v"}
        assert wrong(embed(fields=[field] * 25)) == []
        assert wrong(embed(fields=[field] * 26)) == ["payload.embeds[0].fields"]

    @pytest.mark.parametrize(("part", "limit"), [("name", 256), ("value", 1_024)])
    def test_a_field_has_a_name_and_a_value_within_their_limits(
        self, part: str, limit: int
    ) -> None:
        where = f"payload.embeds[0].fields[0].{part}"
        field: dict[str, Json] = {"name": "n", "value": "v"}
        assert wrong(embed(fields=[field | {part: "x" * limit}])) == []
        for value in ("x" * (limit + 1), "", " ", None, 1):
            assert wrong(embed(fields=[field | {part: value}])) == [where]

    @pytest.mark.parametrize(
        ("edge", "name", "limit"), [("footer", "text", 2_048), ("author", "name", 256)]
    )
    def test_footer_and_author_have_words_within_their_limits(
        self, edge: str, name: str, limit: int
    ) -> None:
        assert wrong(embed(**{edge: {name: "x" * limit}})) == []
        for value in ("x" * (limit + 1), "", None):
            assert wrong(embed(**{edge: {name: value}})) == [f"payload.embeds[0].{edge}.{name}"]

    @pytest.mark.parametrize("color", [0, 16_777_215])
    def test_every_color_is_taken(self, color: int) -> None:
        assert wrong(embed(color=color)) == []

    @pytest.mark.parametrize("color", [-1, 16_777_216, 1.5, "red", True])
    def test_what_is_no_color_is_refused(self, color: Json) -> None:
        assert wrong(embed(color=color)) == ["payload.embeds[0].color"]

    @pytest.mark.parametrize(
        "url", ["", "x", "ftp://a.example", "javascript:x", "attachment://a.png", "https://", 1]
    )
    def test_what_is_no_web_address_is_refused_wherever_one_belongs(self, url: Json) -> None:
        message = embed(url=url, image={"url": url}, thumbnail={"url": url}) | {"avatar_url": url}
        places = ("image.url", "thumbnail.url", "url")
        assert sorted(wrong(message)) == [
            "payload.avatar_url",
            *(f"payload.embeds[0].{place}" for place in places),
        ]

    @pytest.mark.parametrize("instant", ["yesterday", "", 5, "2026-13-01T00:00:00Z"])
    def test_what_is_no_instant_is_refused(self, instant: Json) -> None:
        assert wrong(embed(timestamp=instant)) == ["payload.embeds[0].timestamp"]

    def test_case_6_a_message_that_says_nothing_is_refused(self) -> None:
        for nothing in ({}, {"content": " \n "}, {"content": "", "embeds": []}, {"username": "u"}):
            assert wrong(nothing) == ["payload.content"]
        assert wrong({"embeds": [{}]}) == ["payload.embeds[0]"]
        assert wrong({"embeds": [{"color": 1, "title": " "}]}) == ["payload.embeds[0]"]
        assert wrong({"embeds": [None]}) == ["payload.embeds[0]"]

    def test_a_copied_embed_may_keep_what_discord_fills_in(self) -> None:
        picture: Json = {"url": "https://a.example/p", "proxy_url": "x", "height": 1, "width": 1}
        assert wrong(embed(type="rich", provider={}, video={}, image=picture)) == []


class TestMentions:
    def test_case_33_nobody_is_called_unless_it_was_asked_for(self) -> None:
        assert sent({"content": "@everyone"})["allowed_mentions"] == {"parse": []}
        assert sent({"content": "x", "allowed_mentions": None})["allowed_mentions"] == {"parse": []}

    def test_what_was_asked_for_is_kept(self) -> None:
        asked: Json = {"parse": ["roles"], "users": [SOMEBODY]}
        assert wrong({"content": "x", "allowed_mentions": asked}) == []
        assert sent({"content": "x", "allowed_mentions": asked})["allowed_mentions"] == asked

    def test_a_value_that_would_call_somebody_stays_quiet(self) -> None:
        values = attrs.evolve(VALUES, task_name="@everyone <@1>")
        body = sent(fill({"content": "{{task.name}}"}, values))
        assert body["content"] == "@everyone <@1>"
        assert body["allowed_mentions"] == {"parse": []}

    @pytest.mark.parametrize("kind", ["users", "roles"])
    def test_some_of_a_kind_and_all_of_it_contradict_each_other(self, kind: str) -> None:
        asked: Json = {"parse": [kind], kind: [SOMEBODY]}
        where = f"payload.allowed_mentions.{kind}"
        assert wrong({"content": "x", "allowed_mentions": asked}) == [where]

    @pytest.mark.parametrize("kind", ["users", "roles"])
    def test_at_most_100_are_named_and_each_once(self, kind: str) -> None:
        many: list[Json] = [str(10**17 + number) for number in range(101)]
        where = f"payload.allowed_mentions.{kind}"
        assert wrong({"content": "x", "allowed_mentions": {kind: many[:100]}}) == []
        assert wrong({"content": "x", "allowed_mentions": {kind: many}}) == [where]
        assert wrong({"content": "x", "allowed_mentions": {kind: [SOMEBODY] * 2}}) == [where]

    @pytest.mark.parametrize(
        "asked",
        [[], "everyone", {"parse": "everyone"}, {"parse": ["all"]}, {"users": [1]}, {"x": 1}],
    )
    def test_what_discord_does_not_know_is_refused(self, asked: Json) -> None:
        assert len(wrong({"content": "x", "allowed_mentions": asked})) == 1


class TestComponents:
    def test_links_are_shown_where_the_address_asks_for_components(self) -> None:
        rows: Json = [{"type": 1, "components": [LINK]}]
        assert wrong({"content": "x", "components": rows}, SHOWING) == []
        assert wrong({"content": "x", "components": rows}) == ["payload.components"]

    @pytest.mark.parametrize("component", [{"type": 2, "style": 1, "custom_id": "a"}, {"type": 3}])
    def test_what_waits_for_an_answer_is_refused(self, component: Json) -> None:
        rows: Json = [{"type": 1, "components": [component]}]
        (field,) = wrong({"content": "x", "components": rows}, SHOWING)
        assert field.startswith("payload.components[0].components[0].")

    @pytest.mark.parametrize(
        ("component", "place"),
        [
            ({**LINK, "label": "x" * 81}, ".label"),
            ({**LINK, "label": ""}, ".label"),
            ({**LINK, "url": ""}, ".url"),
            ({**LINK, "url": None, "style": 4}, ".style"),
            ({"type": 2, "style": 5, "label": "x"}, ".url"),
            ({"type": [1]}, ".type"),
            ({"type": 1, "components": {}}, ".components"),
            ("x", ""),
        ],
    )
    def test_a_link_is_whole_or_refused(self, component: Json, place: str) -> None:
        rows: Json = [{"type": 1, "components": [component]}]
        where = f"payload.components[0].components[0]{place}"
        assert wrong({"content": "x", "components": rows}, SHOWING) == [where]

    def test_a_picture_may_stand_beside_a_section(self) -> None:
        def beside(accessory: Json) -> dict[str, Json]:
            texts: Json = [{"type": 10, "content": "x"}]
            section: Json = {"type": 9, "components": texts, "accessory": accessory}
            return {"flags": 1 << 15, "components": [section]}

        assert wrong(beside({"type": 11, "media": {"url": "https://a.example/p"}}), SHOWING) == []
        assert wrong(beside({"type": 3}), SHOWING) == ["payload.components[0].accessory.type"]

    def test_components_are_not_nested_without_end(self) -> None:
        nested: dict[str, Json] = {"type": 17}
        for _ in range(6):
            nested = {"type": 17, "components": [nested]}
        (field,) = wrong({"flags": 1 << 15, "components": [nested]}, SHOWING)
        assert field == "payload.components[0]" + ".components[0]" * 5

    def test_a_message_of_components_alone_has_nothing_else(self) -> None:
        text: Json = {"type": 10, "content": "x"}
        whole: dict[str, Json] = {
            "flags": 1 << 15,
            "components": [{"type": 17, "components": [text]}],
        }
        assert wrong(whole, SHOWING) == []
        assert wrong(whole | {"content": "x"}, SHOWING) == ["payload.content"]
        assert wrong({"content": "x", "components": [text]}, SHOWING) == [
            "payload.components[0].type"
        ]
        assert wrong({"flags": 1 << 15, "content": "x"}, SHOWING) != []

    def test_forty_components_are_taken_and_4000_characters_in_them(self) -> None:
        def holding(count: int, length: int) -> dict[str, Json]:
            texts: list[Json] = [{"type": 10, "content": "x" * length}] * (count - 1)
            return {"flags": 1 << 15, "components": [{"type": 17, "components": texts}]}

        assert wrong(holding(40, 100), SHOWING) == []
        assert wrong(holding(41, 100), SHOWING) == ["payload.components"]
        assert wrong(holding(40, 103), SHOWING) == ["payload.components"]


class TestPolls:
    def poll(self, **parts: Json) -> dict[str, Json]:
        answer: Json = {"poll_media": {"text": "Yes", "emoji": {"name": "🙂"}}}
        return {"poll": {"question": {"text": "Well?"}, "answers": [answer] * 2, **parts}}

    def test_a_question_and_some_answers_are_a_poll(self) -> None:
        assert wrong(self.poll(duration=24, allow_multiselect=True, layout_type=1)) == []

    @pytest.mark.parametrize(
        ("parts", "place"),
        [
            ({"question": {"text": "x" * 301}}, "question.text"),
            ({"question": None}, "question.text"),
            ({"answers": []}, "answers"),
            ({"answers": [{"poll_media": {"text": "x"}}] * 11}, "answers"),
            ({"answers": [{"poll_media": {"text": "x" * 56}}]}, "answers[0].poll_media.text"),
            ({"answers": [{}]}, "answers[0].poll_media.text"),
            ({"duration": 0}, "duration"),
            ({"duration": 769}, "duration"),
            ({"allow_multiselect": 1}, "allow_multiselect"),
        ],
    )
    def test_what_discord_would_not_take_is_refused(
        self, parts: dict[str, Json], place: str
    ) -> None:
        assert wrong(self.poll(**parts)) == [f"payload.poll.{place}"]
