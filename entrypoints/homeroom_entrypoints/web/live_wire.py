"""What is said over the socket of a sitting. Each message names its `type`."""

import math
from datetime import datetime
from typing import assert_never
from uuid import UUID

from homeroom.exams.model.live import Expired, News, ResultReady, Saved, TimeRemaining
from homeroom.kernel.ids import SittingId
from homeroom_entrypoints.web.wire import Wire


class TimeRemainingMessage(Wire, frozen=True, tag_field="type", tag="time_remaining"):
    """How much time is left. Clocks of clients may go wrong: ours is told along."""

    session_id: UUID
    seconds: int
    ends_at: datetime
    server_time: datetime


class AutosaveAckMessage(Wire, frozen=True, tag_field="type", tag="autosave_ack"):
    """What was said to a question is kept; what it was is not told."""

    session_id: UUID
    question_id: UUID
    saved_at: datetime
    answered_count: int


class ExpiredMessage(Wire, frozen=True, tag_field="type", tag="expired"):
    """Time is up."""

    session_id: UUID
    expired_at: datetime


class ResultReadyMessage(Wire, frozen=True, tag_field="type", tag="result_ready"):
    """The result may be asked for, where results are."""

    session_id: UUID


def message_of(news: News, sitting_id: SittingId) -> Wire:
    match news:
        case TimeRemaining():
            left = (news.ends_at - news.at).total_seconds()
            return TimeRemainingMessage(
                session_id=sitting_id,
                seconds=max(0, math.floor(left)),
                ends_at=news.ends_at,
                server_time=news.at,
            )
        case Saved():
            return AutosaveAckMessage(
                session_id=sitting_id,
                question_id=news.question_id,
                saved_at=news.at,
                answered_count=news.answered,
            )
        case Expired():
            return ExpiredMessage(session_id=sitting_id, expired_at=news.at)
        case ResultReady():
            return ResultReadyMessage(session_id=sitting_id)
        case _:
            assert_never(news)
