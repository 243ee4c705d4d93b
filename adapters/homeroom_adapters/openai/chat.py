"""One call to a model: messages go there, JSON of a given shape comes back, and what it cost."""

import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, NoReturn

import attrs

from homeroom.exams.errors import WriterRefused, WriterUnavailable
from homeroom.exams.model.budgets import DOLLAR
from homeroom.exams.ports.writer import Usage, WriterSettings
from homeroom.kernel.errors import Refusal, Unavailable
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest
from homeroom.kernel.outbound_errors import OutcomeUnknown

_MOST_BYTES = 4_000_000
_CHARACTERS_A_TOKEN = 4
_NOT_NOW = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_WHY = {
    400: "The question writer does not understand what it is asked. Check the model that is set.",
    401: "The question writer does not know our key. Set HOMEROOM_WRITING__KEY anew.",
    402: "The question writer's account has no credit left. Top it up, and order again.",
    403: "The question writer does not write about this text. Give it another one.",
    404: "The question writer has no such model or address. Check the settings of writing.",
}
_ANY_OTHER = "The question writer refuses to do this. Check the settings of writing."
_BROKEN = "The question writer answered something that cannot be read. Try again later."


@attrs.frozen(kw_only=True)
class Shape:
    """What an answer must look like."""

    name: str
    schema: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Talk:
    """What is said to a model, and how much it may say."""

    system: str
    user: str
    shape: Shape
    most_tokens: int


@attrs.frozen(kw_only=True)
class Said:
    """What a model answered."""

    value: Any
    model: str
    usage: Usage


@attrs.frozen
class Chat:
    """Asks the model that is set, or those that stand in for it. Each talk is sent once."""

    _settings: WriterSettings
    _outbound: Outbound

    def estimate(self, *, characters: int, tokens_out: int) -> int:
        """What so much text costs at most, in millionths of a dollar: the price of a million."""
        tokens_in = characters / _CHARACTERS_A_TOKEN + 1
        return self._price(tokens_in, tokens_out)

    async def ask(self, talk: Talk) -> Said:
        """Raises `WriterUnavailable`, with what it cost nonetheless, and `WriterRefused`."""
        request = OutboundRequest(
            method="POST",
            url=f"{self._settings.url.rstrip('/')}/chat/completions",
            headers=self._headers(),
            body=json.dumps(self._body(talk)).encode(),
            deadline=self._settings.timeout,
            max_body=_MOST_BYTES,
        )
        try:
            answer = await self._outbound.send(request)
        except OutcomeUnknown as unknown:
            raise WriterUnavailable(retry_after=unknown.retry_after, cost=None) from unknown
        except Unavailable as unavailable:
            raise WriterUnavailable(retry_after=unavailable.retry_after) from unavailable
        except Refusal as refusal:
            raise WriterRefused(
                f"The question writer cannot be asked: {refusal.message}"
            ) from refusal
        return self._read(answer)

    def _headers(self) -> dict[str, str]:
        key = {"authorization": f"Bearer {self._settings.key}"} if self._settings.key else {}
        return {"content-type": "application/json", **key}

    def _body(self, talk: Talk) -> dict[str, Any]:
        shape = {"name": talk.shape.name, "strict": True, "schema": talk.shape.schema}
        body: dict[str, Any] = {
            "model": self._settings.model,
            "messages": [
                {"role": "system", "content": talk.system},
                {"role": "user", "content": talk.user},
            ],
            "max_tokens": talk.most_tokens,
            "response_format": {"type": "json_schema", "json_schema": shape},
        }
        if self._settings.fallbacks:  # a word of OpenRouter's, which others may refuse
            body["models"] = [self._settings.model, *self._settings.fallbacks]
            body["provider"] = {"require_parameters": True}
        return body

    def _read(self, answer: OutboundAnswer) -> Said:
        """An error may stand in an answer that says 200: what counts is what is in it."""
        said = _json(answer.body)
        usage = self._usage(said)
        if not answer.ok:
            _refuse(answer.status, answer.headers.get("retry-after"), usage)
        match said:
            case {"error": {"code": int(code)}}:
                _refuse(code, None, usage)
            case {"error": error} if error:
                raise WriterUnavailable(cost=usage.cost)
            case {"choices": [{"message": {"content": str(text)}}, *_]}:
                value = _json(text.encode("utf-8", "replace"))
                if value is not None:
                    return Said(value=value, model=self._model(said), usage=usage)
        raise WriterUnavailable(_BROKEN, cost=usage.cost)

    def _model(self, said: Mapping[str, Any]) -> str:
        """Who answered: not always the one that was asked first."""
        named = said.get("model")
        return clean(named)[:100] if isinstance(named, str) and named else self._settings.model

    def _usage(self, said: object) -> Usage:
        told = said.get("usage") if isinstance(said, dict) else None
        if not isinstance(told, dict):
            return Usage()
        tokens_in, tokens_out = (_whole(told.get(f"{one}_tokens")) for one in _SIDES)
        cost = told.get("cost")
        if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < DOLLAR:
            paid = int((Decimal(str(cost)) * DOLLAR).to_integral_value(ROUND_CEILING))
        else:
            paid = self._price(tokens_in, tokens_out)
        return Usage(tokens_in=tokens_in, tokens_out=tokens_out, cost=paid)

    def _price(self, tokens_in: float, tokens_out: float) -> int:
        exact = tokens_in * self._settings.price_in + tokens_out * self._settings.price_out
        return int(Decimal(exact).to_integral_value(ROUND_CEILING))


_SIDES = ("prompt", "completion")


def _refuse(status: int, wait: str | None, usage: Usage) -> NoReturn:
    """Raises what an answer of this *status* means."""
    if status in _NOT_NOW:
        seconds = float(wait) if wait is not None and wait.isdecimal() else None
        raise WriterUnavailable(retry_after=seconds, cost=usage.cost)
    raise WriterRefused(_WHY.get(status, _ANY_OTHER))


def _json(text: bytes) -> Any:
    """None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _whole(told: object) -> int:
    number = told if isinstance(told, int) and not isinstance(told, bool) else 0
    return min(max(0, number), 10**9)


def clean(text: str) -> str:
    """*text* without what no page can show and no database can keep."""
    return "".join(one if one.isprintable() or one == "\n" else " " for one in text)


def texts(told: object) -> Sequence[Mapping[str, Any]]:
    """The objects in a list; nothing of what is none."""
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
