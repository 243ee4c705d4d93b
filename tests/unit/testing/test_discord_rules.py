"""The rules of the Discord of tests, each at its border and one step beyond."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from homeroom_testing.discord_rules import Refused, check

Body = dict[str, object]


def refused(body: Body, *, with_components: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        check(body, with_components=with_components)
    return caught.value


def leaves(refusal: Refused, *steps: str) -> list[str]:
    """The codes of the errors at one place of Discord's tree."""
    tree: Any = json.loads(refusal.content())["errors"]
    for step in steps:
        tree = tree[step]
    return [error["code"] for error in tree["_errors"]]


def embed(**parts: object) -> Body:
    return {"embeds": [parts]}


def mentions(**parts: object) -> Body:
    return {"content": "hi", "allowed_mentions": parts}


FIELD = {"name": "n", "value": "v"}
CROWD = [str(10**17 + number) for number in range(101)]

TAKEN: dict[str, Body] = {
    "2000 characters": {"content": "a" * 2000},
    "space around them": {"content": " " * 50 + "a" * 2000 + "\n"},
    "1000 emoji are 2000 units": {"content": "😀" * 1000},
    "ten embeds": {"embeds": [{"title": "t"}] * 10},
    "a title of 256": embed(title="t" * 256),
    "a description of 4096": embed(description="d" * 4096),
    "25 fields": embed(fields=[FIELD] * 25),
    "a field of 256 and 1024": embed(fields=[{"name": "n" * 256, "value": "v" * 1024}]),
    "a footer of 2048": embed(footer={"text": "f" * 2048}),
    "an author of 256": embed(author={"name": "a" * 256}),
    "3000 and 3000": {"embeds": [{"description": "d" * 3000}] * 2},
    "the highest color": embed(title="t", color=16_777_215),
    "an instant": embed(title="t", timestamp="2026-03-02T12:00:00Z"),
    "an attached image": embed(image={"url": "attachment://a.png"}),
    "100 users": mentions(users=CROWD[:100]),
    "nobody": mentions(parse=[]),
    "a name of 80": {"content": "hi", "username": "n" * 80},
    "quietly": {"content": "hi", "flags": 1 << 12, "tts": False},
}

REFUSED: dict[str, tuple[Body, Sequence[str], str]] = {
    "2001 characters": ({"content": "a" * 2001}, ["content"], "BASE_TYPE_MAX_LENGTH"),
    "1001 emoji": ({"content": "😀" * 1001}, ["content"], "BASE_TYPE_MAX_LENGTH"),
    "content that is a number": ({"content": 5}, ["content"], "STRING_TYPE_CONVERT"),
    "eleven embeds": ({"embeds": [{"title": "t"}] * 11}, ["embeds"], "BASE_TYPE_MAX_LENGTH"),
    "embeds that are one": ({"embeds": {"title": "t"}}, ["embeds"], "LIST_TYPE_CONVERT"),
    "an embed that is text": ({"embeds": ["t"]}, ["embeds", "0"], "MODEL_TYPE_CONVERT"),
    "a title of 257": (embed(title="t" * 257), ["embeds", "0", "title"], "BASE_TYPE_MAX_LENGTH"),
    "a description of 4097": (
        embed(description="d" * 4097),
        ["embeds", "0", "description"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "26 fields": (embed(fields=[FIELD] * 26), ["embeds", "0", "fields"], "BASE_TYPE_MAX_LENGTH"),
    "a field name of 257": (
        embed(fields=[{"name": "n" * 257, "value": "v"}]),
        ["embeds", "0", "fields", "0", "name"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "a field value of 1025": (
        embed(fields=[FIELD, {"name": "n", "value": "v" * 1025}]),
        ["embeds", "0", "fields", "1", "value"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "a field without a value": (
        embed(fields=[{"name": "n", "value": " "}]),
        ["embeds", "0", "fields", "0", "value"],
        "BASE_TYPE_REQUIRED",
    ),
    "a footer of 2049": (
        embed(footer={"text": "f" * 2049}),
        ["embeds", "0", "footer", "text"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "an author of 257": (
        embed(author={"name": "a" * 257}),
        ["embeds", "0", "author", "name"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "3000 and 3001": (
        {"embeds": [{"description": "d" * 3000}, {"description": "d" * 3001}]},
        ["embeds"],
        "MAX_EMBED_SIZE_EXCEEDED",
    ),
    "every part counts": (
        embed(
            title="t" * 256,
            description="d" * 4096,
            footer={"text": "f" * 1000},
            author={"name": "a" * 256},
            fields=[{"name": "n" * 92, "value": "v" * 301}],
        ),
        ["embeds"],
        "MAX_EMBED_SIZE_EXCEEDED",
    ),
    "a color beyond": (
        embed(title="t", color=16_777_216),
        ["embeds", "0", "color"],
        "NUMBER_TYPE_MAX",
    ),
    "a color in words": (
        embed(title="t", color="#ff0000"),
        ["embeds", "0", "color"],
        "NUMBER_TYPE_COERCE",
    ),
    "a day that is none": (
        embed(title="t", timestamp="tomorrow"),
        ["embeds", "0", "timestamp"],
        "DATE_TIME_TYPE_PARSE",
    ),
    "a script for an address": (
        embed(title="t", url="javascript:alert(1)"),
        ["embeds", "0", "url"],
        "URL_TYPE_INVALID_SCHEME",
    ),
    "an address without a host": (
        embed(image={"url": "https:///a.png"}),
        ["embeds", "0", "image", "url"],
        "URL_TYPE_INVALID_URL",
    ),
    "101 users": (
        mentions(users=CROWD),
        ["allowed_mentions", "users"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "101 roles": (
        mentions(roles=CROWD),
        ["allowed_mentions", "roles"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "users twice": (
        mentions(parse=["users"], users=CROWD[:1]),
        ["allowed_mentions"],
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    "a kind unheard of": (
        mentions(parse=["cats"]),
        ["allowed_mentions", "parse", "0"],
        "BASE_TYPE_CHOICES",
    ),
    "a user by name": (
        mentions(users=["ada"]),
        ["allowed_mentions", "users", "0"],
        "NUMBER_TYPE_COERCE",
    ),
    "a name of 81": (
        {"content": "hi", "username": "n" * 81},
        ["username"],
        "BASE_TYPE_MAX_LENGTH",
    ),
    "no name": ({"content": "hi", "username": "  "}, ["username"], "BASE_TYPE_BAD_LENGTH"),
    "a name with clyde": (
        {"content": "hi", "username": "Clyde"},
        ["username"],
        "USERNAME_INVALID_CONTAINS",
    ),
    "a name with discord": (
        {"content": "hi", "username": "DisCord helper"},
        ["username"],
        "USERNAME_INVALID_CONTAINS",
    ),
    "a name for everyone": (
        {"content": "hi", "username": "Everyone"},
        ["username"],
        "USERNAME_INVALID_NOT_ALLOWED",
    ),
    "flags that are not ours": ({"content": "hi", "flags": 1}, ["flags"], "BASE_TYPE_CHOICES"),
    "components beside content": (
        {"content": "hi", "flags": 1 << 15},
        ["content"],
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
}

EMPTY: dict[str, Body] = {
    "nothing": {"username": "Ada"},
    "space": {"content": " \n\t "},
    "an empty embed": {"embeds": [{}]},
    "components that nobody asked for": {"components": [{"type": 10}]},
}


class TestTheRules:
    @pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
    def test_what_is_within_them_is_taken(self, body: Body) -> None:
        check(body, with_components=False)

    @pytest.mark.parametrize(("body", "where", "code"), REFUSED.values(), ids=REFUSED.keys())
    def test_what_is_beyond_one_is_refused_there(
        self, body: Body, where: Sequence[str], code: str
    ) -> None:
        refusal = refused(body)
        assert (refusal.status, refusal.body["code"]) == (400, 50035)
        assert leaves(refusal, *where) == [code]

    @pytest.mark.parametrize("body", EMPTY.values(), ids=EMPTY.keys())
    def test_what_says_nothing_is_refused(self, body: Body) -> None:
        assert refused(body).body == {"message": "Cannot send an empty message", "code": 50006}

    def test_components_say_something_to_whoever_asks_for_them(self) -> None:
        check({"components": [{"type": 10}]}, with_components=True)
