"""Targets: what may be sent to, every mistake at once, and nothing shown that opens a door."""

import base64
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Problem
from homeroom.scheduling.errors import UnreadableTarget
from homeroom.scheduling.model.target_checks import STRICT, TargetGiven, check_target
from homeroom.scheduling.model.target_parts import TargetRules
from homeroom.scheduling.model.targets import (
    DiscordTarget,
    EmailTarget,
    LogTarget,
    NotifierKind,
    Target,
    WebhookTarget,
    discord_send_url,
    identity,
    mask,
    read_target_text,
    secret_parts,
    target_text,
)

ID = "123456789012345678"
TOKEN = "aB3_-" * 13 + "xYz"
PLACE = f"/api/webhooks/{ID}/{TOKEN}"
KEPT = f"https://discord.com/api/v10/webhooks/{ID}/{TOKEN}?wait=true"
SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
NEWER = "whsec_" + base64.b64encode(b"t" * 24).decode()
DISCORD, WEBHOOK = NotifierKind.DISCORD, NotifierKind.WEBHOOK
EMAIL, LOG = NotifierKind.EMAIL, NotifierKind.LOG

token_letters = st.characters(codec="ascii", categories=["Ll", "Lu", "Nd"], include_characters="-_")
tokens = st.text(token_letters, min_size=60, max_size=80)
ids = st.integers(10**16, 2**64 - 1).map(str)
discord_targets = st.builds(
    lambda number, token: DiscordTarget(
        url=f"https://discord.com/api/v10/webhooks/{number}/{token}?wait=true"
    ),
    ids,
    tokens,
)
header_values = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
secrets = st.binary(min_size=24, max_size=64).map(
    lambda key: "whsec_" + base64.b64encode(key).decode()
)
webhook_targets = st.builds(
    WebhookTarget,
    url=tokens.map(lambda token: f"https://hooks.example/in/{token}"),
    method=st.sampled_from(["POST", "PUT", "PATCH"]),
    headers=st.dictionaries(st.sampled_from(["authorization", "x-key", "x-b"]), header_values),
    secrets=st.lists(secrets, min_size=1, max_size=2).map(tuple),
)
email_targets = st.builds(
    EmailTarget,
    to=st.lists(st.emails(), min_size=1, max_size=20).map(tuple),
    subject=st.text(min_size=1, max_size=200),
)
targets = discord_targets | webhook_targets | email_targets | st.just(LogTarget())


def taken(
    kind: NotifierKind,
    given: TargetGiven,
    before: Target | None = None,
    rules: TargetRules = STRICT,
) -> Target:
    target, problems = check_target(kind, given, before, rules)
    assert problems == []
    assert target is not None
    return target


def refused(
    kind: NotifierKind,
    given: TargetGiven,
    before: Target | None = None,
    rules: TargetRules = STRICT,
) -> list[Problem]:
    target, problems = check_target(kind, given, before, rules)
    assert target is None
    return problems


def fields(problems: list[Problem]) -> list[str]:
    return [problem.field for problem in problems]


def a_webhook(
    url: str = "https://hooks.example/in", rules: TargetRules = STRICT, **said: str
) -> WebhookTarget:
    target = taken(WEBHOOK, TargetGiven(url=url, **said), None, rules)
    assert isinstance(target, WebhookTarget)
    return target


class TestDiscordAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            f"https://discord.com{PLACE}",
            f"https://discord.com{PLACE}/",
            f"https://DISCORD.com.{PLACE}",
            f"https://discordapp.com{PLACE}",
            f"https://discord.com/api/v10/webhooks/{ID}/{TOKEN}",
            f"https://discord.com/api/v6/webhooks/{ID}/{TOKEN}",
            f"https://discord.com{PLACE}?wait=false",
            f"https://discord.com{PLACE}?wait=1&with_components=False",
        ],
    )
    def test_every_way_to_write_one_is_kept_in_the_same_spelling(self, url: str) -> None:
        assert taken(DISCORD, TargetGiven(url=url)) == DiscordTarget(url=KEPT)

    @pytest.mark.parametrize("host", ["ptb.discord.com", "canary.discord.com"])
    def test_the_early_channels_are_kept_as_they_are(self, host: str) -> None:
        target = taken(DISCORD, TargetGiven(url=f"https://{host}{PLACE}"))
        assert target == DiscordTarget(url=KEPT.replace("discord.com", host))

    def test_a_thread_and_components_are_kept(self) -> None:
        asked = f"https://discord.com{PLACE}?with_components=1&thread_id={ID}9"
        kept = f"{KEPT}&thread_id={ID}9&with_components=true"
        target = taken(DISCORD, TargetGiven(url=asked))
        assert target == DiscordTarget(url=kept)
        assert taken(DISCORD, TargetGiven(url=kept)) == target

    @given(ids, tokens)
    def test_ids_and_tokens_of_any_usual_length_are_taken(self, number: str, token: str) -> None:
        url = f"https://discord.com/api/webhooks/{number}/{token}"
        target = taken(DISCORD, TargetGiven(url=url))
        assert isinstance(target, DiscordTarget)
        assert (target.parts.webhook_id, target.parts.token) == (number, token)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "https://127.0.0.1/",
            "http://169.254.169.254/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            f"https://discord.com@evil.test{PLACE}",
            f"https://discord.com.evil.test{PLACE}",
            f"https://evil.test\\@discord.com{PLACE}",
            f"https://evil.test#discord.com{PLACE}",
            f"https://evildiscord.com{PLACE}",
            f"https://sub.discord.com{PLACE}",
            f"https://user:word@discord.com{PLACE}",
            f"https://discord.com:443{PLACE}",
            f"https://discord.com:8443{PLACE}",
            f"http://discord.com{PLACE}",
            f"ftp://discord.com{PLACE}",
            f" https://discord.com{PLACE}",
            f"https://discord.com{PLACE}#x",
            f"https://discord.com{PLACE}/slack",
            f"https://discord.com{PLACE}/github",
            f"https://discord.com{PLACE}/messages/1",
            f"https://discord.com/api/webhooks/{ID}",
            f"https://discord.com/api/webhooks/12/{TOKEN}",
            f"https://discord.com/api/webhooks/{ID}/short",
            f"https://discord.com/api/webhooks/{ID}/../{TOKEN}",
            f"https://discord.com/api/webhooks/{ID}/{TOKEN}%2e",
            f"https://discord.com/API/webhooks/{ID}/{TOKEN}",
            f"https://discord.com/webhooks/{ID}/{TOKEN}",
            f"https://discord.com{PLACE}?token=x",
            f"https://discord.com{PLACE}?wait=perhaps",
            f"https://discord.com{PLACE}?wait=true&wait=true",
            f"https://discord.com{PLACE}?thread_id=abc",
            f"https://discord.com{PLACE}?thread_id={ID}%26x=y",
        ],
    )
    def test_case_37_anything_else_is_refused_without_being_repeated(self, url: str) -> None:
        problems = refused(DISCORD, TargetGiven(url=url))
        assert set(fields(problems)) == {"target.url"}
        assert TOKEN not in str(problems)
        assert "evil" not in str(problems)

    def test_case_3_everything_wrong_with_one_is_said_at_once(self) -> None:
        url = "http://evil.test:99/api/hooks?wait=maybe&x=1"
        told = [problem.message for problem in refused(DISCORD, TargetGiven(url=url))]
        assert told == [
            "has a wait that is neither true nor false",
            "may ask for wait, thread_id and with_components, and nothing else",
            "must begin with https://",
            "must be at discord.com, ptb.discord.com or canary.discord.com",
            "must not name a port",
            "must look like https://discord.com/api/webhooks/{id}/{token}",
        ]

    def test_only_when_it_is_called_does_a_stand_in_take_discords_place(self) -> None:
        target = DiscordTarget(url=f"{KEPT}&thread_id={ID}")
        path = target.url.removeprefix("https://discord.com")
        assert discord_send_url(target) == target.url
        assert discord_send_url(target, "http://127.0.0.1:8081/") == f"http://127.0.0.1:8081{path}"
        assert refused(DISCORD, TargetGiven(url=f"http://127.0.0.1:8081{path}"))


class TestChangingATarget:
    def test_what_is_not_said_stays(self) -> None:
        given = TargetGiven(
            url="https://hooks.example/", method="PUT", headers={"x-a": "b"}, secret=SECRET
        )
        before = taken(WEBHOOK, given)
        assert taken(WEBHOOK, TargetGiven(), before) == before
        assert taken(WEBHOOK, TargetGiven(url=mask(before)), before) == before
        discord = DiscordTarget(url=KEPT)
        assert taken(DISCORD, TargetGiven(), discord) == discord
        assert taken(DISCORD, TargetGiven(url=mask(discord)), discord) == discord
        letter = EmailTarget(to=("a@school.example",), subject="News")
        assert taken(EMAIL, TargetGiven(), letter) == letter
        assert taken(EMAIL, TargetGiven(subject="More"), letter) == attrs.evolve(
            letter, subject="More"
        )

    def test_a_mask_is_no_address_of_a_new_target(self) -> None:
        assert refused(WEBHOOK, TargetGiven(url=mask(a_webhook())))
        assert refused(DISCORD, TargetGiven(url=mask(DiscordTarget(url=KEPT))))
        assert refused(WEBHOOK, TargetGiven(), DiscordTarget(url=KEPT))

    def test_headers_do_not_follow_to_an_address_they_were_not_given_for(self) -> None:
        given = TargetGiven(url="https://hooks.example/a", headers={"x-a": "b"})
        before = taken(WEBHOOK, given)
        moved = TargetGiven(url="https://hooks.example/b")
        assert fields(refused(WEBHOOK, moved, before)) == ["target.headers"]
        for headers in ({}, {"x-a": "c"}):
            target = taken(WEBHOOK, attrs.evolve(moved, headers=headers), before)
            assert isinstance(target, WebhookTarget)
            assert target.headers == headers

    def test_a_new_secret_signs_first_and_the_old_one_until_it_is_settled(self) -> None:
        before = a_webhook(secret=SECRET)
        rotated = taken(WEBHOOK, TargetGiven(secret=NEWER), before)
        assert isinstance(rotated, WebhookTarget)
        assert rotated.secrets == (NEWER, SECRET)
        assert rotated.settle().secrets == (NEWER,)

    def test_never_more_than_two_secrets_sign(self) -> None:
        third = "whsec_" + base64.b64encode(b"u" * 24).decode()
        target = a_webhook(secret=SECRET).rotate(NEWER).rotate(third)
        assert target.secrets == (third, NEWER)
        assert target.rotate(NEWER).secrets == (NEWER, third)

    def test_the_same_secret_again_changes_nothing(self) -> None:
        before = a_webhook(secret=SECRET)
        assert taken(WEBHOOK, TargetGiven(secret=SECRET), before) == before

    @pytest.mark.parametrize("kind", list(NotifierKind))
    def test_what_a_kind_does_not_know_is_refused(self, kind: NotifierKind) -> None:
        given = TargetGiven(
            url=KEPT,
            method="POST",
            headers={"x-a": "b"},
            secret=SECRET,
            to=("a@school.example",),
            subject="News",
        )
        foreign = {
            DISCORD: ["headers", "method", "secret", "subject", "to"],
            WEBHOOK: ["subject", "to"],
            EMAIL: ["headers", "method", "secret", "url"],
            LOG: ["headers", "method", "secret", "subject", "to", "url"],
        }
        assert fields(refused(kind, given)) == [f"target.{name}" for name in foreign[kind]]


class TestSecrecy:
    @given(targets)
    def test_a_targets_text_reads_back_as_the_same_target(self, target: Target) -> None:
        assert read_target_text(target_text(target)) == target
        assert target_text(read_target_text(target_text(target))) == target_text(target)

    @pytest.mark.parametrize(
        "text", ["", "null", "[]", '{"kind":"pigeon"}', '{"kind":"discord"}', "secret"]
    )
    def test_what_is_no_targets_text_is_refused_without_being_repeated(self, text: str) -> None:
        with pytest.raises(UnreadableTarget) as unreadable:
            read_target_text(text)
        assert "secret" not in str(unreadable.value)
        assert unreadable.value.__cause__ is None

    @given(discord_targets)
    def test_a_discord_mask_shows_the_host_and_four_letters(self, target: DiscordTarget) -> None:
        token = target.parts.token
        assert mask(target) == f"https://discord.com/api/webhooks/…/…{token[-4:]}"

    @given(webhook_targets)
    def test_a_webhook_mask_shows_the_host_and_four_letters(self, target: WebhookTarget) -> None:
        assert mask(target) == f"https://hooks.example/…{target.url[-4:]}"

    @pytest.mark.parametrize("path", ["/", "/short", "/a?k=1234", "/" + "x" * 40 + "/in"])
    def test_a_short_end_of_an_address_is_not_shown_at_all(self, path: str) -> None:
        assert mask(a_webhook(f"https://hooks.example{path}")) == "https://hooks.example/…"

    @given(st.lists(st.emails(), min_size=1, max_size=20))
    def test_an_address_is_masked_to_its_first_letter(self, to: list[str]) -> None:
        shown = mask(EmailTarget(to=tuple(to), subject="x")).split(", ")
        for address, one in zip(to, shown, strict=True):
            local, _, domain = address.rpartition("@")
            assert one == (f"{local[0]}…@{domain}" if len(local) > 1 else f"…@{domain}")

    @given(discord_targets | webhook_targets | email_targets)
    def test_neither_a_mask_nor_a_repr_tells_a_secret(self, target: Target) -> None:
        shown = f"{mask(target)} {target!r}"
        for secret in secret_parts(target):
            assert len(secret) < 8 or secret not in shown

    def test_what_a_caller_gave_is_not_shown_either(self) -> None:
        given = TargetGiven(
            url=KEPT, headers={"authorization": "word"}, secret=SECRET, to=("a@b.example",)
        )
        for secret in (TOKEN, "word", SECRET, "a@b.example"):
            assert secret not in repr(given)
        assert TOKEN not in repr(DiscordTarget(url=KEPT).parts)

    def test_everything_that_opens_a_door_is_known_as_a_secret(self) -> None:
        assert TOKEN in secret_parts(DiscordTarget(url=KEPT))
        target = WebhookTarget(
            url=f"https://hooks.example/in/{TOKEN}?key={ID}",
            headers={"authorization": "Bearer letters"},
            secrets=(SECRET,),
        )
        told = secret_parts(target)
        for secret in (target.url, TOKEN, ID, "Bearer letters", "letters", SECRET, SECRET[6:]):
            assert secret in told
        assert secret_parts(EmailTarget(to=("a@b.example",), subject="x")) == ("a@b.example",)
        assert secret_parts(LogTarget()) == ()

    @pytest.mark.parametrize("look", [mask, identity, secret_parts])
    def test_a_kept_address_that_is_none_any_more_is_not_shown_for_it(
        self, look: Callable[[Target], object]
    ) -> None:
        with pytest.raises(UnreadableTarget) as unreadable:
            look(DiscordTarget(url=f"https://other.example{PLACE}"))
        assert TOKEN not in str(unreadable.value)

    def test_the_log_has_no_secret(self) -> None:
        assert (mask(LogTarget()), identity(LogTarget())) == ("log", "log")

    def test_two_targets_at_the_same_end_have_the_same_identity(self) -> None:
        ptb = KEPT.replace("discord.com", "ptb.discord.com")
        here, there = DiscordTarget(url=KEPT), DiscordTarget(url=f"{ptb}&thread_id={ID}")
        assert identity(here) == identity(there)
        hook = a_webhook()
        assert identity(hook) == identity(attrs.evolve(hook.rotate(NEWER), method="PUT"))
        letter = EmailTarget(to=("a@b.example", "C@b.example"), subject="x")
        other = EmailTarget(to=("c@b.example", "A@b.example"), subject="y")
        assert identity(letter) == identity(other)

    @given(discord_targets | webhook_targets, discord_targets | webhook_targets)
    def test_targets_at_different_addresses_never_have(
        self, one: DiscordTarget | WebhookTarget, other: DiscordTarget | WebhookTarget
    ) -> None:
        assert (identity(one) == identity(other)) == (one.url == other.url)
