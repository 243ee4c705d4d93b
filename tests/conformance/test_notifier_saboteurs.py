"""Notifiers that break one promise each, and the clause that catches them."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar
from uuid import uuid4

import attrs
import pytest
from over_http_ground import ByWebhook, hook, open_house

from homeroom.kernel.outbound import Takes
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings
from homeroom_adapters.http.asking import Attempt
from homeroom_adapters.http.webhooks import WebhookNotifier
from homeroom_testing.conformance.notifier_ground import NOON, HttpCorrespondent
from homeroom_testing.sabotage import broken_clauses


class Saboteur(ByWebhook):
    """Another notifier in place of the honest one."""

    notifier_type: ClassVar[type[WebhookNotifier]] = WebhookNotifier

    @pytest.fixture
    async def notifier(self, correspondent: HttpCorrespondent) -> AsyncIterator[Notifier]:
        async with open_house() as (ambient, out):
            settings = self.settings(correspondent)
            yield self.notifier_type(settings=settings, clock=ambient.clock, outbound=out)


class Idle(Saboteur):
    """Says that it was done."""

    class notifier_type(WebhookNotifier):  # noqa: N801 - takes the place of the attribute
        async def send(self, message: Message) -> Answer:
            return Answer(outcome=Outcome.DELIVERED)


class CountsInMilliseconds(Saboteur):
    """Counts in milliseconds what is told in seconds."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            return attrs.evolve(answer, latency=answer.latency * 1_000)


class Hopeful(Saboteur):
    """Takes every answer for a yes."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            return attrs.evolve(answer, outcome=Outcome.DELIVERED)


class Insistent(Saboteur):
    """Sends again what did not go well."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            return answer if answer.outcome is Outcome.DELIVERED else await super().send(message)


class Wordless(Saboteur):
    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            return attrs.evolve(await super().send(message), reason="", message="")


class Faithful(Saboteur):
    """Comes again to a door that was closed for good."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            return attrs.evolve(answer, outcome=Outcome.FAILED)


class Impatient(Saboteur):
    """Does not listen for how long it should wait."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            return attrs.evolve(await super().send(message), retry_after=None)


class Carefree(Saboteur):
    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            return attrs.evolve(await super().send(message), message="that did not work")


class Anxious(Saboteur):
    """Believes that what was never sent may have arrived."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            return attrs.evolve(await super().send(message), outcome=Outcome.UNKNOWN)


class GoodListener(Saboteur):
    """Hears everybody out."""

    def settings(self, correspondent: HttpCorrespondent) -> NotifierSettings:
        return attrs.evolve(super().settings(correspondent), webhook_timeout=1e6)


class WantsItWhole(Saboteur):
    """Believes no answer whose end it did not see."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        def _prepare(self, message: Message) -> Attempt:
            ready = super()._prepare(message)
            return attrs.evolve(ready, request=attrs.evolve(ready.request, takes=Takes.USUAL))


class Collector(Saboteur):
    """Keeps all that it is told."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        def _prepare(self, message: Message) -> Attempt:
            ready = super()._prepare(message)
            return attrs.evolve(ready, request=attrs.evolve(ready.request, max_body=10**9))


class Obedient(Saboteur):
    """Goes where it is sent."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            if answer.reason != "redirected":
                return answer
            return await super().send(
                attrs.evolve(message, target=message.target.replace("/hooks/", "/there/"))
            )


class Talkative(Saboteur):
    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            return attrs.evolve(answer, message=f"{answer.message}: {message.target}")


class Fickle(Saboteur):
    """Gives each attempt an id of its own."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            return await super().send(attrs.evolve(message, delivery_id=f"msg_{uuid4()}"))


class Overwhelmed(Saboteur):
    """Lets fall what comes while it is busy."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            if self.__dict__.get("busy"):
                return Answer(outcome=Outcome.DELIVERED)
            self.__dict__["busy"] = True
            try:
                return await super().send(message)
            finally:
                self.__dict__["busy"] = False


class Upset(Saboteur):
    """Raises what it should report."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            self._prepare(message)
            return await super().send(message)


class Undiscerning(Saboteur):
    """Is content with any kind of target."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            answer = await super().send(message)
            return (
                attrs.evolve(answer, outcome=Outcome.DELIVERED)
                if answer.reason == "unreadable_target"
                else answer
            )


class Unstoppable(Saboteur):
    """Reports that it was cancelled, and goes on."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def send(self, message: Message) -> Answer:
            try:
                return await super().send(message)
            except asyncio.CancelledError:
                return Answer(outcome=Outcome.UNKNOWN)


class Pushy(Saboteur):
    """Sends something to see whether it could."""

    class notifier_type(WebhookNotifier):  # noqa: N801
        async def ping(self) -> None:
            where = hook(int(self.settings.discord_base_url))
            await self.send(Message(target=where, body="{}", delivery_id="ping", at=NOON))

    def settings(self, correspondent: HttpCorrespondent) -> NotifierSettings:
        where = str(correspondent.port)
        return attrs.evolve(super().settings(correspondent), discord_base_url=where)


CAUGHT_BY: dict[type[Saboteur], str] = {
    Idle: "test_a_message_is_delivered",
    CountsInMilliseconds: "test_an_attempt_takes_the_time_it_took",
    Hopeful: "test_what_the_other_end_does_is_what_it_comes_to",
    Insistent: "test_whatever_it_comes_to_nothing_is_sent_twice",
    Wordless: "test_what_went_wrong_has_a_word_and_a_sentence",
    Faithful: "test_an_end_that_is_closed_for_good_is_gone",
    Impatient: "test_who_sends_too_much_is_told_for_how_long_to_wait",
    Carefree: "test_an_unknown_result_warns_of_a_duplicate",
    Anxious: "test_where_nobody_is_nothing_was_sent_and_it_is_worth_another_try",
    GoodListener: "test_an_answer_that_never_begins_is_given_up_in_time",
    WantsItWhole: "test_an_answer_that_never_ends_is_believed_by_its_head",
    Collector: "test_an_answer_without_end_costs_no_memory",
    Obedient: "test_nobody_is_sent_elsewhere",
    Talkative: "test_neither_answer_nor_log_tells_a_secret",
    Fickle: "test_every_attempt_names_the_message_by_the_same_id",
    Overwhelmed: "test_messages_at_the_same_time_each_arrive_once",
    Upset: "test_a_target_that_is_none_is_refused_and_not_raised",
    Undiscerning: "test_a_target_of_another_kind_is_refused_and_not_raised",
    Unstoppable: "test_who_gives_up_leaves_the_way_open",
    Pushy: "test_an_open_notifier_answers_a_ping_and_sends_nothing",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_notifier_breaks_no_clause() -> None:
    assert broken_clauses(Saboteur) == frozenset()
