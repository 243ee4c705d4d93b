"""The line of a message that stays in the log: what it holds, and what it must not."""

import json
import logging
from datetime import UTC, datetime

import pytest

from homeroom.scheduling.model.deliveries import Message, Outcome
from homeroom.scheduling.model.targets import LogTarget, target_text
from homeroom_adapters.logs.notifier import LogNotifier

TASK = "0198c0de-0000-7000-8000-000000000001"
EXECUTION = "0198c0de-0000-7000-8000-000000000002"


async def written(caplog: pytest.LogCaptureFixture, **body: object) -> dict[str, object]:
    """What the line for *body* holds beside what every line does."""
    usual = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}
    message = Message(
        target=target_text(LogTarget()),
        body=json.dumps(body),
        delivery_id="msg_1",
        at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    with caplog.at_level(logging.INFO, logger="homeroom.notifier"):
        answer = await LogNotifier().send(message)
    assert answer.outcome is Outcome.DELIVERED
    (record,) = caplog.records
    assert record.getMessage() == "a message for the log"
    return {name: value for name, value in vars(record).items() if name not in usual}


@pytest.mark.anyio
class TestTheLine:
    async def test_it_says_which_message_it_was_and_whom_it_is_about(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = {"type": "task.failed", "data": {"taskId": TASK, "execution_id": EXECUTION}}
        line = await written(caplog, **body)
        assert line == {
            "delivery_id": "msg_1",
            "size": len(json.dumps(body)),
            "type": "task.failed",
            "ids": {"taskId": TASK, "execution_id": EXECUTION},
        }

    @pytest.mark.parametrize(
        "body",
        [
            {"text": "Good morning, Maria"},
            {"type": "maria.lopez"},
            {"type": "Maria"},
            {"maria@school.example": 1},
            {"Maria": TASK},
            {"maria lopez id": TASK},
            {"mariaId": "Maria"},
            {"data": {"name": "Maria", "list": ["Maria"], "deep": {"id": TASK}}},
            {"data": ["Maria"]},
        ],
        ids=str,
    )
    async def test_it_tells_nothing_that_somebody_wrote(
        self, caplog: pytest.LogCaptureFixture, body: dict[str, object]
    ) -> None:
        line = await written(caplog, **body)
        assert (line["type"], line["ids"]) == ("", {})
        assert "maria" not in str(line).lower()
