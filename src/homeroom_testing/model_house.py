"""A house of models on loopback: it answers as OpenRouter does, and is as moody as a test asks.

async with open_model_house() as house:
    house.knows(Known("Which exchange ignores the routing key?", "fanout", ("topic", "direct")))
    ... have questions written by what is asked at house.url ...
    assert house.asked[0]["model"] == "a/primary"
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs

from homeroom_testing.liars import Heard, Lie, lying, say
from homeroom_testing.scripted import Slow, Turn, Turns

KEY = "sk-plums-on-a-warm-roof"
_JSON = {"Content-Type": "application/json"}
_QUESTION = re.compile(r"^Question (\d+)[^:\n]*: (.*)\n((?:  \d+\. .*\n?)+)", re.MULTILINE)
_OPTION = re.compile(r"^  (\d+)\. (.*)$", re.MULTILINE)


@attrs.frozen
class Known:
    """Something that the model knows a question about, and the answer to it."""

    stem: str
    right: str
    wrong: Sequence[str]
    explanation: str = "So it says in the text, in as many words."
    answers: str | None = None
    """What it answers when it is asked without the key; None is what is right."""


@attrs.define
class ModelHouse:
    """The stand-in while it runs."""

    url: str = ""
    model: str = "a/primary"
    cost: float | None = 0.0125
    """Of each answer, in dollars; None is not told."""

    asked: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]], init=False)
    headers: list[dict[str, str]] = attrs.field(factory=list[dict[str, str]], init=False)
    _known: list[Known] = attrs.field(factory=list[Known], init=False, alias="known")
    _turns: Turns = attrs.field(factory=lambda: Turns(200), init=False, alias="turns")

    def knows(self, *known: Known) -> None:
        self._known = list(known)

    def say(self, *turns: Turn | Slow, then: Turn | Slow | None = None) -> None:
        """Say these in turn to the next requests, and *then* for ever; None is as usual."""
        self._turns.say(*turns, then=then)

    async def answer(self, writer: asyncio.StreamWriter, heard: Heard) -> None:
        self.headers.append(dict(heard.headers))
        self.asked.append(json.loads(heard.body or b"{}"))
        seconds, turn = self._turns.take()
        if seconds:
            await asyncio.sleep(seconds)
        await self._in_turn(turn, heard)(writer, heard)

    def reply(self, content: str, **changed: Any) -> bytes:
        """What is answered when a model says *content*."""
        usage: dict[str, Any] = {"prompt_tokens": 1000, "completion_tokens": 500}
        if self.cost is not None:
            usage["cost"] = self.cost
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        said = {"id": "gen-1", "model": self.model, "choices": [choice], "usage": usage}
        return json.dumps({**said, **changed}).encode()

    def _in_turn(self, turn: Turn, heard: Heard) -> Lie:
        if not isinstance(turn, int):
            assert callable(turn), "a house of models knows no limits"
            return turn
        if turn == 200 and heard.headers.get("authorization") != f"Bearer {KEY}":
            turn = 401
        if turn != 200 or heard.path != "/api/v1/chat/completions":
            error = {"error": {"code": turn, "message": f"No, {KEY}"}}
            return say(turn if turn != 200 else 404, _JSON, json.dumps(error).encode())
        return say(200, _JSON, self.reply(self._content()))

    def _content(self) -> str:
        talk = self.asked[-1]
        said = talk["messages"][-1]["content"]
        if talk["response_format"]["json_schema"]["name"] == "answers":
            return json.dumps({"answers": [*self._answers(said)]})
        wanted = re.search(r"^Questions: (\d+)$", said, re.MULTILINE)
        count = int(wanted[1]) if wanted else 0
        return json.dumps({"questions": [_written(one) for one in self._known[:count]]})

    def _answers(self, said: str) -> Sequence[dict[str, Any]]:
        known = {one.stem: one for one in self._known}
        found = []
        for number, stem, options in _QUESTION.findall(said):
            one = known.get(stem)
            wanted = None if one is None else one.answers or one.right
            chosen = [int(at) for at, text in _OPTION.findall(options) if text == wanted]
            found.append({"question": int(number), "options": chosen})
        return found


def _written(one: Known) -> dict[str, Any]:
    options = [
        {"text": text, "isRight": text == one.right, "explanation": ""}
        for text in (one.right, *one.wrong)
    ]
    return {
        "stem": one.stem,
        "kind": "single",
        "options": options,
        "explanation": one.explanation,
        "difficulty": 2,
    }


@asynccontextmanager
async def open_model_house() -> AsyncIterator[ModelHouse]:
    """A house of models on a free port of loopback, until the block is left."""
    house = ModelHouse()
    async with lying({}, otherwise=house.answer) as port:
        house.url = port.url("/api/v1")
        yield house
