"""Who writes questions, as the settings say, and what that may cost."""

from contextlib import AbstractAsyncContextManager

from homeroom.exams.model.budgets import DOLLAR, WritingRules
from homeroom.exams.ports.writer import QuestionWriter, WriterSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings


def writer_settings(settings: Settings) -> WriterSettings:
    own = settings.writing
    return WriterSettings(
        url=own.url,
        key=own.key.reveal().strip(),
        model=own.model,
        fallbacks=own.fallbacks,
        timeout=own.timeout_seconds,
        price_in=own.price_in,
        price_out=own.price_out,
    )


def writing_rules(settings: Settings) -> WritingRules:
    own = settings.writing
    return WritingRules(
        daily=round(own.daily_budget * DOLLAR),
        monthly=round(own.monthly_budget * DOLLAR),
        activate=own.activate,
    )


def open_writer(
    settings: Settings, ambient: Ambient, outbound: Outbound
) -> AbstractAsyncContextManager[QuestionWriter]:
    """The question writer that the settings name."""
    opener = find_adapter("question_writer", settings.writing.adapter)
    return opener(writer_settings(settings), ambient, outbound)
