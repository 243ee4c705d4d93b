"""The settings' section about questions that a machine writes."""

import attrs

from homeroom.exams.model.budgets import DOLLAR, WritingRules
from homeroom.exams.ports.writer import WriterSettings
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import adapter, setting

_WRITER, _RULES = WriterSettings(), WritingRules()
_MOST_DOLLARS, _MOST_SECONDS = 1_000_000.0, 400.0


def _address(_settings: object, _field: object, text: str) -> None:
    if text and not text.startswith(("http://", "https://")):
        raise Expected("an address such as https://openrouter.ai/api/v1")


def _patience(_settings: object, _field: object, seconds: float) -> None:
    if not 0 < seconds <= _MOST_SECONDS:
        raise Expected("seconds, more than 0 and at most 400: a job has time for two such answers")


def _dollars(_settings: object, _field: object, amount: float) -> None:
    if not 0 <= amount <= _MOST_DOLLARS:
        raise Expected("dollars, from 0 to 1000000")


@attrs.frozen(kw_only=True)
class WritingSettings:
    """Who writes questions when an author asks for some, and what that may cost."""

    adapter: str = adapter(
        "question_writer",
        "offline",
        "Who writes: offline, by rules alone and for nothing; openai, a model.",
    )
    url: str = setting(
        _WRITER.url,
        "Where a model is asked, by an interface as OpenAI has it: what comes before "
        "`/chat/completions`.",
        _address,
    )
    key: Secret = setting(Secret(), "The key for it.")
    model: str = setting(_WRITER.model, "Which model writes, such as qwen/qwen-2.5-72b-instruct.")
    fallbacks: tuple[str, ...] = setting(
        _WRITER.fallbacks,
        "Models that stand in for it, the first one first; only OpenRouter knows how.",
    )
    timeout_seconds: float = setting(
        _WRITER.timeout, "How long one answer of a model may take.", _patience
    )
    price_in: float = setting(
        _WRITER.price_in,
        "Dollars for a million tokens that a model reads: what is kept free of the budget, and "
        "what is paid where no bill says it.",
        _dollars,
    )
    price_out: float = setting(
        _WRITER.price_out, "Dollars for a million tokens that a model writes.", _dollars
    )
    daily_budget: float = setting(
        _RULES.daily / DOLLAR,
        "Dollars that an institution may spend on questions in a day, by UTC.",
        _dollars,
    )
    monthly_budget: float = setting(
        _RULES.monthly / DOLLAR, "Dollars that it may spend on them in a month.", _dollars
    )
    activate: bool = setting(
        _RULES.activate,
        "Let questions that raise no doubt be served without anybody's looking at them.",
    )
