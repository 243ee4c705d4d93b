"""What every notifier promises: each attempt ends in time, as what it was, and tells no secret."""

import asyncio
import logging
import time
import tracemalloc

import attrs
import pytest

from homeroom.scheduling.model.deliveries import SNIPPET, Message, Outcome
from homeroom.scheduling.ports.notifiers import Notifier
from homeroom_testing.conformance.notifier_ground import (
    ASKED_TO_WAIT,
    WRONG_TARGETS,
    Correspondent,
    NotifierGround,
    Turn,
    another_kind_of_target,
    message_to,
)

COMES_TO = {
    Turn.REFUSES: Outcome.REFUSED,
    Turn.DENIES: Outcome.DENIED,
    Turn.FAILS: Outcome.FAILED,
    Turn.IS_SILENT: Outcome.UNKNOWN,
    Turn.HANGS_UP: Outcome.UNKNOWN,
    Turn.BABBLES: Outcome.UNKNOWN,
}
UNKNOWN = [turn for turn, outcome in COMES_TO.items() if outcome is Outcome.UNKNOWN]
A_FEW_MB = 3_000_000


class NotifierConformance(NotifierGround):
    """Subclass, provide `correspondent` and `notifier`, inherit the proof."""

    async def test_a_message_is_delivered(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        answer = await notifier.send(message_to(correspondent))
        assert (answer.outcome, answer.reason) == (Outcome.DELIVERED, "")
        assert correspondent.received == ["msg_1"]

    async def test_an_attempt_takes_the_time_it_took(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        began = time.monotonic()
        answer = await notifier.send(message_to(correspondent))
        assert 0 <= answer.latency <= time.monotonic() - began

    @pytest.mark.parametrize("turn", COMES_TO, ids=lambda turn: turn.value)
    async def test_what_the_other_end_does_is_what_it_comes_to(
        self, notifier: Notifier, correspondent: Correspondent, turn: Turn
    ) -> None:
        self.require("answers")
        correspondent.will(turn)
        answer = await self._in_time(notifier, message_to(correspondent))
        assert answer is COMES_TO[turn]

    @pytest.mark.parametrize("turn", [*COMES_TO, Turn.LIMITS], ids=lambda turn: turn.value)
    async def test_whatever_it_comes_to_nothing_is_sent_twice(
        self, notifier: Notifier, correspondent: Correspondent, turn: Turn
    ) -> None:
        self.require("answers")
        if turn is Turn.LIMITS:
            self.require("limits")
        correspondent.will(turn, Turn.TAKES)
        await self._in_time(notifier, message_to(correspondent))
        assert correspondent.received == ["msg_1"]

    @pytest.mark.parametrize("turn", COMES_TO, ids=lambda turn: turn.value)
    async def test_what_went_wrong_has_a_word_and_a_sentence(
        self, notifier: Notifier, correspondent: Correspondent, turn: Turn
    ) -> None:
        self.require("answers")
        correspondent.will(turn)
        answer = await notifier.send(message_to(correspondent))
        assert answer.reason.replace("_", "").isalnum()
        assert " " in answer.message

    async def test_an_end_that_is_closed_for_good_is_gone(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("closes")
        correspondent.will(Turn.IS_GONE)
        answer = await notifier.send(message_to(correspondent))
        assert answer.outcome is Outcome.GONE

    async def test_who_sends_too_much_is_told_for_how_long_to_wait(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("limits")
        correspondent.will(Turn.LIMITS)
        answer = await notifier.send(message_to(correspondent))
        assert (answer.outcome, answer.retry_after) == (Outcome.LIMITED, ASKED_TO_WAIT)
        assert not answer.everywhere

    @pytest.mark.parametrize("turn", UNKNOWN, ids=lambda turn: turn.value)
    async def test_an_unknown_result_warns_of_a_duplicate(
        self, notifier: Notifier, correspondent: Correspondent, turn: Turn
    ) -> None:
        self.require("answers")
        correspondent.will(turn)
        answer = await notifier.send(message_to(correspondent))
        assert "duplicate" in answer.message

    async def test_where_nobody_is_nothing_was_sent_and_it_is_worth_another_try(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("answers")
        message = message_to(correspondent)
        await correspondent.leave()
        answer = await notifier.send(message)
        assert answer.outcome is Outcome.FAILED
        assert "duplicate" not in answer.message
        assert not correspondent.received

    async def test_an_answer_that_never_begins_is_given_up_in_time(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("answers_over_http")
        correspondent.will(Turn.DRIPS)
        assert await self._in_time(notifier, message_to(correspondent)) is Outcome.UNKNOWN

    async def test_an_answer_that_never_ends_is_believed_by_its_head(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("answers_over_http")
        correspondent.will(Turn.TRAILS_OFF)
        assert await self._in_time(notifier, message_to(correspondent)) is Outcome.DELIVERED

    async def test_an_answer_without_end_costs_no_memory(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("answers_over_http")
        await notifier.send(message_to(correspondent))  # what is loaded once is not counted
        correspondent.will(Turn.POURS)
        tracemalloc.start()
        try:
            answer = await notifier.send(message_to(correspondent))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(answer.snippet) <= SNIPPET
        assert peak < A_FEW_MB

    async def test_nobody_is_sent_elsewhere(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("answers_over_http")
        correspondent.will(Turn.REDIRECTS)
        answer = await notifier.send(message_to(correspondent))
        assert answer.outcome is Outcome.FAILED
        assert len(correspondent.received) == 1

    @pytest.mark.parametrize("turn", Turn, ids=lambda turn: turn.value)
    async def test_neither_answer_nor_log_tells_a_secret(
        self,
        notifier: Notifier,
        correspondent: Correspondent,
        turn: Turn,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        if turn is not Turn.TAKES:
            self.require("answers_over_http" if turn in HTTP_ONLY else "answers")
        correspondent.will(turn)
        with caplog.at_level(logging.DEBUG, logger="homeroom"):
            answer = await notifier.send(message_to(correspondent))
        logged = "".join(str(vars(record)) for record in caplog.records)
        told = f"{attrs.asdict(answer)} {answer!r} {logged} {''.join(capfd.readouterr())}"
        assert [secret for secret in correspondent.secrets if secret in told] == []

    async def test_every_attempt_names_the_message_by_the_same_id(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("names")
        correspondent.will(Turn.FAILS, Turn.HANGS_UP, Turn.TAKES)
        message = message_to(correspondent, "msg_again")
        told = [(await notifier.send(message)).outcome for _ in range(3)]
        assert told == [Outcome.FAILED, Outcome.UNKNOWN, Outcome.DELIVERED]
        assert correspondent.received == ["msg_again"] * 3

    async def test_messages_at_the_same_time_each_arrive_once(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        ids = [f"msg_{n}" for n in range(40)]
        sent = (notifier.send(message_to(correspondent, one)) for one in ids)
        told = await asyncio.gather(*sent)
        assert {answer.outcome for answer in told} == {Outcome.DELIVERED}
        assert sorted(correspondent.received) == sorted(ids)

    @pytest.mark.parametrize("target", WRONG_TARGETS, ids=ascii)
    async def test_a_target_that_is_none_is_refused_and_not_raised(
        self, notifier: Notifier, correspondent: Correspondent, target: str
    ) -> None:
        answer = await notifier.send(message_to(correspondent, target=target))
        assert answer.outcome is Outcome.REFUSED
        assert not correspondent.received

    async def test_a_target_of_another_kind_is_refused_and_not_raised(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        other = another_kind_of_target(correspondent.target)
        answer = await notifier.send(message_to(correspondent, target=other))
        assert answer.outcome is Outcome.REFUSED
        assert not correspondent.received

    async def test_a_body_that_is_no_text_is_refused_and_not_raised(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        body = correspondent.body("msg_1").replace("Good", "\ud800")
        answer = await notifier.send(message_to(correspondent, body=body))
        assert answer.outcome is Outcome.REFUSED
        assert not correspondent.received

    async def test_who_gives_up_leaves_the_way_open(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        self.require("answers")
        correspondent.will(Turn.IS_SILENT, Turn.TAKES)
        given_up = asyncio.create_task(notifier.send(message_to(correspondent)))
        await asyncio.sleep(self.patience / 2)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        answer = await notifier.send(message_to(correspondent, "msg_2"))
        assert answer.outcome is Outcome.DELIVERED

    async def test_an_open_notifier_answers_a_ping_and_sends_nothing(
        self, notifier: Notifier, correspondent: Correspondent
    ) -> None:
        await notifier.ping()
        assert not correspondent.received

    async def _in_time(self, notifier: Notifier, message: Message) -> Outcome:
        async with asyncio.timeout(self.patience + 3):
            return (await notifier.send(message)).outcome


HTTP_ONLY = {
    *(Turn.DRIPS, Turn.REDIRECTS, Turn.TRAILS_OFF, Turn.POURS, Turn.ECHOES),
    *(Turn.IS_GONE, Turn.LIMITS),
}
