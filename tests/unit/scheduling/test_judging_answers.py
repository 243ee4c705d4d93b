"""Judging: what each answer means for the next attempt, and what of it may be kept."""

import json
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Refusal, Unavailable
from homeroom.kernel.outbound_errors import (
    AddressRefused,
    AnswerRefused,
    NotSent,
    OutcomeUnknown,
    Overloaded,
    PeerUntrusted,
    Redirected,
    RequestRefused,
    UrlRefused,
)
from homeroom.scheduling.model.deliveries import SNIPPET, Allowance, Answer, Outcome
from homeroom.scheduling.model.judging import (
    DUPLICATE_POSSIBLE,
    UNTOLD_WAIT,
    judge_discord,
    judge_refusal,
    judge_webhook,
    snippet,
)
from homeroom_testing.clock import NOON

TOKEN = "aB3_-" * 13
TOLD = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "4", "X-RateLimit-Reset-After": "2"}
TOO_LONG = {
    "message": "Invalid Form Body",
    "code": 50035,
    "errors": {
        "embeds": {
            "0": {"title": {"_errors": [{"code": "X", "message": "Must be 256 or fewer."}]}}
        },
        "content": {"_errors": [{"code": "Y", "message": "Too long."}, {"message": "Too loud."}]},
    },
}


def discord(status: int, said: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    body = b"" if said is None else json.dumps(said).encode()
    return judge_discord(status, headers or {}, body, NOON, (TOKEN,))


def webhook(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    return judge_webhook(status, headers or {}, body, NOON)


class TestDiscordTakesIt:
    def test_case_25_204_is_delivered(self) -> None:
        answer = discord(204)
        assert (answer.outcome, answer.status, answer.reason) == (Outcome.DELIVERED, 204, "")

    def test_case_25_200_brings_the_messages_id(self) -> None:
        answer = discord(200, {"id": "1234", "content": "our own words"})
        assert (answer.outcome, answer.message_id) == (Outcome.DELIVERED, "1234")
        assert answer.snippet == ""

    @pytest.mark.parametrize("said", [None, [], "x", {"id": 5}, {}])
    def test_200_without_an_id_is_delivered_all_the_same(self, said: object) -> None:
        answer = discord(200, said)
        assert (answer.outcome, answer.message_id) == (Outcome.DELIVERED, "")

    def test_a_long_message_that_comes_back_still_tells_its_id(self) -> None:
        assert discord(200, {"content": "x" * 4_000, "id": "1234"}).message_id == "1234"

    def test_case_29_every_answer_tells_what_is_still_allowed(self) -> None:
        allowance = Allowance(limit=5, remaining=4, reset_after=2.0)
        for status in (204, 200, 400, 404, 429, 500):
            assert discord(status, {}, TOLD).allowance == allowance
        lower = {name.lower(): value for name, value in TOLD.items()}
        assert discord(204, None, lower).allowance == allowance
        gone = TOLD | {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.2"}
        assert discord(204, None, gone).allowance == Allowance(
            limit=5, remaining=0, reset_after=1.2
        )

    @pytest.mark.parametrize("value", ["", "many", "nan", "inf", "1e999"])
    @pytest.mark.parametrize("name", list(TOLD))
    def test_an_allowance_that_makes_no_sense_is_none(self, name: str, value: str) -> None:
        assert discord(204, None, TOLD | {name: value}).allowance is None

    @given(st.dictionaries(st.sampled_from(list(TOLD)), st.text() | st.floats().map(str)))
    def test_no_header_breaks_the_judgement(self, headers: dict[str, str]) -> None:
        for status in (204, 429):
            allowance = discord(status, None, headers).allowance
            assert allowance is None or allowance.reset_after <= 86_400


class TestDiscordIsBusy:
    def test_case_28_the_body_says_how_long_to_wait(self) -> None:
        said = {"message": "You are being rate limited.", "retry_after": 2.5, "global": False}
        answer = discord(429, said, {"Retry-After": "3"})
        assert (answer.outcome, answer.retry_after) == (Outcome.LIMITED, 2.5)
        assert (answer.everywhere, answer.reason) == (False, "rate_limited")
        assert answer.message == "Discord asks us to wait 2.5 s"

    @pytest.mark.parametrize(
        ("said", "headers", "wait"),
        [
            ({"retry_after": "0.75"}, {}, 0.75),
            ({"message": "x"}, {"Retry-After": "7"}, 7.0),
            ({"retry_after": None}, {"x-ratelimit-reset-after": "0.3"}, 0.3),
            ({"message": "x"}, {"Retry-After": format_datetime(NOON + timedelta(minutes=1))}, 60.0),
            ({"message": "x"}, {}, UNTOLD_WAIT),
            ({"retry_after": 0}, {}, 0.1),
            ({"retry_after": -5}, {}, 0.1),
            ({"retry_after": 1e300}, {}, 86_400.0),
            ({"retry_after": float("nan")}, {"Retry-After": "2"}, 2.0),
            ({"retry_after": True}, {"Retry-After": "2"}, 2.0),
        ],
    )
    def test_or_else_a_header_or_else_we_wait_a_little(
        self, said: object, headers: dict[str, str], wait: float
    ) -> None:
        assert discord(429, said, headers).retry_after == wait

    @pytest.mark.parametrize(
        ("said", "headers"),
        [
            ({"retry_after": 1, "global": True}, {}),
            ({"retry_after": 1}, {"X-RateLimit-Global": "true"}),
            ({"retry_after": 1}, {"X-RateLimit-Scope": "global"}),
        ],
    )
    def test_case_28_a_global_limit_is_for_everything_we_send(
        self, said: object, headers: dict[str, str]
    ) -> None:
        assert discord(429, said, headers).everywhere
        assert discord(429, said, headers).message.endswith("with everything")

    @pytest.mark.parametrize("scope", ["user", "shared"])
    def test_any_other_scope_is_not(self, scope: str) -> None:
        assert not discord(429, {"retry_after": 1}, {"X-RateLimit-Scope": scope}).everywhere

    def test_a_door_shut_before_discord_itself_is_shut_for_everything(self) -> None:
        answer = judge_discord(429, {"retry-after": "600"}, b"<html>1015</html>", NOON)
        assert (answer.everywhere, answer.retry_after) == (True, 600.0)
        assert not judge_discord(429, TOLD, b"", NOON).everywhere


class TestDiscordRefuses:
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            (50006, "payload_refused"),
            (50035, "payload_refused"),
            (200000, "automod_blocked"),
            (200001, "automod_blocked"),
            (220001, "thread_needed"),
            (220002, "thread_not_named"),
            (220003, "thread_not_allowed"),
        ],
    )
    def test_case_31_what_is_wrong_with_the_message_is_for_good(
        self, code: int, reason: str
    ) -> None:
        answer = discord(400, {"code": code, "message": "No."})
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, reason)
        assert answer.message == "Discord answered 400: No."
        assert f'"code": {code}' in answer.snippet

    def test_case_31_each_mistake_is_kept_with_its_place(self) -> None:
        assert discord(400, TOO_LONG).message == (
            "Discord answered 400: Invalid Form Body: embeds[0].title: Must be 256 or fewer.; "
            "content: Too long.; content: Too loud."
        )

    def test_case_30_an_unknown_webhook_is_gone(self) -> None:
        for answer in (
            discord(404, {"code": 10015, "message": "Unknown Webhook"}),
            discord(404),
            discord(410),
        ):
            assert (answer.outcome, answer.reason) == (Outcome.GONE, "webhook_gone")
            assert "not called again until its address changes" in answer.message

    @pytest.mark.parametrize("status", [400, 404])
    def test_an_unknown_thread_does_not_condemn_the_webhook(self, status: int) -> None:
        answer = discord(status, {"code": 10003, "message": "Unknown Channel"})
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "thread_gone")

    @pytest.mark.parametrize(
        ("status", "said"),
        [(401, None), (403, {"code": 50013}), (401, {"code": 50027}), (400, {"code": 50027})],
    )
    def test_who_is_not_let_in_is_denied(self, status: int, said: object) -> None:
        answer = discord(status, said)
        assert (answer.outcome, answer.reason) == (Outcome.DENIED, "webhook_denied")

    @pytest.mark.parametrize("status", [400, 405, 413, 415, 422])
    def test_any_other_4xx_is_for_good(self, status: int) -> None:
        assert discord(status).outcome is Outcome.REFUSED

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599])
    def test_5xx_may_be_tried_again(self, status: int) -> None:
        answer = discord(status, None, {"retry-after": "9"})
        assert (answer.outcome, answer.reason) == (Outcome.FAILED, "server_error")
        assert answer.retry_after == 9.0

    def test_nested_nonsense_breaks_nothing(self) -> None:
        errors: object = {"_errors": [5, {}, {"message": ["x"]}]}
        for _ in range(40):
            errors = {"a": errors}
        assert discord(400, {"code": 50035, "errors": errors}).outcome is Outcome.REFUSED
        assert judge_discord(400, {}, b"[" * 100_000, NOON).outcome is Outcome.REFUSED
        assert judge_discord(400, {}, b"\xff\xfe{", NOON).outcome is Outcome.REFUSED


class TestSomebodyElse:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_any_2xx_is_delivered_and_its_words_are_kept(self, status: int) -> None:
        answer = webhook(status, body=b"thanks")
        assert (answer.outcome, answer.snippet) == (Outcome.DELIVERED, "thanks")

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
    def test_case_36_a_redirect_is_a_failure_and_is_not_followed(self, status: int) -> None:
        for answer in (webhook(status, {"location": "https://x.example/"}), discord(status)):
            assert (answer.outcome, answer.reason) == (Outcome.FAILED, "redirected")
            assert "not followed" in answer.message
            assert "x.example" not in answer.message

    def test_case_36_410_is_gone_at_once(self) -> None:
        answer = webhook(410)
        assert (answer.outcome, answer.reason) == (Outcome.GONE, "webhook_gone")

    @pytest.mark.parametrize("status", [401, 403, 404, 407])
    def test_who_is_not_let_in_or_not_known_is_denied(self, status: int) -> None:
        assert webhook(status).outcome is Outcome.DENIED

    @pytest.mark.parametrize("status", [400, 402, 405, 409, 413, 415, 422, 489, 499])
    def test_any_other_4xx_is_for_good(self, status: int) -> None:
        assert webhook(status).outcome is Outcome.REFUSED

    @pytest.mark.parametrize(
        ("told", "wait"), [("30", 30.0), ("", UNTOLD_WAIT), ("x", UNTOLD_WAIT)]
    )
    def test_429_waits_as_told_or_a_little(self, told: str, wait: float) -> None:
        answer = webhook(429, {"Retry-After": told})
        assert (answer.outcome, answer.retry_after) == (Outcome.LIMITED, wait)
        assert not answer.everywhere

    @pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
    def test_what_may_pass_is_tried_again_and_not_before_it_says(self, status: int) -> None:
        answer = webhook(status, {"Retry-After": "120"})
        assert (answer.outcome, answer.retry_after) == (Outcome.FAILED, 120.0)
        assert webhook(status).retry_after is None

    @given(st.integers(100, 599), st.binary(max_size=200))
    def test_every_status_comes_to_something_for_everybody(self, status: int, body: bytes) -> None:
        for answer in (webhook(status, body=body), judge_discord(status, {}, body, NOON)):
            assert answer.status == status
            assert (answer.outcome is Outcome.DELIVERED) == (200 <= status < 300)
            assert (answer.reason == "") == (answer.outcome is Outcome.DELIVERED)


class TestSnippets:
    @given(st.binary(max_size=5_000))
    def test_they_are_short_text_that_shows(self, body: bytes) -> None:
        kept = snippet(body)
        assert len(kept) <= SNIPPET
        assert all(letter.isprintable() or letter == "\n" for letter in kept)
        assert len(webhook(500, body=body).snippet) <= SNIPPET

    def test_case_39_of_ten_megabytes_little_is_kept(self) -> None:
        assert snippet(b"x" * 10_000_000) == "x" * SNIPPET

    @given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 3))
    def test_case_40_our_own_secrets_are_cut_out(self, before: str, after: str, often: int) -> None:
        body = (before + TOKEN * often + after).encode()
        for answer in (
            judge_discord(400, {}, body, NOON, (TOKEN,)),
            judge_webhook(500, {}, body, NOON, ("short", TOKEN)),
        ):
            assert TOKEN not in answer.snippet

    def test_case_40_a_secret_is_cut_out_however_it_is_spelt(self) -> None:
        url = f"https://hooks.example/in/{TOKEN}"
        escaped = url.replace("/", "\\/")
        for echoed in (url, escaped, "https%3A%2F%2Fhooks.example%2Fin%2F" + TOKEN):
            assert TOKEN not in snippet(f"no route for {echoed}".encode(), (url,))

    def test_case_40_no_half_of_a_secret_is_left_where_a_snippet_ends(self) -> None:
        kept = snippet(b"x" * (SNIPPET - 20) + TOKEN.encode(), (TOKEN,))
        assert TOKEN[:5] not in kept
        assert kept.endswith("x[hidden]")

    def test_case_40_a_message_never_quotes_a_secret_either(self) -> None:
        said = {
            "code": 50035,
            "message": f"bad {TOKEN}",
            "errors": {"a": {"_errors": [{"message": TOKEN}]}},
        }
        answer = discord(400, said)
        assert TOKEN not in answer.message
        assert "[hidden]" in answer.message
        assert TOKEN not in repr(answer)

    def test_a_message_has_an_end(self) -> None:
        assert len(discord(400, {"code": 50035, "message": "x" * 5_000}).message) == 1_000


class TestRefusals:
    @pytest.mark.parametrize(
        ("refusal", "outcome", "reason"),
        [
            (NotSent("x"), Outcome.FAILED, "unreachable"),
            (OutcomeUnknown("x"), Outcome.UNKNOWN, "unknown_result"),
            (AnswerRefused("x"), Outcome.UNKNOWN, "answer_refused"),
            (Redirected("x"), Outcome.FAILED, "redirected"),
            (Overloaded("x", status=503), Outcome.FAILED, "server_error"),
            (Overloaded("x", status=429), Outcome.LIMITED, "rate_limited"),
            (AddressRefused("x"), Outcome.REFUSED, "ssrf_blocked"),
            (UrlRefused("x"), Outcome.REFUSED, "outbound_url_refused"),
            (RequestRefused("x"), Outcome.REFUSED, "outbound_request_refused"),
            (PeerUntrusted("x"), Outcome.DENIED, "peer_untrusted"),
            (Unavailable("x"), Outcome.FAILED, "unavailable"),
            (Invalid("x"), Outcome.REFUSED, "invalid"),
            (Conflict("x"), Outcome.DENIED, "conflict"),
            (NotFound("x"), Outcome.DENIED, "not_found"),
        ],
    )
    def test_each_means_one_thing(self, refusal: Refusal, outcome: Outcome, reason: str) -> None:
        answer = judge_refusal(refusal)
        assert (answer.outcome, answer.reason) == (outcome, reason)
        assert answer.message.startswith("x")

    def test_case_32_a_timeout_is_told_to_be_a_possible_duplicate(self) -> None:
        answer = judge_refusal(OutcomeUnknown("no answer from https://hooks.example in 10 s"))
        assert (
            answer.message == f"no answer from https://hooks.example in 10 s; {DUPLICATE_POSSIBLE}"
        )
        assert "duplicate" in DUPLICATE_POSSIBLE

    def test_case_38_an_address_that_may_not_be_called_is_blocked_for_good(self) -> None:
        answer = judge_refusal(AddressRefused("hooks.example is not an address that we may call"))
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "ssrf_blocked")

    def test_what_says_when_to_come_back_is_heard(self) -> None:
        assert judge_refusal(NotSent("x", retry_after=3.0)).retry_after == 3.0
        busy = judge_refusal(Overloaded("x", status=429, retry_after=8.0))
        assert (busy.retry_after, busy.status) == (8.0, 429)
        assert judge_refusal(Overloaded("x", status=429)).retry_after == UNTOLD_WAIT
        assert judge_refusal(Overloaded("x", status=503)).retry_after is None
